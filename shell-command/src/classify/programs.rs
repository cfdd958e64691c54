//! The programs that may be safe, each with the options it may be given.

use crate::argv::program_name;
use crate::word::Word;

use super::files::Places;
use super::options::{self, Arguments, Options, PLAIN};
use super::{find, git, rg};

/// How the arguments of a program are judged.
enum Judge {
    /// The program writes nothing and reads no files of its arguments, whatever they are.
    Anything,
    /// Options from a list; operands are nothing to worry about.
    Looks(Options),
    /// Options from a list; operands are files whose contents are shown.
    Reads(Options),
    /// A function of its own.
    By(fn(&[Word], &mut Places<'_>) -> bool),
}

/// Whether a command of literal words only looks; the program itself is vouched for already.
pub(super) fn is_safe(words: &[Word], places: &mut Places<'_>) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    let Some((_, judge)) = PROGRAMS.iter().find(|(name, _)| *name == program_name(&program.text)) else { return false };
    match judge {
        Judge::Anything => true,
        Judge::Looks(options) => options::read(args, options).is_some(),
        Judge::Reads(options) => options::read(args, options).is_some_and(|read| places.may_read_all(&read.operands)),
        Judge::By(judge) => judge(args, places),
    }
}

const COUNTED: Options = Options { long: &["help", "version"], ..PLAIN };

const PROGRAMS: &[(&str, Judge)] = &[
    ("cat", Judge::Reads(CAT)),
    ("ls", Judge::Looks(LS)),
    ("rg", Judge::By(rg::is_safe)),
    ("grep", Judge::By(grep)),
    ("sed", Judge::By(sed)),
    ("head", Judge::Reads(HEAD)),
    ("tail", Judge::Reads(TAIL)),
    ("git", Judge::By(git::is_safe)),
    ("find", Judge::By(find::is_safe)),
    ("cd", Judge::By(cd)),
    ("wc", Judge::Reads(WC)),
    ("nl", Judge::Reads(NL)),
    ("echo", Judge::Anything),
    ("pwd", Judge::Looks(Options { flags: "LP", long: &["logical", "physical", "help", "version"], ..PLAIN })),
    ("true", Judge::Anything),
    ("false", Judge::Anything),
    ("expr", Judge::Anything),
    ("seq", Judge::Anything),
    ("whoami", Judge::Looks(COUNTED)),
    ("id", Judge::Looks(ID)),
    ("uname", Judge::Looks(UNAME)),
    ("which", Judge::Looks(Options { flags: "as", long: &["all", "help", "version"], ..PLAIN })),
    ("stat", Judge::Looks(STAT)),
    (
        "tac",
        Judge::Reads(Options {
            flags: "br",
            valued: "s",
            long: &["before", "regex", "help", "version"],
            long_valued: &["separator"],
            ..PLAIN
        }),
    ),
    ("rev", Judge::Reads(Options { flags: "hV0", long: &["help", "version", "zero"], ..PLAIN })),
    ("cut", Judge::Reads(CUT)),
    ("paste", Judge::Reads(PASTE)),
    ("tr", Judge::Looks(Options { flags: "cCdstu", long: TR_LONG, ..PLAIN })),
    ("uniq", Judge::By(uniq)),
    ("numfmt", Judge::Looks(NUMFMT)),
    ("base64", Judge::By(base64)),
];

const TR_LONG: &[&str] = &["complement", "delete", "squeeze-repeats", "truncate-set1", "help", "version"];

const CAT: Options = Options {
    flags: "AbeElnstTuv",
    long: &["show-all", "number-nonblank", "show-ends", "number", "squeeze-blank", "show-tabs", "show-nonprinting", "help", "version"],
    ..PLAIN
};

const LS: Options = Options {
    flags: "aAbBcCdDeFfgGHhiklLmnNoOpqQrRsSStuUvWxXyZ1@,",
    valued: "ITw",
    long: &[
        "all",
        "almost-all",
        "author",
        "escape",
        "ignore-backups",
        "directory",
        "dired",
        "file-type",
        "full-time",
        "group-directories-first",
        "no-group",
        "human-readable",
        "si",
        "dereference",
        "dereference-command-line",
        "dereference-command-line-symlink-to-dir",
        "inode",
        "kibibytes",
        "numeric-uid-gid",
        "literal",
        "hide-control-chars",
        "show-control-chars",
        "quote-name",
        "reverse",
        "recursive",
        "size",
        "context",
        "zero",
        "help",
        "version",
    ],
    long_valued: &[
        "block-size",
        "color?",
        "classify?",
        "format",
        "hide",
        "hyperlink?",
        "ignore",
        "indicator-style",
        "quoting-style",
        "sort",
        "tabsize",
        "time",
        "time-style",
        "width",
    ],
    ..PLAIN
};

const HEAD: Options = Options {
    flags: "qvz",
    valued: "cn",
    long: &["quiet", "silent", "verbose", "zero-terminated", "help", "version"],
    long_valued: &["bytes", "lines"],
    count: true,
    ..PLAIN
};

/// Whatever follows a file runs until somebody stops it.
const TAIL: Options = Options {
    flags: "qrvz",
    valued: "bcn",
    long: HEAD.long,
    long_valued: &["bytes", "lines"],
    refused: &["follow", "max-unchanged-stats", "pid", "retry", "sleep-interval"],
    count: true,
    ..PLAIN
};

const WC: Options = Options {
    flags: "clLmw",
    long: &["bytes", "chars", "lines", "max-line-length", "words", "help", "version"],
    long_valued: &["total"],
    refused: &["files0-from"],
    ..PLAIN
};

const NL: Options = Options {
    flags: "p",
    valued: "bdfhilnsvw",
    long: &["no-renumber", "help", "version"],
    long_valued: &[
        "body-numbering",
        "footer-numbering",
        "header-numbering",
        "join-blank-lines",
        "line-increment",
        "number-format",
        "number-separator",
        "number-width",
        "section-delimiter",
        "starting-line-number",
    ],
    ..PLAIN
};

const ID: Options =
    Options { flags: "aAFgGnpPruzZ", long: &["context", "group", "groups", "name", "real", "user", "zero", "help", "version"], ..PLAIN };

const UNAME: Options = Options {
    flags: "aimnoprsvU",
    long: &[
        "all",
        "hardware-platform",
        "kernel-name",
        "kernel-release",
        "kernel-version",
        "machine",
        "nodename",
        "operating-system",
        "processor",
        "help",
        "version",
    ],
    ..PLAIN
};

const STAT: Options = Options {
    flags: "fFlLnqrstx",
    valued: "c",
    long: &["dereference", "file-system", "terse", "help", "version"],
    long_valued: &["cached", "format", "printf"],
    ..PLAIN
};

const CUT: Options = Options {
    flags: "nswz",
    valued: "bcdf",
    long: &["complement", "only-delimited", "zero-terminated", "help", "version"],
    long_valued: &["bytes", "characters", "delimiter", "fields", "output-delimiter"],
    ..PLAIN
};

const PASTE: Options =
    Options { flags: "sz", valued: "d", long: &["serial", "zero-terminated", "help", "version"], long_valued: &["delimiters"], ..PLAIN };

const NUMFMT: Options = Options {
    flags: "z",
    valued: "d",
    long: &["debug", "grouping", "zero-terminated", "help", "version"],
    long_valued: &[
        "delimiter",
        "field",
        "format",
        "from",
        "from-unit",
        "header?",
        "invalid",
        "padding",
        "round",
        "suffix",
        "to",
        "to-unit",
    ],
    // `numfmt -5` and its like are numbers.
    count: true,
    ..PLAIN
};

const GREP: Options = Options {
    flags: "abcEFGhHiIJlLnoOpPqrRsSTuUvVwxyZz",
    valued: "ABCDdefm",
    long: &[
        "extended-regexp",
        "fixed-strings",
        "basic-regexp",
        "perl-regexp",
        "ignore-case",
        "no-ignore-case",
        "word-regexp",
        "line-regexp",
        "null-data",
        "no-messages",
        "invert-match",
        "version",
        "help",
        "byte-offset",
        "line-number",
        "line-buffered",
        "with-filename",
        "no-filename",
        "only-matching",
        "quiet",
        "silent",
        "text",
        "recursive",
        "dereference-recursive",
        "files-without-match",
        "files-with-matches",
        "count",
        "initial-tab",
        "null",
        "no-group-separator",
        "binary",
        "unix-byte-offsets",
    ],
    long_valued: &[
        "regexp",
        "file",
        "max-count",
        "label",
        "binary-files",
        "directories",
        "devices",
        "include",
        "exclude",
        "exclude-from",
        "exclude-dir",
        "before-context",
        "after-context",
        "context",
        "group-separator",
        "color?",
        "colour?",
    ],
    count: true,
    ..PLAIN
};

fn grep(args: &[Word], places: &mut Places<'_>) -> bool {
    let Some(read) = options::read(args, &GREP) else { return false };
    let lists = read.options.iter().filter(|(name, _)| matches!(name.as_str(), "f" | "file" | "exclude-from"));
    if !lists.filter_map(|(_, value)| value.as_ref()).all(|value| places.may_read(value.text, value.word)) {
        return false;
    }
    let files = behind_pattern(&read, &["e", "regexp", "f", "file"]);
    let recurses_by = |(name, value): &(String, Option<options::Value<'_>>)| {
        matches!(name.as_str(), "d" | "directories") && value.as_ref().is_some_and(|value| "recurse".starts_with(value.text))
    };
    if read.has(&["r", "R", "recursive", "dereference-recursive"]) || read.options.iter().any(recurses_by) {
        return places.may_search_all(files, true);
    }
    places.may_read_all(files)
}

/// The operands that are files: all but the first, unless the pattern is given by an option. A first operand that the
/// shell may multiply counts as files too.
pub(super) fn behind_pattern<'r, 'a>(read: &'r Arguments<'a>, pattern: &[&str]) -> &'r [&'a Word] {
    match read.operands.split_first() {
        Some((first, files)) if !read.has(pattern) && (!first.expands || !first.text.contains('{')) => files,
        _ => &read.operands,
    }
}

/// Exactly `sed -n Np [FILE]` or `sed -n N,Mp [FILE]`.
fn sed(args: &[Word], places: &mut Places<'_>) -> bool {
    let [option, script, files @ ..] = args else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_range = script.text.strip_suffix('p').is_some_and(|range| match range.split_once(',') {
        Some((from, to)) => is_number(from) && is_number(to),
        None => is_number(range),
    });
    let is_file = |file: &Word| !file.text.starts_with('-') && (!file.expands || file.tilde || file.fixed > 0);
    option.text == "-n"
        && is_range
        && match files {
            [] => true,
            [file] => is_file(file) && places.may_read(&file.text, file),
            _ => false,
        }
}

/// `uniq` writes to its second operand.
fn uniq(args: &[Word], places: &mut Places<'_>) -> bool {
    const UNIQ: Options = Options {
        flags: "cdDiuz",
        valued: "fsw",
        long: &["count", "repeated", "ignore-case", "unique", "zero-terminated", "help", "version"],
        long_valued: &["all-repeated?", "group?", "skip-fields", "skip-chars", "check-chars"],
        count: true,
        tame: false,
        ..PLAIN
    };
    let multiplies = args.iter().any(|word| word.expands && (!word.tilde || word.fixed < word.text.len()));
    let Some(read) = options::read(args, &UNIQ).filter(|_| !multiplies) else { return false };
    // `+5` is an option of old.
    read.operands.len() <= 1 && read.operands.iter().all(|word| !word.text.starts_with('+')) && places.may_read_all(&read.operands)
}

fn base64(args: &[Word], places: &mut Places<'_>) -> bool {
    const BASE64: Options = Options {
        // `-i` takes a file on some systems, which is one more operand here.
        flags: "dDih",
        valued: "bw",
        long: &["decode", "ignore-garbage", "help", "version"],
        long_valued: &["wrap", "break", "input"],
        refused: &["output"],
        tame: false,
        ..PLAIN
    };
    let Some(read) = options::read(args, &BASE64) else { return false };
    let inputs = read.options.iter().filter(|(name, _)| name == "input").filter_map(|(_, value)| value.as_ref());
    inputs.into_iter().all(|value| places.may_read(value.text, value.word)) && places.may_read_all(&read.operands)
}

fn cd(args: &[Word], places: &mut Places<'_>) -> bool {
    const CD: Options = Options { flags: "LPe@", shortens: false, ..PLAIN };
    let Some(read) = options::read(args, &CD) else { return false };
    match read.operands.as_slice() {
        [] => places.go_home(),
        [folder] => places.go(folder),
        // zsh takes two words and replaces one by the other.
        _ => places.go_anywhere(),
    }
    true
}
