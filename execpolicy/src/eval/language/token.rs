//! The words and signs of a rule file.

use std::fmt;

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Keyword(&'static str),
    Symbol(&'static str),
    Int(i64),
    Text(String),
    /// A text with expressions in it.
    Formatted(Vec<Piece>),
    Newline,
    Indent,
    Dedent,
    End,
}

/// A piece of a formatted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// An expression between braces: where it stands in the source, and whether its `repr` is wanted.
    Field {
        begin: usize,
        end: usize,
        repr: bool,
    },
}

pub(super) const KEYWORDS: &[&str] = &[
    "and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or", "pass", "return", "True", "False",
    "None",
];

/// Words that no file may use.
pub(super) const RESERVED: &[&str] = &[
    "as", "assert", "async", "await", "class", "del", "except", "finally", "from", "global", "import", "is", "nonlocal", "raise", "try",
    "while", "with", "yield",
];

/// Longer ones first.
pub(super) const SYMBOLS: &[&str] = &[
    "<<=", ">>=", "//=", "...", "**", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "%=", "/=", "&=", "|=", "^=", "<<", ">>", "//", "+",
    "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ":", ";", ".",
];

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "identifier '{name}'"),
            Self::Keyword(word) => write!(f, "keyword '{word}'"),
            Self::Symbol(sign) => write!(f, "symbol '{sign}'"),
            Self::Int(number) => write!(f, "integer literal '{number}'"),
            Self::Text(text) => write!(f, "string literal {text:?}"),
            Self::Formatted(_) => f.write_str("f-string"),
            Self::Newline => f.write_str("new line"),
            Self::Indent => f.write_str("new indentation block"),
            Self::Dedent => f.write_str("end of indentation block"),
            Self::End => f.write_str("end of file"),
        }
    }
}
