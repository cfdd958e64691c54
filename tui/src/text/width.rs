//! Columns that text takes. Counted by grapheme, as the cells of a screen are.

use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the columns `text` takes; it must hold no control characters.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Returns the columns a styled line takes.
pub fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_emoji_and_marks_are_counted_as_they_are_shown() {
        for (text, columns) in [("abc", 3), ("日本", 4), ("🎉", 2), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("", 0), ("ｱ", 1)] {
            assert_eq!(width(text), columns, "{text}");
        }
    }
}
