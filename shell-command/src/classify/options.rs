//! Reads the arguments of a command against the list of options that are allowed for it.
//!
//! Bundles come apart (`-uuz`), long names may be shortened as far as the program would understand, `--` ends options,
//! and options may follow operands. An option that is not listed ends the reading: the command is not known to be safe.

use crate::word::Word;

/// The options a program may be given, and what its operands are.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Letters of options without a value.
    pub(super) flags: &'static str,
    /// Letters of options with a value, attached or in the next word.
    pub(super) valued: &'static str,
    /// Long options without a value.
    pub(super) long: &'static [&'static str],
    /// Long options with a value; a name that ends in `?` takes one only behind `=`.
    pub(super) long_valued: &'static [&'static str],
    /// Long options the program knows besides; they are not allowed, and make a shortened name ambiguous.
    pub(super) refused: &'static [&'static str],
    /// Whether `-5` is allowed.
    pub(super) count: bool,
    /// Whether the program takes shortened long options, and these are read here.
    pub(super) shortens: bool,
    /// Whether any option and any number of operands would be as harmless, so that the shell may put more words in.
    pub(super) tame: bool,
}

/// An allowed option of a program that shortens names and is given no surprises.
pub(super) const PLAIN: Options =
    Options { flags: "", valued: "", long: &[], long_valued: &[], refused: &[], count: false, shortens: true, tame: true };

/// Arguments that were all understood.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    /// Options in order: a letter or a long name without dashes, and the value.
    pub(super) options: Vec<(String, Option<Value<'a>>)>,
    /// Everything else, the lone `-` included.
    pub(super) operands: Vec<&'a Word>,
    /// How many of the operands stand before `--`; all of them without one.
    pub(super) before_dashes: usize,
}

/// The value of an option.
#[derive(Clone, Debug)]
pub(super) struct Value<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// The word it is in.
    pub(super) word: &'a Word,
}

impl Arguments<'_> {
    /// Whether an option is there under any of its names.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// How many times an option is there.
    pub(super) fn count(&self, names: &[&str]) -> usize {
        self.options.iter().filter(|(name, _)| names.contains(&name.as_str())).count()
    }
}

/// Reads arguments; `None` when one of them is not allowed or may become something that is not.
pub(super) fn read<'a>(args: &'a [Word], options: &Options) -> Option<Arguments<'a>> {
    let mut read = Arguments::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let is_open = word.expands && !word.tilde && word.fixed == 0;
        if is_open && !options.tame {
            return None;
        }
        if is_open || word.text == "-" || !word.text.starts_with('-') {
            read.operands.push(word);
        } else if word.text == "--" {
            read.before_dashes = read.operands.len();
            read.operands.extend(words);
            return Some(read);
        } else if let Some(long) = word.text.strip_prefix("--") {
            let option = read_long(word, long, &mut words, options)?;
            read.options.push(option);
        } else {
            read_bundle(word, &mut words, options, &mut read)?;
        }
    }
    read.before_dashes = read.operands.len();
    Some(read)
}

fn read_long<'a>(
    word: &'a Word,
    long: &'a str,
    words: &mut std::slice::Iter<'a, Word>,
    options: &Options,
) -> Option<(String, Option<Value<'a>>)> {
    let (name, attached) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    let is_name_fixed = !word.expands || word.fixed >= name.len() + 3;
    let full = full_name(name, options).filter(|_| is_name_fixed)?;
    let value = |text| Value { text, word };
    if options.long.contains(&full) {
        return attached.is_none().then(|| (full.to_owned(), None));
    }
    if !full.ends_with('?') {
        let value = match attached {
            Some(text) => value(text),
            None => next_value(words, options)?,
        };
        return Some((full.to_owned(), Some(value)));
    }
    // The value is optional.
    Some((full.trim_end_matches('?').to_owned(), attached.map(value)))
}

/// The allowed option a long name stands for.
fn full_name(name: &str, options: &Options) -> Option<&'static str> {
    let allowed = || options.long.iter().chain(options.long_valued).copied();
    if let Some(exact) = allowed().find(|known| known.trim_end_matches('?') == name) {
        return Some(exact);
    }
    if !options.shortens || name.is_empty() || options.refused.contains(&name) {
        return None;
    }
    let mut candidates = allowed().chain(options.refused.iter().copied()).filter(|known| known.starts_with(name));
    let only = candidates.next().filter(|only| !options.refused.contains(only))?;
    candidates.next().is_none().then_some(only)
}

