//! Takes a rule file apart into words and signs.
//!
//! One token at a time. Indentation becomes tokens of its own outside brackets; inside them line ends are blanks.
//! Carriage returns are passed over everywhere. What is inside quotes is read in `literal.rs`.

use super::fault::Fault;
use super::source::{Source, Span};
use super::token::{KEYWORDS, RESERVED, SYMBOLS, Token};

/// A token and where it stands.
pub(super) type Lexeme<'a> = (Token<'a>, Span);

/// What is said about `1.5`.
const NO_FLOATS: &str = "floating point numbers are not available in rule files";

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Where to stop: the end of the file, or of an expression inside a formatted text.
    pub(super) end: usize,
    brackets: usize,
    indents: Vec<usize>,
    /// Dedents that are still to be given.
    dedents: usize,
    line_begins: bool,
    line_is_empty: bool,
    finished: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &Source<'a>) -> Self {
        Self {
            text: source.text,
            at: 0,
            end: source.text.len(),
            brackets: 0,
            indents: Vec::new(),
            dedents: 0,
            line_begins: true,
            line_is_empty: true,
            finished: false,
        }
    }

    /// Reads an expression inside a formatted text, where line ends mean nothing.
    pub(super) fn inside(source: &Source<'a>, begin: usize, end: usize) -> Self {
        Self { at: begin, end, brackets: 1, line_begins: false, finished: true, ..Self::new(source) }
    }

    pub(super) fn fault(begin: usize, end: usize, what: impl std::fmt::Display) -> Fault {
        Fault::at(Span::new(begin, end), format!("Parse error: {what}"))
    }

    /// What is left.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    pub(super) fn next(&mut self) -> Result<Lexeme<'a>, Fault> {
        if self.line_begins && self.brackets == 0 {
            self.line_begins = false;
            if let Some(indent) = self.indentation()? {
                return Ok(indent);
            }
        }
        if self.dedents > 0 {
            self.dedents -= 1;
            return Ok((Token::Dedent, Span::new(self.at, self.at)));
        }
        self.skip_blanks();
        let begin = self.at;
        let Some(first) = self.peek() else { return Ok(self.finish()) };
        self.line_is_empty = false;
        let token = match first {
            b'\n' => return Ok(self.newline()),
            b'"' | b'\'' => self.string(begin, "")?,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.word()?,
            b'0'..=b'9' => self.number()?,
            _ => self.symbol()?,
        };
        Ok((token, Span::new(begin, self.at)))
    }

    /// The end of the file ends its last line and every block.
    fn finish(&mut self) -> Lexeme<'a> {
        let here = Span::new(self.at, self.at);
        if !self.finished {
            self.finished = true;
            self.dedents = self.indents.len();
            self.indents.clear();
            if !self.line_is_empty {
                return (Token::Newline, here);
            }
        }
        if self.dedents > 0 {
            self.dedents -= 1;
            return (Token::Dedent, here);
        }
        (Token::End, here)
    }

    fn newline(&mut self) -> Lexeme<'a> {
        let span = Span::new(self.at, self.at);
        self.at += 1;
        self.line_begins = true;
        self.line_is_empty = true;
        (Token::Newline, span)
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if self.brackets > 0 => self.at += 1,
                b'#' => self.skip_comment(),
                b'\\' if self.rest()[1..].starts_with("\r\n") => self.at += 3,
                b'\\' if self.rest()[1..].starts_with('\n') => self.at += 2,
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Reads the blanks a line begins with, and passes over lines that are empty.
    fn indentation(&mut self) -> Result<Option<Lexeme<'a>>, Fault> {
        let mut begin = self.at;
        let mut tabs = false;
        let mut columns = 0;
        loop {
            match self.peek() {
                Some(b' ') => columns += 1,
                Some(b'\t') => tabs = true,
                Some(b'\r') => {}
                Some(b'\n') => {
                    begin = self.at + 1;
                    (columns, tabs) = (0, false);
                }
                Some(b'#') => {
                    self.skip_comment();
                    continue;
                }
                Some(_) => break,
                None => return Ok(None),
            }
            self.at += 1;
        }
        if tabs {
            return Err(Self::fault(begin, self.at, "tabs are not allowed"));
        }
        let now = self.indents.last().copied().unwrap_or(0);
        if columns > now {
            self.indents.push(columns);
            return Ok(Some((Token::Indent, Span::new(begin, self.at))));
        }
        while self.indents.last().is_some_and(|level| *level > columns) {
            self.indents.pop();
            self.dedents += 1;
        }
        if self.indents.last().copied().unwrap_or(0) != columns {
            return Err(Self::fault(begin, self.at, "incorrect indentation"));
        }
        Ok(None)
    }

    fn word(&mut self) -> Result<Token<'a>, Fault> {
        let begin = self.at;
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()).count();
        self.at += length;
        let word = &rest[..length];
        if matches!(self.peek(), Some(b'"' | b'\'')) && matches!(word, "r" | "f" | "rf" | "fr" | "b" | "rb" | "br") {
            if word.contains('b') {
                return Err(Self::fault(begin, self.at, "bytes are not available in rule files"));
            }
            return self.string(begin, word);
        }
        if RESERVED.contains(&word) {
            return Err(Self::fault(begin, self.at, format_args!("cannot use reserved keyword `{word}`")));
        }
        let keyword = KEYWORDS.iter().find(|keyword| **keyword == word);
        Ok(keyword.map_or(Token::Name(word), |keyword| Token::Keyword(keyword)))
    }

    fn number(&mut self) -> Result<Token<'a>, Fault> {
        let begin = self.at;
        let rest = self.rest();
        let radix = match rest.as_bytes().get(1) {
            Some(b'x' | b'X') => 16,
            Some(b'o' | b'O') => 8,
            Some(b'b' | b'B') => 2,
            _ => 10,
        };
        let prefix = if radix == 10 || !rest.starts_with('0') { 0 } else { 2 };
        let radix = if prefix == 0 { 10 } else { radix };
        let digits: &str = &rest[prefix..];
        let digits = &digits[..digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count()];
        if digits.is_empty() {
            // `0x` alone: the number ends before the letter, which is no expression then.
            self.at += 1;
            return Ok(Token::Int(0));
        }
        self.at += prefix + digits.len();
        let written = &self.text[begin..self.at];
        let after = self.rest().as_bytes();
        let exponent = matches!(after, [b'e' | b'E', b'0'..=b'9', ..] | [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..]);
        let fraction = matches!(after, [b'.', next, ..] if next.is_ascii_digit()) || after == b".";
        if prefix == 0 && (fraction || exponent) {
            return Err(Self::fault(begin, self.at + 1, NO_FLOATS));
        }
        if prefix == 0 && written.len() > 1 && written.starts_with('0') {
            return Err(Self::fault(begin, self.at, format_args!("integer cannot have leading 0, got `{written}`")));
        }
        let number = i64::from_str_radix(digits, radix);
        number.map(Token::Int).map_err(|_| Self::fault(begin, self.at, "numbers of rule files have 64 bits at most"))
    }

    fn symbol(&mut self) -> Result<Token<'a>, Fault> {
        let rest = self.rest();
        if let [b'.', b'0'..=b'9', ..] = rest.as_bytes() {
            return Err(Self::fault(self.at, self.at + 2, NO_FLOATS));
        }
        let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
            let wrong = rest.chars().next().unwrap_or_default();
            return Err(Self::fault(self.at, self.at + wrong.len_utf8(), format_args!("invalid input `{wrong}`")));
        };
        match *symbol {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }
}
