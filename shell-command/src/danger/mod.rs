//! Commands that destroy what cannot be had back: forced removal and its relatives.
//!
//! The scan is tolerant where the list of plain commands is strict: it looks at every command a
//! script holds, however deep, and reads words loosely, since a spelling that is hard to read must
//! not be a way past. Text that is only data (here-documents, quoted arguments) is left alone.
//!
//! Two questions are answered at once: does it destroy at all, which wants asking; and does it reach a home, a writable
//! root or what is above one, which nothing but a full bypass lets through. The second needs to know the place.

mod bomb;
mod programs;
mod roots;
mod scan;
mod script;
mod targets;
mod wrappers;

use std::collections::BTreeSet;
use std::fmt;

use crate::surroundings::Surroundings;

use self::scan::Scan;

/// A longer command, in bytes, is not read; hardly a system would run it.
const LONGEST_COMMAND: usize = 1024 * 1024;

/// Ways to destroy, from the mildest to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// `rm` with force.
    ForcedRemoval,
    /// `find` that deletes.
    FindDeletes,
    /// `git reset --hard`, `git clean -f`.
    GitDiscards,
    /// A push that overwrites what others may have.
    ForcedPush,
    /// `shred`.
    Shreds,
    /// `chmod -R`.
    RecursiveMode,
    /// `chown -R`, `chgrp -R`.
    RecursiveOwner,
    /// A function that starts itself again and again.
    ForkBomb,
    /// `dd` onto a device.
    WritesDevice,
    /// `mkfs` of any kind.
    MakesFilesystem,
    /// A command or script that is too long or too deep to be read.
    Unreadable,
    /// Recursive removal that reaches `/`, a home, a writable root or a folder above one.
    DestroysRoot,
}

impl Danger {
    /// Whether it stays with files inside the writable roots, where a sandbox keeps everything else from harm.
    pub fn spares_roots(self) -> bool {
        matches!(self, Self::ForcedRemoval | Self::FindDeletes)
    }
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ForcedRemoval => "removes files by force",
            Self::FindDeletes => "deletes whatever it finds",
            Self::GitDiscards => "discards changes that git does not keep",
            Self::ForcedPush => "overwrites a branch on the remote side",
            Self::Shreds => "overwrites files",
            Self::RecursiveMode => "changes the permissions of whole trees",
            Self::RecursiveOwner => "changes the owner of whole trees",
            Self::ForkBomb => "starts itself again without end",
            Self::WritesDevice => "writes to a device",
            Self::MakesFilesystem => "makes a new file system",
            Self::Unreadable => "is too long or nested too deeply to be read",
            Self::DestroysRoot => "removes a home folder, a writable root or a folder above one",
        })
    }
}

/// Whether a command, or any command of the script it runs, is known to destroy things.
///
/// Such are `rm` with force in any spelling, `find` that deletes, `git reset --hard`, `git clean -f`, forced pushes,
/// `shred`, `mkfs`, `dd` onto devices, recursive `chmod` and `chown`, and fork bombs, also behind `sudo`, `env`, `xargs`
/// and the like.
pub fn is_dangerous(argv: &[String]) -> bool {
    !scan(argv, None).found.is_empty()
}

/// Returns every kind of danger in a command, the worst last.
pub fn dangers(argv: &[String], surroundings: &Surroundings<'_>) -> BTreeSet<Danger> {
    scan(argv, Some(surroundings)).found
}

/// Whether a command removes, or lets everybody write to, a home folder, a writable root, or a folder above one.
///
/// A target that cannot be told, such as `"$X"`, counts as one.
pub fn destroys_root(argv: &[String], surroundings: &Surroundings<'_>) -> bool {
    dangers(argv, surroundings).contains(&Danger::DestroysRoot)
}

/// Returns every command that a command holds, wrappers and shells included, as a tolerant reader sees it.
///
/// Meant for prohibitions: `(git push)`, `A=1 git push` and `sudo git push` all mention `["git", "push"]`. What is
/// mentioned may never run, and words without a fixed text are given as they are spelled.
pub fn mentioned_commands(argv: &[String]) -> Vec<Vec<String>> {
    scan(argv, None).commands
}

fn scan<'s>(argv: &[String], surroundings: Option<&'s Surroundings<'s>>) -> Scan<'s> {
    let mut scan = Scan::new(surroundings);
    if argv.iter().map(String::len).sum::<usize>() > LONGEST_COMMAND {
        scan.found.insert(Danger::Unreadable);
        return scan;
    }
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    scan.command(&words, 0);
    scan
}

#[cfg(test)]
mod tests;
