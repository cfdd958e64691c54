//! Shows where in a file something is wrong: `path:line:column: message`, the line, a caret below it.
//!
//! Pure; lines and columns count from 1, columns in characters. A line that may hold a secret is shown without its value,
//! a long one around the place.

use std::ops::Range;
use std::path::Path;

use unicode_width::UnicodeWidthChar;

use crate::secret;

/// Most characters of a line that are shown on either side of the place.
const AROUND: usize = 80;

/// Renders an error of the TOML reader with its place in `text`.
pub(crate) fn render(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let span = error.span().unwrap_or(0..0);
    let place = Place::of(text, &span);
    let message = if place.is_hidden() { secret::without_value(error.message()) } else { error.message().to_owned() };
    format!("{}:{}:{}: {message}\n{}", path.display(), place.line, place.column, place.excerpt())
}

/// Renders a place alone: `path:line:column`, the line, a caret below it.
pub(crate) fn place(path: &Path, text: &str, span: &Range<usize>) -> String {
    let place = Place::of(text, span);
    format!("{}:{}:{}\n{}", path.display(), place.line, place.column, place.excerpt())
}

struct Place<'a> {
    above: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
    width: usize,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, span: &Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, span.end).clamp(start, line_end);
        Self {
            above: &text[..line_start],
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: text[line_start..line_end].trim_end_matches('\r'),
            width: text[start..end].chars().count().max(1),
        }
    }

    fn is_hidden(&self) -> bool {
        secret::shown_line(self.above, self.text) != self.text
    }

    /// The line between rules, and the caret.
    fn excerpt(&self) -> String {
        let shown = secret::shown_line(self.above, self.text);
        let all: Vec<char> = shown.chars().collect();
        // Of a hidden value nothing is pointed at but that it is hidden.
        let (at, width) =
            if shown == self.text { (self.column - 1, self.width) } else { ((self.column - 1).min(all.len().saturating_sub(3)), 1) };
        let (from, to) = (at.saturating_sub(AROUND), all.len().min(at + AROUND));
        let (before, after) = (if from > 0 { "..." } else { "" }, if to < all.len() { "..." } else { "" });
        let line: String = all[from.min(to)..to].iter().collect();
        let lead = all[from.min(to)..at.clamp(from.min(to), to)].iter();
        let pad: String = lead.flat_map(|letter| if *letter == '\t' { vec!['\t'] } else { vec![' '; columns(*letter)] }).collect();
        let marked: usize = all.iter().skip(at).take(width.min(to.saturating_sub(at).max(1))).map(|letter| columns(*letter)).sum();
        let gutter = " ".repeat(self.line.to_string().len());
        format!(
            "{gutter} |\n{} | {before}{line}{after}\n{gutter} | {}{pad}{}",
            self.line,
            " ".repeat(before.len()),
            "^".repeat(marked.max(1))
        )
    }
}

/// How many columns of a terminal a character takes.
fn columns(letter: char) -> usize {
    letter.width().unwrap_or(1)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        place(Path::new("c"), text, &span)
    }

    #[test]
    fn the_caret_stands_below_what_is_wrong_whatever_stands_before_it() {
        assert_eq!(shown("a = 1\n\tmodel\t= 5\n", 15..16), "c:2:10\n  |\n2 | \tmodel\t= 5\n  | \t     \t  ^");
        assert_eq!(shown("\"漢字\" = true", 11..15), "c:1:8\n  |\n1 | \"漢字\" = true\n  |          ^^^^");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{} = 1", "k".repeat(500));
        let told = shown(&text, 503..504);
        assert_eq!(told.lines().nth(2).unwrap(), format!("1 | ...{} = 1", "k".repeat(77)));
        assert_eq!(told.lines().nth(3).unwrap(), format!("  | {}^", " ".repeat(83)));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let text = "[model_providers.x]\nexperimental_bearer_token = \"sk-live\" oops\n";
        let error = toml::from_str::<toml::Table>(text).unwrap_err();
        let told = render(Path::new("c"), text, &error);
        assert!(told.contains("2 | experimental_bearer_token = ...\n") && !told.contains("sk-live"), "{told}");
    }
}
