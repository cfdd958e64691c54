//! Text cut to a width, with `…` where something is missing.

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::width::{line_width, width};

/// Returns `text` in at most `columns` columns, cut at the end.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut kept = head(text, columns - 1).to_owned();
    kept.push('…');
    kept
}

/// Returns `text` in at most `columns` columns, cut in the middle: both ends of a path tell more than its inside.
pub fn truncate_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let front = (columns - 1) / 2;
    format!("{}…{}", head(text, front), tail(text, columns - 1 - front))
}

/// Returns a styled line in at most `columns` columns, cut at the end.
pub fn truncate_line(line: Line<'static>, columns: usize) -> Line<'static> {
    if line_width(&line) <= columns {
        return line;
    }
    let mut left = columns.saturating_sub(1);
    let mut kept = Line { spans: Vec::new(), ..line.clone() };
    for span in line.spans {
        let wide = width(&span.content);
        if wide <= left {
            left -= wide;
            kept.spans.push(span);
            continue;
        }
        let mut content = head(&span.content, left).to_owned();
        if columns > 0 {
            content.push('…');
        }
        kept.spans.push(Span::styled(content, span.style));
        break;
    }
    kept
}

fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > columns {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_cut_is_marked() {
        assert_eq!(truncate("hello", 5), "hello");
        assert_eq!(truncate("hello world", 6), "hello…");
        assert_eq!(truncate("日本語", 4), "日…");
        assert_eq!(truncate_middle("/home/me/projects/thing", 11), "/home…thing");
        assert_eq!(truncate("abc", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "[ -~日本é🎉]{0,40}", columns in 0usize..30) {
            prop_assert!(width(&truncate(&text, columns)) <= columns);
            prop_assert!(width(&truncate_middle(&text, columns)) <= columns);
            let line = Line::from(vec![Span::raw(text.clone()), Span::raw(text)]);
            prop_assert!(line_width(&truncate_line(line, columns)) <= columns);
        }
    }
}
