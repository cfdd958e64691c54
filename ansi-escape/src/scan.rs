//! Tells text from control sequences. Every byte of the input belongs to exactly one piece; sequences that only move the cursor,
//! set titles or talk to the terminal belong to none and vanish.

const ESC: char = '\u{1b}';
const BELL: char = '\u{07}';
const STRING_END: char = '\u{9c}';

/// A part of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text without control characters.
    Text(&'a str),
    /// Parameters of a sequence that sets colours and attributes, such as `1;31`.
    Style(&'a str),
    /// A control character that begins no sequence: `\n`, `\t`, `\r`, backspace and others.
    Control(char),
}

/// Splits `text` into pieces.
pub fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// Iterator over the pieces of a text.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// What was not looked at yet.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let first = self.rest.chars().next()?;
            if !first.is_control() {
                let end = self.rest.find(char::is_control).unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            let after = &self.rest[first.len_utf8()..];
            let (piece, rest) = match first {
                ESC => escape(after),
                '\u{9b}' => control_sequence(after),
                '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => (None, control_string(after)),
                other => (Some(Piece::Control(other)), after),
            };
            self.rest = rest;
            if piece.is_some() {
                return piece;
            }
        }
    }
}

/// What follows an ESC.
fn escape(after: &str) -> (Option<Piece<'_>>, &str) {
    let Some(next) = after.chars().next() else { return (None, after) };
    let inside = &after[next.len_utf8()..];
    match next {
        '[' => control_sequence(inside),
        ']' | 'P' | 'X' | '^' | '_' => (None, control_string(inside)),
        ' '..='/' => {
            let end = inside.find(|c: char| !(' '..='/').contains(&c)).unwrap_or(inside.len());
            let last = inside[end..].chars().next().filter(|c| ('0'..='~').contains(c));
            (None, &inside[end + last.map_or(0, char::len_utf8)..])
        }
        '0'..='~' => (None, inside),
        _ => (None, after),
    }
}

/// What follows `ESC [`: parameters, then one final character. A broken one ends where it breaks.
fn control_sequence(inside: &str) -> (Option<Piece<'_>>, &str) {
    let end = inside.find(|c: char| !('0'..='?').contains(&c)).unwrap_or(inside.len());
    let (parameters, tail) = inside.split_at(end);
    let end = tail.find(|c: char| !(' '..='/').contains(&c)).unwrap_or(tail.len());
    let (between, tail) = tail.split_at(end);
    match tail.chars().next() {
        Some('m') if between.is_empty() && parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':') => {
            (Some(Piece::Style(parameters)), &tail[1..])
        }
        Some('@'..='~') => (None, &tail[1..]),
        _ => (None, tail),
    }
}

/// The rest after a string for the terminal. One that nobody ends is taken to reach to the end of its line.
fn control_string(inside: &str) -> &str {
    for (at, c) in inside.char_indices() {
        let after = &inside[at + c.len_utf8()..];
        match c {
            BELL | STRING_END => return after,
            ESC => return after.strip_prefix('\\').unwrap_or(&inside[at..]),
            '\n' => return &inside[at..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn sequences_are_told_from_text() {
        let cases: &[(&str, &[Piece<'_>])] = &[
            ("plain", &[Piece::Text("plain")]),
            ("a\x1b[1;31mb", &[Piece::Text("a"), Piece::Style("1;31"), Piece::Text("b")]),
            ("a\x1b[2Jb\x1b[?1049hc", &[Piece::Text("a"), Piece::Text("b"), Piece::Text("c")]),
            ("\x1b]52;c;AAAA\x07x\x1b]8;;http://e\x1b\\y", &[Piece::Text("x"), Piece::Text("y")]),
            ("\x1bPq1\x1b\\x\u{9b}31my", &[Piece::Text("x"), Piece::Style("31"), Piece::Text("y")]),
            ("\x1b(Bx\x1b7y", &[Piece::Text("x"), Piece::Text("y")]),
            ("\x1b]0;never ended\nx", &[Piece::Control('\n'), Piece::Text("x")]),
            ("a\x1b[31", &[Piece::Text("a")]),
            ("a\x1b[3\x1b[4mb", &[Piece::Text("a"), Piece::Style("4"), Piece::Text("b")]),
            ("\x1b[>4;1mx", &[Piece::Text("x")]),
            ("a\rb\tc", &[Piece::Text("a"), Piece::Control('\r'), Piece::Text("b"), Piece::Control('\t'), Piece::Text("c")]),
        ];
        for (input, expected) in cases {
            assert_eq!(pieces(input).collect::<Vec<_>>(), *expected, "{input:?}");
        }
    }
}
