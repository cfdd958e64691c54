//! The word at the cursor that opens a list.

use std::ops::Range;

use crate::composer::textarea::TextArea;

/// What a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sigil {
    Slash,
    At,
    Dollar,
}

/// A word at the cursor that opens a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) sigil: Sigil,
    /// With its sign.
    pub(super) range: Range<usize>,
    /// Without.
    pub(super) query: String,
}

pub(super) fn token_at(area: &TextArea) -> Option<Token> {
    let (text, cursor) = (area.text(), area.cursor());
    let start = text[..cursor].rfind(char::is_whitespace).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[cursor..].find(char::is_whitespace).map_or(text.len(), |at| cursor + at);
    // A placeholder is no part of a word.
    let start = area.units().iter().map(|unit| unit.range.end).filter(|end| *end <= cursor).fold(start, usize::max);
    let end = area.units().iter().map(|unit| unit.range.start).filter(|start| *start >= cursor).fold(end, usize::min);
    let word = &text[start..end];
    let sigil = match word.chars().next()? {
        '/' if start == 0 => Sigil::Slash,
        '@' => Sigil::At,
        '$' => Sigil::Dollar,
        _ => return None,
    };
    // Before the sign nothing is searched for.
    if cursor == start {
        return None;
    }
    let query = word[1..].to_owned();
    let names = |query: &str| query.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ':' | '.'));
    match sigil {
        Sigil::Slash if query.contains('/') => None,
        Sigil::Dollar if !names(&query) => None,
        Sigil::Slash | Sigil::At | Sigil::Dollar => Some(Token { sigil, range: start..end, query }),
    }
}
