//! One word of a script, from its spelling to the text a program would receive.
//!
//! This reads the spelling a second time, after the parser has said where the word begins and ends;
//! a word counts as plain only when both readings agree. Whatever has no fixed text (variables,
//! substitutions, arithmetic) makes a word opaque.

/// A word of a plain command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text, quotes and escapes undone.
    pub text: String,
    /// Whether an unquoted `*`, `?`, `[`, `{` or a leading `~` lets the shell put other words here.
    ///
    /// A verdict that rests on the absence of an option must not trust such a word: `{-delete,}` and
    /// a file named `--pre=x` both become options.
    pub expands: bool,
    /// How many bytes of the text come before the first character that expands; all of them when none does.
    ///
    /// A leading tilde is not counted here: what it becomes begins with `/` or is the tilde itself.
    pub fixed: usize,
    /// Whether the text is spelled as it stands, without quotes or escapes.
    pub bare: bool,
    /// Whether an unquoted `~` comes first.
    pub tilde: bool,
    /// Whether a backslash stands between double quotes, or before a letter or digit outside quotes.
    ///
    /// What such a word comes to is known, but it is spelled to be read by a shell rather than by a person.
    pub odd_escape: bool,
}

impl Word {
    /// A word that no shell reads: one argument of an argv.
    pub(crate) fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), expands: false, fixed: text.len(), bare: true, tilde: false, odd_escape: false }
    }
}

/// A word as far as it can be read.
pub(crate) struct Spelled {
    pub(crate) word: Word,
    /// The text is not what a program would receive, or the spelling is none of a word.
    pub(crate) opaque: bool,
}

/// Reads the spelling of one word.
pub(crate) fn read(spelling: &str) -> Spelled {
    let mut reader = Reader { word: Word::literal(""), fixed: None, opaque: spelling.is_empty() };
    let mut chars = spelling.chars();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '\'' => reader.single_quoted(&mut chars),
            '"' => reader.double_quoted(&mut chars),
            '\\' => reader.escaped(chars.next()),
            _ => reader.bare(c, first),
        }
        first = false;
    }
    let mut word = reader.word;
    word.fixed = reader.fixed.unwrap_or(word.text.len());
    Spelled { word, opaque: reader.opaque }
}

struct Reader {
    word: Word,
    fixed: Option<usize>,
    opaque: bool,
}

impl Reader {
    fn single_quoted(&mut self, chars: &mut std::str::Chars<'_>) {
        self.word.bare = false;
        for c in chars {
            if c == '\'' {
                return;
            }
            self.word.text.push(c);
        }
        self.opaque = true;
    }

    fn double_quoted(&mut self, chars: &mut std::str::Chars<'_>) {
        self.word.bare = false;
        while let Some(c) = chars.next() {
            match c {
                '"' => return,
                '\\' => self.escaped_between_quotes(chars.next()),
                '$' | '`' => {
                    self.opaque = true;
                    self.word.text.push(c);
                }
                _ => self.word.text.push(c),
            }
        }
        self.opaque = true;
    }

    fn escaped_between_quotes(&mut self, next: Option<char>) {
        self.word.odd_escape = true;
        match next {
            Some(next @ ('$' | '`' | '"' | '\\')) => self.word.text.push(next),
            Some('\n') | None => self.opaque = true,
            Some(next) => self.word.text.extend(['\\', next]),
        }
    }

    fn escaped(&mut self, next: Option<char>) {
        self.word.bare = false;
        match next {
            None | Some('\n') => self.opaque = true,
            Some(c) => {
                self.opaque |= is_unseen(c);
                self.word.odd_escape |= c.is_alphanumeric();
                self.word.text.push(c);
            }
        }
    }

    fn bare(&mut self, c: char, first: bool) {
        match c {
            '*' | '?' | '[' | '{' => {
                self.word.expands = true;
                self.fixed.get_or_insert(self.word.text.len());
            }
            '~' if first => {
                self.word.expands = true;
                self.word.tilde = true;
            }
            '#' if first => self.opaque = true,
            '$' | '`' | '|' | '&' | ';' | '<' | '>' | '(' | ')' => self.opaque = true,
            _ => self.opaque |= c == ' ' || is_unseen(c),
        }
        self.word.text.push(c);
    }
}

/// Whether a character is unseen and no ordinary end of a line or tab.
pub(crate) fn is_hidden(c: char) -> bool {
    !matches!(c, '\n' | '\t') && is_unseen(c)
}

/// Whether a character outside quotes can look like nothing, or like a blank, to a person.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || (!c.is_ascii() && c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn spellings_of_the_same_text_read_alike() {
        for spelling in ["a b", "'a b'", "\"a b\"", "a\\ b", "a' 'b", "a\" \"b", "'a'\\ 'b'"] {
            let read = read(spelling);
            assert_eq!(read.word.text, "a b", "{spelling}");
            // Only a bare blank is no part of a word.
            assert_eq!(read.opaque, spelling == "a b", "{spelling}");
            assert!(!read.word.expands);
        }
    }

    #[test]
    fn texts_of_quoted_words_are_what_a_program_would_receive() {
        const CASES: &[(&str, &str)] = &[
            ("''", ""),
            ("'it'\"'\"'s'", "it's"),
            (r#""a\"b""#, "a\"b"),
            (r#""a\nb""#, r"a\nb"),
            (r#""\$x""#, "$x"),
            (r"'a\b'", r"a\b"),
            (r"r\m", "rm"),
            ("r\"\"m", "rm"),
            (r"\$HOME", "$HOME"),
            ("a=b", "a=b"),
            ("日本", "日本"),
        ];
        for (spelling, text) in CASES {
            let read = read(spelling);
            assert_eq!((read.word.text.as_str(), read.opaque, read.word.expands), (*text, false, false), "{spelling}");
        }
    }

    #[test]
    fn words_without_a_fixed_text_are_opaque() {
        for spelling in [
            "$x",
            "\"$x\"",
            "${x}",
            "$(ls)",
            "`ls`",
            "\"`ls`\"",
            "$'a'",
            "a;b",
            "a&b",
            "a|b",
            "a<b",
            "(a",
            "#c",
            "'a",
            "\"a",
            "a\\",
            "a\\\nb",
            "",
            "a\u{200b}b",
            "a\u{a0}b",
            "a\rb",
            "a\tb",
        ] {
            assert!(read(spelling).opaque, "{spelling:?}");
        }
    }

    #[test]
    fn the_part_before_the_first_expansion_is_known() {
        for (spelling, fixed, bare) in [
            ("src/*.rs", 4, true),
            ("*", 0, true),
            ("'*'*", 1, false),
            ("~/x", 3, true),
            ("~/{a,b}", 2, true),
            ("plain", 5, true),
            ("p\\lain", 5, false),
        ] {
            let word = read(spelling).word;
            assert_eq!((word.fixed, word.bare), (fixed, bare), "{spelling}");
        }
    }

    #[test]
    fn words_that_a_shell_multiplies_are_marked() {
        for (spelling, expands) in [
            ("*.rs", true),
            ("a?", true),
            ("[ab]", true),
            ("{a,b}", true),
            ("~/x", true),
            ("a~", false),
            ("'*'", false),
            ("\\*", false),
            ("\"{a,b}\"", false),
            ("a]", false),
        ] {
            assert_eq!(read(spelling).word.expands, expands, "{spelling}");
        }
    }
}
