//! Wrapping of styled lines: greedy, by words, with an indent of its own for the first row and for the others.
//!
//! A grapheme is never split. A word wider than a row is broken at the row's end. Text without blanks in wide characters may
//! break anywhere. Blanks at a break vanish; those at the beginning of a line stay, as far as its first word then fits whole.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::width::{line_width, width};

/// What stands before the rows of a wrapped line.
#[derive(Clone, Debug, Default)]
pub struct Indent {
    /// Before the first row.
    pub first: Line<'static>,
    /// Before every other row.
    pub rest: Line<'static>,
}

impl Indent {
    /// The same blanks before every row.
    pub fn blanks(columns: usize) -> Self {
        let blanks = Line::from(" ".repeat(columns));
        Self { first: blanks.clone(), rest: blanks }
    }

    /// `first` before the first row, and as many blanks as it is wide before the others.
    pub fn hanging(first: impl Into<Line<'static>>) -> Self {
        let first = first.into();
        let rest = Line::from(" ".repeat(line_width(&first)));
        Self { first, rest }
    }
}

/// Wraps one line by words. No row is wider than `columns`, as long as the indent leaves room for two.
pub fn wrap(line: &Line<'_>, columns: usize, indent: &Indent) -> Vec<Line<'static>> {
    rows(line, columns, indent, next_word_break)
}

/// Wraps one line at exactly `columns`: for code that has to keep its blanks.
pub fn hard_wrap(line: &Line<'_>, columns: usize, indent: &Indent) -> Vec<Line<'static>> {
    rows(line, columns, indent, next_hard_break)
}

/// The text of a styled line.
pub fn plain_text(line: &Line<'_>) -> String {
    line.spans.iter().map(|span| span.content.as_ref()).collect()
}

struct Glyph<'a> {
    text: &'a str,
    style: Style,
    columns: usize,
}

/// Where a row begins and ends, and where the next one begins.
struct Break {
    begin: usize,
    end: usize,
    next: usize,
}

fn rows(line: &Line<'_>, columns: usize, indent: &Indent, find: fn(&[Glyph<'_>], usize) -> Break) -> Vec<Line<'static>> {
    if line_width(line) + line_width(&indent.first) <= columns {
        return vec![join(&indent.first, line.spans.iter().map(|span| (span.content.as_ref(), span.style)), line)];
    }
    let glyphs: Vec<Glyph<'_>> = line
        .spans
        .iter()
        .flat_map(|span| span.content.graphemes(true).map(|text| Glyph { text, style: span.style, columns: width(text) }))
        .collect();
    let mut rows = Vec::new();
    let mut rest = glyphs.as_slice();
    while rows.is_empty() || !rest.is_empty() {
        let prefix = if rows.is_empty() { &indent.first } else { &indent.rest };
        let room = columns.saturating_sub(line_width(prefix)).max(1);
        let at = find(rest, room);
        let row = &rest[at.begin..at.end];
        if row.len() == 1 && row[0].columns > room {
            rows.push(join(prefix, [("…", row[0].style)].into_iter(), line));
        } else {
            rows.push(join(prefix, row.iter().map(|glyph| (glyph.text, glyph.style)), line));
        }
        rest = &rest[at.next..];
    }
    rows
}

