//! The text of a rule file, and how a piece of it is pointed at in messages.
//!
//! Pure. Bytes in, lines and columns out; both begin with 1 in what people read. The shapes of [`Source::quoted`] and
//! [`Source::place`] are read by programs. A source line is shown up to a bound, because a file may be one line.

/// Bytes of a source line that are shown.
const SHOWN: usize = 400;

/// Bytes of the source, the second one being behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) begin: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(begin: usize, end: usize) -> Self {
        // Rule files are bounded far below 4 GiB.
        let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { begin: short(begin), end: short(end) }
    }

    /// From the beginning of this to the end of the other.
    pub(super) fn to(self, other: Self) -> Self {
        Self { begin: self.begin, end: other.end }
    }
}

/// A rule file.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// Its name in messages.
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// Line and column, both from 0, the column in characters.
struct Position {
    line: usize,
    column: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, lines }
    }

    /// The text of a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.begin as usize..span.end as usize).unwrap_or_default()
    }

    /// The line a span begins in, the first being 1.
    pub(crate) fn line_of(&self, span: Span) -> usize {
        self.position(span.begin).line + 1
    }

    /// The source line a span begins in, without the blanks around it.
    ///
    /// A long line is cut.
    pub(super) fn line_text(&self, span: Span) -> String {
        const WIDTH: usize = 80;
        let line = self.row(self.position(span.begin).line).trim();
        match line.char_indices().nth(WIDTH) {
            None => line.to_owned(),
            Some(_) => line.chars().take(WIDTH - 3).chain("...".chars()).collect(),
        }
    }

    /// ` --> FILE:LINE:COL` and the first source line of a span.
    pub(crate) fn place(&self, span: Span) -> String {
        let Position { line, column } = self.position(span.begin);
        let number = line + 1;
        let gutter = " ".repeat(number.to_string().len());
        let text = shown(self.row(line));
        format!("{gutter}--> {}:{number}:{}\n{gutter} |\n{number} | {}\n{gutter} |", self.file, column + 1, text.trim_end())
    }

    /// ` --> FILE:LINE:COL` and every source line of a span, with marks where it begins and ends.
    pub(super) fn quoted(&self, span: Span) -> String {
        let begin = self.position(span.begin);
        let end = self.position(span.end.max(span.begin));
        let gutter = " ".repeat((end.line + 1).to_string().len());
        let mut lines = vec![format!("{gutter}--> {}:{}:{}", self.file, begin.line + 1, begin.column + 1), format!("{gutter} |")];
        if begin.line == end.line {
            lines.push(self.numbered(begin.line, gutter.len(), ""));
            let marks = (end.column - begin.column).clamp(1, SHOWN);
            if begin.column < SHOWN {
                lines.push(format!("{gutter} | {}{}", " ".repeat(begin.column), "^".repeat(marks)));
            }
        } else {
            self.quote_lines(&begin, &end, &gutter, &mut lines);
        }
        lines.push(format!("{gutter} |\n"));
        lines.join("\n")
    }

    fn quote_lines(&self, begin: &Position, end: &Position, gutter: &str, lines: &mut Vec<String>) {
        /// Lines of one piece of source that are shown.
        const MOST: usize = 40;
        if begin.column == 0 {
            lines.push(self.numbered(begin.line, gutter.len(), "/ "));
        } else {
            lines.push(self.numbered(begin.line, gutter.len(), "  "));
            lines.push(format!("{gutter} |  {}^", "_".repeat(begin.column.min(SHOWN) + 1)));
        }
        for line in (begin.line + 1..=end.line).take(MOST) {
            lines.push(self.numbered(line, gutter.len(), "| "));
        }
        if end.line - begin.line <= MOST {
            lines.push(format!("{gutter} | |{}^", "_".repeat(end.column.min(SHOWN))));
        }
    }

    fn numbered(&self, line: usize, width: usize, edge: &str) -> String {
        let number = (line + 1).to_string();
        let text = shown(self.row(line).trim_end_matches('\r'));
        format!("{number:>width$} | {edge}{text}")
    }

    fn row(&self, line: usize) -> &'a str {
        let begin = self.lines.get(line).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(begin..end).unwrap_or_default()
    }

    fn position(&self, byte: u32) -> Position {
        let at = self.text.floor_char_boundary(byte as usize);
        let line = self.lines.partition_point(|begin| *begin <= at).saturating_sub(1);
        let begin = self.lines.get(line).copied().unwrap_or_default();
        Position { line, column: self.text.get(begin..at).map_or(0, |before| before.chars().count()) }
    }
}

fn shown(text: &str) -> String {
    let end = text.floor_char_boundary(SHOWN);
    let more = if end < text.len() { " ..." } else { "" };
    format!("{}{more}", &text[..end])
}
