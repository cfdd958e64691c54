//! Which file a program name stands for, and whether that file is vouched for.
//!
//! The name alone proves nothing: `./cat` and a `cat` planted in the workspace are somebody's programs.

use std::path::{Path, PathBuf};

use crate::surroundings::{FileFacts, FileKind, Surroundings, is_inside};

/// Folders of the system's own programs.
const SYSTEM: &[&str] = &["/bin", "/usr/bin", "/usr/local/bin"];

/// Commands that every shell brings along, so that no file is looked for.
const BUILTINS: &[&str] = &["cd", "echo", "false", "pwd", "true"];

/// Who looks for the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The program is started as it stands.
    Argv,
    /// A shell runs it.
    Shell,
}

/// Returns the file of a program that is vouched for; `None` for every other.
///
/// A bare name is looked up in `PATH`, and what is found there first counts: relative and empty entries, the workspace,
/// writable roots and folders that everybody may write to vouch for nothing. An absolute path must lead to a program of
/// the system that root owns, or be the one the bare name stands for.
pub fn trusted_program(program: &str, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    if !program.contains('/') {
        return in_path(program, surroundings);
    }
    let path = Path::new(program);
    let is_clean = program.starts_with('/') && !program.contains("/./") && !program.split('/').any(|part| part == "..");
    let facts =
        surroundings.lookup.facts(path).filter(|facts| is_clean && is_program(facts) && !in_workspace(&facts.real_path, surroundings))?;
    let is_system = path.parent().is_some_and(|folder| SYSTEM.iter().any(|system| folder.starts_with(system)));
    if is_system {
        let is_roots = facts.owner == 0 && facts.mode & 0o022 == 0;
        return (is_roots && !in_workspace(path, surroundings)).then(|| path.to_owned());
    }
    let name = path.file_name()?.to_str()?;
    in_path(name, surroundings).filter(|found| found == path)
}

/// Whether a program of a command is vouched for.
pub(super) fn is_vouched_for(program: &str, caller: Caller, surroundings: &Surroundings<'_>) -> bool {
    (caller == Caller::Shell && BUILTINS.contains(&program)) || trusted_program(program, surroundings).is_some()
}

fn in_path(name: &str, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    for folder in surroundings.path {
        // Where such an entry leads depends on the folder of the moment.
        if !folder.is_absolute() {
            return None;
        }
        let candidate = folder.join(name);
        let Some(facts) = surroundings.lookup.facts(&candidate).filter(|facts| facts.kind == FileKind::Regular && facts.mode & 0o111 != 0)
        else {
            continue;
        };
        let vouched = is_program(&facts) && !in_workspace(&candidate, surroundings) && !in_workspace(&facts.real_path, surroundings);
        return (vouched && is_closed(folder, surroundings)).then_some(candidate);
    }
    None
}

fn is_program(facts: &FileFacts) -> bool {
    facts.kind == FileKind::Regular && facts.mode & 0o111 != 0 && facts.mode & 0o002 == 0
}

/// Whether not everybody may put programs into a folder.
fn is_closed(folder: &Path, surroundings: &Surroundings<'_>) -> bool {
    surroundings
        .lookup
        .facts(folder)
        .is_some_and(|facts| facts.kind == FileKind::Folder && facts.mode & 0o002 == 0 && !in_workspace(&facts.real_path, surroundings))
}

fn in_workspace(path: &Path, surroundings: &Surroundings<'_>) -> bool {
    let is_root = |folder: &Path| folder.parent().is_none();
    let own = std::iter::once(surroundings.cwd)
        .chain(surroundings.writable_roots.iter().map(PathBuf::as_path))
        .chain(surroundings.workspace.iter().map(PathBuf::as_path));
    // A session in `/` does not make every program of the machine its own.
    own.filter(|folder| !is_root(folder)).any(|folder| {
        is_inside(path, folder)
            || surroundings.lookup.facts(folder).is_some_and(|facts| !is_root(&facts.real_path) && is_inside(path, &facts.real_path))
    })
}
