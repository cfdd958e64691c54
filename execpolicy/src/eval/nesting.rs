//! Bounds how deep a rule file is nested before anything recursive looks at it.
//!
//! A quick reading of the text, not a parser: brackets open a level, operators and prefix words deepen the level they
//! stand on until its next comma, an `elif` deepens the file. It may overrate a file, by design never underrates one.

/// Levels. A deeper file is no rule file that a person wrote.
const DEEPEST: usize = 1_000;
/// Words that nest what follows them.
const DEEPENING: [&[u8]; 9] = [b"not", b"if", b"else", b"lambda", b"for", b"in", b"and", b"or", b"is"];

/// Returns the byte at which a file gets too deep.
pub(super) fn check(source: &str) -> Result<(), usize> {
    Reader { source: source.as_bytes(), at: 0, levels: vec![0], elifs: 0 }.read()
}

struct Reader<'a> {
    source: &'a [u8],
    at: usize,
    /// Of each open bracket, how much deeper its present element is.
    levels: Vec<usize>,
    elifs: usize,
}

impl Reader<'_> {
    fn read(mut self) -> Result<(), usize> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'#' => self.comment(),
                b'"' | b'\'' => self.string(byte, false)?,
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. => self.word()?,
                b'(' | b'[' | b'{' => {
                    self.deeper()?;
                    self.levels.push(0);
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    if self.levels.len() > 1 {
                        self.levels.pop();
                    }
                    self.at += 1;
                }
                b',' => self.element_ends(),
                b'\n' if self.levels.len() == 1 => self.element_ends(),
                b'\\' => self.continuation(),
                b' ' | b'\t' | b'\r' | b'\n' | b':' | b';' => self.at += 1,
                _ => {
                    self.deeper()?;
                    self.at += 1;
                }
            }
        }
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// A line that goes on after its end.
    fn continuation(&mut self) {
        self.at += match (self.peek(1), self.peek(2)) {
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 2,
        };
    }

    fn element_ends(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level = 0;
        }
        self.at += 1;
    }

    fn deeper(&mut self) -> Result<(), usize> {
        if let Some(level) = self.levels.last_mut() {
            *level += 1;
        }
        // Summing up each time would be quadratic, but only as far as the limit.
        let depth: usize = self.levels.iter().sum::<usize>() + self.elifs;
        if depth > DEEPEST { Err(self.at) } else { Ok(()) }
    }

    fn comment(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Result<(), usize> {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80) {
            self.at += 1;
        }
        let word = &self.source[start..self.at];
        match self.peek(0) {
            Some(quote @ (b'"' | b'\'')) if word.len() <= 2 => {
                let formatted = word.iter().any(|byte| matches!(byte, b'f' | b'F'));
                self.string(quote, formatted)
            }
            _ if word == b"elif" => {
                self.elifs += 1;
                self.deeper()
            }
            _ if DEEPENING.contains(&word) => self.deeper(),
            _ => Ok(()),
        }
    }

    /// Passes over a string. One that does not end is an error of the language, told by its own reader.
    fn string(&mut self, quote: u8, formatted: bool) -> Result<(), usize> {
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.at += if triple { 3 } else { 1 };
        let mut braces = 0_usize;
        while let Some(byte) = self.peek(0) {
            let ends = byte == quote && (!triple || (self.peek(1) == Some(quote) && self.peek(2) == Some(quote)));
            match byte {
                // Where a formatted string ends would be in doubt.
                b'"' | b'\'' | b'#' if braces > 0 => return Err(self.at),
                b'\n' if !triple => return Ok(()),
                _ if ends => {
                    self.at += if triple { 3 } else { 1 };
                    return Ok(());
                }
                b'\\' => self.at += 1,
                b'{' if formatted && braces == 0 && self.peek(1) == Some(b'{') => self.at += 1,
                b'{' if formatted => braces += 1,
                b'}' if formatted => braces = braces.saturating_sub(1),
                b' ' | b'.' | b':' | b'!' => {}
                byte if braces > 0 && !byte.is_ascii_alphanumeric() && byte != b'_' => self.deeper()?,
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_shallow_enough() {
        let wide = format!("x = [\n{}]\n", "  prefix_rule([\"a\", \"b\"], match = [\"a (((( b\"]), # ((((\n".repeat(5_000));
        let text = format!("prefix_rule([\"a\"], justification=\"{}\")\n", "(-".repeat(2_000));
        let formatted = "prefix_rule([f\"a-{name}\", f'{{b}} {x.y[0]}'])\n".repeat(2_000);
        let long = "'''\n((((\n'''\nr'\\'\n".repeat(500);
        for source in [&wide, &text, &formatted, &long, ""] {
            assert_eq!(check(source), Ok(()));
        }
    }

    #[test]
    fn every_way_to_nest_is_seen() {
        let many = 2_000;
        let nested = |open: &str, core: &str, close: &str| format!("x = {}{core}{}", open.repeat(many), close.repeat(many));
        for source in [
            nested("(", "1", ")"),
            nested("[", "1", "]"),
            nested("[1, ", "2", "]"),
            nested("{1:", "2", "}"),
            nested("f(a, ", "1", ")"),
            nested("-", "1", ""),
            nested("not ", "1", ""),
            nested("lambda: ", "1", ""),
            nested("1 + ", "1", ""),
            nested("1 if 1 else ", "1", ""),
            nested("a", "", "()"),
            nested("", "a", "[0]"),
            nested("", "a", ".b"),
            nested("1 + \\\n", "1", ""),
            format!("x = f\"{{{}\"", "(".repeat(many)),
            format!("if 1:\n  pass\n{}", "elif 1:\n  pass\n".repeat(many)),
            format!("x = f\"{{'\"'''}}\" + {}", "(".repeat(many)),
        ] {
            assert!(check(&source).is_err(), "{}", &source[..40.min(source.len())]);
        }
    }
}
