//! `branch.*` in the repository's own settings, which the broker alone may write.
//!
//! The real file is out of git's reach: it is changed here, through a descriptor of the real folder, as git would do it: written
//! to `config.lock`, which must not exist, and renamed. A file that is not understood stays as it is.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::config_text::{BranchKey, ConfigText, NotUnderstood};
use crate::repository::CONFIG_LIMIT;

/// A change of the settings of branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BranchEdit {
    /// `remote` is `.` for a branch of the same repository.
    Upstream {
        branch: String,
        remote: String,
        merge: String,
    },
    NoUpstream {
        branch: String,
    },
    Rename {
        old: String,
        new: String,
    },
    Copy {
        old: String,
        new: String,
    },
    Remove {
        branch: String,
    },
}

/// Why the settings stay as they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("could not lock config file .git/config: {0}")]
    Lock(Errno),
    #[error("cannot change the repository's settings: {0}")]
    Io(std::io::Error),
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
    #[error("`{0}` is no name of a branch")]
    Name(String),
}

/// Carries out changes of the settings in `folder`, the real git folder, together; `settle` puts the lock in the place of the file.
pub(crate) fn carry_out(edits: &[BranchEdit], folder: &OwnedFd, settle: impl FnOnce() -> std::io::Result<()>) -> Result<(), EditError> {
    for name in edits.iter().flat_map(BranchEdit::names) {
        if !is_branch_name(name) {
            return Err(EditError::Name(name.escape_debug().to_string()));
        }
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, "config", flags, Mode::empty()).map_err(io)?;
    let mode = Mode::from_raw_mode(rustix::fs::fstat(&file).map_err(io)?.st_mode & 0o777);
    // The lock comes before the reading: nobody who keeps to it changes the file in between.
    let lock_flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let lock = rustix::fs::openat(folder, LOCK, lock_flags, mode).map_err(EditError::Lock)?;
    let changed = rewrite(edits, File::from(file), File::from(lock));
    if let Ok(true) = changed {
        let settled = settle().map_err(EditError::Io);
        if settled.is_ok() {
            return Ok(());
        }
        let _ = rustix::fs::unlinkat(folder, LOCK, AtFlags::empty());
        return settled;
    }
    let _ = rustix::fs::unlinkat(folder, LOCK, AtFlags::empty());
    changed.map(drop)
}

/// Writes the changed text; whether there was anything to change.
fn rewrite(edits: &[BranchEdit], file: File, mut lock: File) -> Result<bool, EditError> {
    let mut text = String::new();
    file.take(CONFIG_LIMIT + 1).read_to_string(&mut text).map_err(EditError::Io)?;
    if text.len() as u64 > CONFIG_LIMIT {
        return Err(EditError::Io(std::io::ErrorKind::FileTooLarge.into()));
    }
    let mut config = ConfigText::parse(&text)?;
    for edit in edits {
        edit.apply(&mut config);
    }
    let changed = config.to_text();
    if changed == text {
        return Ok(false);
    }
    lock.write_all(changed.as_bytes()).and_then(|()| lock.sync_all()).map_err(EditError::Io)?;
    Ok(true)
}

impl BranchEdit {
    fn apply(&self, config: &mut ConfigText) {
        match self {
            Self::Upstream { branch, remote, merge } => {
                config.set_branch(branch, BranchKey::Remote, remote);
                config.set_branch(branch, BranchKey::Merge, merge);
            }
            Self::NoUpstream { branch } => {
                for key in [BranchKey::Remote, BranchKey::Merge] {
                    config.unset_branch(branch, key);
                }
            }
            Self::Rename { old, new } => config.rename_branch(old, new),
            Self::Copy { old, new } => config.copy_branch(old, new),
            Self::Remove { branch } => config.remove_branch(branch),
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::Upstream { branch, merge, .. } => vec![branch, merge],
            Self::NoUpstream { branch } | Self::Remove { branch } => vec![branch],
            Self::Rename { old, new } | Self::Copy { old, new } => vec![old, new],
        }
    }
}

const LOCK: &str = "config.lock";

fn io(error: Errno) -> EditError {
    EditError::Io(error.into())
}

/// Whether git itself would take this for the name of a branch.
pub(crate) fn is_branch_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\\u{7f}".contains(c);
    !name.is_empty()
        && name.len() < 256
        && name != "@"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(forbidden)
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn settle(folder: &OwnedFd) -> impl FnOnce() -> std::io::Result<()> {
        move || Ok(rustix::fs::renameat(folder, LOCK, folder, "config")?)
    }

    fn folder_with(config: &str) -> (tempfile::TempDir, OwnedFd) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), config).unwrap();
        fs::set_permissions(folder.path().join("config"), fs::Permissions::from_mode(0o640)).unwrap();
        let descriptor = File::open(folder.path()).unwrap().into();
        (folder, descriptor)
    }

    fn upstream() -> BranchEdit {
        BranchEdit::Upstream { branch: "main".into(), remote: "origin".into(), merge: "refs/heads/main".into() }
    }

    #[test]
    fn an_edit_replaces_the_file_and_keeps_its_mode() {
        let (folder, descriptor) = folder_with("[core]\n\tfsmonitor = ./p\n");
        carry_out(&[upstream()], &descriptor, settle(&descriptor)).unwrap();
        let file = folder.path().join("config");
        let expected = "[core]\n\tfsmonitor = ./p\n[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";
        assert_eq!(fs::read_to_string(&file).unwrap(), expected);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn locked_unreadable_or_linked_settings_stay_as_they_are() {
        let (folder, descriptor) = folder_with("[core\n");
        assert!(matches!(carry_out(&[upstream()], &descriptor, settle(&descriptor)), Err(EditError::NotUnderstood(_))));
        let failing = || Err(std::io::ErrorKind::ResourceBusy.into());
        fs::write(folder.path().join("config"), "").unwrap();
        assert!(matches!(carry_out(&[upstream()], &descriptor, failing), Err(EditError::Io(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(folder.path().join("config.lock"), "").unwrap();
        assert!(matches!(carry_out(&[upstream()], &descriptor, settle(&descriptor)), Err(EditError::Lock(_))));
        fs::remove_file(folder.path().join("config.lock")).unwrap();
        fs::rename(folder.path().join("config"), folder.path().join("elsewhere")).unwrap();
        symlink("elsewhere", folder.path().join("config")).unwrap();
        assert!(matches!(carry_out(&[upstream()], &descriptor, settle(&descriptor)), Err(EditError::Io(_))));
    }

    #[test]
    fn names_with_lines_quotes_or_paths_in_them_are_refused() {
        for name in ["main", "feat/x-1", "a\"b", "日本", "a@b", "#x"] {
            assert!(is_branch_name(name), "{name}");
        }
        for name in [
            "", "-d", "a\nb", "a\tb", "a b", "a..b", "a\\b", "x.lock", "a//b", "/a", "a/", ".a", "a/.b", "@", "a@{1}", "a.", "a:b",
            "a\u{7f}",
        ] {
            assert!(!is_branch_name(name), "{name}");
            let (folder, descriptor) = folder_with("\n");
            let edit = BranchEdit::Rename { old: "main".into(), new: name.into() };
            assert!(matches!(carry_out(&[edit], &descriptor, settle(&descriptor)), Err(EditError::Name(_))));
            assert_eq!(fs::read_to_string(folder.path().join("config")).unwrap(), "\n");
        }
    }
}