fn read_bundle<'a>(word: &'a Word, words: &mut std::slice::Iter<'a, Word>, options: &Options, read: &mut Arguments<'a>) -> Option<()> {
    let letters = &word.text[1..];
    if options.count && !word.expands && letters.bytes().all(|byte| byte.is_ascii_digit()) {
        read.options.push(("#".to_owned(), Some(Value { text: letters, word })));
        return Some(());
    }
    for (at, letter) in letters.char_indices() {
        let behind = at + letter.len_utf8();
        if word.expands && word.fixed <= at + 1 {
            return None;
        }
        if options.valued.contains(letter) {
            let attached = &letters[behind..];
            let value = if attached.is_empty() { next_value(words, options)? } else { Value { text: attached, word } };
            read.options.push((letter.to_string(), Some(value)));
            return Some(());
        }
        // `grep -5n` and the like: digits of a count inside a bundle.
        let is_allowed = options.flags.contains(letter) || (options.count && letter.is_ascii_digit());
        if !is_allowed {
            return None;
        }
        read.options.push((letter.to_string(), None));
    }
    Some(())
}

/// The next word as a value. One that the shell may multiply must not turn into options.
fn next_value<'a>(words: &mut std::slice::Iter<'a, Word>, options: &Options) -> Option<Value<'a>> {
    let word = words.next()?;
    let may_become_options = word.expands && !word.tilde && (word.fixed == 0 || word.text.starts_with('-'));
    (options.tame || !may_become_options).then_some(Value { text: &word.text, word })
}

#[cfg(test)]
mod tests {
    use super::{Options, PLAIN, read};
    use crate::plain::plain_script;

    const SAMPLE: Options = Options {
        flags: "nv",
        valued: "eA",
        long: &["number", "numb", "verbose"],
        long_valued: &["after", "color?"],
        refused: &["verify", "pre"],
        count: true,
        tame: false,
        ..PLAIN
    };

    /// The options and operands that are read, as one line.
    fn shown(line: &str, options: &Options) -> Option<String> {
        let words = plain_script(&format!("p {line}")).unwrap().commands.remove(0).words;
        let read = read(&words[1..], options)?;
        let mut parts: Vec<String> = read
            .options
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={}", value.text),
                None => name.clone(),
            })
            .collect();
        parts.extend(read.operands.iter().map(|word| format!("<{}>", word.text)));
        Some(parts.join(" "))
    }

    #[test]
    fn options_are_read_as_the_program_reads_them() {
        const CASES: &[(&str, Option<&str>)] = &[
            ("", Some("")),
            ("-nv x", Some("n v <x>")),
            ("x -n", Some("n <x>")),
            ("-ne5 x", Some("n e=5 <x>")),
            ("-e 5 x", Some("e=5 <x>")),
            ("-e -z x", Some("e=-z <x>")),
            ("-5", Some("#=5")),
            ("-n5", Some("n 5")),
            ("-", Some("<->")),
            ("-- -z --pre", Some("<-z> <--pre>")),
            ("--number", Some("number")),
            ("--numb", Some("numb")),
            ("--verb", Some("verbose")),
            ("--af=3", Some("after=3")),
            ("--after 3 x", Some("after=3 <x>")),
            ("--color x", Some("color <x>")),
            ("--color=always x", Some("color=always <x>")),
            ("-z", None),
            ("-nz", None),
            ("-nvz x", None),
            ("--pre=x", None),
            ("--pr", None),
            ("--ver", None),
            ("--number=3", None),
            ("--other", None),
            ("-e", None),
            ("--after", None),
        ];
        for (line, expected) in CASES {
            assert_eq!(shown(line, &SAMPLE).as_deref(), *expected, "{line}");
        }
    }

    #[test]
    fn words_that_may_become_options_are_refused_unless_no_option_does_harm() {
        for line in ["*", "{-z,x}", "-e {a,-z}", "-e *", "-*", "--aft*", "--{pre,x}=y", "-{n,z}"] {
            assert_eq!(shown(line, &SAMPLE), None, "{line}");
        }
        for line in ["src/*", "~/x", "x{a,b}", "-e x*", "--after=*", "-- *", "-e*"] {
            assert!(shown(line, &SAMPLE).is_some(), "{line}");
        }
        let tame = Options { tame: true, ..SAMPLE };
        assert_eq!(shown("*.rs", &tame).as_deref(), Some("<*.rs>"));
    }
}
