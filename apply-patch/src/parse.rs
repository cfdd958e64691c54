//! Reads patch text.
//!
//! Pure and total: every text gives a [`Patch`] or a [`ParseError`], in time linear in its length. A text is parsed
//! whole before anybody may act on it. The messages are matched by programs and must stay as they are; there are two
//! spellings, the tool's (`Display`) and that of the executable ([`ParseError::executable_message`]).

use crate::patch::{Chunk, ChunkLine, LineKind, Patch, Section};

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";
const ADD: &str = "*** Add File: ";
const DELETE: &str = "*** Delete File: ";
const UPDATE: &str = "*** Update File: ";
const MOVE: &str = "*** Move to: ";
const END_OF_FILE: &str = "*** End of File";
const HEREDOC_OPENERS: [&str; 3] = ["<<EOF", "<<'EOF'", "<<\"EOF\""];

/// The longest text that is read.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The most sections and chunks together.
const MOST_PIECES: usize = 10_000;

/// Why a text is not a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The first line is something else than the opening line.
    #[error("invalid patch: The first line of the patch must be '*** Begin Patch'")]
    MissingBegin,
    /// The last line is something else than the closing line, or there is no line at all.
    #[error("invalid patch: The last line of the patch must be '*** End Patch'")]
    MissingEnd,
    /// It is too much for one patch. The field says of what, and how much may be.
    #[error("invalid patch: {0}; split it into several")]
    TooMuch(&'static str),
    /// A line inside cannot be understood.
    #[error("invalid hunk at line {line}, {problem}")]
    Hunk {
        /// Counted from the opening line, which is 1.
        line: usize,
        /// What is wrong there.
        problem: HunkProblem,
    },
}

/// What is wrong with a line inside a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HunkProblem {
    /// A file section was expected to start; holds the trimmed line.
    #[error(
        "'{0}' is not a valid hunk header. Valid hunk headers: '*** Add File: {{path}}', '*** Delete File: {{path}}', '*** Update File: {{path}}'"
    )]
    InvalidHeader(String),
    /// An update without any chunk; holds its path.
    #[error("Update file hunk for path '{0}' is empty")]
    EmptyUpdate(String),
    /// A chunk header without a line behind it.
    #[error("Update hunk does not contain any lines")]
    EmptyChunk,
    /// A chunk starts with a line that carries no mark.
    #[error(
        "Unexpected line found in update hunk: '{0}'. Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)"
    )]
    UnmarkedLine(String),
    /// A later chunk starts without its header.
    #[error("Expected update hunk to start with a @@ context marker, got: '{0}'")]
    MissingChunkHeader(String),
}

impl ParseError {
    /// Returns the message as the stand-alone executable words it.
    pub fn executable_message(&self) -> String {
        match self {
            Self::MissingBegin => format!("Invalid patch: The first line of the patch must be '{BEGIN}'"),
            Self::MissingEnd => format!("Invalid patch: The last line of the patch must be '{END}'"),
            Self::TooMuch(what) => format!("Invalid patch: {what}; split it into several"),
            Self::Hunk { line, problem } => format!("Invalid patch hunk on line {line}: {problem}"),
        }
    }
}

/// Parses a whole patch.
///
/// White space around the text is ignored, and so is a here-document frame (`<<EOF` ... `EOF`) that was left around
/// it. A CR before an LF counts as part of the line end.
pub fn parse(text: &str) -> Result<Patch, ParseError> {
    if text.len() > MOST_BYTES {
        return Err(ParseError::TooMuch("it is longer than 16 MiB"));
    }
    let lines: Vec<&str> = text.trim().lines().collect();
    let framed = body(&lines).or_else(|error| match without_heredoc(&lines) {
        Some(inner) => body(inner),
        None => Err(error),
    })?;
    Reader { lines: framed, at: 0, pieces: 0 }.patch()
}

/// Returns the lines between the opening and the closing line.
fn body<'l, 't>(lines: &'l [&'t str]) -> Result<&'l [&'t str], ParseError> {
    match lines {
        [] => Err(ParseError::MissingEnd),
        [first, ..] if first.trim() != BEGIN => Err(ParseError::MissingBegin),
        [_, inner @ .., last] if last.trim() == END => Ok(inner),
        _ => Err(ParseError::MissingEnd),
    }
}

fn without_heredoc<'l, 't>(lines: &'l [&'t str]) -> Option<&'l [&'t str]> {
    match lines {
        [first, inner @ .., last] if HEREDOC_OPENERS.contains(first) && last.ends_with("EOF") && inner.len() >= 2 => Some(inner),
        _ => None,
    }
}

