//! What a policy comes to in one place: every root with its reason, what stays closed inside, what cannot be read.
//!
//! For people (`codex sandbox explain`), for telling which rule was behind a denial, and for profiles of systems whose sandbox
//! wants a list. Looks at the disk only to tell what exists and where a `.git` file points. **Not here:** enforcement on Linux;
//! the helper finds these paths itself, at the moment the command starts.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use codex_protocol::policy::{PLACEHOLDER_MTIME, PROTECTED_NAMES};
use codex_protocol::{NetworkRules, SandboxPolicy};

use crate::{SandboxRequest, settled};

/// Files and folders of `$CODEX_HOME` that no command reads: credentials, variables, and what was said in other sessions.
pub const SECRETS_OF_HOME: [&str; 5] = ["auth.json", ".credentials.json", ".env", "sessions", "archived_sessions"];

/// A policy applied to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The policy.
    pub policy: SandboxPolicy,
    /// The session's folder, links resolved.
    pub workspace: PathBuf,
    /// Where commands may write, links resolved, sorted. Empty where the policy allows none, and where it restricts nothing.
    pub roots: Vec<Root>,
    /// What stays closed to writers inside the roots, whether or not it exists.
    pub protected: Vec<Protected>,
    /// What commands cannot read: absolute paths and globs, `**/NAME` for a name anywhere in the workspace or a root.
    pub unreadable: Vec<Unreadable>,
    /// The network.
    pub network: Network,
}

/// A folder that commands may write in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Absolute, links resolved.
    pub path: PathBuf,
    /// Why.
    pub reason: RootReason,
    /// Whether it is there. One that is not grants nothing.
    pub exists: bool,
}

/// Why a folder may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// The session's own folder.
    Workspace,
    /// `/tmp`.
    SlashTmp,
    /// `$TMPDIR`.
    TmpDir,
    /// Where notes across sessions are kept, in `$CODEX_HOME`.
    Memories,
    /// `--add-dir` or `sandbox_workspace_write.writable_roots`.
    Configured,
}

/// A path inside a root that stays closed to writers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// Absolute.
    pub path: PathBuf,
    /// Whether it is there. One that is not cannot be made either.
    pub exists: bool,
}

/// Something commands cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A path or glob.
    pub pattern: String,
    /// Whether it is closed whatever the configuration says.
    pub always: bool,
}

/// What commands reach of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// Nothing.
    Off,
    /// Everything.
    On,
    /// Some hosts, through a proxy.
    Hosts(NetworkRules),
}

impl Effective {
    /// Applies the policy of a request to its place.
    pub fn of(request: &SandboxRequest) -> Self {
        let roots = roots(request);
        let protected = protected(&roots, &settled::path(&request.codex_home));
        let unreadable = if request.policy.needs_sandbox() { unreadable(request) } else { Vec::new() };
        let network = match &request.boundary.network {
            _ if request.policy.network_enabled() => Network::On,
            Some(rules) => Network::Hosts(rules.clone()),
            None => Network::Off,
        };
        Self { policy: request.policy.clone(), workspace: settled::path(&request.workspace), roots, protected, unreadable, network }
    }

    /// The innermost root that a path lies in.
    pub fn root_of(&self, path: &Path) -> Option<&Root> {
        let around = self.roots.iter().filter(|root| path.starts_with(&root.path));
        around.max_by_key(|root| root.path.components().count())
    }

    /// The protected path that a path is or lies in. Names count whatever their case, since many file systems take them for the same.
    pub fn protected_over(&self, path: &Path) -> Option<PathBuf> {
        let by_name = self.roots.iter().find_map(|root| {
            let first = path.strip_prefix(&root.path).ok()?.components().next()?;
            let name = first.as_os_str().to_str()?;
            PROTECTED_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)).then(|| root.path.join(name))
        });
        by_name.or_else(|| self.protected.iter().find(|closed| path.starts_with(&closed.path)).map(|closed| closed.path.clone()))
    }
}

fn roots(request: &SandboxRequest) -> Vec<Root> {
    let wanted = request.policy.writable_roots(&request.workspace, request.tmpdir.as_deref());
    let reason = |path: &Path| {
        let is = |other: &Path| settled::path(other) == path;
        if is(&request.workspace) {
            RootReason::Workspace
        } else if is(Path::new("/tmp")) {
            RootReason::SlashTmp
        } else if request.tmpdir.as_deref().is_some_and(is) {
            RootReason::TmpDir
        } else if is(&request.codex_home.join("memories")) {
            RootReason::Memories
        } else {
            RootReason::Configured
        }
    };
    let settled = settled::roots(&wanted);
    settled.into_iter().map(|path| Root { reason: reason(&path), exists: path.is_dir(), path }).collect()
}

/// The three names in each root, the real git folders behind `.git` files, and `$CODEX_HOME` where it lies in a root.
fn protected(roots: &[Root], codex_home: &Path) -> Vec<Protected> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for root in roots.iter().filter(|root| root.reason != RootReason::Memories) {
        paths.extend(PROTECTED_NAMES.map(|name| root.path.join(name)));
        paths.extend(git_folders(&root.path.join(".git")));
        if codex_home.starts_with(&root.path) {
            paths.push(codex_home.to_path_buf());
        }
    }
    paths.sort();
    paths.dedup();
    paths.into_iter().map(|path| Protected { exists: is_really_there(&path), path }).collect()
}

