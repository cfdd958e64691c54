//! Bytes of the terminal to keys, pastes and answers.
//!
//! Knows the legacy encodings, the kitty protocol and `modifyOtherKeys`. Answers of the terminal, however late and however
//! they are split over reads, are taken whole and never become text: a sequence that is not understood is swallowed.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What came from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats.
    Key(KeyEvent),
    /// A text was pasted; lines end in `\n`.
    Paste(String),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The terminal speaks the kitty keyboard protocol.
    Kitty,
    /// The terminal's background: red, green, blue.
    Background([u8; 3]),
}

/// Longest sequence that is waited for; a longer one is dropped.
const LONGEST: usize = 4096;
/// How long a lone escape waits for what it may begin.
const ESCAPE: Duration = Duration::from_millis(25);
/// How long the rest of a sequence is waited for.
const REST: Duration = Duration::from_secs(1);
const PASTE_END: &[u8] = b"\x1b[201~";

/// Takes bytes apart.
#[derive(Debug, Default)]
pub struct KeyParser {
    pending: Vec<u8>,
    paste: Option<Vec<u8>>,
}

enum Step {
    /// So many bytes were taken, for this.
    Took(usize, Option<Input>),
    /// So many bytes were taken for two keys.
    Both(usize, Input, Input),
    /// A paste begins behind so many bytes.
    Paste(usize),
    More,
}

impl KeyParser {
    /// Takes bytes and returns what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        self.pending.extend_from_slice(bytes);
        self.parse(&mut found);
        found
    }

    /// How long to wait for more before [`KeyParser::give_up`]; `None` when nothing is open.
    pub fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.pending.len()) {
            (Some(_), _) => Some(REST),
            (None, 0) => None,
            (None, 1 | 2) if self.pending[0] == 0x1b => Some(ESCAPE),
            (None, _) => Some(REST),
        }
    }

    /// Nothing more came: what is open is a key by itself, or nothing.
    pub fn give_up(&mut self) -> Vec<Input> {
        if let Some(paste) = self.paste.take() {
            let mut text = paste;
            text.append(&mut self.pending);
            return vec![Input::Paste(pasted(&text))];
        }
        let pending = std::mem::take(&mut self.pending);
        match pending.as_slice() {
            [0x1b] => vec![key(KeyCode::Esc, KeyModifiers::NONE)],
            [0x1b, 0x1b] => vec![key(KeyCode::Esc, KeyModifiers::NONE), key(KeyCode::Esc, KeyModifiers::NONE)],
            [0x1b, letter] if letter.is_ascii_graphic() => vec![character(char::from(*letter), KeyModifiers::ALT)],
            _ => Vec::new(),
        }
    }

    fn parse(&mut self, found: &mut Vec<Input>) {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            if let Some(paste) = &mut self.paste {
                let Some(end) = end_of_paste(paste, rest) else { break };
                rest = &rest[end..];
                let text = self.paste.take().unwrap_or_default();
                found.push(Input::Paste(pasted(&text)));
                continue;
            }
            match step(rest) {
                Step::Took(count, input) => {
                    rest = &rest[count..];
                    found.extend(input);
                }
                Step::Both(count, first, second) => {
                    rest = &rest[count..];
                    found.extend([first, second]);
                }
                Step::Paste(count) => {
                    rest = &rest[count..];
                    self.paste = Some(Vec::new());
                }
                Step::More if rest.len() > LONGEST => rest = &[],
                Step::More => {
                    self.pending = rest.to_vec();
                    break;
                }
            }
        }
    }
}

/// Moves what was pasted over; returns how many bytes of `rest` were used once the end is there.
fn end_of_paste(paste: &mut Vec<u8>, rest: &[u8]) -> Option<usize> {
    // The mark may be split over two reads.
    let from = paste.len().saturating_sub(PASTE_END.len() - 1);
    let before = paste.len();
    paste.extend_from_slice(rest);
    let at = from + paste[from..].windows(PASTE_END.len()).position(|window| window == PASTE_END)?;
    let used = at + PASTE_END.len() - before;
    paste.truncate(at);
    Some(used)
}

fn pasted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn character(c: char, modifiers: KeyModifiers) -> Input {
    let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    key(KeyCode::Char(c), modifiers | shift)
}

fn step(bytes: &[u8]) -> Step {
    match bytes[0] {
        0x1b => escape(bytes),
        byte => match plain(bytes) {
            Some((count, code, modifiers)) => Step::Took(count, Some(shifted(code, modifiers))),
            None if bytes.len() < utf8_length(byte) => Step::More,
            None => Step::Took(1, None),
        },
    }
}

