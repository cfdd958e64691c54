//! What stands for what in a prompt of a person's own. Pure.
//!
//! `$1` to `$9` are words of the line, `$ARGUMENTS` all of them, `$NAME` the value of `NAME=value`; `$$` stays as it is. A prompt with
//! names wants every one of them; one without anything of the kind takes no notice of what follows it.

use std::collections::BTreeMap;

/// A prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body<'a> {
    pub(super) description: Option<String>,
    pub(super) argument_hint: Option<String>,
    /// What is sent, before anything is filled in.
    pub(super) text: &'a str,
}

/// Why a prompt is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// It takes words, and there is none yet.
    Nothing,
    /// These names have no value.
    Missing(Vec<String>),
    /// The line cannot be read; why, for people.
    Unreadable(String),
}

impl<'a> Body<'a> {
    /// Reads the text of a file.
    pub(super) fn of(file: &'a str) -> Self {
        let whole = Self { text: file, ..Self::default() };
        let Some(rest) = file.strip_prefix("---\n").or_else(|| file.strip_prefix("---\r\n")) else { return whole };
        let (mut description, mut argument_hint) = (None, None);
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            let line = line.trim_end();
            if line == "---" {
                return Self { description, argument_hint, text: &rest[at..] };
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = Some(unquoted(value.trim())).filter(|value| !value.is_empty()).map(str::to_owned);
            match key.trim().to_ascii_lowercase().as_str() {
                "description" => description = value,
                "argument-hint" | "argument_hint" => argument_hint = value,
                _ => {}
            }
        }
        // It was no front matter.
        whole
    }
}

fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// A piece of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// From 0.
    Word(usize),
    All,
    Name(&'a str),
}

/// The prompt with everything filled in.
///
/// # Errors
/// What is missing.
pub(super) fn expand(body: &Body<'_>, args: &str) -> Result<String, Unfilled> {
    let pieces = pieces(body.text);
    let names: Vec<&str> = pieces.iter().filter_map(|piece| if let Piece::Name(name) = piece { Some(*name) } else { None }).collect();
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return Ok(body.text.to_owned());
    }
    let words = shlex::split(args).ok_or_else(|| Unfilled::Unreadable("a quote is not closed.".to_owned()))?;
    let values = if names.is_empty() { BTreeMap::new() } else { values(&words)? };
    let mut missing: Vec<String> = Vec::new();
    for name in names {
        if !values.contains_key(name) && !missing.iter().any(|known| known == name) {
            missing.push(name.to_owned());
        }
    }
    if !missing.is_empty() {
        return Err(Unfilled::Missing(missing));
    }
    if values.is_empty() && words.is_empty() {
        return Err(Unfilled::Nothing);
    }
    let filled = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Word(at) => words.get(at).cloned().unwrap_or_default(),
        Piece::All => words.join(" "),
        Piece::Name(name) => values.get(name).cloned().unwrap_or_default(),
    });
    Ok(filled.collect())
}

fn values(words: &[String]) -> Result<BTreeMap<String, String>, Unfilled> {
    let pair = |word: &String| match word.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Unfilled::Unreadable(format!("expected key=value but found '{word}'. Values with spaces go in double quotes."))),
    };
    words.iter().map(pair).collect()
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(found) = text[at..].find('$') {
        let sign = at + found;
        let rest = &text[sign + 1..];
        let name = &rest
            [..rest.find(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')).unwrap_or(rest.len())];
        let (piece, length) = match rest.bytes().next() {
            // Two signs stand for themselves, with what follows them.
            Some(b'$') => {
                at = sign + 2 + rest[1..].find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len() - 1);
                continue;
            }
            Some(digit @ b'1'..=b'9') => (Piece::Word(usize::from(digit - b'1')), 1),
            Some(b'A'..=b'Z') if name == "ARGUMENTS" => (Piece::All, name.len()),
            Some(b'A'..=b'Z') => (Piece::Name(name), name.len()),
            _ => {
                at = sign + 1;
                continue;
            }
        };
        pieces.push(Piece::Text(&text[begin..sign]));
        pieces.push(piece);
        at = sign + 1 + length;
        begin = at;
    }
    pieces.push(Piece::Text(&text[begin..]));
    pieces
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, args: &str) -> Result<String, Unfilled> {
        expand(&Body { text, ..Body::default() }, args)
    }

    #[test]
    fn words_and_names_are_filled_in() {
        let cases = [
            ("plain\n", "what follows", "plain\n"),
            ("a $1 b $2 c $9.\n", "one \"two words\"", "a one b two words c .\n"),
            ("all: $ARGUMENTS", "a \"b c\" 'd'", "all: a b c d"),
            ("$NAME and $OTHER_2", "NAME=x OTHER_2=\"a b\"", "x and a b"),
            ("cost $$5 and $$NAME, $1", "w", "cost $$5 and $$NAME, w"),
            ("$lower $0 $ $1", "w", "$lower $0 $ w"),
            ("$12", "a", "a2"),
            ("日$1本", "x", "日x本"),
            ("$A", "A=", ""),
            ("$A", "A=b=c", "b=c"),
        ];
        for (text, args, expected) in cases {
            assert_eq!(filled(text, args), Ok(expected.to_owned()), "{text:?} {args:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(filled("$1", ""), Err(Unfilled::Nothing));
        assert_eq!(filled("$ARGUMENTS", " "), Err(Unfilled::Nothing));
        assert_eq!(filled("$B $A $B", "A=1"), Err(Unfilled::Missing(vec!["B".to_owned()])));
        assert_eq!(filled("$A", ""), Err(Unfilled::Missing(vec!["A".to_owned()])));
        let found = Err(Unfilled::Unreadable("expected key=value but found 'extra'. Values with spaces go in double quotes.".to_owned()));
        assert_eq!(filled("$A", "A=1 extra"), found);
        assert_eq!(filled("$1", "\"open"), Err(Unfilled::Unreadable("a quote is not closed.".to_owned())));
    }

    #[test]
    fn front_matter_says_what_a_prompt_is_for() {
        let body = Body::of("---\ndescription: \"What it is for\"\nargument-hint: FILE=<path>\nother: x\n---\nDo $FILE\n");
        let told = (body.description.as_deref(), body.argument_hint.as_deref(), body.text);
        assert_eq!(told, (Some("What it is for"), Some("FILE=<path>"), "Do $FILE\n"));
        for text in ["---\nno end\n", "text\n---\n", "", "--- \n---\n"] {
            assert_eq!(Body::of(text), Body { text, ..Body::default() });
        }
    }

    proptest! {
        #[test]
        fn text_without_signs_is_sent_as_it_is(text in "[^$]{0,80}", args in "[ -~]{0,30}") {
            prop_assert_eq!(filled(&text, &args), Ok(text.clone()));
        }

        #[test]
        fn no_prompt_panics(text in "[$A-Z0-9_a-z 日]{0,60}", args in "[A-Z=\"' a]{0,30}") {
            let _ = filled(&text, &args);
        }
    }
}
