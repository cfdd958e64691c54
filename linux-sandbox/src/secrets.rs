//! What no command may read: credentials and sessions in `$CODEX_HOME`, and what the user adds (S9).
//!
//! Answers with objects, not with spellings: links are followed, and where a file has more names than one, those that lie in
//! the workspace or a root are found too. A name elsewhere is not searched for; that is a limit, and told as such.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::call::Confinement;
use crate::disk::{Disk, Identity, Kind};
use crate::glob;

/// In `$CODEX_HOME`.
const SECRETS: [&str; 5] = ["auth.json", ".credentials.json", ".env", "sessions", "archived_sessions"];

/// The objects that exist, resolved.
pub(crate) fn hidden(limits: &Confinement, disk: &dyn Disk) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    if let Some(home) = &limits.codex_home {
        found.extend(SECRETS.iter().filter_map(|name| disk.resolve(&home.join(name))));
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
}