fn shifted(code: KeyCode, modifiers: KeyModifiers) -> Input {
    match code {
        KeyCode::Char(c) => character(c, modifiers),
        code => key(code, modifiers),
    }
}

fn utf8_length(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// One key that is no sequence.
fn plain(bytes: &[u8]) -> Option<(usize, KeyCode, KeyModifiers)> {
    let none = KeyModifiers::NONE;
    let control = |c: u8| (1, KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    Some(match bytes[0] {
        b'\r' => (1, KeyCode::Enter, none),
        b'\t' => (1, KeyCode::Tab, none),
        0x7f => (1, KeyCode::Backspace, none),
        0 => control(b' '),
        byte @ 0x01..=0x1a => control(byte - 1 + b'a'),
        byte @ 0x1c..=0x1f => control(byte - 0x1c + b'4'),
        0x1b => return None,
        first => {
            let length = utf8_length(first);
            let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
            (length, KeyCode::Char(text.chars().next().filter(|c| !c.is_control())?), none)
        }
    })
}

fn escape(bytes: &[u8]) -> Step {
    match bytes.get(1) {
        None => Step::More,
        Some(b'[') => control_sequence(bytes, 2),
        Some(b'O') => match bytes.get(2) {
            None => Step::More,
            Some(letter) => Step::Took(3, letter_key(*letter).map(|code| key(code, KeyModifiers::NONE))),
        },
        Some(b']') => string(bytes),
        // A string sequence begins with a number or a mark; anything else is the letter with Alt.
        Some(b'P' | b'_' | b'^' | b'X') => match bytes.get(2) {
            None => Step::More,
            Some(byte) if byte.is_ascii_digit() || b">!+$=?Gt".contains(byte) => string(bytes),
            Some(_) => Step::Took(2, Some(character(char::from(bytes[1]), KeyModifiers::ALT))),
        },
        Some(0x1b) => match bytes.get(2) {
            None => Step::More,
            // Some terminals put an escape before a sequence for Alt.
            Some(b'[' | b'O') => match step(&bytes[1..]) {
                Step::Took(count, Some(Input::Key(event))) => {
                    Step::Took(count + 1, Some(key(event.code, event.modifiers | KeyModifiers::ALT)))
                }
                Step::Took(count, other) => Step::Took(count + 1, other),
                Step::More => Step::More,
                Step::Both(..) | Step::Paste(_) => Step::Took(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
            },
            Some(0x1b) => Step::Took(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
            Some(_) => {
                let escape = key(KeyCode::Esc, KeyModifiers::NONE);
                match step(&bytes[1..]) {
                    Step::Took(count, Some(second)) => Step::Both(count + 1, escape, second),
                    Step::More => Step::More,
                    _ => Step::Took(1, Some(escape)),
                }
            }
        },
        Some(first) => match plain(&bytes[1..]) {
            Some((count, code, modifiers)) => Step::Took(count + 1, Some(shifted(code, modifiers | KeyModifiers::ALT))),
            None if bytes.len() - 1 < utf8_length(*first) => Step::More,
            None => Step::Took(2, None),
        },
    }
}

/// A sequence that ends in BEL or ST: never a key.
fn string(bytes: &[u8]) -> Step {
    for (at, byte) in bytes.iter().enumerate().skip(2) {
        match byte {
            0x07 | 0x9c => return Step::Took(at + 1, answer(&bytes[1..at])),
            0x1b => match bytes.get(at + 1) {
                None => return Step::More,
                Some(b'\\') => return Step::Took(at + 2, answer(&bytes[1..at])),
                // Broken off by another sequence.
                Some(_) => return Step::Took(at, None),
            },
            // A key with Alt, and what was typed after it: no answer contains these.
            b'\r' | b'\n' if bytes[1] == b']' && at == 2 => return Step::Took(2, Some(character(']', KeyModifiers::ALT))),
            _ => {}
        }
    }
    let begins_answer = bytes.get(2).is_none_or(|byte| byte.is_ascii_digit() || b"lLIP".contains(byte) || bytes[1] != b']');
    if begins_answer { Step::More } else { Step::Took(2, Some(character(char::from(bytes[1]), KeyModifiers::ALT))) }
}

fn answer(text: &[u8]) -> Option<Input> {
    let text = std::str::from_utf8(text).ok()?;
    let colour = text.strip_prefix("]11;rgb:").or_else(|| text.strip_prefix("]11;rgba:"))?;
    let mut parts = colour.split('/').map(|part| {
        let value = u32::from_str_radix(part, 16).ok()?;
        let most = (1_u32 << (4 * u32::try_from(part.len()).ok()?.min(4))) - 1;
        u8::try_from(value.min(most) * 255 / most.max(1)).ok()
    });
    Some(Input::Background([parts.next()??, parts.next()??, parts.next()??]))
}

fn control_sequence(bytes: &[u8], start: usize) -> Step {
    if bytes.get(start) == Some(&b'[') {
        // Function keys of the Linux console.
        return match bytes.get(start + 1) {
            None => Step::More,
            Some(letter @ b'A'..=b'E') => Step::Took(start + 2, Some(key(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE))),
            Some(_) => Step::Took(start + 2, None),
        };
    }
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            0x20..=0x3f => {}
            0x40..=0x7e => {
                let parameters = std::str::from_utf8(&bytes[start..at]).unwrap_or_default();
                if *byte == b'~' && parameters == "200" {
                    return Step::Paste(at + 1);
                }
                return Step::Took(at + 1, meaning(parameters, *byte));
            }
            // Broken off.
            _ => return Step::Took(at, None),
        }
    }
    Step::More
}

/// What a whole control sequence says; `None` for what concerns nobody.
fn meaning(parameters: &str, last: u8) -> Option<Input> {
    if let Some(marked) = parameters.strip_prefix('?') {
        return (last == b'u' && marked.parse::<u16>().is_ok()).then_some(Input::Kitty);
    }
    let mut groups = parameters.split(';');
    let first = groups.next().unwrap_or_default();
    let second = groups.next().unwrap_or_default();
    let mut state = second.split(':');
    let modifiers = modifiers(state.next().unwrap_or_default());
    if state.next() == Some("3") {
        return None;
    }
    match last {
        b'I' if parameters.is_empty() => Some(Input::Focus(true)),
        b'O' if parameters.is_empty() => Some(Input::Focus(false)),
        b'Z' => Some(key(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        // A report of where the cursor is looks like F3 with modifiers, but for the row.
        b'R' if !(parameters.is_empty() || first == "1" && second.len() == 1) => None,
        b'A'..=b'H' | b'P'..=b'S' => Some(key(letter_key(last)?, modifiers)),
        b'~' if first == "27" => coded(groups.next()?.parse().ok()?, modifiers),
        b'~' => Some(key(numbered_key(first)?, modifiers)),
        b'u' => {
            let mut codes = first.split(':');
            let code = codes.next()?.parse().ok()?;
            let with_shift = codes.next().and_then(|code| code.parse::<u32>().ok());
            match with_shift.and_then(char::from_u32).filter(|_| modifiers.contains(KeyModifiers::SHIFT)) {
                Some(c) => Some(key(KeyCode::Char(c), modifiers)),
                None => coded(code, modifiers),
            }
        }
        _ => None,
    }
}

fn modifiers(text: &str) -> KeyModifiers {
    let bits = text.parse::<u16>().unwrap_or(1).saturating_sub(1);
    let named = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    named.iter().filter(|(bit, _)| bits & bit != 0).fold(KeyModifiers::NONE, |all, (_, modifier)| all | *modifier)
}

fn letter_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

fn numbered_key(number: &str) -> Option<KeyCode> {
    Some(match number.parse::<u8>().ok()? {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        number @ 11..=15 => KeyCode::F(number - 10),
        number @ 17..=21 => KeyCode::F(number - 11),
        number @ 23..=24 => KeyCode::F(number - 12),
        _ => return None,
    })
}

/// A key by its code point, or by the numbers of the kitty protocol.
fn coded(code: u32, modifiers: KeyModifiers) -> Option<Input> {
    const DIGIT_0: u32 = 57399;
    let code = match code {
        27 => KeyCode::Esc,
        13 | 57414 => KeyCode::Enter,
        9 if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        9 => KeyCode::Tab,
        8 | 127 => KeyCode::Backspace,
        57399..=57408 => KeyCode::Char(char::from_digit(code - DIGIT_0, 10)?),
        57409 => KeyCode::Char('.'),
        57410 => KeyCode::Char('/'),
        57411 => KeyCode::Char('*'),
        57412 => KeyCode::Char('-'),
        57413 => KeyCode::Char('+'),
        57415 => KeyCode::Char('='),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        57376..=57398 => KeyCode::F(u8::try_from(code - 57376 + 13).ok()?),
        // Modifiers and media keys by themselves.
        57344..=63743 => return None,
        code => {
            let c = char::from_u32(code).filter(|c| !c.is_control())?;
            return Some(match modifiers.contains(KeyModifiers::SHIFT) {
                true => key(KeyCode::Char(c.to_uppercase().next().unwrap_or(c)), modifiers),
                false => character(c, modifiers),
            });
        }
    };
    Some(key(code, modifiers))
}

#[cfg(test)]
mod tests;
