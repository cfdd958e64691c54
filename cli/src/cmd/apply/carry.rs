//! From the tree a session worked in to the tree at hand: every path by its place below the root of its repository.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use codex_apply_patch::{Patch, Section, parse};
use codex_protocol::spelling::protected_name;

use super::collect::SavedPatch;

/// Two roots.
#[derive(Debug)]
pub(super) struct Trees {
    /// Where the session worked.
    pub(super) there: PathBuf,
    /// Where its changes are to be.
    pub(super) here: PathBuf,
}

impl Trees {
    /// The repositories around two folders; outside of one, the folder itself.
    pub(super) fn of(session: &Path, cwd: &Path) -> Self {
        let root = |folder: &Path| codex_git::find_root(folder).unwrap_or_else(|| folder.to_path_buf());
        let there = session.canonicalize().unwrap_or_else(|_| session.to_path_buf());
        Self { there: root(&there), here: root(cwd) }
    }
}

/// All patches as one, with paths below `trees.here`. The error is a path that is outside of the tree, or protected.
pub(super) fn carried_over(patches: &[SavedPatch], trees: &Trees) -> Result<Patch, String> {
    let mut sections = Vec::new();
    for patch in patches {
        // What was applied once can be read; a line damaged since then is told as what it is.
        let parsed = parse(&patch.text).map_err(|error| error.to_string())?;
        for section in parsed.sections {
            sections.push(moved(section, &|path| below(path, &patch.folder, trees))?);
        }
    }
    Ok(Patch { sections })
}

fn moved(section: Section, place: &dyn Fn(&str) -> Option<String>) -> Result<Section, String> {
    let place = |path: String| place(&path).ok_or(path);
    Ok(match section {
        Section::Add { path, contents } => Section::Add { path: place(path)?, contents },
        Section::Delete { path } => Section::Delete { path: place(path)? },
        Section::Update { path, move_to, chunks } => {
            Section::Update { path: place(path)?, move_to: move_to.map(place).transpose()?, chunks }
        }
    })
}

/// The place of a path below the root of the session's tree. By names alone: the tree need not be there any more.
fn below(path: &str, folder: &Path, trees: &Trees) -> Option<String> {
    let mut absolute = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::ParentDir => {
                absolute.pop();
            }
            Component::CurDir => {}
            other => absolute.push(other),
        }
    }
    let inside = absolute.strip_prefix(&trees.there).ok()?;
    let named: Vec<&OsStr> = inside.components().map(Component::as_os_str).collect();
    let protected = named.iter().any(|name| protected_name(name).is_some());
    (!protected && !named.is_empty()).then(|| inside.to_str().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn paths_keep_their_place_and_never_leave_the_tree() {
        let trees = Trees { there: "/old".into(), here: "/new".into() };
        let folder = Path::new("/old/sub");
        for (path, place) in [
            ("a.txt", Some("sub/a.txt")),
            ("../b/./c.txt", Some("b/c.txt")),
            ("/old/d.txt", Some("d.txt")),
            ("../../etc/passwd", None),
            ("/etc/passwd", None),
            ("../.git/config", None),
            (".codex/config.toml", None),
            ("..", None),
        ] {
            assert_eq!(below(path, folder, &trees).as_deref(), place, "{path}");
        }
    }
}
