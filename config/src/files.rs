//! Opens the files a configuration is made of: regular files only, of bounded size, never waiting on a pipe.
//!
//! System files have to belong to the administrator (`owner`) and be writable by nobody else; others are
//! reported and left alone.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Most bytes of one configuration file.
const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;

/// How links at the end of a path are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// Followed.
    Follow,
    /// Refused.
    Refuse,
}

/// Opens a regular file for reading. Pipes, devices and folders are errors, and opening them does not block.
pub(crate) fn open_regular(path: &Path, links: Links) -> io::Result<File> {
    let mut flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    if links == Links::Refuse {
        flags |= libc::O_NOFOLLOW;
    }
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

/// Reads a whole configuration file; `None` when there is none.
pub(crate) fn read_text(path: &Path, links: Links) -> io::Result<Option<String>> {
    match open_regular(path, links) {
        Ok(file) => whole_text(&file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn whole_text(file: &File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {MAX_CONFIG_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not valid UTF-8"))
}

/// What became of a system file.
#[derive(Debug)]
pub(crate) enum SystemFile {
    /// Not there.
    Absent,
    /// There and to be trusted.
    Text(String),
    /// There, but others could have written it; the sentence says why.
    Ignored(String),
}

/// Reads a file of `/etc/codex`, if `owner` owns it and nobody else may write it.
pub(crate) fn read_system(path: &Path, owner: u32) -> io::Result<SystemFile> {
    let file = match open_regular(path, Links::Refuse) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(SystemFile::Absent),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            return Ok(SystemFile::Ignored(format!("`{}` is ignored: it is a symbolic link", path.display())));
        }
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if let Some(fault) = ownership_fault(metadata.uid(), metadata.mode(), owner) {
        return Ok(SystemFile::Ignored(format!("`{}` is ignored: {fault}", path.display())));
    }
    whole_text(&file).map(SystemFile::Text)
}

fn ownership_fault(uid: u32, mode: u32, owner: u32) -> Option<&'static str> {
    if uid != owner {
        Some("it does not belong to the administrator")
    } else if mode & 0o022 != 0 {
        Some("its group or everybody may write it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_file_others_could_have_written_is_not_trusted() {
        let cases = [(0, 0o100_644, true), (0, 0o100_600, true), (0, 0o100_664, false), (0, 0o100_646, false), (1000, 0o100_644, false)];
        for (uid, mode, trusted) in cases {
            assert_eq!(ownership_fault(uid, mode, 0).is_none(), trusted, "uid {uid} mode {mode:o}");
        }
    }

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(open_regular(folder.path(), Links::Follow).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert!(open_regular(Path::new("/dev/zero"), Links::Follow).is_err());
        let (file, link) = (folder.path().join("f"), folder.path().join("l"));
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open_regular(&link, Links::Follow).is_ok());
        assert_eq!(open_regular(&link, Links::Refuse).unwrap_err().raw_os_error(), Some(libc::ELOOP));
    }
}
