//! Carries out a plan: all of it, or nothing.
//!
//! Every step leaves a note of how to take it back before the next one starts; when one fails the notes are followed
//! in reverse. Existing files are written in place, so inode, owner, mode and hard links survive; removed entries
//! are first only renamed and go when everything else is done, so taking back is a rename that loses nothing.
//! With a journal a kill between two steps costs nothing either: the next start takes the first ones back (`journal`).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{File, FileTimes, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use rustix::fs::OFlags;

use crate::hands::Hands;
use crate::journal::Journal;
use crate::overlay::{Attributes, DiskFile, Stamp};
use crate::plan::{Action, Change, ChangeKind, PatchPlan, Step};
use crate::reason;

/// A file that waits beside the one it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aside {
    New,
    Old,
}

impl Aside {
    /// Its path. The tag is of one patch alone, so nothing is there.
    pub(crate) fn beside(self, real: &Path, tag: &str, step: usize) -> PathBuf {
        let which = match self {
            Self::New => "new",
            Self::Old => "old",
        };
        real.with_file_name(format!(".apply-patch-{tag}-{step}-{which}"))
    }
}

/// Tells one patch from all others.
fn new_tag() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{}-{nanos:x}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Where a plan may be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Wherever its paths lead, links included; files with several names are written through all of them.
    Anywhere,
    /// Below these directories, which are absolute and were real when the policy was made: one that a link leads to by
    /// now grants nothing. Links that led out when the plan was made, or do now, make it fail, and a file with several
    /// names is replaced under the one name, for the others may lie outside.
    Within(Vec<PathBuf>),
}

/// What was done; paths as spelt in the patch, in patch order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Added files.
    pub added: Vec<String>,
    /// Updated files; a moved one by its new name.
    pub updated: Vec<String>,
    /// Deleted files.
    pub deleted: Vec<String>,
}

/// The step at which applying failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedStep {
    /// Making the directories of a file.
    Parents,
    /// Writing a file.
    Write,
    /// Removing a file.
    Delete,
}

/// Why a plan was not applied. The disk is as before, but for the paths in `not_restored`.
#[derive(Debug)]
pub struct ApplyError {
    /// What was being done.
    pub step: FailedStep,
    /// To which file, as spelt in the patch.
    pub path: String,
    /// Why it did not work.
    pub source: io::Error,
    /// Files that could not be put back as they were, by their real paths; normally none.
    pub not_restored: Vec<PathBuf>,
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = &self.path;
        match self.step {
            FailedStep::Parents => write!(f, "Failed to create parent directories for {path}")?,
            FailedStep::Write => write!(f, "Failed to write file {path}")?,
            FailedStep::Delete => write!(f, "Failed to delete file {path}")?,
        }
        self.not_restored.iter().try_for_each(|path| write!(f, "\nCould not undo the change of {}", path.display()))
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl PatchPlan {
    /// Carries the plan out.
    ///
    /// On an error everything done so far is taken back. A file that is no longer as it was when planned is an error.
    pub fn apply(&self, reach: &Reach) -> Result<Applied, ApplyError> {
        self.carry_out(reach, Transaction::new(new_tag(), None))
    }

    /// The same with a note in `folder`, by which [`recover`](crate::recover) takes the patch back when the process is
    /// killed on the way. Where the note cannot be written the patch is applied without.
    pub fn apply_journaled(&self, reach: &Reach, folder: &Path) -> Result<Applied, ApplyError> {
        let tag = new_tag();
        let journal = Journal::begin(folder, &tag, &self.steps, reach).ok();
        self.carry_out(reach, Transaction::new(tag, journal))
    }

    fn carry_out<'p>(&'p self, reach: &Reach, mut transaction: Transaction<'p>) -> Result<Applied, ApplyError> {
        let done = open_hands(reach).map_err(|error| (0, error)).and_then(|mut hands| {
            let done = transaction.run(&mut hands, &self.steps, reach);
            if done.is_err() {
                transaction.undo(&mut hands);
            }
            done
        });
        if let Some(journal) = transaction.journal.take().filter(|_| !transaction.untidy && transaction.not_restored.is_empty()) {
            journal.remove();
        }
        match done {
            Ok(()) => Ok(applied(self.changes())),
            Err((failed, source)) => Err(self.error(failed, source, transaction.not_restored)),
        }
    }

