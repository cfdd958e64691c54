//! The programs that destroy, judged by the options they were given.
//!
//! Options are read the way the program reads them: bundles come apart (`-vrf`), long names may be
//! shortened (`--forc`), `--` ends them, and they may follow operands.

use crate::argv::program_name;

/// Whether this command, which wraps no other, destroys.
pub(super) fn destroys(argv: &[&str], depth: usize) -> bool {
    let Some((program, args)) = argv.split_first() else { return false };
    match program_name(program) {
        "rm" => has_option(args, 'f', "--force", "--f"),
        "find" => find(args, depth),
        "git" => git(args),
        "shred" => true,
        name => name == "mkfs" || name.starts_with("mkfs."),
    }
}

fn find(args: &[&str], depth: usize) -> bool {
    args.iter().enumerate().any(|(at, word)| match *word {
        "-delete" => true,
        "-exec" | "-execdir" | "-ok" | "-okdir" => {
            let inner = &args[at + 1..];
            inner.first().is_some_and(|program| program_name(program) == "rm") || super::command(inner, depth)
        }
        _ => false,
    })
}

fn git(args: &[&str]) -> bool {
    const VALUED: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--config-env", "--exec-path"];
    let mut words = args.iter();
    let subcommand = loop {
        match words.next() {
            None => return false,
            Some(word) if VALUED.contains(word) => {
                words.next();
            }
            Some(word) if word.starts_with('-') => {}
            Some(word) => break *word,
        }
    };
    let args = words.as_slice();
    match subcommand {
        "reset" => has_option(args, '\0', "--hard", "--h"),
        "clean" => has_option(args, 'f', "--force", "--f") && !has_option(args, 'n', "--dry-run", "--d"),
        // `--force-with-lease` refuses to overwrite what it has not seen, so it is left to ordinary approval.
        "push" => has_option(args, 'f', "--force", "--f") || args.iter().any(|word| *word == "--mirror" || word.starts_with('+')),
        _ => false,
    }
}

/// Whether an option is among the arguments, as `-x`, inside a bundle, or long and at least as long as `shortest`.
fn has_option(args: &[&str], short: char, long: &str, shortest: &str) -> bool {
    args.iter().take_while(|word| **word != "--").any(|word| {
        if word.starts_with("--") {
            word.starts_with(shortest) && long.starts_with(word)
        } else {
            word.strip_prefix('-').is_some_and(|flags| flags.contains(short))
        }
    })
}
