//! Whether the user trusts the working directory, and which project files that opens.
//!
//! Trust is a property of one real directory: the working directory itself, or the root of the repository it
//! is in, compared by real path with the keys of `[projects]`. It is not inherited from parents, through links
//! or through what a `.git` file claims: a linked work tree takes over the trust of its main tree only when the
//! main tree's own records point back at it. Everything is read in-process; no `git` runs.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use codex_protocol::policy::PLACEHOLDER_MTIME;
use toml::{Table, Value};

use crate::files::{self, Links};

/// What is known about the working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// `Some(true)` trusted, `Some(false)` untrusted, `None` never asked.
    pub(crate) level: Option<bool>,
    /// The real directory that carries the level.
    pub(crate) root: Option<PathBuf>,
}

/// Looks the working directory up in `[projects]` of the layers a repository cannot write.
pub(crate) fn of_directory(cwd: &Path, layers: &Table) -> Trust {
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_path_buf());
    let level = |path: &Path| level_of(layers, path);
    if let Some(trusted) = level(&cwd) {
        return Trust { level: Some(trusted), root: Some(cwd) };
    }
    let Some(root) = repository_root(&cwd) else {
        return Trust::default();
    };
    let found = level(&root).or_else(|| main_tree(&root).as_deref().and_then(level));
    Trust { level: found, root: found.map(|_| root) }
}

fn level_of(layers: &Table, path: &Path) -> Option<bool> {
    let Some(Value::Table(projects)) = layers.get("projects") else {
        return None;
    };
    let path = path.to_str()?;
    let with_slash = || projects.iter().find(|(key, _)| key.len() > 1 && key.trim_end_matches('/') == path).map(|(_, value)| value);
    let Some(Value::Table(project)) = projects.get(path).or_else(with_slash) else {
        return None;
    };
    match project.get("trust_level")?.as_str()? {
        "trusted" => Some(true),
        "untrusted" => Some(false),
        _ => None,
    }
}

/// The nearest ancestor that holds a `.git`, be it folder or file.
pub(crate) fn repository_root(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|folder| is_there(&folder.join(".git"))).map(Path::to_path_buf)
}

/// The main tree of a linked work tree, if the main tree's records name `root` as theirs.
fn main_tree(root: &Path) -> Option<PathBuf> {
    let pointer = root.join(".git");
    let text = files::read_text(&pointer, Links::Refuse).ok()??;
    let record = root.join(text.trim_end().strip_prefix("gitdir: ")?).canonicalize().ok()?;
    let worktrees = record.parent().filter(|folder| folder.ends_with(".git/worktrees"))?;
    let back = files::read_text(&record.join("gitdir"), Links::Refuse).ok()??;
    let back = Path::new(back.trim_end());
    let same = back == pointer || record.join(back).canonicalize().is_ok_and(|real| real == pointer);
    same.then(|| worktrees.parent()?.parent().map(Path::to_path_buf)).flatten()
}

/// The folders whose `.codex/config.toml` count, outermost first: from the project root down to the working
/// directory, but never above the directory that was trusted.
pub(crate) fn project_folders(cwd: &Path, markers: &[String], trust: &Trust) -> Vec<PathBuf> {
    let (Some(true), Some(trusted)) = (trust.level, &trust.root) else {
        return Vec::new();
    };
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_path_buf());
    let root = project_root(&cwd, markers).unwrap_or_else(|| cwd.clone());
    let mut folders: Vec<PathBuf> =
        cwd.ancestors().take_while(|folder| folder.starts_with(&root) && folder.starts_with(trusted)).map(Path::to_path_buf).collect();
    folders.reverse();
    folders
}

/// The nearest ancestor that holds one of the markers.
pub(crate) fn project_root(cwd: &Path, markers: &[String]) -> Option<PathBuf> {
    let marked = |folder: &&Path| markers.iter().any(|marker| !marker.is_empty() && is_there(&folder.join(marker)));
    cwd.ancestors().find(marked).map(Path::to_path_buf)
}

