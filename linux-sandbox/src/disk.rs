//! What a plan asks of the disk, as a trait, so that plans are made and tested without one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a path names, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Missing,
    Folder,
    /// A regular file or anything else that holds no names.
    File,
    Link,
}

/// Which object a path leads to, and under how many names it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) names: u64,
}

/// The questions.
pub(crate) trait Disk {
    fn kind(&self, path: &Path) -> Kind;
    /// The object that the path leads to; `None` when it leads nowhere.
    fn resolve(&self, path: &Path) -> Option<PathBuf>;
    /// What a link says, as a path; `None` for anything else.
    fn link(&self, path: &Path) -> Option<PathBuf>;
    /// The start of a small file.
    fn text(&self, path: &Path) -> Option<Vec<u8>>;
    /// What is in a folder, in any order; nothing when it cannot be listed.
    fn children(&self, folder: &Path) -> Vec<PathBuf>;
    fn identity(&self, path: &Path) -> Option<Identity>;
    /// Whether it is a folder of the user's own that cannot be entered now (or listed, if `listed`), and could be after a `chmod`.
    fn is_closed(&self, path: &Path, listed: bool) -> bool;
}

/// The disk itself.
pub(crate) struct RealDisk;

/// More of a `.git` file is not looked at.
const TEXT_CAP: u64 = 8192;

impl Disk for RealDisk {
    fn kind(&self, path: &Path) -> Kind {
        match path.symlink_metadata() {
            Ok(about) if about.is_dir() => Kind::Folder,
            Ok(about) if about.is_symlink() => Kind::Link,
            Ok(_) => Kind::File,
            // A name that cannot even be looked at is not one that can be made.
            Err(_) => Kind::Missing,
        }
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        fs::read_link(path).ok()
    }

    fn text(&self, path: &Path) -> Option<Vec<u8>> {
        use std::io::Read;
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let mut text = Vec::new();
        fs::File::open(path).ok()?.take(TEXT_CAP).read_to_end(&mut text).ok()?;
        Some(text)
    }

    fn children(&self, folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
    }

    fn identity(&self, path: &Path) -> Option<Identity> {
        let about = path.symlink_metadata().ok()?;
        Some(Identity { device: about.dev(), inode: about.ino(), names: about.nlink() })
    }

    fn is_closed(&self, path: &Path, listed: bool) -> bool {
        use rustix::fs::{Access, access};
        let wanted = if listed { Access::READ_OK | Access::EXEC_OK } else { Access::EXEC_OK };
        let is_own = |about: fs::Metadata| about.is_dir() && about.uid() == rustix::process::geteuid().as_raw();
        access(path, wanted) == Err(rustix::io::Errno::ACCESS) && path.metadata().is_ok_and(is_own)
    }
}

/// A disk that exists in a test alone.
#[cfg(test)]
pub(crate) mod fake {
    use std::collections::BTreeMap;

    use super::*;

    /// Paths and what they are: `""` a folder, `"!"` a closed one, `">TARGET"` a link, `"#N"` a file with number N, else a file with that text.
    pub(crate) struct FakeDisk(BTreeMap<PathBuf, String>);

    impl FakeDisk {
        pub(crate) fn new(entries: &[(&str, &str)]) -> Self {
            let mut all = BTreeMap::from([(PathBuf::from("/"), String::new())]);
            for (path, what) in entries {
                for parent in Path::new(path).ancestors().skip(1) {
                    all.entry(parent.to_owned()).or_default();
                }
                all.insert(PathBuf::from(path), (*what).to_owned());
            }
            Self(all)
        }

        fn number(&self, path: &Path) -> u64 {
            self.0.get(path).and_then(|what| what.strip_prefix('#')?.parse().ok()).unwrap_or(0)
        }
    }

    impl Disk for FakeDisk {
        fn kind(&self, path: &Path) -> Kind {
            match self.0.get(path).map(String::as_str) {
                None => Kind::Missing,
                Some("" | "!") => Kind::Folder,
                Some(link) if link.starts_with('>') => Kind::Link,
                Some(_) => Kind::File,
            }
        }

        fn resolve(&self, path: &Path) -> Option<PathBuf> {
            let mut found = PathBuf::from("/");
            for part in path.components().skip(1) {
                match part {
                    std::path::Component::ParentDir => {
                        found.pop();
                    }
                    part => found.push(part),
                }
                let what = self.0.get(&found)?;
                if found.parent().is_some_and(|parent| self.is_closed(parent, true)) {
                    return None;
                }
                if let Some(target) = what.strip_prefix('>') {
                    found.pop();
                    found = self.resolve(&found.join(target))?;
                }
            }
            Some(found)
        }

        fn link(&self, path: &Path) -> Option<PathBuf> {
            self.0.get(path)?.strip_prefix('>').map(PathBuf::from)
        }

        fn text(&self, path: &Path) -> Option<Vec<u8>> {
            self.0.get(&self.resolve(path)?).filter(|what| !what.is_empty()).map(|what| what.clone().into_bytes())
        }

        fn children(&self, folder: &Path) -> Vec<PathBuf> {
            self.0.keys().filter(|path| path.parent() == Some(folder) && !self.is_closed(folder, true)).cloned().collect()
        }

        fn identity(&self, path: &Path) -> Option<Identity> {
            let inode = self.number(path);
            let same = self.0.keys().filter(|other| inode != 0 && self.number(other) == inode).count() as u64;
            self.0.contains_key(path).then_some(Identity { device: 1, inode, names: same.max(1) })
        }

        fn is_closed(&self, path: &Path, _: bool) -> bool {
            let at = self.0.get(path).and_then(|what| what.strip_prefix('>')).map(|target| path.with_file_name(target));
            self.0.get(at.as_deref().unwrap_or(path)).is_some_and(|what| what == "!")
        }
    }
}
