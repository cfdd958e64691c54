//! Takes a patch back that was cut off, from its note and from what is on disk.
//!
//! Steps are looked at in reverse. Each leaves traces that tell whether it was done: which of two names has the old file's
//! inode, whether a file holds what the patch would have written. Whatever has neither the old nor the new content was changed
//! by somebody since, and stays. Doing all this twice does no harm, so it may be cut off itself.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::Reach;
use crate::apply::{open_hands, restore};
use crate::hands::Hands;
use crate::journal::{InPlace, Inode, NotedStep, Recovered, from_hex, sum};
use crate::overlay::{Attributes, DiskFile, Stamp};

/// What a step needed.
enum Outcome {
    /// It was not done, or only begun under another name.
    Nothing,
    Restored,
    Left,
}

/// Takes the steps back; those of a patch that was `done` are tidied up instead.
pub(crate) fn roll_back(reach: &Reach, steps: &[NotedStep], in_place: &[InPlace], done: bool) -> io::Result<Recovered> {
    let mut hands = open_hands(reach)?;
    let mut recovered = Recovered { completed: done, ..Recovered::default() };
    if done {
        for step in steps {
            if let NotedStep::Create { aside, .. } | NotedStep::Remove { aside, .. } | NotedStep::Overwrite { aside, .. } = step {
                remove(&mut hands, &aside.0)?;
            }
        }
        return Ok(recovered);
    }
    let mut note = |path: &Path, outcome: io::Result<Outcome>| match outcome {
        Ok(Outcome::Nothing) => {}
        Ok(Outcome::Restored) => recovered.restored.push(path.to_owned()),
        Ok(Outcome::Left) | Err(_) => recovered.left.push(path.to_owned()),
    };
    for step in steps.iter().rev() {
        let real = match step {
            NotedStep::Directory { real }
            | NotedStep::Create { real, .. }
            | NotedStep::Remove { real, .. }
            | NotedStep::Overwrite { real, .. } => real.0.as_path(),
        };
        let outcome = match step {
            NotedStep::Directory { .. } => directory(&mut hands, real),
            NotedStep::Create { aside, over, new, .. } => created(&mut hands, real, &aside.0, *over, new),
            NotedStep::Remove { aside, old, .. } => removed(&mut hands, real, &aside.0, *old),
            NotedStep::Overwrite { aside, old, new, .. } => overwritten(&mut hands, real, &aside.0, *old, new),
        };
        note(real, outcome);
    }
    for file in in_place.iter().rev() {
        note(&file.real.0, written_in_place(&mut hands, file));
    }
    Ok(recovered)
}

fn directory(hands: &mut Hands, real: &Path) -> io::Result<Outcome> {
    match absent(hands.entry(real).and_then(|entry| entry.remove_directory()))? {
        Some(()) => Ok(Outcome::Restored),
        None => Ok(Outcome::Nothing),
    }
}

fn created(hands: &mut Hands, real: &Path, aside: &Path, over: Option<Inode>, new: &str) -> io::Result<Outcome> {
    remove(hands, aside)?;
    match content(hands, real)? {
        None => Ok(Outcome::Nothing),
        Some((inode, _)) if Some(inode) == over => Ok(Outcome::Nothing),
        Some((_, bytes)) if sum(&bytes) == new => {
            remove(hands, real)?;
            Ok(Outcome::Restored)
        }
        Some(_) => Ok(Outcome::Left),
    }
}

fn removed(hands: &mut Hands, real: &Path, aside: &Path, old: Inode) -> io::Result<Outcome> {
    if inode(hands, aside)? != Some(old) {
        return Ok(Outcome::Nothing);
    }
    let Some(name) = real.file_name() else { return Ok(Outcome::Left) };
    match hands.entry(aside)?.rename(name) {
        Ok(()) => Ok(Outcome::Restored),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Outcome::Left),
        Err(error) => Err(error),
    }
}

fn overwritten(hands: &mut Hands, real: &Path, aside: &Path, old: Inode, new: &str) -> io::Result<Outcome> {
    match inode(hands, aside)? {
        None => return Ok(Outcome::Nothing),
        Some(waiting) if waiting != old => {
            // The new file, not swapped in yet; or swapped out again.
            remove(hands, aside)?;
            return Ok(Outcome::Nothing);
        }
        Some(_) => {}
    }
    match content(hands, real)? {
        Some((_, bytes)) if sum(&bytes) == new => {
            let name = aside.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            hands.entry(real)?.exchange(name)?;
            remove(hands, aside)?;
            Ok(Outcome::Restored)
        }
        _ => Ok(Outcome::Left),
    }
}

fn written_in_place(hands: &mut Hands, file: &InPlace) -> io::Result<Outcome> {
    let (Some(old), Some(new)) = (from_hex(&file.old), from_hex(&file.new)) else { return Ok(Outcome::Left) };
    let Some((inode, bytes)) = content(hands, &file.real.0)? else { return Ok(Outcome::Left) };
    if inode != file.inode || !is_between(&bytes, &old, &new) {
        return Ok(Outcome::Left);
    }
    let attributes = Attributes { mode: file.mode, uid: file.uid, gid: file.gid };
    let stamp = Stamp { dev: inode.dev, ino: inode.ino, size: 0, modified: (0, 0) };
    let changed = bytes != old;
    restore(hands, &file.real.0, &DiskFile { stamp, attributes, links: 1, bytes: Some(old.into()) }, None)?;
    Ok(if changed { Outcome::Restored } else { Outcome::Nothing })
}

/// Whether content can be that of a file that was being written over: each byte is the old one or the new one.
fn is_between(now: &[u8], old: &[u8], new: &[u8]) -> bool {
    let length = now.len() >= old.len().min(new.len()) && now.len() <= old.len().max(new.len());
    length && now.iter().enumerate().all(|(at, byte)| old.get(at) == Some(byte) || new.get(at) == Some(byte))
}

/// `None` when the entry, or a folder on the way to it, is not there.
fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::NOTDIR)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(hands: &mut Hands, path: &Path) -> io::Result<()> {
    absent(hands.entry(path).and_then(|entry| entry.unlink())).map(drop)
}

fn inode(hands: &mut Hands, path: &Path) -> io::Result<Option<Inode>> {
    let stamp = absent(hands.entry(path).and_then(|entry| entry.stamp()))?.flatten();
    Ok(stamp.as_ref().map(Inode::from))
}

/// Place and content of a regular file; `None` when there is none.
fn content(hands: &mut Hands, path: &Path) -> io::Result<Option<(Inode, Vec<u8>)>> {
    let Some(stamp) = absent(hands.entry(path).and_then(|entry| entry.stamp()))?.flatten() else { return Ok(None) };
    let mut file: File = match hands.entry(path)?.open(OFlags::RDONLY) {
        // A link, which is nothing that a patch writes.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => return Ok(Some((Inode::from(&stamp), Vec::new()))),
        file => file?,
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Some((Inode::from(&stamp), Vec::new())));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some((Inode { dev: meta.dev(), ino: meta.ino() }, bytes)))
}
