//! Opens files for the tools that read in this process, where no sandbox stands between them and the disk.
//!
//! Links are resolved first, then three things are refused: what the turn denies (credentials), files of
//! running processes (`/proc/<pid>` would show this process's own environment), and whatever is not a
//! regular file (a pipe or a device could block for ever).

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::denied::Denied;
use crate::handler::ToolError;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("unable to read `{path}`: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("`{0}` is not read by tools: it is kept from the model")]
    Denied(PathBuf),
    #[error("`{0}` belongs to a running process; use a command to look at it")]
    Process(PathBuf),
    #[error("`{0}` is not a regular file")]
    NotAFile(PathBuf),
    #[error("`{0}` is a directory")]
    Directory(PathBuf),
    #[error("`{0}` is not a directory")]
    NotADirectory(PathBuf),
}

impl From<ReadError> for ToolError {
    fn from(error: ReadError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Opens a regular file, links resolved.
pub(crate) fn open(path: &Path, denied: &Denied) -> Result<(File, Metadata), ReadError> {
    let io = |source| ReadError::Io { path: path.to_path_buf(), source };
    let real = path.canonicalize().map_err(io)?;
    denied.check(&real)?;
    let meta = std::fs::symlink_metadata(&real).map_err(io)?;
    if meta.is_dir() {
        return Err(ReadError::Directory(path.to_path_buf()));
    }
    if !meta.is_file() {
        return Err(ReadError::NotAFile(path.to_path_buf()));
    }
    let file = open_without_waiting(&real).map_err(io)?;
    // What was opened counts, not what stood there when it was looked at.
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        return Err(ReadError::NotAFile(path.to_path_buf()));
    }
    denied.check_file(path, &meta)?;
    if let Some(opened) = place_of(&file) {
        denied.check(&opened)?;
    }
    Ok((file, meta))
}

/// A pipe that took the file's place meanwhile must not make the reader wait.
fn open_without_waiting(real: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(real)
}

/// Where the system says that an open file is; `None` where it does not say.
fn place_of(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

/// The real path of a directory.
pub(crate) fn directory(path: &Path, denied: &Denied) -> Result<PathBuf, ReadError> {
    let real = path.canonicalize().map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    denied.check(&real)?;
    if !real.is_dir() {
        return Err(ReadError::NotADirectory(path.to_path_buf()));
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_denied_file_is_refused_by_name_by_link_and_by_hard_link() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("auth.json");
        fs::write(&secret, "{}").unwrap();
        std::os::unix::fs::symlink(&secret, folder.path().join("soft")).unwrap();
        fs::hard_link(&secret, folder.path().join("hard")).unwrap();
        fs::write(folder.path().join("open"), "x").unwrap();
        let denied = Denied::new(std::slice::from_ref(&secret));
        for name in ["auth.json", "soft", "hard"] {
            let refused = open(&folder.path().join(name), &denied).unwrap_err();
            assert!(matches!(refused, ReadError::Denied(_)), "{name}: {refused}");
        }
        assert!(open(&folder.path().join("open"), &denied).is_ok());
    }

    #[test]
    fn processes_devices_and_folders_are_not_files() {
        let denied = Denied::default();
        assert!(matches!(open(Path::new("/proc/self/environ"), &denied), Err(ReadError::Process(_))));
        assert!(matches!(open(Path::new("/dev/zero"), &denied), Err(ReadError::NotAFile(_))));
        assert!(matches!(open(Path::new("/"), &denied), Err(ReadError::Directory(_))));
        assert!(matches!(directory(Path::new("/proc/self/fd"), &denied), Err(ReadError::Process(_))));
        assert!(open(Path::new("/proc/version"), &denied).is_ok());
    }
}
