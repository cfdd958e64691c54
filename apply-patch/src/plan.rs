//! Works out what a patch would do, without doing it.
//!
//! Sections are carried out in patch order over an [`Overlay`], so each sees what the ones before it did. The outcome
//! is told twice: as [`Change`]s, one per section, for people and policies; and as steps, the least that has to be
//! done to the disk, for `apply`. Whatever can be known to fail without writing fails here.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use crate::overlay::{Attributes, Content, DiskFile, FileId, Overlay, Stamp};
use crate::patch::{Chunk, Patch, Section};
use crate::place::{self, LastLink, MissingDirectories, Place, Seen};
use crate::reason;
use crate::text::{Mismatch, update_text};

/// Content of removed files is kept for display up to this many bytes.
const REMOVED_CONTENT_CAP: u64 = 16 << 20;

/// A path of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPath {
    /// As written in the patch.
    pub spelt: String,
    /// Joined to the working directory, `.` and `..` taken away by name only.
    pub absolute: PathBuf,
}

/// A file a plan writes or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The path by its names.
    pub path: PathBuf,
    /// What is really written or removed: no component of it is a link. Directories that have to be made are above it.
    pub real: PathBuf,
}

/// What a section does to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A file is created or its content replaced.
    Add,
    /// A directory entry is removed.
    Delete,
    /// A file is edited and possibly moved.
    Update,
}

/// What one section would do.
#[derive(Debug, Clone)]
pub struct Change {
    /// The kind.
    pub kind: ChangeKind,
    /// The file the section names.
    pub path: PatchPath,
    /// Where an update moves the file to. `None` for a move of a file onto itself.
    pub move_to: Option<PatchPath>,
    /// Whether lines were found only by ignoring white space or typography.
    pub fuzzy: bool,
    /// The path the summary shows.
    pub(crate) shown: String,
    targets: Vec<Target>,
    old: Option<Content>,
    new: Option<Content>,
}

impl Change {
    /// Returns the content before the section; `None` where there was no file, or a removed one is a link or large.
    pub fn old_content(&self) -> Option<&[u8]> {
        self.old.as_deref().map(Vec::as_slice)
    }

    /// Returns the content after the section; `None` for a removed file.
    pub fn new_content(&self) -> Option<&[u8]> {
        self.new.as_deref().map(Vec::as_slice)
    }
}

/// Everything a patch would do; see [`PatchPlan::apply`].
///
/// Holds the contents of the files it touches. It stands for the disk as it was when planned: applying it later fails
/// when a touched file was changed by others meanwhile.
#[derive(Debug, Clone)]
pub struct PatchPlan {
    changes: Vec<Change>,
    pub(crate) steps: Vec<Step>,
}

impl PatchPlan {
    /// Returns what each section would do, in patch order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns every file that would be written or removed, move destinations included, in patch order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.changes.iter().flat_map(|change| &change.targets)
    }
}

/// One thing to do to the disk. Paths are real ones.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) real: PathBuf,
    /// The path a failure is reported with.
    pub(crate) spelt: String,
    pub(crate) action: Action,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    MakeDirectory,
    Create { content: Content, attributes: Option<Attributes> },
    Overwrite { before: DiskFile, content: Content, attributes: Option<Attributes> },
    Remove { before: Stamp },
    WriteDevice { content: Content },
}

/// Why a patch cannot be carried out.
///
/// `Display` is the tool's wording, with absolute paths.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The line behind `@@` was not found.
    #[error("Failed to find context '{context}' in {}", path.absolute.display())]
    NoContext {
        /// The file.
        path: PatchPath,
        /// The line looked for.
        context: String,
    },
    /// The lines of a chunk were not found.
    #[error("Failed to find expected lines in {}:\n{lines}", path.absolute.display())]
    NoLines {
        /// The file.
        path: PatchPath,
        /// The lines looked for, joined by LF.
        lines: String,
    },
    /// A file to update is missing, is no text, or cannot be read.
    #[error("Failed to read file to update {}: {}", path.absolute.display(), reason::text(source))]
    Read {
        /// The file.
        path: PatchPath,
        /// The reason.
        source: io::Error,
    },
    /// A file to delete is missing or is a directory.
    #[error("Failed to read {}: {}", path.absolute.display(), reason::text(source))]
    Delete {
        /// The file.
        path: PatchPath,
        /// The reason.
        source: io::Error,
    },
    /// A file to write is a directory, a pipe or the like.
    #[error("Failed to write file {}", path.spelt)]
    Write {
        /// The file.
        path: PatchPath,
        /// The reason.
        source: io::Error,
    },
    /// A directory of a file to write cannot be made.
    #[error("Failed to create parent directories for {}", path.spelt)]
    Parents {
        /// The file.
        path: PatchPath,
        /// The reason.
        source: io::Error,
    },
}

