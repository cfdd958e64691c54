//! `$CODEX_HOME/auth.json`.
//!
//! Written as a whole: a new file of mode 0600 beside the old one, flushed to disk, then renamed over it. A link of that
//! name is replaced, never written through.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::LoginError;

const FILE_NAME: &str = "auth.json";
/// Most bytes of the file; sign-ins with several tokens stay far below.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}

pub(super) fn read(folder: &Path) -> Result<Option<Vec<u8>>, LoginError> {
    let path = path(folder);
    match read_bytes(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LoginError::Read { path, source }),
    }
}

pub(super) fn write(folder: &Path, bytes: &[u8]) -> Result<(), LoginError> {
    replace(folder, bytes).map_err(|source| LoginError::Write { path: path(folder), source })
}

pub(super) fn delete(folder: &Path) -> Result<bool, LoginError> {
    let path = path(folder);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(LoginError::Delete { path, source }),
    }
}

fn replace(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".auth-").permissions(fs::Permissions::from_mode(0o600)).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path(folder))?;
    // The rename is on disk only once the folder is.
    File::open(folder)?.sync_all()
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Asked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
