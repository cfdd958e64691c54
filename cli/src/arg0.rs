//! The helper roles: what this program is when it is started under another name, and the links that
//! give commands of the model those names.
//!
//! The name is looked at before anything else, so that a role costs no more than it needs.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

/// Names of the patch tool; models use both.
const PATCH_TOOL: [&str; 2] = ["apply_patch", "applypatch"];

/// A helper role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The stand-alone patch tool.
    ApplyPatch,
    /// Confines itself and becomes a command.
    LinuxSandbox,
    /// Stands for git inside the sandbox.
    Git,
    /// Serves the network of one command.
    NetworkProxy,
}

/// The role of a program name, with or without folders before it.
pub(crate) fn role_of(name: &OsStr) -> Option<Role> {
    match Path::new(name).file_name()?.to_str()? {
        name if PATCH_TOOL.contains(&name) => Some(Role::ApplyPatch),
        codex_linux_sandbox::ROLE => Some(Role::LinuxSandbox),
        name if (name == "git" || name.starts_with("git-")) && codex_git_broker::inside() => Some(Role::Git),
        codex_network_proxy::ROLE => Some(Role::NetworkProxy),
        _ => None,
    }
}

impl Role {
    /// Plays the role and returns its exit code; `name` is what the program was started as.
    pub(crate) fn play(self, name: &OsStr, args: impl Iterator<Item = OsString>) -> u8 {
        match self {
            Self::ApplyPatch => {
                // A role looks at nothing but its folder; `.` is where it is when the path is gone.
                #[expect(clippy::disallowed_methods, reason = "the helper is a program of its own, with its own working folder")]
                let cwd = std::env::current_dir().unwrap_or_else(|_| ".".into());
                let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
                codex_apply_patch::run_executable(args, &mut stdin, &mut stdout, &mut stderr, &cwd)
            }
            Self::LinuxSandbox => codex_linux_sandbox::run_main_with(args, Some(codex_git_broker::serve)),
            Self::Git => codex_git_broker::run_main(name, args),
            Self::NetworkProxy => {
                let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
                codex_network_proxy::run_main(args, &mut stdin, &mut stdout, &mut stderr)
            }
        }
    }
}

/// Returns a folder with links to this program under the names of the patch tool, for the search path
/// of commands. `None` where it cannot be made: commands then lack the tool, and the run goes on.
///
/// The folder is named after the program's place, so every run of one program finds the same links
/// and nothing has to be swept up.
pub(crate) fn link_folder(codex_home: &Path, program: &Path) -> Option<PathBuf> {
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    let folder = codex_home.join("tmp/arg0").join(format!("{:016x}", hasher.finish()));
    let complete = PATCH_TOOL.iter().all(|name| fs::read_link(folder.join(name)).is_ok_and(|target| target == program));
    if complete || make_links(&folder, program).is_ok() { Some(folder) } else { None }
}

fn make_links(folder: &Path, program: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for name in PATCH_TOOL {
        let link = folder.join(name);
        match symlink(program, &link) {
            // Another run may be making the same link at this moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read_link(&link)? == program => {}
            other => other?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn links_are_made_once_and_found_again() {
        let home = tempfile::tempdir().unwrap();
        let program = Path::new("/opt/codex");
        let folder = link_folder(home.path(), program).unwrap();
        assert_eq!(fs::read_link(folder.join("apply_patch")).unwrap(), program);
        assert_eq!(link_folder(home.path(), program), Some(folder.clone()));
        assert_ne!(link_folder(home.path(), Path::new("/usr/bin/codex")), Some(folder));
        assert_eq!(link_folder(Path::new("/proc/none"), program), None);
    }

    #[test]
    fn names_choose_roles() {
        for (name, role) in [
            ("apply_patch", Some(Role::ApplyPatch)),
            ("/tmp/x/applypatch", Some(Role::ApplyPatch)),
            ("codex-linux-sandbox", Some(Role::LinuxSandbox)),
            ("codex-network-proxy", Some(Role::NetworkProxy)),
            ("/usr/bin/codex", None),
            ("/usr/bin/git", None),
            ("apply_patch.sh", None),
            ("", None),
        ] {
            assert_eq!(role_of(OsStr::new(name)), role, "{name}");
        }
    }
}