fn next_hard_break(glyphs: &[Glyph<'_>], room: usize) -> Break {
    let end = fitting(glyphs, room);
    Break { begin: 0, end, next: end }
}

fn next_word_break(glyphs: &[Glyph<'_>], room: usize) -> Break {
    let fits = fitting(glyphs, room);
    if fits == glyphs.len() {
        return Break { begin: 0, end: fits, next: fits };
    }
    let start = glyphs.iter().take_while(|glyph| glyph.text == " ").count();
    let end = if glyphs[fits].text == " " { Some(fits) } else { (start + 1..=fits).rev().find(|at| may_break(glyphs, *at)) };
    match end {
        Some(at) => {
            let blanks = glyphs[at..].iter().take_while(|glyph| glyph.text == " ").count();
            let trailing = glyphs[..at].iter().rev().take_while(|glyph| glyph.text == " ").count();
            Break { begin: 0, end: at - trailing, next: at + blanks }
        }
        None if start > 0 => {
            let word = glyphs[start..].iter().take_while(|glyph| glyph.text != " ");
            let columns: usize = word.map(|glyph| glyph.columns).sum();
            let begin = if columns <= room { (columns + start).saturating_sub(room) } else { 0 };
            let end = fitting(&glyphs[begin..], room) + begin;
            let blanks = glyphs[end..].iter().take_while(|glyph| glyph.text == " ").count();
            Break { begin, end, next: end + blanks }
        }
        None => Break { begin: 0, end: fits, next: fits },
    }
}

/// How many glyphs fit, at least one.
fn fitting(glyphs: &[Glyph<'_>], room: usize) -> usize {
    let mut used = 0;
    for (at, glyph) in glyphs.iter().enumerate() {
        used += glyph.columns;
        if used > room {
            return at.max(1);
        }
    }
    glyphs.len()
}

/// Whether a row may end before the glyph at `at`.
fn may_break(glyphs: &[Glyph<'_>], at: usize) -> bool {
    let (before, after) = (&glyphs[at - 1], &glyphs[at]);
    if before.text == " " {
        return true;
    }
    let wide = before.columns > 1 || after.columns > 1;
    wide && !"、。，．！？）」』】》〉：；".contains(after.text) && !"（「『【《〈".contains(before.text)
}

fn join<'a>(prefix: &Line<'static>, text: impl Iterator<Item = (&'a str, Style)>, like: &Line<'_>) -> Line<'static> {
    let mut spans = prefix.spans.clone();
    let own = spans.len();
    for (text, style) in text {
        match spans.last_mut() {
            Some(last) if last.style == style && !text.is_empty() => last.content.to_mut().push_str(text),
            _ => spans.push(Span::styled(text.to_owned(), style)),
        }
    }
    if spans.iter().all(|span| span.content.trim().is_empty()) && spans.len() >= own {
        spans.clear();
    }
    Line { spans, style: like.style, alignment: like.alignment }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use ratatui::style::Stylize;

    use super::*;

    fn texts(rows: &[Line<'_>]) -> Vec<String> {
        rows.iter().map(plain_text).collect()
    }

    #[test]
    fn words_wrap_with_a_hanging_indent() {
        let line = Line::from(vec!["one two ".into(), "three".bold(), " four".into()]);
        let rows = wrap(&line, 10, &Indent::hanging("• "));
        assert_eq!(texts(&rows), ["• one two", "  three", "  four"]);
        assert_eq!(rows[1].spans[1], "three".bold());
    }

    #[test]
    fn long_words_are_broken_and_wide_characters_counted() {
        assert_eq!(texts(&wrap(&Line::from("abcdefghij"), 4, &Indent::default())), ["abcd", "efgh", "ij"]);
        assert_eq!(texts(&wrap(&Line::from("日本語の文。"), 5, &Indent::default())), ["日本", "語の", "文。"]);
        assert_eq!(texts(&wrap(&Line::from("a https://example.com/x"), 10, &Indent::default())), ["a", "https://ex", "ample.com/", "x"]);
    }

    #[test]
    fn blanks_at_the_beginning_stay_and_an_empty_line_is_one_row() {
        assert_eq!(texts(&wrap(&Line::from("    deep text"), 9, &Indent::default())), ["    deep", "text"]);
        assert_eq!(texts(&wrap(&Line::from("   letters and"), 9, &Indent::default())), ["  letters", "and"]);
        assert_eq!(texts(&wrap(&Line::default(), 9, &Indent::blanks(2))), [""]);
    }

    #[test]
    fn code_keeps_its_blanks() {
        assert_eq!(texts(&hard_wrap(&Line::from("a  b  c"), 3, &Indent::default())), ["a  ", "b  ", "c"]);
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_no_letter_is_lost(
            parts in prop::collection::vec("[a-c日é🎉 ]{0,12}", 0..6), columns in 8usize..40, indent in 0usize..5,
        ) {
            let line = Line::from(parts.iter().enumerate().map(|(n, part)| {
                if n % 2 == 0 { Span::raw(part.clone()) } else { part.clone().bold() }
            }).collect::<Vec<_>>());
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            for rows in [wrap(&line, columns, &Indent::blanks(indent)), hard_wrap(&line, columns, &Indent::blanks(indent))] {
                for row in &rows {
                    prop_assert!(line_width(row) <= columns, "{row:?}");
                }
                prop_assert_eq!(letters(&texts(&rows).concat()), letters(&plain_text(&line)));
            }
            let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
            let narrow = parts.concat().chars().all(|c| c.is_ascii() || c == 'é');
            if narrow && words(&plain_text(&line)).iter().all(|word| width(word) + indent <= columns) {
                let rows = wrap(&line, columns, &Indent::blanks(indent));
                prop_assert_eq!(words(&texts(&rows).join(" ")), words(&plain_text(&line)));
            }
        }
    }
}
