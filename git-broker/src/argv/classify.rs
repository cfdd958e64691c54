//! The verdict on a line: read, brokered, or neither.

use std::ffi::{OsStr, OsString};

use super::parse::Parsed;
use super::rules::{self, Untabled};
use super::{Globals, split_globals, tables};

/// What to do with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It changes nothing in a git folder, or may fail to: git itself runs it.
    Read,
    /// The broker runs it.
    Write(Write),
    /// It writes and is not brokered; the reason completes "not brokered: ...".
    Unbrokered(String),
    /// The subcommand is not git's: an alias or a program.
    Unknown(String),
}

/// A line the broker runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// One of git's own subcommands.
    pub subcommand: &'static str,
    pub(crate) parsed: Parsed,
}

impl Write {
    /// Reads the words of `subcommand`. The error completes "not brokered: ...".
    ///
    /// # Errors
    /// Subcommands, options and values that are not on the lists.
    pub fn parse(subcommand: &str, words: &[OsString]) -> Result<Self, String> {
        let known = tables::table(subcommand).ok_or_else(|| format!("`{subcommand}` is not among its commands"))?;
        let parsed = known.parse(words).map_err(|word| format!("`{word}` of `git {subcommand}` is not among its options"))?;
        match rules::objection(subcommand, &parsed) {
            Some(objection) => Err(objection),
            None => Ok(Self { subcommand: canonical(subcommand), parsed }),
        }
    }

    /// Whether it reads its standard input.
    pub fn reads_stdin(&self) -> bool {
        let dash = |names: &[&str]| self.parsed.value(names).is_some_and(|value| value == "-");
        match self.subcommand {
            "apply" | "am" => {
                let plain = self.parsed.plain();
                let resumes = self.parsed.has(&["--continue", "-r", "--resolved", "--skip", "--abort", "--quit"]);
                !resumes && (plain.is_empty() || plain.contains(&OsStr::new("-")))
            }
            _ => dash(&["-F", "--file"]) || dash(&["--pathspec-from-file"]),
        }
    }

    /// The words after `git`, with the subcommand.
    pub fn to_argv(&self) -> Vec<OsString> {
        let mut argv = vec![OsString::from(self.subcommand)];
        argv.extend(self.parsed.to_argv());
        argv
    }
}

/// Judges the words after `git`.
pub fn classify(words: &[OsString]) -> (Globals, Verdict) {
    let (globals, rest) = split_globals(words);
    let verdict = match rest.split_first() {
        None => Verdict::Read,
        Some((subcommand, words)) => judge(&globals, subcommand, words),
    };
    (globals, verdict)
}

fn judge(globals: &Globals, subcommand: &OsStr, words: &[OsString]) -> Verdict {
    let Some(name) = subcommand.to_str() else { return Verdict::Read };
    let refs: Vec<&OsStr> = words.iter().map(OsString::as_os_str).collect();
    if rules::only_shows(name, &refs) {
        return Verdict::Read;
    }
    if tables::table(name).is_none() {
        return match rules::untabled(name) {
            Untabled::Reading => Verdict::Read,
            Untabled::Writing => Verdict::Unbrokered(format!("`{name}` is not among its commands")),
            Untabled::Unknown => Verdict::Unknown(name.to_owned()),
        };
    }
    if let Some(foreign) = &globals.foreign {
        return Verdict::Unbrokered(format!("`{foreign}` is not among its options"));
    }
    match Write::parse(name, words) {
        Ok(write) => Verdict::Write(write),
        Err(reason) => Verdict::Unbrokered(reason),
    }
}

/// One name for each subcommand.
fn canonical(subcommand: &str) -> &'static str {
    const NAMES: [&str; 18] = [
        "add",
        "am",
        "apply",
        "branch",
        "checkout",
        "cherry-pick",
        "commit",
        "init",
        "merge",
        "mv",
        "rebase",
        "reset",
        "restore",
        "revert",
        "rm",
        "stash",
        "switch",
        "tag",
    ];
    match subcommand {
        "stage" => "add",
        "init-db" => "init",
        "update-index" => "update-index",
        "worktree" => "worktree",
        other => NAMES.into_iter().find(|name| *name == other).unwrap_or("help"),
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
