//! Finds out what a path leads to, as the operating system would.
//!
//! Walks component by component over a [`View`] of the file system, so that a plan can see directories and files that
//! are not on disk yet. `..` is taken after links are followed. The result is a path without any link in it, which is
//! what a writer opens later with links forbidden. Nothing here writes.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// As many links as Linux follows in one path.
const LINK_LIMIT: usize = 40;

/// What stands at a path whose directory is real.
#[derive(Debug, Clone)]
pub(crate) enum Seen<F> {
    Missing,
    Directory,
    Link(PathBuf),
    File(F),
    /// A character device.
    Device,
    /// A pipe, socket or block device.
    Special,
}

/// A file system to walk over.
pub(crate) trait View {
    /// A regular file as the view knows it.
    type File;
    /// Returns what stands at the path itself, without following it.
    fn look(&mut self, real: &Path) -> io::Result<Seen<Self::File>>;
}

/// What to do about the last component being a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastLink {
    Follow,
    Keep,
}

/// What to do about directories that are missing on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingDirectories {
    Fail,
    /// Pretend they were there and report them.
    Note,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Place<F> {
    /// The path without links, `.` and `..`.
    pub(crate) real: PathBuf,
    pub(crate) seen: Seen<F>,
    /// Links that were followed, by their own real paths.
    pub(crate) links: Vec<PathBuf>,
    /// Directories that would have to be made, outermost first.
    pub(crate) missing: Vec<PathBuf>,
}

/// Why a path leads nowhere.
#[derive(Debug)]
pub(crate) struct Astray {
    /// Whether a directory on the way is to blame rather than the last component.
    pub(crate) on_the_way: bool,
    pub(crate) source: io::Error,
}

/// The disk as it is.
pub(crate) struct Disk;

impl View for Disk {
    type File = Metadata;

    fn look(&mut self, real: &Path) -> io::Result<Seen<Metadata>> {
        let meta = match fs::symlink_metadata(real) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Seen::Missing),
            Err(error) => return Err(error),
        };
        let kind = meta.file_type();
        Ok(if kind.is_dir() {
            Seen::Directory
        } else if kind.is_symlink() {
            Seen::Link(fs::read_link(real)?)
        } else if kind.is_file() {
            Seen::File(meta)
        } else if kind.is_char_device() {
            Seen::Device
        } else {
            Seen::Special
        })
    }
}

/// Resolves what a write to `path` would hit, on the disk as it is.
///
/// Links are followed, in the directories and at the end; the existing part of the path comes out real and what is
/// missing is kept behind it. A relative path is taken from `/`. Fails as opening the path would fail, for instance
/// on a loop of links or below a regular file.
pub fn resolve_real(path: &Path) -> io::Result<PathBuf> {
    match find(&mut Disk, path, LastLink::Follow, MissingDirectories::Note) {
        Ok(place) => Ok(place.real),
        Err(astray) => Err(astray.source),
    }
}

/// A component still to be walked.
struct Step {
    name: OsString,
    /// Position in the path as given; parts of a link's target carry that of the link.
    origin: usize,
    from_link: bool,
}

/// Walks an absolute path.
pub(crate) fn find<V: View>(view: &mut V, path: &Path, last_link: LastLink, missing: MissingDirectories) -> Result<Place<V::File>, Astray> {
    let names: Vec<&OsStr> = components(path).collect();
    let last_name = names.iter().rposition(|name| !is_here(name)).unwrap_or(0);
    let mut steps: Vec<Step> =
        names.iter().enumerate().rev().map(|(origin, name)| Step { name: name.to_os_string(), origin, from_link: false }).collect();
    let mut place = Place { real: PathBuf::from("/"), seen: Seen::Directory, links: Vec::new(), missing: Vec::new() };
    while let Some(step) = steps.pop() {
        // Below something that is no directory: not this component is to blame but the one before it.
        let blamed_before = !step.from_link && !matches!(place.seen, Seen::Directory);
        let on_the_way = step.origin < last_name + usize::from(blamed_before);
        walk(view, &mut place, step, &mut steps, last_link, missing).map_err(|source| Astray { on_the_way, source })?;
    }
    Ok(place)
}

fn walk<V: View>(
    view: &mut V,
    place: &mut Place<V::File>,
    step: Step,
    steps: &mut Vec<Step>,
    last_link: LastLink,
    missing: MissingDirectories,
) -> io::Result<()> {
    if !matches!(place.seen, Seen::Directory) {
        return Err(Errno::NOTDIR.into());
    }
    if is_here(&step.name) {
        return Ok(());
    }
    if step.name == ".." {
        // A directory that is only passed through need not be made.
        place.missing.retain(|made| !made.starts_with(&place.real));
        place.real.pop();
        return Ok(());
    }
    // Below a directory that is not there yet nothing is, whatever stands in its place now.
    let nothing_there = place.missing.last().is_some_and(|made| *made == place.real);
    place.real.push(&step.name);
    match if nothing_there { Seen::Missing } else { view.look(&place.real)? } {
        Seen::Missing if steps.is_empty() => place.seen = Seen::Missing,
        Seen::Missing if missing == MissingDirectories::Note && !step.from_link => place.missing.push(place.real.clone()),
        Seen::Missing => return Err(Errno::NOENT.into()),
        Seen::Link(target) if steps.is_empty() && last_link == LastLink::Keep => place.seen = Seen::Link(target),
        Seen::Link(target) => follow(place, &step, steps, &target)?,
        seen => place.seen = seen,
    }
    Ok(())
}

fn follow<F>(place: &mut Place<F>, step: &Step, steps: &mut Vec<Step>, target: &Path) -> io::Result<()> {
    if place.links.len() == LINK_LIMIT {
        return Err(Errno::LOOP.into());
    }
    if target.as_os_str().is_empty() {
        return Err(Errno::NOENT.into());
    }
    place.links.push(place.real.clone());
    place.real.pop();
    if target.is_absolute() {
        place.real = PathBuf::from("/");
    }
    let names: Vec<&OsStr> = components(target).collect();
    steps.extend(names.into_iter().rev().map(|name| Step { name: name.to_os_string(), origin: step.origin, from_link: true }));
    Ok(())
}

/// Splits at every slash, unlike `Path::components`: `f/` and `f/.` demand that `f` is a directory.
fn components(path: &Path) -> impl Iterator<Item = &OsStr> {
    path.as_os_str().as_bytes().split(|byte| *byte == b'/').map(OsStr::from_bytes)
}

fn is_here(name: &OsStr) -> bool {
    name.is_empty() || name == "."
}
