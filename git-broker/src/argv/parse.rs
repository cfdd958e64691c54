//! Takes a subcommand's words apart by its table, as strictly as git itself or more so.
//!
//! Options may stand anywhere before `--`; short ones may be bundled and carry their value; long ones carry it behind `=` or
//! as the next word. Abbreviations are not understood, because what they mean depends on git's version.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::global::shown;

/// The options of a subcommand that are brokered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Table {
    /// Without a value: `-q`, `--quiet`.
    pub(crate) flags: &'static [&'static str],
    /// With a value that is never left out.
    pub(crate) values: &'static [&'static str],
    /// Long ones, with a value behind `=` or none; short ones, with one attached or none.
    pub(crate) optional: &'static [&'static str],
    /// Whether `-3` and the like stand for a number.
    pub(crate) negative_numbers: bool,
}

/// One thing a word says. A bundle of short options yields several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// An option and its value.
    Option(&'static str, Option<OsString>),
    /// Anything else.
    Plain(OsString),
    /// `--`
    End,
}

/// A line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) words: Vec<Word>,
}

/// Options whose value is text for people: no path, so it may say `.git`.
const TEXT: &[&str] = &["-m", "--message", "--author", "--date", "--trailer", "--reason", "--cleanup", "--into-name"];

impl Table {
    /// Reads `words`, which come after the subcommand. The error is the word that is not understood.
    pub(crate) fn parse(&self, words: &[OsString]) -> Result<Parsed, String> {
        let mut parsed = Parsed::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.as_bytes();
            if text == b"--" {
                parsed.words.push(Word::End);
                parsed.words.extend(words.by_ref().cloned().map(Word::Plain));
            } else if text.starts_with(b"--") {
                parsed.words.push(self.long(word, &mut words)?);
            } else if text.len() > 1 && text[0] == b'-' && !(self.negative_numbers && text[1].is_ascii_digit()) {
                self.short(word, &mut words, &mut parsed.words)?;
            } else {
                parsed.words.push(Word::Plain(word.clone()));
            }
        }
        Ok(parsed)
    }

    fn long<'a>(&self, word: &OsString, more: &mut impl Iterator<Item = &'a OsString>) -> Result<Word, String> {
        let text = word.as_bytes();
        let (name, value) = match text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]).to_owned())),
            None => (text, None),
        };
        let find = |list: &'static [&'static str]| list.iter().copied().find(|option| option.as_bytes() == name);
        match value {
            None if let Some(flag) = find(self.flags).or_else(|| find(self.optional)) => Ok(Word::Option(flag, None)),
            None if let Some(option) = find(self.values) => {
                let value = more.next().ok_or_else(|| shown(word))?;
                Ok(Word::Option(option, Some(value.clone())))
            }
            Some(value) if let Some(option) = find(self.values).or_else(|| find(self.optional)) => Ok(Word::Option(option, Some(value))),
            None | Some(_) => Err(shown(word)),
        }
    }

    fn short<'a>(&self, word: &OsString, more: &mut impl Iterator<Item = &'a OsString>, into: &mut Vec<Word>) -> Result<(), String> {
        let letters = &word.as_bytes()[1..];
        for (at, letter) in letters.iter().enumerate() {
            let is_it = |option: &&&str| option.as_bytes() == [b'-', *letter];
            let rest = &letters[at + 1..];
            if let Some(flag) = self.flags.iter().find(is_it) {
                into.push(Word::Option(flag, None));
            } else if let Some(option) = self.optional.iter().find(is_it) {
                let value = (!rest.is_empty()).then(|| OsString::from_vec(rest.to_vec()));
                into.push(Word::Option(option, value));
                return Ok(());
            } else if let Some(option) = self.values.iter().find(is_it) {
                let value = if rest.is_empty() { more.next().cloned() } else { Some(OsString::from_vec(rest.to_vec())) };
                into.push(Word::Option(option, Some(value.ok_or_else(|| shown(word))?)));
                return Ok(());
            } else {
                return Err(shown(word));
            }
        }
        Ok(())
    }
}

impl Parsed {
    /// Whether any of these options is given.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.words.iter().any(|word| matches!(word, Word::Option(name, _) if names.contains(name)))
    }

    /// The last value of one of these options.
    pub(crate) fn value(&self, names: &[&str]) -> Option<&OsStr> {
        self.words.iter().rev().find_map(|word| match word {
            Word::Option(name, Some(value)) if names.contains(name) => Some(value.as_os_str()),
            Word::Option(..) | Word::Plain(_) | Word::End => None,
        })
    }

    /// Everything that is no option, in order.
    pub(crate) fn plain(&self) -> Vec<&OsStr> {
        self.words
            .iter()
            .filter_map(|word| match word {
                Word::Plain(text) => Some(text.as_os_str()),
                Word::Option(..) | Word::End => None,
            })
            .collect()
    }

    /// Whether `--` is given.
    pub(crate) fn has_end(&self) -> bool {
        self.words.contains(&Word::End)
    }

    /// Takes options out.
    pub(crate) fn remove(&mut self, names: &[&str]) {
        self.words.retain(|word| !matches!(word, Word::Option(name, _) if names.contains(name)));
    }

    /// The words again, one spelling for each thing.
    pub(crate) fn to_argv(&self) -> Vec<OsString> {
        argv_of(self.words.iter())
    }

    /// The options alone.
    pub(crate) fn options_to_argv(&self) -> Vec<OsString> {
        argv_of(self.words.iter().filter(|word| matches!(word, Word::Option(..))))
    }
    /// The first word that names something inside a git folder, which is nobody's to name.
    pub(crate) fn inside_git(&self) -> Option<String> {
        self.words.iter().find_map(|word| match word {
            Word::Option(name, _) if TEXT.contains(name) => None,
            Word::Option(_, Some(value)) => names_git(value).then(|| shown(value)),
            Word::Plain(text) => names_git(text).then(|| shown(text)),
            Word::Option(_, None) | Word::End => None,
        })
    }
}

/// Whether a path has a part called `.git`, in any case. `:` is taken for a separator too, as in `HEAD:.git`.
pub(crate) fn names_git(path: &OsStr) -> bool {
    path.as_bytes().split(|byte| matches!(byte, b'/' | b':')).any(|part| part.eq_ignore_ascii_case(b".git"))
}

fn argv_of<'a>(words: impl Iterator<Item = &'a Word>) -> Vec<OsString> {
    let mut argv = Vec::new();
    for word in words {
        match word {
            Word::Plain(text) => argv.push(text.clone()),
            Word::End => argv.push("--".into()),
            Word::Option(name, None) => argv.push(name.into()),
            // A short option's value left out is none at all; only a word of its own can be empty.
            Word::Option(name, Some(value)) if value.is_empty() && !name.starts_with("--") => {
                argv.extend([name.into(), value.clone()]);
            }
            Word::Option(name, Some(value)) => {
                let mut text = OsString::from(name);
                if name.starts_with("--") {
                    text.push("=");
                }
                text.push(value);
                argv.push(text);
            }
        }
    }
    argv
}
