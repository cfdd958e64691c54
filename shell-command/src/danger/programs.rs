//! The programs that destroy, judged by the options they were given.
//!
//! Options are read the way the program reads them: bundles come apart (`-vrf`), long names may be
//! shortened (`--forc`), `--` ends them, and they may follow operands.

use crate::argv::program_name;

use super::Danger;
use super::scan::Scan;

/// Judges a command that wraps no other.
pub(super) fn judge(scan: &mut Scan<'_>, argv: &[&str], depth: usize) {
    let Some((program, args)) = argv.split_first() else { return };
    let danger = match program_name(program) {
        "rm" if has_option(args, "f", "--force", "--f") => Danger::ForcedRemoval,
        "find" => return find(scan, args, depth),
        "git" => match git(args) {
            Some(danger) => danger,
            None => return,
        },
        "shred" => Danger::Shreds,
        "chmod" if has_option(args, "R", "--recursive", "--rec") => Danger::RecursiveMode,
        "chown" | "chgrp" if has_option(args, "R", "--recursive", "--rec") => Danger::RecursiveOwner,
        "dd" if args.iter().any(|word| writes_device(word)) => Danger::WritesDevice,
        name if name == "mkfs" || name.starts_with("mkfs.") => Danger::MakesFilesystem,
        _ => return,
    };
    scan.found.insert(danger);
}

/// `of=/dev/sda` and its like; what swallows or prints is no device to lose.
fn writes_device(word: &str) -> bool {
    let Some(target) = word.strip_prefix("of=") else { return false };
    let clean = crate::surroundings::absolute(std::path::Path::new("/"), target);
    clean.starts_with("/dev") && !["/dev/null", "/dev/stdout", "/dev/stderr"].iter().any(|harmless| clean.as_os_str() == *harmless)
}

fn find(scan: &mut Scan<'_>, args: &[&str], depth: usize) {
    let mut left = args;
    while let Some((word, rest)) = left.split_first() {
        left = rest;
        match *word {
            "-delete" => {
                scan.found.insert(Danger::FindDeletes);
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let inner = executed(rest);
                if inner.first().is_some_and(|program| program_name(program) == "rm") {
                    scan.found.insert(Danger::FindDeletes);
                } else {
                    scan.command(inner, depth + 1);
                }
                left = &rest[inner.len()..];
            }
            _ => {}
        }
    }
}

/// The command behind `-exec`, up to `;` or `{} +`.
pub(super) fn executed<'a, 'w>(args: &'a [&'w str]) -> &'a [&'w str] {
    let ends = |at: usize| matches!(args[at], ";" | "\\;") || (args[at] == "+" && at > 0 && args[at - 1] == "{}");
    let length = (0..args.len()).find(|at| ends(*at)).unwrap_or(args.len());
    &args[..length]
}

fn git(args: &[&str]) -> Option<Danger> {
    const VALUED: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--config-env", "--exec-path"];
    let mut words = args.iter();
    let subcommand = loop {
        match words.next()? {
            word if VALUED.contains(word) => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => break *word,
        }
    };
    let args = words.as_slice();
    match subcommand {
        "reset" => has_option(args, "", "--hard", "--h").then_some(Danger::GitDiscards),
        "clean" => (has_option(args, "f", "--force", "--f") && !has_option(args, "n", "--dry-run", "--d")).then_some(Danger::GitDiscards),
        // `--force-with-lease` refuses to overwrite what it has not seen, so it is left to ordinary approval.
        "push" => {
            let forced = has_option(args, "f", "--force", "--f") || args.iter().any(|word| *word == "--mirror" || word.starts_with('+'));
            forced.then_some(Danger::ForcedPush)
        }
        _ => None,
    }
}

/// Whether an option is among the arguments: one of the letters, alone or in a bundle, or the long name, at least as
/// long as `shortest`.
pub(super) fn has_option(args: &[&str], letters: &str, long: &str, shortest: &str) -> bool {
    args.iter().take_while(|word| **word != "--").any(|word| {
        if word.starts_with("--") {
            word.starts_with(shortest) && long.starts_with(word)
        } else {
            word.strip_prefix('-').is_some_and(|flags| flags.contains(|flag| letters.contains(flag)))
        }
    })
}
