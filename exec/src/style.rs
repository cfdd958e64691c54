//! The few colours of the human log.

/// How a piece of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Bold,
    Dim,
    Italic,
    Cyan,
    Green,
    Red,
    Yellow,
    /// `codex` and `exec`.
    Speaker,
    /// `warning:`.
    Warning,
    /// `ERROR:`.
    Error,
}

impl Look {
    fn codes(self) -> &'static str {
        match self {
            Self::Bold => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Italic => "\u{1b}[3m",
            Self::Cyan => "\u{1b}[36m",
            Self::Green => "\u{1b}[32m",
            Self::Red => "\u{1b}[31m",
            Self::Yellow => "\u{1b}[33m",
            Self::Speaker => "\u{1b}[35m\u{1b}[3m",
            Self::Warning => "\u{1b}[1m\u{1b}[33m",
            Self::Error => "\u{1b}[1m\u{1b}[31m",
        }
    }
}

/// Whether the log is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// With escape sequences.
    Colour,
    /// Without.
    Plain,
}

impl Paint {
    /// `text` with a look. `text` must be clean already.
    pub(crate) fn show(self, look: Look, text: &str) -> String {
        match self {
            Self::Colour => format!("{}{text}\u{1b}[0m", look.codes()),
            Self::Plain => text.to_owned(),
        }
    }
}
