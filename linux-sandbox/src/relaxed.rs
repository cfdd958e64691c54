//! Protected names in a root that Landlock had to grant whole: kept as they were, by copy and comparison.
//!
//! For `sandbox_fallback = "relaxed"` alone. Weaker than everything else here, because what a command puts there works until the
//! command has ended, and said to be. What is too large for a copy is not treated so: it stays closed, with its root's top level.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// How much of a root's protected names is copied.
const BYTES: u64 = 32 << 20;

/// How many files and folders of one name are copied.
const ENTRIES: usize = 20_000;

/// Protected names and what they were.
#[derive(Default)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, BTreeMap<PathBuf, Entry>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Folder {
        mode: u32,
    },
    File {
        mode: u32,
        bytes: Vec<u8>,
        stamp: Stamp,
    },
    Link {
        target: PathBuf,
    },
    /// A socket, a pipe or a device: seen, not restored.
    Other,
}

/// What changes with every change of a file, whoever makes it.
type Stamp = (u64, u64, i64, i64);

impl Snapshot {
    /// Copies what is there, and says which names were too much for that.
    pub(crate) fn take(watched: &BTreeSet<PathBuf>) -> (Self, BTreeSet<PathBuf>) {
        let (mut kept, mut refused) = (BTreeMap::new(), BTreeSet::new());
        for path in watched {
            match copy(path) {
                Ok(entries) => {
                    kept.insert(path.clone(), entries);
                }
                Err(_) => {
                    refused.insert(path.clone());
                }
            }
        }
        (Self(kept), refused)
    }

    /// The names it keeps.
    pub(crate) fn names(&self) -> BTreeSet<PathBuf> {
        self.0.keys().cloned().collect()
    }

    /// Puts back what has changed, and lists it with what came of it.
    pub(crate) fn restore(&self) -> Vec<(PathBuf, io::Result<()>)> {
        self.0.iter().flat_map(|(path, entries)| restore(path, entries)).collect()
    }
}

/// Everything at and below a path, by full path. Nothing for a path that is missing.
fn copy(path: &Path) -> io::Result<BTreeMap<PathBuf, Entry>> {
    let mut entries = BTreeMap::new();
    let (mut waiting, mut bytes) = (vec![path.to_owned()], 0);
    while let Some(path) = waiting.pop() {
        let about = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            about => about?,
        };
        bytes += if about.is_file() { about.len() } else { 0 };
        if bytes > BYTES || entries.len() >= ENTRIES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if about.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
        entries.insert(path.clone(), entry(&path, &about)?);
    }
    Ok(entries)
}

fn entry(path: &Path, about: &fs::Metadata) -> io::Result<Entry> {
    let mode = about.mode() & 0o7777;
    Ok(if about.is_dir() {
        Entry::Folder { mode }
    } else if about.is_file() {
        Entry::File { mode, bytes: fs::read(path)?, stamp: (about.ino(), about.len(), about.ctime(), about.ctime_nsec()) }
    } else if about.is_symlink() {
        Entry::Link { target: fs::read_link(path)? }
    } else {
        Entry::Other
    })
}

fn restore(path: &Path, before: &BTreeMap<PathBuf, Entry>) -> Vec<(PathBuf, io::Result<()>)> {
    let mut done = Vec::new();
    for extra in extras(path, before) {
        let result = remove(&extra);
        done.push((extra, result));
    }
    for (path, entry) in before {
        if !is_as_before(path, entry) {
            done.push((path.clone(), put_back(path, entry)));
        }
    }
    done
}

/// What was not there before, without what is below it.
fn extras(path: &Path, before: &BTreeMap<PathBuf, Entry>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        let Ok(about) = path.symlink_metadata() else { continue };
        if !before.contains_key(&path) {
            found.push(path);
        } else if about.is_dir() {
            waiting.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
    }
    found
}

fn is_as_before(path: &Path, before: &Entry) -> bool {
    let Ok(about) = path.symlink_metadata() else { return false };
    if let Entry::File { mode, stamp, .. } = before
        && about.is_file()
        && about.mode() & 0o7777 == *mode
        && (about.ino(), about.len(), about.ctime(), about.ctime_nsec()) == *stamp
    {
        return true;
    }
    match (entry(path, &about), before) {
        (Ok(Entry::File { mode, bytes, .. }), Entry::File { mode: old_mode, bytes: old, .. }) => mode == *old_mode && bytes == *old,
        (Ok(now), before) => now == *before,
        (Err(_), _) => false,
    }
}

fn put_back(path: &Path, entry: &Entry) -> io::Result<()> {
    let is_folder = path.symlink_metadata().is_ok_and(|about| about.is_dir());
    if !(is_folder && matches!(entry, Entry::Folder { .. })) {
        remove(path)?;
    }
    match entry {
        Entry::Folder { mode } => {
            if !is_folder {
                DirBuilder::new().mode(0o700).create(path)?;
            }
            fs::set_permissions(path, Permissions::from_mode(*mode))
        }
        Entry::File { mode, bytes, .. } => {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)?;
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(*mode))
        }
        Entry::Link { target } => symlink(target, path),
        Entry::Other => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_done_to_it_is_undone() {
        let place = tempfile::tempdir().unwrap();
        let [git, absent] = [".git", ".codex"].map(|name| place.path().join(name));
        fs::create_dir_all(git.join("hooks")).unwrap();
        fs::write(git.join("config"), "[core]").unwrap();
        fs::write(git.join("HEAD"), "ref").unwrap();
        symlink("HEAD", git.join("link")).unwrap();
        let (snapshot, refused) = Snapshot::take(&BTreeSet::from([git.clone(), absent.clone()]));
        assert!(refused.is_empty() && snapshot.restore().is_empty());
        for change in [
            (|git: &Path| fs::write(git.join("config"), "[evil]")) as fn(&Path) -> io::Result<()>,
            |git| fs::write(git.join("hooks/post-commit"), "evil"),
            |git| fs::remove_file(git.join("HEAD")),
            |git| fs::set_permissions(git.join("config"), Permissions::from_mode(0o777)),
            |git| fs::remove_dir(git.join("hooks")).and_then(|()| symlink("/etc", git.join("hooks"))),
            |git| fs::remove_file(git.join("link")).and_then(|()| fs::create_dir_all(git.join("link/x"))),
            |git| fs::rename(git, git.with_file_name("moved")),
            |git| fs::create_dir(git.with_file_name(".codex")),
        ] {
            change(&git).unwrap();
            let undone = snapshot.restore();
            assert!(!undone.is_empty() && undone.iter().all(|(_, result)| result.is_ok()), "{undone:?}");
            assert!(snapshot.restore().is_empty());
        }
        assert_eq!(fs::read_to_string(git.join("config")).unwrap(), "[core]");
        assert!(!absent.exists());
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let place = tempfile::tempdir().unwrap();
        let large = place.path().join(".git");
        fs::create_dir(&large).unwrap();
        fs::File::create(large.join("pack")).unwrap().set_len(BYTES + 1).unwrap();
        let (snapshot, refused) = Snapshot::take(&BTreeSet::from([large.clone()]));
        assert_eq!((snapshot.names().len(), refused), (0, BTreeSet::from([large])));
    }
}
