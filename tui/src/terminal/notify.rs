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

/// The text of a notification: one line of at most 200 characters, none of which controls anything.
pub fn clean_notification(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// The bytes that tell of `text`. tmux does not know these sequences: it is asked to hand them on to the terminal around it, and
/// the bell, which marks the window, goes with them.
pub fn notification(method: Method, text: &str, in_tmux: bool) -> Vec<u8> {
    let text = clean_notification(text);
    let sequence = match method {
        Method::Osc9 => format!("\x1b]9;{text}\x07"),
        Method::Osc777 => format!("\x1b]777;notify;Codex;{}\x07", text.replace(';', ",")),
        Method::Bell => return b"\x07".to_vec(),
    };
    match in_tmux {
        true => format!("\x1bPtmux;\x1b{sequence}\x1b\\\x07").into_bytes(),
        false => sequence.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_notification_early() {
        assert_eq!(notification(Method::Osc9, "a\x1b\\\x07b", false), b"\x1b]9;a \\ b\x07");
        assert_eq!(notification(Method::Osc777, "run; x", false), b"\x1b]777;notify;Codex;run, x\x07");
        assert_eq!(notification(Method::Bell, "x", true), b"\x07");
    }

    #[test]
    fn tmux_hands_a_notification_on() {
        assert_eq!(notification(Method::Osc9, "done", true), b"\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\\x07");
    }

    #[test]
    fn tmux_gets_the_bell() {
        assert_eq!(Method::of_terminal("tmux-256color", "tmux"), Method::Bell);
        assert_eq!(Method::of_terminal("xterm-256color", "iTerm.app"), Method::Osc9);
        assert_eq!(Method::of_terminal("foot", ""), Method::Osc777);
    }
}
