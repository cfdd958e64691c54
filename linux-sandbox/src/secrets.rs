//! What no command may read: credentials and sessions in `$CODEX_HOME`, and what the user adds (S9).
//!
//! Answers with objects, not with spellings: links are followed, and where a file has more names than one, those that lie in
//! the workspace or a root are found too. A name elsewhere is not searched for; that is a limit, and told as such.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::call::Confinement;
use crate::disk::{Disk, Identity, Kind};
use crate::glob;

/// In `$CODEX_HOME`, and whether it is a folder.
pub(crate) const IN_HOME: [(&str, bool); 5] =
    [("auth.json", false), (".credentials.json", false), (".env", false), ("sessions", true), ("archived_sessions", true)];

/// Files on their way to becoming one of these begin so.
const UNFINISHED: [&str; 3] = [".auth-", "auth.json", ".credentials.json"];

/// Whether a name in `$CODEX_HOME` has no place in what commands see of it.
pub(crate) fn is_left_out(name: &[u8]) -> bool {
    IN_HOME.iter().any(|(secret, _)| secret.as_bytes() == name) || UNFINISHED.iter().any(|start| name.starts_with(start.as_bytes()))
}

/// The objects that exist, resolved. Where something could be behind a folder that is closed now and that a `chmod` opens, it is
/// that folder.
pub(crate) fn hidden(limits: &Confinement, disk: &dyn Disk) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    if let Some(home) = &limits.codex_home {
        found.extend(IN_HOME.iter().filter_map(|(name, _)| disk.resolve(&home.join(name))));
    }
    let mut names = Vec::new();
    for pattern in &limits.deny_read {
        match pattern.strip_prefix("**/") {
            Some(name) => names.push(name),
            None => found.extend(glob::expand(Path::new(pattern), disk).iter().filter_map(|path| disk.resolve(path))),
        }
    }
    let twins: Vec<Identity> =
        found.iter().filter_map(|path| disk.identity(path).filter(|id| id.names > 1 && disk.kind(path) == Kind::File)).collect();
    if !names.is_empty() || !twins.is_empty() {
        for folder in search_places(limits) {
            search(folder, &names, &twins, disk, &mut found);
        }
    }
    // Nothing is left of a disk whose root is hidden.
    found.remove(Path::new("/"));
    found
}

/// Where names are looked for. The working folder adds nothing but hiding, so it may come from anybody.
fn search_places(limits: &Confinement) -> BTreeSet<&Path> {
    limits.roots().chain([limits.cwd.as_path()]).chain(limits.workspace.as_deref()).collect()
}

fn search(folder: &Path, names: &[&str], twins: &[Identity], disk: &dyn Disk, found: &mut BTreeSet<PathBuf>) {
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        if disk.is_closed(&folder, true) {
            found.insert(folder);
            continue;
        }
        for path in disk.children(&folder) {
            if found.contains(&path) {
                continue;
            }
            let name = path.file_name().unwrap_or_default();
            if names.iter().any(|pattern| glob::matches(pattern, name)) {
                found.extend(disk.resolve(&path));
            } else if disk.kind(&path) == Kind::Folder {
                waiting.push(path);
            } else if !twins.is_empty() && disk.identity(&path).is_some_and(|id| twins.contains(&id)) {
                found.insert(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::fake::FakeDisk;

    fn hide(deny: &[&str], disk: &[(&str, &str)]) -> Vec<String> {
        let limits = Confinement {
            cwd: "/w".into(),
            write: vec!["/w".into()],
            codex_home: Some("/h".into()),
            deny_read: deny.iter().map(|pattern| (*pattern).to_owned()).collect(),
            ..Confinement::default()
        };
        hidden(&limits, &FakeDisk::new(disk)).iter().map(|path| path.display().to_string()).collect()
    }

    /// S9
    #[test]
    fn credentials_and_sessions_are_hidden_where_they_really_are() {
        let disk = [("/h/auth.json", ">/real/key"), ("/real/key", "k"), ("/h/sessions/a", "s"), ("/h/config.toml", "c")];
        assert_eq!(hide(&[], &disk), ["/h/sessions", "/real/key"]);
    }

    /// A57
    #[test]
    fn other_names_of_a_secret_in_the_workspace_are_hidden_with_it() {
        let disk = [("/h/auth.json", "#7"), ("/w/a/copy", "#7"), ("/w/a/other", "#8"), ("/elsewhere", "#7")];
        assert_eq!(hide(&[], &disk), ["/h/auth.json", "/w/a/copy"]);
    }

    #[test]
    fn patterns_are_paths_globs_and_names_anywhere_in_the_workspace() {
        let disk =
            [("/u/.ssh/id_a", "x"), ("/u/.ssh/known", "x"), ("/w/a/.env", "x"), ("/w/.env", ">../u/e"), ("/u/e", "x"), ("/v/.env", "x")];
        assert_eq!(hide(&["/u/.ssh/id_*"], &disk), ["/u/.ssh/id_a"]);
        assert_eq!(hide(&["/u/.ssh", "/missing"], &disk), ["/u/.ssh"]);
        assert_eq!(hide(&["**/.env"], &disk), ["/u/e", "/w/a/.env"]);
        assert_eq!(hide(&["/", "/*/.env"], &disk), ["/u/e", "/v/.env"]);
    }

    #[test]
    fn a_closed_folder_is_hidden_where_something_in_it_could_be_meant() {
        let disk = [("/w/sec", "!"), ("/w/sec/key", "k"), ("/w/open/a", "x"), ("/w/way", ">sec")];
        for pattern in ["/w/sec/key", "/w/sec/*.key", "/w/*/key", "/w/**/key", "**/key", "/w/sec/deep/key", "/w/way/key"] {
            assert_eq!(hide(&[pattern], &disk), ["/w/sec"], "{pattern}");
        }
        assert!(hide(&["/w/open/key"], &disk).is_empty());
    }

    #[test]
    fn a_file_on_its_way_to_a_secret_is_left_out_as_well() {
        for name in ["auth.json", "sessions", ".auth-x1", "auth.json.tmp", ".credentials.json~"] {
            assert!(is_left_out(name.as_bytes()), "{name}");
        }
        for name in ["config.toml", "sessions.md", ".environment", "memories"] {
            assert!(!is_left_out(name.as_bytes()), "{name}");
        }
    }
}