/// Whether something is there that is not the placeholder of a running command.
fn is_really_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| !(found.is_dir() && found.mtime() == PLACEHOLDER_MTIME))
}

/// Where a `.git` that is a file or a link leads: the git folder of a worktree or submodule, and the one it shares.
fn git_folders(dot_git: &Path) -> Vec<PathBuf> {
    let Some(first) = real_git_folder(dot_git) else { return Vec::new() };
    let shared = fs::read_to_string(first.join("commondir")).ok().and_then(|text| first.join(text.trim_end()).canonicalize().ok());
    std::iter::once(first).chain(shared).collect()
}

fn real_git_folder(dot_git: &Path) -> Option<PathBuf> {
    let kind = dot_git.symlink_metadata().ok()?;
    if kind.is_symlink() {
        return dot_git.canonicalize().ok();
    }
    if !kind.is_file() || kind.len() > 8192 {
        return None;
    }
    let text = fs::read_to_string(dot_git).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    dot_git.parent()?.join(target).canonicalize().ok()
}

fn unreadable(request: &SandboxRequest) -> Vec<Unreadable> {
    let home = settled::path(&request.codex_home);
    let always = SECRETS_OF_HOME.map(|name| Unreadable { pattern: home.join(name).to_string_lossy().into_owned(), always: true });
    let chosen = request.boundary.deny_read.iter().map(|pattern| Unreadable { pattern: pattern.clone(), always: false });
    always.into_iter().chain(chosen).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use codex_protocol::Boundary;

    use super::*;

    fn request(place: &Path, policy: SandboxPolicy) -> SandboxRequest {
        SandboxRequest {
            policy,
            boundary: Boundary { deny_read: vec!["**/.env".into()], ..Boundary::default() },
            codex_home: place.join("home"),
            proxy: None,
            landlock_only: false,
            announce: false,
            workspace: place.join("work"),
            cwd: place.join("work"),
            tmpdir: Some(place.join("temp")),
            helper: "/codex".into(),
            argv: Vec::new(),
        }
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        for name in ["home", "work", "temp", "repo/.git/worktrees/work"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        (folder, path)
    }

    #[test]
    fn every_root_has_its_reason_and_every_protected_path_says_whether_it_exists() {
        let (_folder, place) = place();
        fs::create_dir(place.join("work/.git")).unwrap();
        let policy = SandboxPolicy::WorkspaceWrite {
            writable_roots: vec![place.join("more"), place.join("home/memories")],
            network_access: false,
            exclude_tmpdir_env_var: false,
            exclude_slash_tmp: false,
        };
        let effective = Effective::of(&request(&place, policy));
        let reason = |name: &str| effective.root_of(&place.join(name).join("x")).unwrap();
        for (name, expected, exists) in [
            ("work", RootReason::Workspace, true),
            ("temp", RootReason::TmpDir, true),
            ("more", RootReason::Configured, false),
            ("home/memories", RootReason::Memories, false),
        ] {
            assert_eq!((reason(name).reason, reason(name).exists), (expected, exists), "{name}");
        }
        let exists = |name: &str| effective.protected.iter().find(|closed| closed.path == place.join(name)).unwrap().exists;
        assert!(exists("work/.git") && !exists("work/.codex") && !exists("work/.agents") && !exists("temp/.git"));
        assert_eq!(effective.network, Network::Off);
    }

    #[test]
    fn protection_holds_by_name_in_any_case_and_for_the_git_folder_behind_a_file() {
        let (_folder, place) = place();
        fs::write(place.join("work/.git"), "gitdir: ../repo/.git/worktrees/work\n").unwrap();
        fs::write(place.join("repo/.git/worktrees/work/commondir"), "../..\n").unwrap();
        let effective = Effective::of(&request(&place, SandboxPolicy::workspace_write()));
        for (path, closed) in [
            ("work/.git", true),
            ("work/.GIT/hooks/x", true),
            ("work/.Codex/config.toml", true),
            ("work/.gitignore", false),
            ("work/sub/.git/x", false),
            ("repo/.git/hooks", true),
            ("repo/.git/worktrees/work/HEAD", true),
            ("repo/src", false),
        ] {
            assert_eq!(effective.protected_over(&place.join(path)).is_some(), closed, "{path}");
        }
        fs::remove_file(place.join("work/.git")).unwrap();
        symlink(place.join("repo/.git"), place.join("work/.git")).unwrap();
        let effective = Effective::of(&request(&place, SandboxPolicy::workspace_write()));
        assert!(effective.protected_over(&place.join("repo/.git/config")).is_some());
    }

    #[test]
    fn the_other_policies_have_no_roots_and_only_the_restricting_one_hides_secrets() {
        let (_folder, place) = place();
        let read_only = Effective::of(&request(&place, SandboxPolicy::read_only()));
        assert!(read_only.roots.is_empty() && read_only.protected.is_empty());
        assert!(read_only.unreadable.iter().any(|item| item.always && item.pattern.ends_with("home/auth.json")));
        assert!(read_only.unreadable.iter().any(|item| !item.always && item.pattern == "**/.env"));
        let bare = Effective::of(&request(&place, SandboxPolicy::DangerFullAccess));
        assert!(bare.unreadable.is_empty() && bare.roots.is_empty());
        assert_eq!(bare.network, Network::On);
    }
}
