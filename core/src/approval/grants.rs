//! What the user granted for the rest of the thread: the very same command in the same folder, the same files.
//!
//! Kept in memory alone. A resumed thread starts without grants (H4).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use codex_protocol::event::SandboxEffect;

use super::decide::Granted;

#[derive(Debug, PartialEq, Eq, Hash)]
struct CommandGrant {
    argv: Vec<String>,
    cwd: PathBuf,
    outside: bool,
}

/// The grants of one thread.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    commands: Mutex<HashSet<CommandGrant>>,
    files: Mutex<HashSet<PathBuf>>,
}

impl Grants {
    /// Remembers a command.
    pub(crate) fn add_command(&self, argv: &[String], cwd: &Path, effect: SandboxEffect) {
        let grant = CommandGrant { argv: argv.to_vec(), cwd: cwd.to_path_buf(), outside: effect == SandboxEffect::Outside };
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).insert(grant);
    }

    /// What was granted for this command.
    pub(crate) fn of_command(&self, argv: &[String], cwd: &Path) -> Granted {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |outside| commands.contains(&CommandGrant { argv: argv.to_vec(), cwd: cwd.to_path_buf(), outside });
        Granted { inside: has(false), outside: has(true) }
    }

    /// Remembers files that patches may write.
    pub(crate) fn add_files(&self, files: impl IntoIterator<Item = PathBuf>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
    }

    /// Whether every one of these files was granted.
    pub(crate) fn has_files<'a>(&self, files: impl IntoIterator<Item = &'a Path>) -> bool {
        let granted = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.into_iter().all(|file| granted.contains(file))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn argv(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_grant_holds_for_the_same_words_in_the_same_folder_and_sandbox() {
        let grants = Grants::default();
        grants.add_command(&argv("touch x"), Path::new("/w"), SandboxEffect::Inside);
        assert_eq!(grants.of_command(&argv("touch x"), Path::new("/w")), Granted { inside: true, outside: false });
        for (line, cwd) in [("touch x y", "/w"), ("touch", "/w"), ("touch x", "/w/sub"), ("touch X", "/w")] {
            assert_eq!(grants.of_command(&argv(line), Path::new(cwd)), Granted::default(), "{line} in {cwd}");
        }
    }

    #[test]
    fn every_file_of_a_patch_has_to_be_granted() {
        let grants = Grants::default();
        grants.add_files(["/o/a".into(), "/o/b".into()]);
        assert!(grants.has_files([Path::new("/o/a")]));
        assert!(!grants.has_files([Path::new("/o/a"), Path::new("/o/c")]));
    }
}
