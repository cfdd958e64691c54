//! What the program notes itself of a session's work, and what of it still holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Beyond these the oldest are forgotten.
const MOST_READS: usize = 200;
const MOST_EDITS: usize = 200;
const MOST_COMMANDS: usize = 80;

/// A file above this length is not looked at again; it counts as changed.
const LONGEST_CHECKED: u64 = 16 * 1024 * 1024;

/// The clock of a file system ticks this coarsely: a file written so shortly before it was read might have been written after.
const CLOCK_TICK: Duration = Duration::from_millis(20);

/// What was noted so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ledger {
    /// The plan as it was set last.
    pub(crate) plan: Vec<PlanStep>,
    /// Files that commands showed, the last read last.
    pub(crate) reads: Vec<FileRead>,
    /// Files that patches changed, the last change last.
    pub(crate) edits: Vec<Edit>,
    /// Commands, the last one last.
    pub(crate) commands: Vec<CommandNote>,
}

/// A step of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanStep {
    pub(crate) step: String,
    pub(crate) status: String,
}

/// A file that a command showed, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRead {
    pub(crate) path: PathBuf,
    /// Which part, in words: `whole`, `lines 1-40`, `last 20 lines`.
    pub(crate) range: String,
    /// The command that showed it.
    pub(crate) command: String,
    /// Milliseconds since 1970, taken before the command ran.
    pub(crate) at: i64,
    /// Git's name for the content, once it was checked.
    #[serde(default)]
    pub(crate) blob: Option<String>,
    /// What the command printed; `None` when it is kept with another file of the same command, or did not fit.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// Whether the file is still as it was read.
    #[serde(default)]
    pub(crate) unchanged: bool,
}

/// A file that patches changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    pub(crate) path: PathBuf,
    /// `A`, `M` or `D`, of the last change.
    pub(crate) kind: String,
    pub(crate) times: u32,
}

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandNote {
    pub(crate) command: String,
    /// `None` while it runs, or where nobody knows.
    pub(crate) exit_code: Option<i64>,
    /// The session it was left running in.
    #[serde(default)]
    pub(crate) session: Option<i64>,
    /// How often in a row.
    pub(crate) times: u32,
}

impl Ledger {
    /// Notes that a file was shown. A later look at the same part replaces an earlier one.
    pub(crate) fn read(&mut self, read: FileRead) {
        let covered = |old: &FileRead| old.path == read.path && (old.range == read.range || read.range == "whole");
        self.reads.retain(|old| !covered(old));
        self.reads.push(read);
        forget_oldest(&mut self.reads, MOST_READS);
    }

    /// Notes that a patch changed a file.
    pub(crate) fn edit(&mut self, path: PathBuf, kind: &str) {
        let before = self.edits.iter().position(|edit| edit.path == path).map(|at| self.edits.remove(at));
        let kind = match (&before, kind) {
            // A file that was added is a new one, however often it was changed since.
            (Some(before), "M") if before.kind == "A" => "A",
            (_, kind) => kind,
        };
        self.edits.push(Edit { path, kind: kind.to_owned(), times: before.map_or(0, |edit| edit.times) + 1 });
        forget_oldest(&mut self.edits, MOST_EDITS);
    }

    /// Notes that a command ran.
    pub(crate) fn command(&mut self, note: CommandNote) {
        match self.commands.last_mut() {
            Some(last) if last.command == note.command && last.exit_code == note.exit_code && note.session.is_none() => last.times += 1,
            _ => self.commands.push(note),
        }
        forget_oldest(&mut self.commands, MOST_COMMANDS);
    }

    /// Notes how a command ended that was left running.
    pub(crate) fn session_ended(&mut self, session: i64, exit_code: i64) {
        if let Some(note) = self.commands.iter_mut().rev().find(|note| note.session == Some(session)) {
            note.exit_code = Some(exit_code);
            note.session = None;
        }
    }

    /// Compares the files with the disk, and keeps the newest texts that fit into so many bytes. Blocks.
    pub(crate) fn settle(&mut self, bytes_for_texts: usize) {
        for read in &mut self.reads {
            read.check();
        }
        let still: Vec<(String, i64)> =
            self.reads.iter().filter(|read| read.unchanged).map(|read| (read.command.clone(), read.at)).collect();
        let mut left = bytes_for_texts;
        for read in self.reads.iter_mut().rev() {
            // The text of several files goes with the first of them; it is good while any of them is.
            let is_good = still.iter().any(|(command, at)| *command == read.command && *at == read.at);
            let length = read.text.as_ref().map_or(0, |text| text.len() + read.command.len() + 64);
            if is_good && length <= left {
                left -= length;
            } else {
                read.text = None;
            }
        }
    }
}

impl FileRead {
    fn check(&mut self) {
        self.unchanged = is_older(&self.path, self.at);
        if !self.unchanged {
            self.blob = None;
        } else if self.blob.is_none() {
            self.blob = fs::read(&self.path).ok().map(|content| codex_git::blob_id(&content));
            self.unchanged = self.blob.is_some();
        }
    }
}

/// Whether a file was last written before this time, milliseconds since 1970.
fn is_older(path: &Path, than: i64) -> bool {
    let Ok(about) = fs::metadata(path) else { return false };
    let Ok(written) = about.modified() else { return false };
    let than = UNIX_EPOCH + Duration::from_millis(u64::try_from(than).unwrap_or_default());
    about.is_file() && about.len() <= LONGEST_CHECKED && written + CLOCK_TICK <= than && written <= SystemTime::now()
}

fn forget_oldest<T>(list: &mut Vec<T>, most: usize) {
    if list.len() > most {
        list.drain(..list.len() - most);
    }
}
