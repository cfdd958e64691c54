//! `find` that only looks.
//!
//! Its expression is read test by test, each with the number of arguments it takes, so that the name of an action may be
//! something to look for. Actions that run, write or delete are on no list.

use crate::word::Word;

use super::files::Places;

/// Options and tests that stand alone.
const ALONE: &[&str] = &[
    "-a",
    "-and",
    "-d",
    "-daystart",
    "-depth",
    "-empty",
    "-executable",
    "-false",
    "-follow",
    "-help",
    "-ignore_readdir_race",
    "-ls",
    "-mount",
    "-nogroup",
    "-noignore_readdir_race",
    "-noleaf",
    "-not",
    "-nouser",
    "-nowarn",
    "-o",
    "-or",
    "-print",
    "-print0",
    "-prune",
    "-quit",
    "-readable",
    "-true",
    "-version",
    "-warn",
    "-writable",
    "-xdev",
    "-H",
    "-L",
    "-P",
    "-E",
    "-X",
    "-x",
    "-s",
    "-O0",
    "-O1",
    "-O2",
    "-O3",
    "--help",
    "--version",
];

/// Tests that take one argument.
const WITH_ONE: &[&str] = &[
    "-amin",
    "-anewer",
    "-atime",
    "-cmin",
    "-cnewer",
    "-context",
    "-ctime",
    "-fstype",
    "-gid",
    "-group",
    "-ilname",
    "-iname",
    "-inum",
    "-ipath",
    "-iregex",
    "-iwholename",
    "-links",
    "-lname",
    "-maxdepth",
    "-mindepth",
    "-mmin",
    "-mtime",
    "-name",
    "-newer",
    "-path",
    "-perm",
    "-printf",
    "-regex",
    "-regextype",
    "-samefile",
    "-size",
    "-type",
    "-uid",
    "-used",
    "-user",
    "-wholename",
    "-xtype",
];

/// Beginnings of what never passes, wherever it stands: should an argument be counted wrongly, nothing comes of it.
const ACTS: &[&str] = &["-exec", "-ok", "-delete", "-fls", "-fprint", "-files0-from"];

pub(super) fn is_safe(args: &[Word], _places: &mut Places<'_>) -> bool {
    if args.iter().any(|word| ACTS.iter().any(|act| word.text.starts_with(act)) || may_become_action(word)) {
        return false;
    }
    let mut words = args.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        let is_newer =
            word.strip_prefix("-newer").is_some_and(|kinds| kinds.len() == 2 && kinds.bytes().all(|kind| b"aBcmt".contains(&kind)));
        if is_newer || WITH_ONE.contains(&word) {
            if words.next().is_none() {
                return false;
            }
        } else if word.starts_with('-') && word != "-" && !ALONE.contains(&word) {
            return false;
        }
    }
    true
}

/// Whether the shell may put something that begins with `-` in place of a word. Of what ends in `.rs`, nothing acts.
fn may_become_action(word: &Word) -> bool {
    if !word.expands || word.tilde {
        return false;
    }
    let is_open = word.fixed == 0 || word.text.starts_with('-');
    let ending = word.text.rsplit(['*', '?', ']', '}']).next().unwrap_or_default();
    is_open && !ending.contains('.')
}
