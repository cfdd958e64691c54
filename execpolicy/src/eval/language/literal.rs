//! What stands between quotes: escapes, raw texts, texts of several lines, formatted texts.

use super::fault::Fault;
use super::lexer::Lexer;
use super::token::{Piece, Token};

/// How a text is quoted.
#[derive(Clone, Copy)]
struct Quoting {
    quote: u8,
    triple: bool,
    raw: bool,
    formatted: bool,
}

impl Quoting {
    /// Whether `rest` begins with the closing quotes.
    fn closes(self, rest: &[u8]) -> bool {
        let count = if self.triple { 3 } else { 1 };
        rest.len() >= count && rest[..count].iter().all(|byte| *byte == self.quote)
    }
}

impl<'a> Lexer<'a> {
    /// Reads a text whose prefix, if any, has been passed and began at `begin`.
    pub(super) fn string(&mut self, begin: usize, prefix: &str) -> Result<Token<'a>, Fault> {
        let quote = self.peek().unwrap_or(b'"');
        let triple = self.bytes().starts_with(&[quote; 3]);
        let quoting = Quoting { quote, triple, raw: prefix.contains('r'), formatted: prefix.contains('f') };
        self.at += if triple { 3 } else { 1 };
        let mut text = String::new();
        let mut pieces = Vec::new();
        loop {
            let Some(c) = self.text[self.at..].chars().next() else { return Err(self.unfinished(begin)) };
            if quoting.closes(self.bytes()) {
                self.at += if triple { 3 } else { 1 };
                break;
            }
            match c {
                '\n' if !triple => return Err(self.unfinished(begin)),
                '\r' => self.at += 1,
                '\\' if quoting.raw => self.raw_escape(&mut text),
                '\\' => self.escape(&mut text)?,
                '{' | '}' if quoting.formatted => self.brace(c, quoting, &mut text, &mut pieces)?,
                _ => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        if self.at > self.end {
            // The text of an expression inside another text goes on behind the expression.
            return Err(self.unfinished(begin));
        }
        if !quoting.formatted {
            return Ok(Token::Text(text));
        }
        pieces.push(Piece::Text(text));
        Ok(Token::Formatted(pieces))
    }

    fn bytes(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn unfinished(&self, begin: usize) -> Fault {
        Self::fault(begin, self.at, "unfinished string literal")
    }

    /// A backslash in a raw text stays, unless it keeps a quote from closing.
    fn raw_escape(&mut self, text: &mut String) {
        self.at += 1;
        let Some(c) = self.text[self.at..].chars().next() else { return };
        if c != '"' && c != '\'' {
            text.push('\\');
        }
        text.push(c);
        self.at += c.len_utf8();
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Fault> {
        let begin = self.at;
        self.at += 1;
        let Some(c) = self.text[self.at..].chars().next() else {
            return Err(Self::fault(begin, self.at, "missing string escape sequence, only saw `\\`"));
        };
        self.at += c.len_utf8();
        let short = match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '"' | '\'' | '\\' => c,
            '\n' => return Ok(()),
            '\r' if self.peek() == Some(b'\n') => {
                self.at += 1;
                return Ok(());
            }
            'x' => self.code(begin, 2, 2, 16)?,
            'u' => self.code(begin, 4, 4, 16)?,
            'U' => self.code(begin, 8, 8, 16)?,
            '0'..='7' => {
                self.at -= 1;
                self.code(begin, 1, 3, 8)?
            }
            '\r' => return Err(self.bad_escape(begin)),
            other => {
                text.push('\\');
                other
            }
        };
        text.push(short);
        Ok(())
    }

    fn bad_escape(&self, begin: usize) -> Fault {
        let end = self.text.ceil_char_boundary(self.at);
        Self::fault(begin, end, format_args!("invalid string escape sequence `{}`", &self.text[begin + 1..end]))
    }

    /// A character by its number.
    fn code(&mut self, begin: usize, least: usize, most: usize, radix: u32) -> Result<char, Fault> {
        let (mut value, mut count) = (0_u32, 0);
        while count < most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else { break };
            // Eight hexadecimal digits at most.
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
            count += 1;
        }
        if count < least {
            self.at = self.text.len().min(self.at + 1);
            return Err(self.bad_escape(begin));
        }
        char::from_u32(value).ok_or_else(|| self.bad_escape(begin))
    }

    /// A brace of a formatted text: doubled it is itself, otherwise an expression stands between two.
    fn brace(&mut self, brace: char, quoting: Quoting, text: &mut String, pieces: &mut Vec<Piece>) -> Result<(), Fault> {
        if self.bytes().get(1) == Some(&(brace as u8)) {
            text.push(brace);
            self.at += 2;
            return Ok(());
        }
        if brace == '}' {
            return Err(Self::fault(self.at, self.at + 1, "invalid input `}`"));
        }
        self.at += 1;
        pieces.push(Piece::Text(std::mem::take(text)));
        let (begin, close) = (self.at, self.field_end(quoting)?);
        self.at = close + 1;
        let field = &self.text[begin..close];
        let (end, repr) = match field {
            _ if field.ends_with("!r") => (close - 2, true),
            _ if field.ends_with("!s") => (close - 2, false),
            _ => (close, false),
        };
        pieces.push(Piece::Field { begin, end, repr });
        Ok(())
    }

    /// Where the brace stands that closes the expression. The quotes of the text itself cannot be used inside it.
    fn field_end(&self, quoting: Quoting) -> Result<usize, Fault> {
        let missing = |at: usize| Err(Self::fault(self.at - 1, at, "f-string expression is missing closing `}`"));
        let mut depth = 0_usize;
        let mut at = self.at;
        while let Some(byte) = self.text.as_bytes().get(at).copied() {
            match byte {
                b'\\' | b'#' => return missing(at),
                b'\n' if !quoting.triple => return missing(at),
                _ if byte == quoting.quote => return missing(at),
                b'"' | b'\'' => {
                    let inner = &self.text[at + 1..];
                    match inner.find([char::from(byte), char::from(quoting.quote), '\\', '\n']) {
                        Some(end) if inner.as_bytes()[end] == byte => at += end + 1,
                        _ => return missing(at),
                    }
                }
                b'(' | b'[' | b'{' => depth += 1,
                b'}' if depth == 0 => return Ok(at),
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        missing(at)
    }
}