impl PlanError {
    /// Returns the message as the stand-alone executable words it, with paths as spelt.
    pub fn executable_message(&self) -> String {
        match self {
            Self::NoContext { path, context } => format!("Failed to find context '{context}' in {}", path.spelt),
            Self::NoLines { path, lines } => format!("Failed to find expected lines in {}:\n{lines}", path.spelt),
            Self::Read { path, source } => format!("Failed to read file to update {}: {}", path.spelt, reason::text(source)),
            Self::Delete { path, .. } => format!("Failed to delete file {}", path.spelt),
            Self::Write { .. } | Self::Parents { .. } => self.to_string(),
        }
    }

    /// Whether the patch does not fit the files. Otherwise it fits, but its result could not be written.
    pub fn is_mismatch(&self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Parents { .. })
    }
}

/// Plans a patch. Relative paths start at `cwd`, which is absolute. Reads the disk and writes nothing.
pub fn plan(patch: &Patch, cwd: &Path) -> Result<PatchPlan, PlanError> {
    let mut planner =
        Planner { cwd, overlay: Overlay::default(), drafts: Vec::new(), creations: HashMap::new(), overwrites: HashMap::new() };
    let changes = patch.sections.iter().map(|section| planner.section(section)).collect::<Result<_, _>>()?;
    Ok(PatchPlan { changes, steps: planner.steps() })
}

/// A step whose file may still get another content.
struct Draft {
    real: PathBuf,
    spelt: String,
    kind: DraftKind,
}

enum DraftKind {
    /// Undone by a later section.
    Void,
    MakeDirectory,
    Create(FileId),
    Overwrite(FileId),
    Remove(Stamp),
    WriteDevice(Content),
}

struct Planner<'c> {
    cwd: &'c Path,
    overlay: Overlay,
    drafts: Vec<Draft>,
    /// The draft that creates a file.
    creations: HashMap<FileId, usize>,
    /// The draft that overwrites a file under a name.
    overwrites: HashMap<PathBuf, usize>,
}

type Found = Place<FileId>;

