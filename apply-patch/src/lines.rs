//! A text seen as lines.
//!
//! Only LF separates lines; a CR before it stays part of the line, and a last line need not be terminated. Holds one
//! offset per line and no copies.

/// The lines of a text with their places in it.
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// Where each line starts, and at the end where one more line would start.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        if !text.is_empty() && !text.ends_with('\n') {
            starts.push(text.len() + 1);
        }
        Self { text, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The line without its LF.
    pub(crate) fn get(&self, index: usize) -> &'t str {
        &self.text[self.starts[index]..self.starts[index + 1] - 1]
    }

    /// Neighbouring lines as they stand in the text, with their LFs as far as they have them.
    pub(crate) fn span(&self, from: usize, to: usize) -> &'t str {
        let end = self.starts[to].min(self.text.len());
        &self.text[self.starts[from].min(end)..end]
    }

    /// Whether there are terminated lines and all of them end in CR LF.
    pub(crate) fn all_end_in_crlf(&self) -> bool {
        let mut terminated = self.text.split('\n').rev().skip(1).peekable();
        terminated.peek().is_some() && terminated.all(|line| line.ends_with('\r'))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn only_a_line_feed_ends_a_line_and_the_last_one_may_be_open() {
        for (text, want) in [
            ("", &[][..]),
            ("\n", &[""]),
            ("a", &["a"]),
            ("a\n", &["a"]),
            ("a\n\n", &["a", ""]),
            ("a\r\nb\x0bc\u{2028}\rd", &["a\r", "b\x0bc\u{2028}\rd"]),
        ] {
            let lines = Lines::of(text);
            assert_eq!((0..lines.len()).map(|i| lines.get(i)).collect::<Vec<_>>(), want, "{text:?}");
            assert_eq!(lines.span(0, lines.len()), text);
        }
    }

    #[test]
    fn a_file_is_crlf_only_when_every_ended_line_is() {
        for (text, want) in [("", false), ("a", false), ("a\r", false), ("a\r\n", true), ("a\r\nb", true), ("a\r\nb\n", false)] {
            assert_eq!(Lines::of(text).all_end_in_crlf(), want, "{text:?}");
        }
    }
}