    fn error(&self, failed: usize, source: io::Error, not_restored: Vec<PathBuf>) -> ApplyError {
        let step = self.steps.get(failed);
        let kind = match step.map(|step| &step.action) {
            Some(Action::MakeDirectory) => FailedStep::Parents,
            Some(Action::Remove { .. }) => FailedStep::Delete,
            Some(Action::Create { .. } | Action::Overwrite { .. } | Action::WriteDevice { .. }) | None => FailedStep::Write,
        };
        ApplyError { step: kind, path: step.map(|step| step.spelt.clone()).unwrap_or_default(), source, not_restored }
    }
}

pub(crate) fn open_hands(reach: &Reach) -> io::Result<Hands> {
    match reach {
        Reach::Anywhere => Hands::anywhere(),
        Reach::Within(roots) => Hands::within(roots),
    }
}

fn applied(changes: &[Change]) -> Applied {
    let of = |kind| changes.iter().filter(move |change| change.kind == kind).map(|change| change.shown.clone()).collect();
    Applied { added: of(ChangeKind::Add), updated: of(ChangeKind::Update), deleted: of(ChangeKind::Delete) }
}

/// Returns the report of a successful patch: added, then updated, then deleted files, one a line.
pub fn summary(applied: &Applied) -> String {
    let mut text = String::from("Success. Updated the following files:\n");
    for (mark, paths) in [('A', &applied.added), ('M', &applied.updated), ('D', &applied.deleted)] {
        for path in paths {
            text.push(mark);
            text.push(' ');
            text.push_str(path);
            text.push('\n');
        }
    }
    text
}

