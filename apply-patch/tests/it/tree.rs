//! Makes directory trees and takes pictures of them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use codex_apply_patch::{PatchPlan, PlanError, parse, plan};

/// A temporary directory without links in its path.
pub(crate) struct Tree {
    _guard: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        Self { root: guard.path().canonicalize().unwrap(), _guard: guard }
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> &Self {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
        self
    }

    pub(crate) fn directory(&self, path: &str) -> &Self {
        fs::create_dir_all(self.at(path)).unwrap();
        self
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(crate) fn link(&self, path: &str, target: &str) -> &Self {
        symlink(target, self.at(path)).unwrap();
        self
    }

    pub(crate) fn second_name(&self, path: &str, of: &str) -> &Self {
        fs::hard_link(self.at(of), self.at(path)).unwrap();
        self
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    pub(crate) fn inode(&self, path: &str) -> u64 {
        fs::metadata(self.at(path)).unwrap().ino()
    }

    /// Plans a patch given without its first and last line.
    pub(crate) fn plan(&self, body: &str) -> Result<PatchPlan, PlanError> {
        plan(&parse(&framed(body)).unwrap(), &self.root)
    }

    /// Everything below: kind, mode, content, inode and, for files, the time of the last change.
    pub(crate) fn picture(&self) -> BTreeMap<PathBuf, String> {
        let mut picture = BTreeMap::new();
        add(&mut picture, &self.root, &self.root);
        picture
    }
}

fn add(picture: &mut BTreeMap<PathBuf, String>, root: &Path, directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let meta = fs::symlink_metadata(&path).unwrap();
        let what = if meta.is_dir() {
            add(picture, root, &path);
            format!("directory {:o} {}", meta.mode(), meta.ino())
        } else if meta.is_symlink() {
            format!("link {} {}", fs::read_link(&path).unwrap().display(), meta.ino())
        } else {
            let content = fs::read(&path).unwrap();
            let changed = (meta.mtime(), meta.mtime_nsec());
            format!("file {:o} {} {} {changed:?} {:?}", meta.mode(), meta.ino(), meta.nlink(), String::from_utf8_lossy(&content))
        };
        picture.insert(path.strip_prefix(root).unwrap().to_owned(), what);
    }
}

pub(crate) fn framed(body: &str) -> String {
    format!("*** Begin Patch\n{body}*** End Patch")
}
