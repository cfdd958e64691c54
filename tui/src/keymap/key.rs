//! One key with its modifiers: read from a setting, made from what a terminal sent, written for people.
//!
//! Terminals say the same key in several ways (`A` with and without shift, back-tab, control codes that stand for two keys), so
//! both sides go through [`Key::new`], which brings them to one form.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in one form however it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Why a setting is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing is there.
    #[error("the name of a key is empty")]
    Empty,
    /// Not a modifier.
    #[error("`{0}` is no modifier; those are `ctrl`, `alt` and `shift`")]
    Modifier(String),
    /// Not a key.
    #[error("`{0}` is no key; write one character or a name such as `enter`, `tab`, `esc`, `space`, `up`, `page-down`, `f5`")]
    Name(String),
}

const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
    ("plus", KeyCode::Char('+')),
];

impl Key {
    /// The one form of a key.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = modifiers & kept;
        let code = match code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Null => {
                modifiers |= KeyModifiers::CONTROL;
                KeyCode::Char(' ')
            }
            KeyCode::Char(letter) => KeyCode::Char(one_letter(letter, &mut modifiers)),
            other => other,
        };
        Self { code, modifiers }
    }

    /// The key of an event.
    pub fn of(event: &KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }

    /// The key without modifiers.
    pub fn code(self) -> KeyCode {
        self.code
    }

    /// The modifiers.
    pub fn modifiers(self) -> KeyModifiers {
        self.modifiers
    }

    /// Whether it types a character.
    pub fn is_text(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && !self.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
    }
}

/// A letter in lower case with its shift told by the modifier; other characters carry their shift in themselves.
fn one_letter(letter: char, modifiers: &mut KeyModifiers) -> char {
    // Control and `_`, `/` or `7` are one byte of the terminal, and crossterm calls it the last.
    if modifiers.contains(KeyModifiers::CONTROL) && matches!(letter, '7' | '/' | '_') {
        modifiers.remove(KeyModifiers::SHIFT);
        return '_';
    }
    if !letter.is_alphabetic() {
        modifiers.remove(KeyModifiers::SHIFT);
        return letter;
    }
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(low), None) if low != letter => {
            modifiers.insert(KeyModifiers::SHIFT);
            low
        }
        _ => letter,
    }
}

impl FromStr for Key {
    type Err = KeyError;

    /// `enter`, `ctrl-j`, `alt+enter`, `shift-tab`, `?`, `ctrl--`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        loop {
            if rest.is_empty() {
                return Err(KeyError::Empty);
            }
            if let Some(code) = code(rest) {
                return Ok(Self::new(in_chord(code, modifiers), modifiers));
            }
            let Some(at) = rest.find(['-', '+']) else { return Err(KeyError::Name(rest.to_owned())) };
            modifiers |= match rest[..at].trim().to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => KeyModifiers::CONTROL,
                "alt" | "meta" | "option" | "m" => KeyModifiers::ALT,
                "shift" | "s" => KeyModifiers::SHIFT,
                other => return Err(KeyError::Modifier(other.to_owned())),
            };
            rest = rest[at + 1..].trim_start();
        }
    }
}

/// `Ctrl-J` is written for `ctrl-j`; only alone a capital means shift.
fn in_chord(code: KeyCode, modifiers: KeyModifiers) -> KeyCode {
    match code {
        KeyCode::Char(letter) if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            KeyCode::Char(letter.to_ascii_lowercase())
        }
        code => code,
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let lower = name.to_ascii_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == lower) {
        return Some(*code);
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse().ok())
        && (1..=24).contains(&number)
    {
        return Some(KeyCode::F(number));
    }
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if !letter.is_control() => Some(KeyCode::Char(letter)),
        _ => None,
    }
}

impl fmt::Display for Key {
    /// As hints show it: `ctrl + j`, `shift + tab`, `page-up`, `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in [(KeyModifiers::CONTROL, "ctrl"), (KeyModifiers::ALT, "alt"), (KeyModifiers::SHIFT, "shift")] {
            if self.modifiers.contains(modifier) {
                write!(f, "{name} + ")?;
            }
        }
        match self.code {
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::F(number) => write!(f, "f{number}"),
            KeyCode::Char(letter) if letter != ' ' => write!(f, "{letter}"),
            code => f.write_str(NAMES.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const NONE: KeyModifiers = KeyModifiers::NONE;

    #[test]
    fn names_are_read_and_written_back() {
        let cases: &[(&str, KeyCode, KeyModifiers, &str)] = &[
            ("enter", KeyCode::Enter, NONE, "enter"),
            ("ctrl-j", KeyCode::Char('j'), CTRL, "ctrl + j"),
            ("Ctrl+J", KeyCode::Char('j'), CTRL, "ctrl + j"),
            ("ctrl-shift-j", KeyCode::Char('J'), CTRL, "ctrl + shift + j"),
            ("ctrl + j", KeyCode::Char('j'), CTRL, "ctrl + j"),
            ("alt-enter", KeyCode::Enter, ALT, "alt + enter"),
            ("shift-tab", KeyCode::BackTab, NONE, "shift + tab"),
            ("ctrl--", KeyCode::Char('-'), CTRL, "ctrl + -"),
            ("ctrl-minus", KeyCode::Char('-'), CTRL, "ctrl + -"),
            ("-", KeyCode::Char('-'), NONE, "-"),
            ("?", KeyCode::Char('?'), SHIFT, "?"),
            ("F5", KeyCode::F(5), NONE, "f5"),
            ("alt-page-up", KeyCode::PageUp, ALT, "alt + page-up"),
            ("space", KeyCode::Char(' '), NONE, "space"),
            ("alt-up", KeyCode::Up, ALT, "alt + ↑"),
            ("N", KeyCode::Char('N'), SHIFT, "shift + n"),
            ("ctrl-_", KeyCode::Char('7'), CTRL, "ctrl + _"),
            ("ctrl-space", KeyCode::Null, NONE, "ctrl + space"),
        ];
        for (name, code, modifiers, shown) in cases {
            let key: Key = name.parse().unwrap();
            assert_eq!(key, Key::new(*code, *modifiers), "{name}");
            assert_eq!(key.to_string(), *shown, "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        assert_eq!("".parse::<Key>(), Err(KeyError::Empty));
        assert_eq!("hyper-x".parse::<Key>(), Err(KeyError::Modifier("hyper".to_owned())));
        assert_eq!("ctrl-foo".parse::<Key>(), Err(KeyError::Name("foo".to_owned())));
        assert_eq!("f25".parse::<Key>(), Err(KeyError::Name("f25".to_owned())));
        assert_eq!("ctrl-".parse::<Key>(), Err(KeyError::Empty));
    }
}