/// Whether something is there that is not the placeholder a sandbox puts where a command must not make it.
fn is_there(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !(found.is_dir() && found.mtime() == PLACEHOLDER_MTIME))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn trusting(path: &Path) -> Table {
        toml::from_str(&format!("[projects.{:?}]\ntrust_level = \"trusted\"", path.to_str().unwrap())).unwrap()
    }

    struct Place {
        _folder: tempfile::TempDir,
        root: PathBuf,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        Place { _folder: folder, root }
    }

    #[test]
    fn a_subfolder_finds_the_trust_of_its_repository() {
        let place = place();
        let sub = place.root.join("repo/a/b");
        fs::create_dir_all(&sub).unwrap();
        fs::create_dir(place.root.join("repo/.git")).unwrap();
        let trust = of_directory(&sub, &trusting(&place.root.join("repo")));
        assert_eq!(trust, Trust { level: Some(true), root: Some(place.root.join("repo")) });
        let folders = project_folders(&sub, &[".git".into()], &trust);
        assert_eq!(folders, ["repo", "repo/a", "repo/a/b"].map(|name| place.root.join(name)));
    }

    #[test]
    fn trust_is_not_inherited_by_a_repository_inside_or_a_folder_below() {
        let place = place();
        fs::create_dir_all(place.root.join("repo/.git")).unwrap();
        fs::create_dir_all(place.root.join("repo/vendor/.git")).unwrap();
        fs::create_dir_all(place.root.join("plain/sub")).unwrap();
        assert_eq!(of_directory(&place.root.join("repo/vendor"), &trusting(&place.root.join("repo"))).level, None);
        assert_eq!(of_directory(&place.root.join("plain/sub"), &trusting(&place.root.join("plain"))).level, None);
    }

    #[test]
    fn a_link_put_in_a_trusted_place_is_not_trusted() {
        let place = place();
        fs::create_dir_all(place.root.join("evil/.git")).unwrap();
        std::os::unix::fs::symlink(place.root.join("evil"), place.root.join("w")).unwrap();
        assert_eq!(of_directory(&place.root.join("w"), &trusting(&place.root.join("w"))).level, None);
    }

    #[test]
    fn a_work_tree_is_trusted_only_when_the_main_tree_points_back() {
        let place = place();
        let record = place.root.join("main/.git/worktrees/tree");
        fs::create_dir_all(&record).unwrap();
        for name in ["tree", "spoof"] {
            fs::create_dir(place.root.join(name)).unwrap();
            fs::write(place.root.join(name).join(".git"), format!("gitdir: {}\n", record.display())).unwrap();
        }
        fs::write(record.join("gitdir"), format!("{}\n", place.root.join("tree/.git").display())).unwrap();
        let layers = trusting(&place.root.join("main"));
        assert_eq!(of_directory(&place.root.join("tree"), &layers).level, Some(true));
        assert_eq!(of_directory(&place.root.join("tree"), &layers).root, Some(place.root.join("tree")));
        assert_eq!(of_directory(&place.root.join("spoof"), &layers).level, None);
    }

    #[test]
    fn project_folders_never_reach_above_the_trusted_directory() {
        let place = place();
        let inner = place.root.join("outer/inner");
        fs::create_dir_all(inner.join(".git")).unwrap();
        fs::write(place.root.join("outer/marker"), "").unwrap();
        let trust = of_directory(&inner, &trusting(&inner));
        assert_eq!(project_folders(&inner, &["marker".into()], &trust), [inner]);
    }

    #[test]
    fn a_placeholder_of_a_sandbox_marks_no_project() {
        let place = tempfile::tempdir().unwrap();
        let (outer, inner) = (place.path().join("a"), place.path().join("a/b"));
        fs::create_dir_all(outer.join(".git")).unwrap();
        fs::create_dir_all(inner.join(".git")).unwrap();
        let markers = [".git".to_owned()];
        assert_eq!((repository_root(&inner), project_root(&inner, &markers)), (Some(inner.clone()), Some(inner.clone())));
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(PLACEHOLDER_MTIME as u64);
        fs::File::open(inner.join(".git")).unwrap().set_modified(time).unwrap();
        assert_eq!((repository_root(&inner), project_root(&inner, &markers)), (Some(outer.clone()), Some(outer)));
    }
}
