//! Commands that destroy what cannot be had back: forced removal and its relatives.
//!
//! The scan is tolerant where the list of plain commands is strict: it looks at every command a
//! script holds, however deep, and reads words loosely, since a spelling that is hard to read must
//! not be a way past. Text that is only data (here-documents, quoted arguments) is left alone.
//!
//! The verdict "known to be harmless" has its place beside this one and is not made here: a command
//! that is not dangerous is merely unknown.

mod programs;
mod script;
mod wrappers;

use self::wrappers::Unwrapped;

/// Scripts inside scripts are read this deep; a command that nests deeper is taken for dangerous.
const DEEPEST: usize = 8;

/// Whether a command, or any command of the script it runs, is known to destroy things.
///
/// Such are `rm` with force in any spelling, `find` that deletes, `git reset --hard`, `git clean -f`,
/// forced pushes, `shred` and `mkfs`, also behind `sudo`, `env`, `xargs` and the like.
pub fn is_dangerous(argv: &[String]) -> bool {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    command(&words, 0)
}

fn command(argv: &[&str], depth: usize) -> bool {
    let mut argv = argv;
    loop {
        match wrappers::unwrap(argv) {
            Unwrapped::Nothing => return false,
            Unwrapped::Command => return programs::destroys(argv, depth),
            Unwrapped::Inner(inner) => argv = inner,
            Unwrapped::Script(script) => return script::destroys(&script, depth + 1),
        }
    }
}

#[cfg(test)]
mod tests;
