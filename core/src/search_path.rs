//! Where programs of the user's are looked for that this program starts itself, outside of any sandbox: `notify`, a command
//! that prints a key, git for `codex doctor`, a browser.
//!
//! They act with the user's rights, so nothing that a repository brings may stand for one of them (T1): folders of the search path
//! that are relative, or lie in the workspace, are left out, and such a program is handed the path without them. **Not here:** programs
//! of the model's commands, which `codex-shell-command` judges.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A search path without folders that the workspace around `cwd` could have put programs into.
pub(crate) fn outside(path: &OsStr, cwd: &Path, home: Option<&Path>) -> OsString {
    let (here, workspace) = (settled(cwd), workspace(cwd, home));
    let holds = |folder: &Path| folder == here || workspace.as_ref().is_some_and(|root| folder.starts_with(root));
    let is_inside = |folder: &Path| holds(folder) || holds(&settled(folder));
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute() && !is_inside(folder));
    // The folders come from such a path, so none has a colon in its name.
    std::env::join_paths(folders).unwrap_or_default()
}

/// The program of a name in the folders of a search path; relative ones are passed over. `None` for a name with a `/` in it.
pub fn find_program(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    if name.is_empty() || Path::new(name).components().count() != 1 {
        return None;
    }
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

/// Whether a file is there that may be executed.
pub fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The outermost repository around a folder, else the folder. The user's home folder is none, even where it is a repository of
/// settings, nor is what holds it.
fn workspace(cwd: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let (cwd, home) = (settled(cwd), home.map(settled));
    let holds_home = |folder: &Path| folder.parent().is_none() || home.as_ref().is_some_and(|home| home.starts_with(folder));
    let mut workspace = Some(cwd.clone()).filter(|cwd| !holds_home(cwd));
    let mut look = codex_git::find_root(&cwd);
    while let Some(root) = look.filter(|root| !holds_home(root)) {
        look = root.parent().and_then(codex_git::find_root);
        workspace = Some(root);
    }
    workspace
}

fn settled(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// T1
    #[test]
    fn folders_of_the_workspace_and_relative_ones_are_left_out() {
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        for folder in
            ["home/.git", "home/bin", "home/repo/.git", "home/repo/inner/.git", "home/repo/bin", "home/repo/inner/deep", "plain/bin"]
        {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(place.join("home/repo/bin"), place.join("link")).unwrap();
        let at = |folder: &str| place.join(folder);
        let path = [at("home/bin"), at("home/repo/bin"), at("link"), at("plain/bin"), "bin".into(), "".into(), ".".into(), at("missing")];
        let path = std::env::join_paths(path).unwrap();
        let left = |cwd: &str| {
            let outside = outside(&path, &at(cwd), Some(&at("home")));
            std::env::split_paths(&outside).map(|folder| folder.strip_prefix(&place).unwrap().display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(left("home/repo"), ["home/bin", "plain/bin", "missing"]);
        assert_eq!(left("home/repo/inner/deep"), ["home/bin", "plain/bin", "missing"], "the outermost repository counts");
        assert_eq!(left("plain"), ["home/bin", "home/repo/bin", "link", "missing"]);
        assert_eq!(left("home"), ["home/bin", "home/repo/bin", "link", "plain/bin", "missing"], "the home folder is the user's own");
        let home = at("home");
        assert_eq!(outside(home.as_os_str(), &home, Some(&home)), "", "but for the folder that one works in");
    }

    #[test]
    fn only_programs_are_found_and_only_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, mode: u32| {
            fs::write(folder.path().join(name), "").unwrap();
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        file("run", 0o755);
        file("data", 0o644);
        let find = |name: &str| find_program(OsStr::new(name), folder.path().as_os_str());
        assert_eq!(find("run"), Some(folder.path().join("run")));
        assert_eq!((find("data"), find("gone"), find("./run"), find("..")), (None, None, None, None));
    }
}
