//! Lines as a terminal would leave them: colours kept, tabs as spaces, a carriage return begins its line anew.

use ratatui_core::style::Style;
use ratatui_core::text::{Line, Span, Text};

use crate::colour;
use crate::scan::{Piece, pieces};

/// Columns between tab stops.
pub const TAB_STOP: usize = 8;

/// Returns what `bytes` show, line by line. Bytes that are no UTF-8 are replaced by `U+FFFD`; a newline at the end begins no
/// further line.
pub fn text(bytes: &[u8]) -> Text<'static> {
    let source = String::from_utf8_lossy(bytes);
    let mut lines = Vec::new();
    let mut row = Row::default();
    let mut style = Style::new();
    for piece in pieces(&source) {
        match piece {
            Piece::Text(text) => row.push(text, style),
            Piece::Style(parameters) => style = colour::apply(style, parameters),
            Piece::Control('\n') => lines.push(std::mem::take(&mut row).finish()),
            Piece::Control('\t') => {
                let blanks = TAB_STOP - row.columns % TAB_STOP;
                row.push(&" ".repeat(blanks), style);
            }
            Piece::Control('\r') => row.returned = true,
            Piece::Control(_) => {}
        }
    }
    if row.columns > 0 {
        lines.push(row.finish());
    }
    Text::from(lines)
}

#[derive(Default)]
struct Row {
    spans: Vec<Span<'static>>,
    /// Characters so far; near enough to columns for tab stops.
    columns: usize,
    /// A carriage return came: the next text takes the place of what stands here.
    returned: bool,
}

impl Row {
    fn push(&mut self, text: &str, style: Style) {
        if std::mem::take(&mut self.returned) {
            self.spans.clear();
            self.columns = 0;
        }
        self.columns += text.chars().count();
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(text),
            _ => self.spans.push(Span::styled(text.to_owned(), style)),
        }
    }

    fn finish(self) -> Line<'static> {
        Line::from(self.spans)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn plain(bytes: &[u8]) -> Vec<String> {
        text(bytes).lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_last_state_of_a_progress_line_is_what_remains() {
        assert_eq!(plain(b"10%\r50%\r100%\r\ndone"), ["100%", "done"]);
        assert_eq!(plain(b"a\r\nb\r\n"), ["a", "b"]);
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(plain(b"a\tb\n12345678\tc"), ["a       b", "12345678        c"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(plain(b"a\xffb\n"), ["a\u{fffd}b"]);
    }

    #[test]
    fn colours_reach_over_lines() {
        let text = text(b"\x1b[31ma\nb\x1b[0m\nc");
        assert_eq!(text.lines[1].spans[0].style, text.lines[0].spans[0].style);
        assert_eq!(text.lines[2].spans[0].style, Style::new());
    }

    proptest! {
        // O1
        #[test]
        fn no_control_character_passes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for line in text(&bytes).lines {
                prop_assert!(!line.to_string().chars().any(char::is_control));
            }
        }

        // O1
        #[test]
        fn no_control_character_passes_in_text_made_of_sequences(parts in prop::collection::vec(
            prop::sample::select(vec!["\x1b", "[", "]", "0;", "31", "m", "\x07", "\u{9b}", "\u{9d}", "\\", "x", "\n", "\r", "\t", "P", "?", "\u{85}"]), 0..60,
        )) {
            for line in text(parts.concat().as_bytes()).lines {
                prop_assert!(!line.to_string().chars().any(char::is_control));
            }
        }

        #[test]
        fn plain_text_is_kept(text in "[a-zé日 ]{0,40}") {
            let lines = plain(text.as_bytes());
            prop_assert_eq!(lines.concat(), text);
        }
    }
}