/// A position in the lines between the frame.
struct Reader<'l, 't> {
    lines: &'l [&'t str],
    at: usize,
    /// Sections and chunks so far.
    pieces: usize,
}

impl<'t> Reader<'_, 't> {
    fn peek(&self) -> Option<&'t str> {
        self.lines.get(self.at).copied()
    }

    /// Number of the line at the position: the first line behind the opening one is 2.
    fn number(&self) -> usize {
        self.at + 2
    }

    fn problem<T>(&self, problem: HunkProblem) -> Result<T, ParseError> {
        Err(ParseError::Hunk { line: self.number(), problem })
    }

    fn patch(mut self) -> Result<Patch, ParseError> {
        let mut sections = Vec::new();
        while let Some(line) = self.peek() {
            self.count_piece()?;
            sections.push(self.section(line.trim())?);
        }
        Ok(Patch { sections })
    }

    fn count_piece(&mut self) -> Result<(), ParseError> {
        self.pieces += 1;
        if self.pieces > MOST_PIECES { Err(ParseError::TooMuch("it has more than 10000 files and hunks")) } else { Ok(()) }
    }

    fn section(&mut self, header: &str) -> Result<Section, ParseError> {
        if let Some(path) = header.strip_prefix(ADD) {
            self.at += 1;
            Ok(Section::Add { path: path.to_owned(), contents: self.added_lines() })
        } else if let Some(path) = header.strip_prefix(DELETE) {
            self.at += 1;
            Ok(Section::Delete { path: path.to_owned() })
        } else if let Some(path) = header.strip_prefix(UPDATE) {
            self.update(path)
        } else {
            self.problem(HunkProblem::InvalidHeader(header.to_owned()))
        }
    }

    fn added_lines(&mut self) -> String {
        let mut contents = String::new();
        while let Some(text) = self.peek().and_then(|line| line.strip_prefix('+')) {
            contents.push_str(text);
            contents.push('\n');
            self.at += 1;
        }
        contents
    }

    fn update(&mut self, path: &str) -> Result<Section, ParseError> {
        let header = self.number();
        self.at += 1;
        let move_to = self.peek().and_then(|line| line.strip_prefix(MOVE)).map(|to| to.trim_end().to_owned());
        if move_to.is_some() {
            self.at += 1;
        }
        let mut chunks = Vec::new();
        while let Some(line) = self.peek() {
            if line.trim().is_empty() {
                self.at += 1;
            } else if line.starts_with("***") {
                break;
            } else {
                self.count_piece()?;
                chunks.push(self.chunk(line, chunks.is_empty())?);
            }
        }
        if chunks.is_empty() {
            return Err(ParseError::Hunk { line: header, problem: HunkProblem::EmptyUpdate(path.to_owned()) });
        }
        Ok(Section::Update { path: path.to_owned(), move_to, chunks })
    }

    fn chunk(&mut self, header: &str, first: bool) -> Result<Chunk, ParseError> {
        let mut chunk = Chunk::default();
        if header == "@@" {
            self.at += 1;
        } else if let Some(context) = header.strip_prefix("@@ ") {
            // Blanks alone cannot have been meant as a line to look for.
            chunk.context = (!context.trim().is_empty()).then(|| context.to_owned());
            self.at += 1;
        } else if !first {
            return self.problem(HunkProblem::MissingChunkHeader(header.to_owned()));
        }
        while let Some(line) = self.peek() {
            if line.trim_end() == END_OF_FILE && !chunk.lines.is_empty() {
                chunk.end_of_file = true;
                self.at += 1;
                break;
            }
            match marked(line) {
                Some(line) => chunk.lines.push(line),
                None if !chunk.lines.is_empty() => break,
                None if line.trim_end() == END_OF_FILE => return self.problem(HunkProblem::EmptyChunk),
                None => return self.problem(HunkProblem::UnmarkedLine(line.to_owned())),
            }
            self.at += 1;
        }
        if chunk.lines.is_empty() { self.problem(HunkProblem::EmptyChunk) } else { Ok(chunk) }
    }
}

/// Reads the mark of a chunk line; an empty line is an empty context line whose blank was lost on the way.
fn marked(line: &str) -> Option<ChunkLine> {
    let kind = match line.as_bytes().first() {
        None => return Some(ChunkLine { kind: LineKind::Context, text: String::new() }),
        Some(b' ') => LineKind::Context,
        Some(b'-') => LineKind::Remove,
        Some(b'+') => LineKind::Insert,
        Some(_) => return None,
    };
    Some(ChunkLine { kind, text: line[1..].to_owned() })
}

#[cfg(test)]
mod tests;
