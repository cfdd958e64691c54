//! What the program may write to a terminal: text, and a few sequences of its own. Everything else is an intruder.

/// Sequences without parameters of their own.
/// The screen is erased from the second column on: tmux puts into the scrollback what is erased from the first on.
const FIXED: &[&str] = &["[?2026h", "[?2026l", "[?25h", "[?25l", "[?1049h", "[?1049l", "[K\x1b[C\x1b[J", "[K", "[H", "[2J", "[3J"];

/// Whether all of these bytes may be written to a terminal; says what may not.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("no UTF-8 is written: {error}"))?;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = match c {
            '\x1b' => {
                sequence(&rest[1..]).ok_or_else(|| format!("not a sequence of ours: {:?}", rest.chars().take(40).collect::<String>()))?
            }
            '\r' | '\n' | '\x07' => &rest[1..],
            c if c.is_control() || hides(c) => {
                return Err(format!("{c:?} is written, before {:?}", rest.chars().take(40).collect::<String>()));
            }
            c => &rest[c.len_utf8()..],
        };
    }
    Ok(())
}

/// Characters that reorder text, break lines or have no width of their own and join nothing.
fn hides(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{61c}')
}

/// What follows a sequence of ours.
fn sequence(rest: &str) -> Option<&str> {
    if let Some(fixed) = FIXED.iter().find_map(|fixed| rest.strip_prefix(fixed)) {
        return Some(fixed);
    }
    if let Some(title) = rest.strip_prefix("]0;") {
        let end = title.find(char::is_control)?;
        return title[end..].strip_prefix("\x1b\\");
    }
    if let Some(told) = rest.strip_prefix("]9;").or_else(|| rest.strip_prefix("]777;notify;Codex;")) {
        let end = told.find(char::is_control)?;
        return told[end..].strip_prefix('\x07');
    }
    if let Some(copied) = rest.strip_prefix("]52;c;") {
        let end = copied.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))?;
        return copied[end..].strip_prefix('\x07');
    }
    let parameters = rest.strip_prefix('[')?;
    let end = parameters.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let kind = parameters[end..].chars().next()?;
    "ABCHm".contains(kind).then(|| &parameters[end + 1..])
}

#[test]
fn the_guard_tells_ours_from_others() {
    for fine in ["a\r\n", "\x1b[0;1;38;2;1;2;3mx\x1b[K", "\x1b]0;work\x1b\\", "\x1b]52;c;aGk=\x07", "\x1b[12;1H", "\x1b[3A"] {
        assert_eq!(check(fine.as_bytes()), Ok(()), "{fine:?}");
    }
    for foul in [
        "\x1b[6n",
        "\x1b[H\x1b[J",
        "\x1b]8;;http://x\x1b\\",
        "\u{9b}2J",
        "a\u{202e}b",
        "\x1b]0;a\x07",
        "\x1bc",
        "\x1b[?1000h",
        "\0",
        "\x1bPq\x1b\\",
        "\x1b[5;5f",
    ] {
        assert!(check(foul.as_bytes()).is_err(), "{foul:?}");
    }
}
