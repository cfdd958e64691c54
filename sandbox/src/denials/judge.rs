//! From a refusal to the rule behind it.

use std::fmt;
use std::path::{Path, PathBuf};

use codex_linux_sandbox::trace::{Answer, Intent, Refusal, Target};
use codex_protocol::{SandboxFallback, SandboxPolicy};

use super::outside::{Outside, Permission};
use crate::effective::{Effective, Network};

/// What enforces the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Namespaces, with Landlock and seccomp inside.
    Namespaces,
    /// Landlock and seccomp alone, in this way.
    Landlock(SandboxFallback),
}

/// What was behind a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The policy allows no writing; `inside` tells whether the path is in the workspace.
    ReadOnly {
        /// Whether writing in the workspace would be enough.
        inside: bool,
    },
    /// The path lies in no writable root; this folder would have to be one.
    OutsideRoots(PathBuf),
    /// Devices and kernel settings, which no root opens.
    System,
    /// The path is, or lies in, one that stays closed in every root.
    Protected(PathBuf),
    /// A root itself is neither removed nor renamed.
    RootItself,
    /// Without namespaces a root is opened piece by piece, and nothing new is made where that leaves gaps.
    PieceByPiece(PathBuf),
    /// The path may not be read; `always` means whatever the configuration says.
    Unreadable {
        /// Whether no setting changes it.
        always: bool,
    },
    /// The network is off.
    NetworkOff,
    /// The network is open for some hosts alone, through the proxy.
    NetworkByHost,
    /// Sockets below the protocols or to the kernel, also where the network is open.
    SocketKind,
    /// A system call that no sandboxed command may make.
    Call,
    /// Another user's file, which an administrator reaches outside of the sandbox.
    Privilege,
    /// The user may not do it either.
    FilePermissions,
    /// None of ours that we know of.
    Unknown,
}

/// A refusal and what was behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The rule.
    pub rule: Rule,
    /// What it was about, for people: a verb and a path, an address, or the call.
    pub about: String,
}

impl Rule {
    /// Whether the sandbox was the cause.
    pub fn is_ours(&self) -> bool {
        !matches!(self, Self::FilePermissions | Self::Unknown)
    }

    /// What would allow it, in words; `None` where the rule is not ours.
    pub fn remedy(&self) -> Option<String> {
        const NEVER: &str = "not allowed in any sandbox mode";
        Some(match self {
            Self::ReadOnly { inside: true } => "allow with `--sandbox workspace-write` (here: `--full-auto`)".to_owned(),
            Self::ReadOnly { inside: false } => "allow with `--sandbox workspace-write` and `--add-dir` of its folder".to_owned(),
            Self::OutsideRoots(folder) => format!("allow with `--add-dir {}`", shell_word(folder)),
            Self::System | Self::RootItself | Self::Call | Self::SocketKind => NEVER.to_owned(),
            Self::Privilege => format!("{NEVER}; make the file readable or writable for the user itself"),
            Self::Protected(path) if path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(".git")) => {
                format!("{NEVER}; `git add`, `git commit` and the like go through the git broker")
            }
            Self::Protected(_) => NEVER.to_owned(),
            Self::PieceByPiece(_) => "make the file or folder yourself beforehand, let the machine allow namespaces (`codex sandbox explain`), or set `sandbox_fallback = \"relaxed\"`".to_owned(),
            Self::Unreadable { always: true } => NEVER.to_owned(),
            Self::Unreadable { always: false } => "take it out of `sandbox_deny_read`".to_owned(),
            Self::NetworkOff => "allow with `sandbox_workspace_write.network_access = true`, or for some hosts with `{ allow = [\"HOST\"] }`".to_owned(),
            Self::NetworkByHost => "add the host to `sandbox_workspace_write.network_access.allow` and use the proxy variables".to_owned(),
            Self::FilePermissions | Self::Unknown => return None,
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly { .. } => "the policy is read-only",
            Self::OutsideRoots(_) => "outside the writable folders",
            Self::System => "a device or a setting of the kernel",
            Self::Protected(path) => return write!(f, "`{}` stays closed in every writable folder", shown(path)),
            Self::RootItself => "a writable folder itself is neither removed nor renamed",
            Self::PieceByPiece(_) => {
                "without namespaces, nothing is made or removed at the top level of a writable folder, nor beside hidden files"
            }
            Self::Unreadable { always: true } => "credentials and sessions of codex are not read by commands",
            Self::Unreadable { always: false } => "`sandbox_deny_read` names it",
            Self::NetworkOff => "the network is off",
            Self::NetworkByHost => "the network is open for some hosts alone, through a proxy",
            Self::SocketKind => "sockets of this kind are closed even where the network is open",
            Self::Call => "this system call is closed",
            Self::Privilege => "another user's file: commands do not have root's power over those",
            Self::FilePermissions => "file permissions: this user may not do it outside the sandbox either",
            Self::Unknown => "not by a rule of the sandbox that is known",
        })
    }
}

