//! Which repository a folder belongs to, and whether its parts really belong together.
//!
//! A `.git` file can name any folder of the disk. Nothing is believed that the other side does not confirm: a linked work
//! tree is one only if its entry in the main repository points back, a submodule only if its settings name the work tree.
//!
//! **Not here:** whether a repository may be written to; that follows from the sandbox's writable roots.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::config_text::ConfigText;

/// A repository as seen from one of its work trees. All paths are canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The folder with `.git` in it.
    pub work_tree: PathBuf,
    /// Holds `HEAD` and the index.
    pub git_dir: PathBuf,
    /// Holds objects, branches and settings; the same as `git_dir` but in a linked work tree.
    pub common: PathBuf,
}

/// Why a `.git` is not taken for a repository of its folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// `.git` is a symbolic link.
    #[error("`.git` is a symbolic link")]
    Link,
    /// It has not the parts of a git folder.
    #[error("`.git` is not a git folder")]
    NotGit,
    /// A `.git` file names a folder that does not name this one.
    #[error("the git folder that `.git` names does not point back here")]
    NoWayBack,
    /// Its settings cannot be understood, or say that it is elsewhere.
    #[error("the repository's settings speak of another place")]
    Settings,
}

/// The largest settings file that is looked at.
pub(crate) const CONFIG_LIMIT: u64 = 1024 * 1024;

impl Repository {
    /// The repository whose work tree has its top in `folder`; `None` where there is no `.git`.
    ///
    /// # Errors
    /// There is a `.git` that cannot be believed.
    pub fn at(folder: &Path) -> Result<Option<Self>, Doubt> {
        let Ok(work_tree) = fs::canonicalize(folder) else { return Ok(None) };
        let dot_git = work_tree.join(".git");
        let Ok(metadata) = fs::symlink_metadata(&dot_git) else { return Ok(None) };
        if metadata.is_symlink() {
            return Err(Doubt::Link);
        }
        if metadata.is_dir() { Self::own(work_tree, dot_git) } else { Self::named(work_tree, &dot_git) }
    }