impl Planner<'_> {
    fn section(&mut self, section: &Section) -> Result<Change, PlanError> {
        match section {
            Section::Add { path, contents } => self.add(self.path(path), contents),
            Section::Delete { path } => self.delete(self.path(path)),
            Section::Update { path, move_to, chunks } => self.update(self.path(path), move_to.as_deref(), chunks),
        }
    }

    fn path(&self, spelt: &str) -> PatchPath {
        PatchPath { spelt: spelt.to_owned(), absolute: normalised(&self.cwd.join(spelt)) }
    }

    fn add(&mut self, path: PatchPath, contents: &str) -> Result<Change, PlanError> {
        let place = self.destination(&path)?;
        let old = self.replaced(&path, &place)?;
        let new: Content = Arc::new(contents.as_bytes().to_vec());
        self.write(&path, &place, Arc::clone(&new), None);
        let targets = vec![Target { path: path.absolute.clone(), real: place.real }];
        let shown = path.spelt.clone();
        Ok(Change { kind: ChangeKind::Add, path, move_to: None, fuzzy: false, shown, targets, old, new: Some(new) })
    }

    fn delete(&mut self, path: PatchPath) -> Result<Change, PlanError> {
        let failed = |source| PlanError::Delete { path: path.clone(), source };
        let place = self.find(&path, LastLink::Keep, MissingDirectories::Fail).map_err(|astray| failed(astray.source))?;
        let old = match place.seen {
            Seen::Missing => return Err(failed(Errno::NOENT.into())),
            Seen::Directory => return Err(failed(Errno::ISDIR.into())),
            Seen::File(id) => self.removed_content(id, &place.real),
            Seen::Link(_) | Seen::Device | Seen::Special => None,
        };
        self.remove(&path, &place).map_err(failed)?;
        let targets = vec![Target { path: path.absolute.clone(), real: place.real }];
        let shown = path.spelt.clone();
        Ok(Change { kind: ChangeKind::Delete, path, move_to: None, fuzzy: false, shown, targets, old, new: None })
    }

    fn update(&mut self, path: PatchPath, move_to: Option<&str>, chunks: &[Chunk]) -> Result<Change, PlanError> {
        let unread = |source| PlanError::Read { path: path.clone(), source };
        let source = self.find(&path, LastLink::Follow, MissingDirectories::Fail).map_err(|astray| unread(astray.source))?;
        let id = match source.seen {
            Seen::File(id) => id,
            Seen::Directory => return Err(unread(Errno::ISDIR.into())),
            Seen::Missing | Seen::Link(_) => return Err(unread(Errno::NOENT.into())),
            Seen::Device | Seen::Special => return Err(unread(reason::not_a_regular_file())),
        };
        let old = self.overlay.content(id, &source.real).map_err(unread)?;
        let text = str::from_utf8(&old).map_err(|_| unread(reason::not_utf8()))?;
        let updated = update_text(text, chunks).map_err(|mismatch| match mismatch {
            Mismatch::Context(context) => PlanError::NoContext { path: path.clone(), context },
            Mismatch::Lines(lines) => PlanError::NoLines { path: path.clone(), lines },
        })?;
        let new: Content = Arc::new(updated.text.into_bytes());
        let mut change = Change {
            kind: ChangeKind::Update,
            move_to: None,
            fuzzy: updated.fuzzy,
            shown: move_to.unwrap_or(&path.spelt).to_owned(),
            targets: Vec::new(),
            old: Some(old),
            new: Some(Arc::clone(&new)),
            path,
        };
        match move_to {
            Some(to) => self.relocate(&mut change, &source, id, new, to)?,
            None => self.rewrite(&mut change, &source, new),
        }
        Ok(change)
    }

    fn rewrite(&mut self, change: &mut Change, source: &Found, new: Content) {
        self.write(&change.path, source, new, None);
        change.targets.push(Target { path: change.path.absolute.clone(), real: source.real.clone() });
    }

    fn relocate(&mut self, change: &mut Change, source: &Found, id: FileId, new: Content, to: &str) -> Result<(), PlanError> {
        let path = change.path.clone();
        let unread = |source| PlanError::Read { path: path.clone(), source };
        let entry = self.find(&path, LastLink::Keep, MissingDirectories::Fail).map_err(|astray| unread(astray.source))?;
        let to = self.path(to);
        let place = self.destination(&to)?;
        if self.is_itself(&entry, &place, id) {
            self.rewrite(change, source, new);
            return Ok(());
        }
        self.replaced(&to, &place)?;
        let attributes = self.overlay.attributes(id);
        self.write(&to, &place, new, attributes);
        self.remove(&path, &entry).map_err(|source| PlanError::Delete { path: path.clone(), source })?;
        change.targets.push(Target { path: path.absolute, real: entry.real });
        change.targets.push(Target { path: to.absolute.clone(), real: place.real });
        change.move_to = Some(to);
        Ok(())
    }

    /// Whether removing `entry` would remove what was just written to `place`, or the way to it.
    fn is_itself(&self, entry: &Found, place: &Found, id: FileId) -> bool {
        let only_name = self.overlay.file(id).disk.as_ref().is_none_or(|disk| disk.links == 1);
        let one_file = matches!((&entry.seen, &place.seen), (Seen::File(a), Seen::File(b)) if a == b);
        place.real == entry.real || place.links.contains(&entry.real) || (one_file && only_name)
    }

    fn find(&mut self, path: &PatchPath, last: LastLink, missing: MissingDirectories) -> Result<Found, place::Astray> {
        place::find(&mut self.overlay, &self.cwd.join(&path.spelt), last, missing)
    }

    /// Finds where a write to `path` goes; notes nothing yet.
    fn destination(&mut self, path: &PatchPath) -> Result<Found, PlanError> {
        let place = self.find(path, LastLink::Follow, MissingDirectories::Note).map_err(|astray| {
            let (path, source) = (path.clone(), astray.source);
            if astray.on_the_way { PlanError::Parents { path, source } } else { PlanError::Write { path, source } }
        })?;
        let source = match place.seen {
            Seen::Missing | Seen::File(_) | Seen::Device => return Ok(place),
            Seen::Directory => Errno::ISDIR.into(),
            Seen::Link(_) | Seen::Special => reason::not_a_regular_file(),
        };
        Err(PlanError::Write { path: path.clone(), source })
    }

    /// Reads what a write will replace, so that it can be put back.
    fn replaced(&mut self, path: &PatchPath, place: &Found) -> Result<Option<Content>, PlanError> {
        let Seen::File(id) = place.seen else {
            return Ok(None);
        };
        let content = self.overlay.content(id, &place.real);
        content.map(Some).map_err(|source| PlanError::Write { path: path.clone(), source })
    }

    fn removed_content(&mut self, id: FileId, real: &Path) -> Option<Content> {
        let large = self.overlay.file(id).disk.as_ref().is_some_and(|disk| disk.stamp.size > REMOVED_CONTENT_CAP);
        // What cannot be read can still be removed.
        if large { None } else { self.overlay.content(id, real).ok() }
    }

    fn write(&mut self, path: &PatchPath, place: &Found, content: Content, attributes: Option<Attributes>) {
        for made in &place.missing {
            self.overlay.make_directory(made);
            self.draft(path, made, DraftKind::MakeDirectory);
        }
        let Seen::File(id) = place.seen else {
            if matches!(place.seen, Seen::Device) {
                self.draft(path, &place.real, DraftKind::WriteDevice(content));
            } else {
                let id = self.overlay.create(&place.real, content, attributes);
                let draft = self.draft(path, &place.real, DraftKind::Create(id));
                self.creations.insert(id, draft);
            }
            return;
        };
        let file = self.overlay.file_mut(id);
        file.planned = Some(content);
        file.attributes = attributes.or(file.attributes);
        if file.disk.is_some() && !self.overwrites.contains_key(&place.real) {
            let draft = self.draft(path, &place.real, DraftKind::Overwrite(id));
            self.overwrites.insert(place.real.clone(), draft);
        }
    }

    fn remove(&mut self, path: &PatchPath, place: &Found) -> io::Result<()> {
        self.overlay.remove(&place.real);
        if let Seen::File(id) = place.seen {
            if let Some(draft) = self.creations.remove(&id) {
                self.drafts[draft].kind = DraftKind::Void;
                return Ok(());
            }
            let other_names = self.overlay.file(id).disk.as_ref().is_some_and(|disk| disk.links > 1);
            if let Some(draft) = self.overwrites.remove(&place.real)
                && !other_names
            {
                self.drafts[draft].kind = DraftKind::Void;
            }
        }
        let before = Stamp::of(&place.real.symlink_metadata()?);
        self.draft(path, &place.real, DraftKind::Remove(before));
        Ok(())
    }

    fn draft(&mut self, path: &PatchPath, real: &Path, kind: DraftKind) -> usize {
        self.drafts.push(Draft { real: real.to_owned(), spelt: path.spelt.clone(), kind });
        self.drafts.len() - 1
    }

    fn steps(self) -> Vec<Step> {
        let overlay = self.overlay;
        let step = |draft: Draft| {
            let action = match draft.kind {
                DraftKind::Void => return None,
                DraftKind::MakeDirectory => Action::MakeDirectory,
                DraftKind::Create(id) => {
                    let file = overlay.file(id);
                    Action::Create { content: file.planned.clone().unwrap_or_default(), attributes: file.attributes }
                }
                DraftKind::Overwrite(id) => {
                    let file = overlay.file(id);
                    let content = file.planned.clone()?;
                    Action::Overwrite { before: file.disk.clone()?, content, attributes: file.attributes }
                }
                DraftKind::Remove(before) => Action::Remove { before },
                DraftKind::WriteDevice(content) => Action::WriteDevice { content },
            };
            Some(Step { real: draft.real, spelt: draft.spelt, action })
        };
        self.drafts.into_iter().filter_map(step).collect()
    }
}

/// Takes `.` and `..` away by name only.
fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) | Component::Normal(_) => normal.push::<&OsStr>(component.as_os_str()),
        }
    }
    normal
}
