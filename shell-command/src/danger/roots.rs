//! Removals that reach a home folder, a writable root, `/`, or a folder above one of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::argv::program_name;
use crate::surroundings::absolute;

use super::Danger;
use super::programs::{executed, has_option};
use super::scan::Scan;
use super::targets::{self, Targets};

/// Where a program gets its operands from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operands {
    /// From its arguments.
    Given,
    /// From its arguments and from what another program printed.
    FromInput,
}

/// How far a removal has to reach to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// A root itself.
    Root,
    /// `/`, a home or a folder above a root.
    Above,
}

/// Judges a command that wraps no other.
pub(super) fn judge(scan: &mut Scan<'_>, argv: &[&str], input: Operands) {
    let Some((program, args)) = argv.split_first() else { return };
    let reaches = match program_name(program) {
        "rm" if has_option(args, "rR", "--recursive", "--r") => {
            reach_any(scan, &operands(args), Reach::Root) || (input == Operands::FromInput && scan.printed_root)
        }
        "find" => find(scan, args),
        "chmod" | "chown" | "chgrp" if has_option(args, "R", "--recursive", "--rec") => {
            reach_any(scan, operands(args).get(1..).unwrap_or_default(), Reach::Above)
        }
        "echo" | "printf" | "ls" if scan.printed_root => false,
        "echo" | "printf" => {
            scan.printed_root |= args.iter().any(|word| word.contains(['/', '~', '$', '*', '.']) && reach_any(scan, &[word], Reach::Root));
            false
        }
        "ls" => {
            let named = operands(args);
            scan.printed_root |= reach_any(scan, if named.is_empty() { &["."] } else { &named }, Reach::Root);
            false
        }
        _ => false,
    };
    if reaches {
        scan.found.insert(Danger::DestroysRoot);
    }
}

fn operands<'w>(args: &[&'w str]) -> Vec<&'w str> {
    let mut ended = false;
    args.iter()
        .copied()
        .filter(|word| {
            let is_option = !ended && word.starts_with('-') && *word != "-";
            ended |= *word == "--";
            !is_option
        })
        .collect()
}

/// `find` deletes below where it starts; tests that pick some of it out make it harmless to the root itself.
fn find(scan: &mut Scan<'_>, args: &[&str]) -> bool {
    let begins =
        args.iter().position(|word| word.starts_with(['-', '(', ')', '!']) && !matches!(*word, "-H" | "-L" | "-P")).unwrap_or(args.len());
    let starts: Vec<&str> = args[..begins].iter().filter(|word| !word.starts_with('-')).copied().collect();
    let starts: &[&str] = if starts.is_empty() { &["."] } else { &starts };
    let expression = &args[begins..];
    let reach = if picks(expression) { Reach::Above } else { Reach::Root };
    let reached = reach_any(scan, starts, reach);
    scan.printed_root |= reached;
    reached && deletes(expression)
}

/// Whether every alternative of an expression has a test that picks out some of the files.
fn picks(expression: &[&str]) -> bool {
    const PICKS: &[&str] = &[
        "-name",
        "-iname",
        "-path",
        "-ipath",
        "-wholename",
        "-regex",
        "-iregex",
        "-empty",
        "-size",
        "-mtime",
        "-mmin",
        "-ctime",
        "-cmin",
        "-atime",
        "-amin",
        "-newer",
        "-user",
        "-group",
        "-perm",
        "-samefile",
        "-inum",
        "-lname",
    ];
    let is_open = |value: Option<&&str>| value.is_some_and(|value| value.chars().all(|c| "*?./".contains(c)));
    let picks_at = |alternative: &[&str], at: usize| {
        let word = alternative[at];
        let is_pattern = ["name", "path", "regex"].iter().any(|kind| word.ends_with(kind));
        let is_negated = at > 0 && matches!(alternative[at - 1], "!" | "-not");
        (PICKS.contains(&word) || word.starts_with("-newer")) && !is_negated && !(is_pattern && is_open(alternative.get(at + 1)))
    };
    let negates_group = expression.windows(2).any(|pair| matches!(pair, ["!" | "-not", "(" | "\\("]));
    let mut alternatives = expression.split(|word| matches!(*word, "-o" | "-or" | ","));
    !negates_group && alternatives.all(|alternative| (0..alternative.len()).any(|at| picks_at(alternative, at)))
}