    /// The repository of the closest folder at or above `folder` with a `.git`.
    ///
    /// # Errors
    /// As [`Repository::at`].
    pub fn around(folder: &Path) -> Result<Option<Self>, Doubt> {
        for folder in folder.ancestors() {
            if let Some(found) = Self::at(folder)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn own(work_tree: PathBuf, git_dir: PathBuf) -> Result<Option<Self>, Doubt> {
        if fs::symlink_metadata(git_dir.join("HEAD")).is_err() {
            // An empty folder of that name, as a place holder leaves it, is no repository.
            return if is_empty(&git_dir) { Ok(None) } else { Err(Doubt::NotGit) };
        }
        if !is_whole(&git_dir) || fs::symlink_metadata(git_dir.join("commondir")).is_ok() {
            return Err(Doubt::NotGit);
        }
        match work_tree_setting(&git_dir)? {
            Some(elsewhere) if fs::canonicalize(git_dir.join(&elsewhere)).ok().as_deref() != Some(&work_tree) => Err(Doubt::Settings),
            Some(_) | None => Ok(Some(Self { work_tree, common: git_dir.clone(), git_dir })),
        }
    }

    fn named(work_tree: PathBuf, dot_git: &Path) -> Result<Option<Self>, Doubt> {
        let named = read_path(dot_git, b"gitdir:").ok_or(Doubt::NotGit)?;
        let git_dir = fs::canonicalize(work_tree.join(named)).map_err(|_| Doubt::NotGit)?;
        match read_path(&git_dir.join("commondir"), b"") {
            Some(common) => {
                let common = fs::canonicalize(git_dir.join(common)).map_err(|_| Doubt::NotGit)?;
                let is_entry = git_dir.parent() == Some(&common.join("worktrees"));
                let back = read_path(&git_dir.join("gitdir"), b"").and_then(|back| fs::canonicalize(git_dir.join(back)).ok());
                if !is_entry || back.as_deref() != Some(dot_git) {
                    return Err(Doubt::NoWayBack);
                }
                if is_whole(&common) { Ok(Some(Self { work_tree, git_dir, common })) } else { Err(Doubt::NotGit) }
            }
            None if !is_whole(&git_dir) => Err(Doubt::NotGit),
            None => {
                let back = work_tree_setting(&git_dir)?.and_then(|back| fs::canonicalize(git_dir.join(back)).ok());
                if back.as_deref() != Some(&work_tree) {
                    return Err(Doubt::NoWayBack);
                }
                Ok(Some(Self { work_tree, common: git_dir.clone(), git_dir }))
            }
        }
    }
}

/// Whether a folder has what makes it a git folder, none of it a link.
fn is_whole(folder: &Path) -> bool {
    let is_dir = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok_and(|metadata| metadata.is_dir());
    is_dir("objects") && is_dir("refs") && fs::symlink_metadata(folder.join("HEAD")).is_ok_and(|metadata| metadata.is_file())
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// The path in a file that holds nothing else, behind `prefix`.
fn read_path(file: &Path, prefix: &[u8]) -> Option<PathBuf> {
    const LIMIT: u64 = 8 * 1024;
    let bytes = codex_git::read_bounded(file, LIMIT)?;
    let path = bytes.strip_prefix(prefix)?.trim_ascii();
    let sound = !path.is_empty() && !path.contains(&b'\n') && !path.contains(&0);
    sound.then(|| PathBuf::from(std::ffi::OsString::from_vec(path.to_vec())))
}

/// The `core.worktree` of a git folder.
fn work_tree_setting(git_dir: &Path) -> Result<Option<PathBuf>, Doubt> {
    let Some(config) = read_config(git_dir)? else { return Ok(None) };
    Ok(config.value("core", "worktree").map(PathBuf::from))
}

/// The settings file of a git folder; `None` where there is none.
pub(crate) fn read_config(git_dir: &Path) -> Result<Option<ConfigText>, Doubt> {
    let file = git_dir.join("config");
    if fs::symlink_metadata(&file).is_err() {
        return Ok(None);
    }
    let bytes = codex_git::read_bounded(&file, CONFIG_LIMIT).ok_or(Doubt::Settings)?;
    let text = String::from_utf8(bytes).map_err(|_| Doubt::Settings)?;
    ConfigText::parse(&text).map(Some).map_err(|_| Doubt::Settings)
}

/// The settings file in a git folder that is open; `None` where it cannot be read or understood.
pub(crate) fn read_config_of(folder: &OwnedFd) -> Option<ConfigText> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(folder, "config", flags, Mode::empty()).ok()?);
    let mut text = String::new();
    file.take(CONFIG_LIMIT + 1).read_to_string(&mut text).ok()?;
    ConfigText::parse(&text).ok()
}

/// Whether `path` is `root` or lies below it, part by part.
pub(crate) fn is_within(path: &Path, root: &Path) -> bool {
    path.as_os_str().as_bytes() == root.as_os_str().as_bytes() || path.starts_with(root)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn git_dir(path: &Path, config: &str) {
        for folder in ["objects", "refs"] {
            fs::create_dir_all(path.join(folder)).unwrap();
        }
        fs::write(path.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(path.join("config"), config).unwrap();
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap();
        (folder, path)
    }

    #[test]
    fn a_folder_is_a_repository_of_its_own() {
        let (_keep, top) = folder();
        assert_eq!(Repository::at(&top), Ok(None));
        fs::create_dir(top.join(".git")).unwrap();
        assert_eq!(Repository::at(&top), Ok(None));
        git_dir(&top.join(".git"), "[core]\n\tbare = false\n");
        fs::create_dir_all(top.join("a/b")).unwrap();
        let expected = Repository { work_tree: top.clone(), git_dir: top.join(".git"), common: top.join(".git") };
        assert_eq!(Repository::around(&top.join("a/b")), Ok(Some(expected)));
    }

    #[test]
    fn a_linked_work_tree_needs_the_main_ones_word() {
        let (_keep, top) = folder();
        let entry = top.join("main/.git/worktrees/w");
        git_dir(&top.join("main/.git"), "");
        fs::create_dir_all(&entry).unwrap();
        fs::create_dir(top.join("w")).unwrap();
        fs::write(entry.join("commondir"), "../..\n").unwrap();
        fs::write(top.join("w/.git"), format!("gitdir: {}\n", entry.display())).unwrap();
        fs::write(entry.join("gitdir"), format!("{}\n", top.join("other/.git").display())).unwrap();
        assert_eq!(Repository::at(&top.join("w")), Err(Doubt::NoWayBack));
        fs::write(entry.join("gitdir"), format!("{}\n", top.join("w/.git").display())).unwrap();
        let expected = Repository { work_tree: top.join("w"), git_dir: entry, common: top.join("main/.git") };
        assert_eq!(Repository::at(&top.join("w")), Ok(Some(expected)));
    }

    /// A23: what a repository says of another place counts only if that place says the same.
    #[test]
    fn a_file_that_names_a_foreign_repository_is_not_believed() {
        let (_keep, top) = folder();
        git_dir(&top.join("victim/.git"), "");
        fs::create_dir(top.join("w")).unwrap();
        fs::write(top.join("w/.git"), "gitdir: ../victim/.git\n").unwrap();
        assert_eq!(Repository::at(&top.join("w")), Err(Doubt::NoWayBack));
        fs::write(top.join("w/.git"), "gitdir: ../nowhere\n").unwrap();
        assert_eq!(Repository::at(&top.join("w")), Err(Doubt::NotGit));
        git_dir(&top.join("victim/.git/modules/w"), "[core]\n\tworktree = ../../../../w\n");
        fs::write(top.join("w/.git"), "gitdir: ../victim/.git/modules/w\n").unwrap();
        assert!(Repository::at(&top.join("w")).unwrap().is_some());
    }

    #[test]
    fn links_commondir_and_other_work_trees_are_doubted() {
        let (_keep, top) = folder();
        git_dir(&top.join("real"), "");
        std::os::unix::fs::symlink("real", top.join(".git")).unwrap();
        assert_eq!(Repository::at(&top), Err(Doubt::Link));
        fs::remove_file(top.join(".git")).unwrap();
        git_dir(&top.join(".git"), "[core]\n\tworktree = /etc\n");
        assert_eq!(Repository::at(&top), Err(Doubt::Settings));
        fs::write(top.join(".git/config"), "[core\n").unwrap();
        assert_eq!(Repository::at(&top), Err(Doubt::Settings));
        fs::write(top.join(".git/config"), "").unwrap();
        fs::write(top.join(".git/commondir"), "/etc\n").unwrap();
        assert_eq!(Repository::at(&top), Err(Doubt::NotGit));
    }
}
