//! One object as one line. Characters that a terminal would act on are escaped, which changes nothing
//! for a JSON reader and protects the person who lets the lines run over a screen.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Appends `value` and a newline.
pub(crate) fn push_line(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    let start = out.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, TerminalSafe);
    if let Err(error) = value.serialize(&mut serializer) {
        out.truncate(start);
        return Err(error);
    }
    out.push(b'\n');
    Ok(())
}

struct TerminalSafe;

impl Formatter for TerminalSafe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| !c.is_ascii() || *c == '\u{7f}') {
            if needs_escape(c) {
                writer.write_all(&fragment.as_bytes()[from..at])?;
                write!(writer, "\\u{:04x}", u32::from(c))?;
                from = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[from..])
    }
}

/// DEL, C1 controls and the characters that change the order of a line.
fn needs_escape(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_line_reads_back_as_it_was_and_holds_nothing_for_a_terminal() {
        let text = "plain häß 日本 \u{1b}[31m \u{9b}2J \u{7f} a\u{202e}b\u{2069} \"q\" \n\t end";
        let mut out = Vec::new();
        push_line(&mut out, &serde_json::json!({"text": text})).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, "{\"text\":\"plain häß 日本 \\u001b[31m \\u009b2J \\u007f a\\u202eb\\u2069 \\\"q\\\" \\n\\t end\"}\n");
        let back: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back["text"], text);
    }
}