fn deletes(expression: &[&str]) -> bool {
    expression.iter().enumerate().any(|(at, word)| match *word {
        "-delete" => true,
        "-exec" | "-execdir" | "-ok" | "-okdir" => executed(&expression[at + 1..]).iter().any(|inner| program_name(inner) == "rm"),
        _ => false,
    })
}

fn reach_any(scan: &Scan<'_>, words: &[&str], reach: Reach) -> bool {
    words.iter().any(|word| match targets::of(scan, word) {
        Targets::Any => reach == Reach::Root,
        Targets::Paths(paths) => paths.iter().any(|path| reaches(scan, path, reach)),
    })
}

fn reaches(scan: &Scan<'_>, path: &Path, reach: Reach) -> bool {
    let Some(surroundings) = scan.surroundings else { return false };
    // Removing everything in a folder is removing the folder, to whoever owned the files.
    let whole = without_open_end(path);
    let clean = absolute(&whole, "");
    // `..` behind a link leads elsewhere than its text says.
    let real =
        surroundings.lookup.facts(&whole).map(|facts| facts.real_path).filter(|_| path.components().any(|part| part.as_os_str() == ".."));
    let candidates = [Some(clean), real];
    let roots = surroundings.writable_roots.iter().chain(surroundings.workspace).map(PathBuf::as_path);
    candidates.iter().flatten().any(|path| {
        path.parent().is_none()
            || surroundings.home.is_some_and(|home| is_at_or_above(path, home))
            || roots
                .clone()
                .any(|root| is_at_or_above(path, root) && (reach == Reach::Root || path.components().count() < root.components().count()))
    })
}

/// Takes off a last part that stands for everything, such as `*` or `.[!.]*`.
fn without_open_end(path: &Path) -> PathBuf {
    let is_open = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.contains(['*', '?']) && name.chars().all(|c| "*?.[]!^".contains(c))
    };
    match (path.file_name(), path.parent()) {
        (Some(name), Some(parent)) if is_open(name) => parent.to_owned(),
        _ => path.to_owned(),
    }
}

/// Whether a path, whose parts may hold wildcards, is a folder or leads to it.
fn is_at_or_above(path: &Path, folder: &Path) -> bool {
    let mut folder = folder.components();
    path.components().all(|part| {
        folder.next().is_some_and(|name| part == name || matches(&part.as_os_str().to_string_lossy(), &name.as_os_str().to_string_lossy()))
    })
}

/// Whether a shell pattern matches a name; a set in brackets counts as any character.
fn matches(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?', '[']) {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (simple(pattern), name.chars().collect());
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((star_at, from)) => {
                    star = Some((star_at, from + 1));
                    at = star_at + 1;
                    in_name = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// A pattern with `?` for each set in brackets.
fn simple(pattern: &str) -> Vec<char> {
    let mut simple = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '[' && chars.clone().skip(1).any(|c| c == ']') {
            // A bracket right behind the first one is a member.
            chars.next();
            for member in chars.by_ref() {
                if member == ']' {
                    break;
                }
            }
            simple.push('?');
        } else {
            simple.push(c);
        }
    }
    simple
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_like_a_shell_does() {
        for (pattern, name, expected) in [
            ("*", "abc", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a[xyz]c", "abc", true),
            ("a[]]c", "a]c", true),
            ("a[", "a[", true),
            ("a*d", "abc", false),
            ("?", "abc", false),
            ("abc", "abc", false),
            ("[é]b", "xb", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
