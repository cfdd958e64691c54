//! Replaces a file of the user's whole, one writer at a time.
//!
//! The lock is on the folder, so no file of its own is left behind. A link is followed to the file it means, so that a
//! settings file kept elsewhere stays where it is; the new text stands complete beside it before it takes its name.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::EditError;
use super::document::{Change, rewrite};
use crate::excerpt;
use crate::files::{self, Links};
use crate::reader;
use crate::schema::ConfigToml;

/// How long another writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it is done.
const PAUSE: Duration = Duration::from_millis(20);
/// Most links between the name and the file.
const MAX_LINKS: usize = 40;

/// Makes the changes to `name` in `folder`. Returns whether the file is another now.
pub(super) fn change(folder: &Path, name: &str, changes: &[Change]) -> Result<bool, EditError> {
    let _turn = lock(folder)?;
    let target = target_of(&folder.join(name))?;
    let before = read(&target)?.unwrap_or_default();
    if let Err(error) = toml::from_str::<toml::Table>(&before) {
        return Err(EditError::NotToml(excerpt::render(&target, &before, &error)));
    }
    let after = rewrite(&before, changes)?;
    if after == before {
        return Ok(false);
    }
    check(&before, &after)?;
    replace(&target, &after, target.parent() == Some(folder))?;
    Ok(true)
}

/// Whether `name` in `folder` is there.
pub(super) fn exists(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file()
}

/// The file's table; empty where there is none.
pub(super) fn table(folder: &Path, name: &str) -> Result<toml::Table, EditError> {
    let target = target_of(&folder.join(name))?;
    let text = read(&target)?.unwrap_or_default();
    toml::from_str(&text).map_err(|error| EditError::NotToml(excerpt::render(&target, &text, &error)))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EditError + use<> {
    let path = path.to_path_buf();
    move |source| EditError::File { what, path, source }
}

fn lock(folder: &Path) -> Result<File, EditError> {
    let handle = File::open(folder).map_err(failed("open", folder))?;
    let end = Instant::now() + PATIENCE;
    loop {
        match handle.try_lock() {
            Ok(()) => return Ok(handle),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(EditError::Busy(folder.to_path_buf())),
            Err(TryLockError::Error(source)) => return Err(EditError::File { what: "lock", path: folder.to_path_buf(), source }),
        }
    }
}

/// The file that a name means, which need not be there yet.
fn target_of(path: &Path) -> Result<PathBuf, EditError> {
    let mut target = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(to) => target = target.parent().map_or_else(|| to.clone(), |folder| folder.join(&to)),
            // Not a link, or nothing at all.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotFound) => return Ok(target),
            Err(error) => return Err(failed("read", &target)(error)),
        }
    }
    Err(failed("read", path)(io::Error::from_raw_os_error(libc::ELOOP)))
}

fn read(target: &Path) -> Result<Option<String>, EditError> {
    files::read_text(target, Links::Refuse).map_err(failed("read", target))
}

/// Refuses to make a sound file unsound. One that is unsound already may be mended step by step.
fn check(before: &str, after: &str) -> Result<(), EditError> {
    let fault = |text: &str| {
        let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        reader::read::<ConfigToml>(&table).value.map(|_| ()).map_err(|fault| fault.to_string())
    };
    match (fault(before), fault(after)) {
        (Ok(()), Err(fault)) => Err(EditError::Invalid(fault)),
        (Ok(()) | Err(_), Ok(())) | (Err(_), Err(_)) => Ok(()),
    }
}

/// Files of the home belong to their owner alone (X1); one that lives elsewhere keeps its mode.
fn replace(target: &Path, text: &str, in_home: bool) -> Result<(), EditError> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    let before = fs::metadata(target).ok();
    let mut fresh = tempfile::Builder::new().prefix(".config.").suffix(".tmp").tempfile_in(folder).map_err(failed("write in", folder))?;
    let mode = match &before {
        Some(metadata) if !in_home => metadata.mode() & 0o777,
        // One that its owner has closed to writing stays so.
        Some(metadata) => metadata.mode() & 0o600 | 0o400,
        None => 0o600,
    };
    let write = |file: &mut File| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        if let Some(metadata) = &before {
            // Somebody who acts for the owner must not take the file from them; where that is not allowed the file is ours.
            let _ = std::os::unix::fs::fchown(&*file, Some(metadata.uid()), Some(metadata.gid()));
        }
        file.sync_all()
    };
    write(fresh.as_file_mut()).map_err(failed("write", target))?;
    fresh.persist(target).map_err(|error| failed("replace", target)(error.error))?;
    // The new name is on the disk once the folder is; a file system that cannot say so has done its best.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests;
