//! Telling a person who looks elsewhere: by the terminal's own notifications, or by the bell.

/// How a notification is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `OSC 9`, with a text.
    Osc9,
    /// `OSC 777`, with a title and a text.
    Osc777,
    /// The bell.
    Bell,
}

impl Method {
    /// What a terminal understands, by what it says of itself in the environment. The bell is understood everywhere.
    pub fn of_terminal(term: &str, program: &str) -> Self {
        match program {
            "iTerm.app" | "WezTerm" | "ghostty" | "WarpTerminal" => Self::Osc9,
            "" if term.starts_with("xterm-kitty") || term.starts_with("xterm-ghostty") => Self::Osc9,
            "" if term.starts_with("foot") || term.starts_with("rxvt-unicode") => Self::Osc777,
            _ => Self::Bell,
        }
    }
}

/// The bytes that tell of `text`.
pub fn notification(method: Method, text: &str) -> Vec<u8> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    match method {
        Method::Osc9 => format!("\x1b]9;{text}\x07").into_bytes(),
        Method::Osc777 => format!("\x1b]777;notify;Codex;{}\x07", text.replace(';', ",")).into_bytes(),
        Method::Bell => b"\x07".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_notification_early() {
        assert_eq!(notification(Method::Osc9, "a\x1b\\\x07b"), b"\x1b]9;a \\ b\x07");
        assert_eq!(notification(Method::Osc777, "run; x"), b"\x1b]777;notify;Codex;run, x\x07");
        assert_eq!(notification(Method::Bell, "x"), b"\x07");
    }

    #[test]
    fn tmux_gets_the_bell() {
        assert_eq!(Method::of_terminal("tmux-256color", "tmux"), Method::Bell);
        assert_eq!(Method::of_terminal("xterm-256color", "iTerm.app"), Method::Osc9);
        assert_eq!(Method::of_terminal("foot", ""), Method::Osc777);
    }
}