/// Judges one refusal. `None` for what only looked like one: a busy or existing file that no rule is about.
pub fn judge(refusal: &Refusal, effective: &Effective, mechanism: Mechanism, outside: &dyn Outside) -> Option<Judged> {
    if refusal.targets.is_empty() {
        return refused_call(refusal);
    }
    let judged = refusal.targets.iter().map(|target| match target {
        Target::Path { intent, path } => judge_path(refusal, *intent, path, effective, mechanism, outside),
        Target::Socket(family) => Judged { rule: network(effective, family), about: format!("a socket of {family}") },
        Target::Address(address) => Judged { rule: network(effective, "AF_INET"), about: one_line(address) },
    });
    // Of two paths the one with a rule counts: a rename is refused for one of its ends.
    let judged = judged.reduce(|best, next| if best.rule.is_ours() { best } else { next })?;
    let only_if_ours = matches!(refusal.answer, Answer::Errno(errno) if !is_plain_refusal(errno));
    let about_the_boundary = matches!(judged.rule, Rule::Protected(_) | Rule::RootItself | Rule::ReadOnly { .. } | Rule::OutsideRoots(_));
    (!only_if_ours || about_the_boundary).then_some(judged)
}

fn is_plain_refusal(errno: i32) -> bool {
    matches!(rustix::io::Errno::from_raw_os_error(errno), rustix::io::Errno::PERM | rustix::io::Errno::ACCESS | rustix::io::Errno::ROFS)
}

/// Calls that are about other processes or the caller's own standing, where a "no" is the system's ordinary answer.
const ORDINARY: [&str; 21] = [
    "kill",
    "tkill",
    "tgkill",
    "pidfd_send_signal",
    "sched_setscheduler",
    "sched_setattr",
    "sched_setparam",
    "sched_setaffinity",
    "setrlimit",
    "mlock",
    "mlockall",
    "mmap",
    "mprotect",
    "setuid",
    "setgid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
    "fcntl",
    "prctl",
];

fn refused_call(refusal: &Refusal) -> Option<Judged> {
    let about = match refusal.answer {
        Answer::Killed => format!("{}, a call of another architecture or in a way that cannot be watched: ended", refusal.call),
        Answer::Errno(_) => refusal.call.clone(),
    };
    let rule = if ORDINARY.contains(&refusal.call.as_str()) || refusal.call.starts_with("system call ") && refusal.answer != Answer::Killed
    {
        Rule::Unknown
    } else {
        Rule::Call
    };
    Some(Judged { rule, about })
}

fn network(effective: &Effective, family: &str) -> Rule {
    let ordinary = ["AF_INET", "AF_INET6", "AF_UNIX"].contains(&family);
    match (&effective.network, ordinary) {
        (Network::On, _) | (Network::Hosts(_), false) => Rule::SocketKind,
        (Network::Off, _) => Rule::NetworkOff,
        (Network::Hosts(_), true) => Rule::NetworkByHost,
    }
}

fn judge_path(
    refusal: &Refusal,
    intent: Intent,
    path: &Path,
    effective: &Effective,
    mechanism: Mechanism,
    outside: &dyn Outside,
) -> Judged {
    // Removing and renaming are about the name itself, not about what a link leads to.
    let real = outside.real(path, intent != Intent::Remove);
    let by_policy = policy_rule(intent, &real, effective, mechanism, outside);
    let rule = match outside.permission(&real, intent) {
        Permission::Refused if !matches!(by_policy, Some(Rule::Protected(_) | Rule::Unreadable { .. })) && refusal.call != "socket" => {
            Rule::FilePermissions
        }
        Permission::Refused | Permission::Granted => by_policy.unwrap_or(Rule::Unknown),
        Permission::ByPrivilege => by_policy.unwrap_or(Rule::Privilege),
    };
    Judged { rule, about: format!("{} {}", verb(intent), shown(&real)) }
}