/// How to take a step back.
enum Undo<'p> {
    RemoveDirectory(&'p Path),
    Unlink(&'p Path),
    /// Renames an entry that was put aside to its own name.
    PutBack {
        real: &'p Path,
        aside: PathBuf,
    },
    /// Swaps the old file, which waits under another name, back in and removes the new one.
    SwapBack {
        real: &'p Path,
        aside: PathBuf,
    },
    Restore {
        real: &'p Path,
        before: &'p DiskFile,
        modified: Option<SystemTime>,
    },
}

struct Transaction<'p> {
    tag: String,
    journal: Option<Journal>,
    /// With the number of the step each belongs to.
    undo: Vec<(usize, Undo<'p>)>,
    /// Files written in place so far.
    written: HashSet<(u64, u64)>,
    not_restored: Vec<PathBuf>,
    /// Something that waits under another name could not be removed; the note is kept, and the next start tries again.
    untidy: bool,
}

impl<'p> Transaction<'p> {
    fn new(tag: String, journal: Option<Journal>) -> Self {
        Self { tag, journal, undo: Vec::new(), written: HashSet::new(), not_restored: Vec::new(), untidy: false }
    }

    /// Does all steps; an error comes with the number of its step.
    fn run(&mut self, hands: &mut Hands, steps: &'p [Step], reach: &Reach) -> Result<(), (usize, io::Error)> {
        for (number, step) in steps.iter().enumerate() {
            self.step(hands, number, step, reach).map_err(|error| (number, error))?;
        }
        if let Some(journal) = &self.journal {
            journal.done().map_err(|error| (steps.len().saturating_sub(1), error))?;
        }
        for (number, undo) in &self.undo {
            if let Undo::PutBack { aside, .. } | Undo::SwapBack { aside, .. } = undo {
                match hands.entry(aside).and_then(|entry| entry.unlink()) {
                    // All is done, and the note says so.
                    Err(_) if self.journal.is_some() => self.untidy = true,
                    removed => removed.map_err(|error| (*number, error))?,
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, hands: &mut Hands, number: usize, step: &'p Step, reach: &Reach) -> io::Result<()> {
        let real = step.real.as_path();
        match &step.action {
            Action::MakeDirectory => {
                hands.entry(real)?.make_directory()?;
                self.undo.push((number, Undo::RemoveDirectory(real)));
                Ok(())
            }
            Action::Create { content, attributes } => self.create(hands, number, real, content, *attributes),
            Action::Remove { before } => self.put_aside(hands, number, real, before),
            Action::WriteDevice { content } => match reach {
                Reach::Anywhere => hands.entry(real)?.open(OFlags::WRONLY)?.write_all(content),
                Reach::Within(_) => Err(reason::not_a_regular_file()),
            },
            Action::Overwrite { before, content, attributes } => {
                let shared = before.links > 1;
                if before.bytes.as_ref() == Some(content) && attributes.is_none_or(|wanted| wanted == before.attributes) {
                    Ok(())
                } else if shared && *reach != Reach::Anywhere {
                    self.put_aside(hands, number, real, &before.stamp)?;
                    self.create(hands, number, real, content, Some(attributes.unwrap_or(before.attributes)))
                } else if self.written.insert((before.stamp.dev, before.stamp.ino)) {
                    self.overwrite(hands, number, real, before, content, *attributes)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn create(
        &mut self,
        hands: &mut Hands,
        number: usize,
        real: &'p Path,
        content: &[u8],
        attributes: Option<Attributes>,
    ) -> io::Result<()> {
        let name = real.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let (aside, file) = self.create_aside(hands, number, real, attributes.map_or(0o666, |_| 0o600))?;
        let done = fill(&file, content, attributes).and_then(|()| hands.entry(&aside)?.rename(name));
        match done {
            Ok(()) => self.undo.push((number, Undo::Unlink(real))),
            Err(_) => hands.entry(&aside)?.unlink()?,
        }
        done
    }

    /// Creates an empty file beside `real`.
    fn create_aside(&self, hands: &mut Hands, number: usize, real: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
        let aside = Aside::New.beside(real, &self.tag, number);
        let file = hands.entry(&aside)?.create(mode)?;
        Ok((aside, file))
    }

    /// Writes the new content to a file of its own and swaps the two, so that a reader, or a kill, meets one or the
    /// other whole. Returns where the old file waits; `None`, with nothing done, where that would lose something or
    /// cannot be done: a file with several names, with extended attributes, in a folder that takes no new entry, of an
    /// owner we cannot give it to.
    #[expect(clippy::too_many_arguments, reason = "one file with all that is known of it")]
    fn replace(
        &mut self,
        hands: &mut Hands,
        number: usize,
        real: &Path,
        old: &File,
        before: &DiskFile,
        content: &[u8],
        attributes: Attributes,
    ) -> io::Result<Option<PathBuf>> {
        if before.links > 1 || has_extended_attributes(old) {
            return Ok(None);
        }
        let Ok((aside, file)) = self.create_aside(hands, number, real, 0o600) else {
            return Ok(None);
        };
        let swapped = fill(&file, content, Some(attributes)).and_then(|()| {
            let meta = file.metadata()?;
            if (meta.uid(), meta.gid()) != (attributes.uid, attributes.gid) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            let entry = hands.entry(real)?;
            if entry.stamp()? != Some(before.stamp) {
                return Err(reason::changed_meanwhile());
            }
            entry.exchange(aside.file_name().unwrap_or_default())
        });
        match swapped {
            Ok(()) => Ok(Some(aside)),
            Err(_) => {
                hands.entry(&aside)?.unlink()?;
                Ok(None)
            }
        }
    }

    fn overwrite(
        &mut self,
        hands: &mut Hands,
        number: usize,
        real: &'p Path,
        before: &'p DiskFile,
        content: &[u8],
        attributes: Option<Attributes>,
    ) -> io::Result<()> {
        // Opened for writing although it may be replaced: a file that may not be written is not replaced either.
        let file = hands.entry(real)?.open(OFlags::WRONLY)?;
        let meta = file.metadata()?;
        if !meta.is_file() || Stamp::of(&meta) != before.stamp {
            return Err(reason::changed_meanwhile());
        }
        let wanted = attributes.unwrap_or(before.attributes);
        if let Some(aside) = self.replace(hands, number, real, &file, before, content, wanted)? {
            self.undo.push((number, Undo::SwapBack { real, aside }));
            return Ok(());
        }
        if let Some(journal) = &self.journal {
            let old = before.bytes.as_ref().map(|bytes| bytes.as_slice()).unwrap_or_default();
            journal.in_place(real, &before.stamp, before.attributes, old, content)?;
        }
        self.undo.push((number, Undo::Restore { real, before, modified: meta.modified().ok() }));
        write_over(&file, &meta, content)?;
        match attributes {
            Some(wanted) => give(&file, wanted),
            None => Ok(()),
        }
    }

    /// Renames an entry to a name that is free; it is removed when all steps are done.
    fn put_aside(&mut self, hands: &mut Hands, number: usize, real: &'p Path, before: &Stamp) -> io::Result<()> {
        let entry = hands.entry(real)?;
        // An earlier step may have written the file under another name.
        let written = self.written.contains(&(before.dev, before.ino));
        let unchanged = |now: Stamp| now == *before || (written && (now.dev, now.ino) == (before.dev, before.ino));
        if !entry.stamp()?.is_some_and(unchanged) {
            return Err(reason::changed_meanwhile());
        }
        let aside = Aside::Old.beside(real, &self.tag, number);
        entry.rename(aside.file_name().unwrap_or_default())?;
        self.undo.push((number, Undo::PutBack { real, aside }));
        Ok(())
    }

    fn undo(&mut self, hands: &mut Hands) {
        while let Some((_, undo)) = self.undo.pop() {
            let (real, done) = match undo {
                Undo::RemoveDirectory(real) => (real, hands.entry(real).and_then(|entry| entry.remove_directory())),
                Undo::Unlink(real) => (real, hands.entry(real).and_then(|entry| entry.unlink())),
                Undo::PutBack { real, aside } => (real, put_back(hands, &aside, real.file_name())),
                Undo::SwapBack { real, aside } => (real, swap_back(hands, real, &aside)),
                Undo::Restore { real, before, modified } => (real, restore(hands, real, before, modified)),
            };
            if done.is_err() {
                self.not_restored.push(real.to_owned());
            }
        }
    }
}

fn put_back(hands: &mut Hands, aside: &Path, name: Option<&OsStr>) -> io::Result<()> {
    let name = name.ok_or(io::ErrorKind::InvalidInput)?;
    hands.entry(aside)?.rename(name)
}

fn swap_back(hands: &mut Hands, real: &Path, aside: &Path) -> io::Result<()> {
    let name = aside.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    hands.entry(real)?.exchange(name)?;
    hands.entry(aside)?.unlink()
}

/// Writes a fresh file whole and has it reach the disk before it gets its name.
fn fill(mut file: &File, content: &[u8], attributes: Option<Attributes>) -> io::Result<()> {
    file.write_all(content)?;
    if let Some(wanted) = attributes {
        give(file, wanted)?;
    }
    file.sync_all()
}

/// Whether there is something on the file that a copy would not have: access lists, labels and the like.
fn has_extended_attributes(file: &File) -> bool {
    let mut none: [u8; 0] = [];
    rustix::fs::flistxattr(file, &mut none).is_ok_and(|length| length > 0)
}

pub(crate) fn restore(hands: &mut Hands, real: &Path, before: &DiskFile, modified: Option<SystemTime>) -> io::Result<()> {
    let entry = hands.entry(real)?;
    let same = |meta: &Metadata| (meta.dev(), meta.ino()) == (before.stamp.dev, before.stamp.ino);
    let file = match entry.open(OFlags::WRONLY) {
        Ok(file) => file,
        Err(_) => {
            // A move may have brought a mode that forbids writing.
            let file = entry.open(OFlags::RDONLY)?;
            if same(&file.metadata()?) {
                give(&file, before.attributes)?;
            }
            entry.open(OFlags::WRONLY)?
        }
    };
    let meta = file.metadata()?;
    if !same(&meta) {
        return Err(reason::changed_meanwhile());
    }
    let bytes = before.bytes.as_ref().map(|bytes| bytes.as_slice()).unwrap_or_default();
    write_over(&file, &meta, bytes)?;
    give(&file, before.attributes)?;
    match modified {
        Some(modified) => file.set_times(FileTimes::new().set_modified(modified)),
        None => Ok(()),
    }
}

/// Replaces the content of a file in place.
///
/// What goes beyond the old end is written first: if the disk is full, that fails while the old bytes still stand.
fn write_over(file: &File, meta: &Metadata, content: &[u8]) -> io::Result<()> {
    let old = meta.len();
    let kept = usize::try_from(old).unwrap_or(usize::MAX).min(content.len());
    let (head, tail) = content.split_at(kept);
    if !tail.is_empty() {
        file.write_all_at(tail, old)?;
    }
    if !head.is_empty() {
        file.write_all_at(head, 0)?;
    }
    if (content.len() as u64) < old {
        file.set_len(content.len() as u64)?;
    }
    Ok(())
}

/// Gives a file an owner, as far as the process may, and a mode.
fn give(file: &File, wanted: Attributes) -> io::Result<()> {
    let meta = file.metadata()?;
    let owned = (meta.uid(), meta.gid()) == (wanted.uid, wanted.gid) || fchown(file, Some(wanted.uid), Some(wanted.gid)).is_ok();
    // Set-id bits under another owner than they were given by would hand out somebody else's rights.
    let mode = if owned { wanted.mode } else { wanted.mode & 0o777 };
    if file.metadata()?.mode() & 0o7777 == mode {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(mode))
}