/// The rule of the policy that is against it, if there is one.
fn policy_rule(intent: Intent, path: &Path, effective: &Effective, mechanism: Mechanism, outside: &dyn Outside) -> Option<Rule> {
    if let Some(always) = unreadable(path, effective, outside) {
        return Some(Rule::Unreadable { always });
    }
    if matches!(intent, Intent::Read | Intent::Execute) {
        return None;
    }
    if ["/proc", "/sys", "/dev"].iter().any(|system| path.starts_with(system)) {
        return Some(Rule::System);
    }
    if let SandboxPolicy::ReadOnly { .. } = effective.policy {
        return Some(Rule::ReadOnly { inside: path.starts_with(&effective.workspace) });
    }
    if let Some(closed) = effective.protected_over(path) {
        return Some(Rule::Protected(closed));
    }
    let Some(root) = effective.root_of(path) else {
        return Some(Rule::OutsideRoots(path.parent().unwrap_or(path).to_owned()));
    };
    match (intent, mechanism) {
        (Intent::Remove, _) if path == root.path => Some(Rule::RootItself),
        (Intent::Create | Intent::Remove, Mechanism::Landlock(SandboxFallback::Strict)) => Some(Rule::PieceByPiece(root.path.clone())),
        _ => None,
    }
}

/// Whether a path may not be read, and then whether that is so in any case.
fn unreadable(path: &Path, effective: &Effective, outside: &dyn Outside) -> Option<bool> {
    let found = effective.unreadable.iter().find(|item| match item.pattern.strip_prefix("**/") {
        Some(name) => {
            let around = effective.roots.iter().map(|root| &root.path).chain([&effective.workspace]);
            let below = around.filter_map(|root| path.strip_prefix(root).ok()).next();
            below.is_some_and(|below| below.components().any(|part| part.as_os_str().to_str().is_some_and(|part| matches_glob(name, part))))
        }
        None if item.pattern.contains(['*', '?', '[']) => {
            path.ancestors().filter_map(Path::to_str).any(|ancestor| matches_glob(&item.pattern, ancestor))
        }
        None => path.starts_with(outside.real(Path::new(&item.pattern), true)),
    });
    found.map(|item| item.always)
}

/// `*` and `?` within a name, `**` across names. Good enough to name a rule; the helper enforces it.
fn matches_glob(glob: &str, text: &str) -> bool {
    let (mut glob, mut text) = (glob.as_bytes(), text.as_bytes());
    while let Some((first, rest)) = glob.split_first() {
        match first {
            b'*' => {
                let across = rest.first() == Some(&b'*');
                let rest = if across { rest[1..].strip_prefix(b"/").unwrap_or(&rest[1..]) } else { rest };
                let Ok(rest) = std::str::from_utf8(rest) else { return false };
                let limit = if across { text.len() } else { text.iter().position(|byte| *byte == b'/').unwrap_or(text.len()) };
                return (0..=limit).any(|at| std::str::from_utf8(&text[at..]).is_ok_and(|text| matches_glob(rest, text)));
            }
            b'?' => match text.split_first() {
                Some((byte, after)) if *byte != b'/' => text = after,
                _ => return false,
            },
            _ => match text.strip_prefix(std::slice::from_ref(first)) {
                Some(after) => text = after,
                None => return false,
            },
        }
        glob = rest;
    }
    text.is_empty()
}

fn verb(intent: Intent) -> &'static str {
    match intent {
        Intent::Read => "read",
        Intent::Write => "write",
        Intent::Create => "make or write",
        Intent::Remove => "remove or rename",
        Intent::Change => "change attributes of",
        Intent::Execute => "run",
    }
}

/// A path for a message: on one line, without control characters.
fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy())
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { format!("{}", letter.escape_default()) } else { letter.to_string() }).collect()
}

/// A path as a word of a shell line.
fn shell_word(path: &Path) -> String {
    let text = shown(path);
    let plain = text.chars().all(|letter| letter.is_alphanumeric() || "/._-+@%,:".contains(letter));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
