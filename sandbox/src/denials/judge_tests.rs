//! A table: a refusal in, a rule out. S10.

use codex_protocol::NetworkRules;
use pretty_assertions::assert_eq;

use super::*;
use crate::denials::report;
use crate::effective::{Protected, Root, RootReason, Unreadable};
use codex_linux_sandbox::trace::Outcome;

const EPERM: i32 = 1;
const EACCES: i32 = 13;
const EBUSY: i32 = 16;
const EEXIST: i32 = 17;
const EXDEV: i32 = 18;
const EROFS: i32 = 30;

/// A world in which everything is as it is called, `/theirs` is another user's and `/roots` needs an administrator.
struct World;

impl Outside for World {
    fn real(&self, path: &Path, follow: bool) -> PathBuf {
        match path.to_str() {
            Some("/w/link") if follow => "/elsewhere/target".into(),
            _ => path.to_owned(),
        }
    }

    fn permission(&self, path: &Path, _intent: Intent) -> Permission {
        if path.starts_with("/theirs") {
            Permission::Refused
        } else if path.starts_with("/roots") {
            Permission::ByPrivilege
        } else {
            Permission::Granted
        }
    }
}

fn effective(policy: SandboxPolicy) -> Effective {
    let writes = matches!(policy, SandboxPolicy::WorkspaceWrite { .. });
    let root = |path: &str, reason| Root { path: path.into(), reason, exists: true };
    let roots = vec![root("/tmp", RootReason::SlashTmp), root("/w", RootReason::Workspace)];
    Effective {
        policy,
        workspace: "/w".into(),
        roots: if writes { roots } else { Vec::new() },
        protected: vec![Protected { path: "/tmp/real.git".into(), exists: true }],
        unreadable: vec![
            Unreadable { pattern: "/home/me/.codex/auth.json".into(), always: true },
            Unreadable { pattern: "**/.env*".into(), always: false },
            Unreadable { pattern: "/home/*/.ssh".into(), always: false },
        ],
        network: Network::Off,
    }
}

fn write() -> Effective {
    effective(SandboxPolicy::workspace_write())
}

fn refusal(call: &str, errno: i32, targets: Vec<Target>) -> Refusal {
    Refusal { program: "prog".into(), call: call.into(), answer: Answer::Errno(errno), targets, count: 1 }
}

fn path(intent: Intent, path: &str) -> Target {
    Target::Path { intent, path: path.into() }
}

fn rule(refusal: &Refusal, effective: &Effective, mechanism: Mechanism) -> Option<Rule> {
    judge(refusal, effective, mechanism, &World).map(|judged| judged.rule)
}

#[test]
fn every_refused_path_has_its_rule() {
    use Intent::{Change, Create, Execute, Read, Remove, Write};
    let (strict, full) = (Mechanism::Landlock(SandboxFallback::Strict), Mechanism::Namespaces);
    let (write, read) = (write(), effective(SandboxPolicy::read_only()));
    let outside = |folder: &str| Rule::OutsideRoots(folder.into());
    for (effective, mechanism, errno, target, expected) in [
        (&write, full, EROFS, path(Create, "/etc/x"), outside("/etc")),
        (&write, full, EROFS, path(Write, "/w/link"), outside("/elsewhere")),
        (&write, full, EROFS, path(Change, "/w-evil/x"), outside("/w-evil")),
        (&write, full, EACCES, path(Create, "/w/.git/hooks/x"), Rule::Protected("/w/.git".into())),
        (&write, full, EACCES, path(Create, "/w/.CODEX"), Rule::Protected("/w/.CODEX".into())),
        (&write, full, EROFS, path(Write, "/tmp/real.git/config"), Rule::Protected("/tmp/real.git".into())),
        (&write, full, EACCES, path(Read, "/home/me/.codex/auth.json"), Rule::Unreadable { always: true }),
        (&write, full, EACCES, path(Read, "/w/a/.env.local"), Rule::Unreadable { always: false }),
        (&write, full, EACCES, path(Read, "/home/you/.ssh/id"), Rule::Unreadable { always: false }),
        (&write, full, EROFS, path(Write, "/proc/sys/kernel/core_pattern"), Rule::System),
        (&write, full, EBUSY, path(Remove, "/w"), Rule::RootItself),
        (&write, strict, EACCES, path(Create, "/w/new"), Rule::PieceByPiece("/w".into())),
        (&write, strict, EACCES, path(Remove, "/w/beside/hidden"), Rule::PieceByPiece("/w".into())),
        (&write, strict, EACCES, path(Write, "/w/old"), Rule::Unknown),
        (&write, Mechanism::Landlock(SandboxFallback::Relaxed), EACCES, path(Create, "/w/new"), Rule::Unknown),
        (&write, full, EACCES, path(Create, "/w/new"), Rule::Unknown),
        (&write, full, EACCES, path(Read, "/theirs/file"), Rule::FilePermissions),
        (&write, full, EACCES, path(Create, "/theirs/file"), Rule::FilePermissions),
        (&write, full, EACCES, path(Read, "/roots/file"), Rule::Privilege),
        (&write, full, EACCES, path(Execute, "/w/prog"), Rule::Unknown),
        (&read, full, EROFS, path(Create, "/w/x"), Rule::ReadOnly { inside: true }),
        (&read, full, EROFS, path(Create, "/etc/x"), Rule::ReadOnly { inside: false }),
        (&read, full, EACCES, path(Read, "/w/.env"), Rule::Unreadable { always: false }),
    ] {
        let refusal = refusal("openat", errno, vec![target]);
        assert_eq!(rule(&refusal, effective, mechanism), Some(expected), "{refusal:?}");
    }
}

#[test]
fn of_two_ends_the_one_with_a_rule_counts_and_a_mere_clash_is_none() {
    let (write, full) = (write(), Mechanism::Namespaces);
    let rename = |errno, from: &str, to: &str| refusal("renameat2", errno, vec![path(Intent::Remove, from), path(Intent::Create, to)]);
    assert_eq!(rule(&rename(EBUSY, "/w/.git", "/w/x"), &write, full), Some(Rule::Protected("/w/.git".into())));
    assert_eq!(rule(&rename(EACCES, "/w/x", "/w/.git"), &write, full), Some(Rule::Protected("/w/.git".into())));
    assert_eq!(rule(&rename(EXDEV, "/out/f", "/w/f"), &write, full), Some(Rule::OutsideRoots("/out".into())));
    assert_eq!(rule(&rename(EXDEV, "/tmp/f", "/w/f"), &write, full), None);
    let exists = |at: &str| refusal("mkdir", EEXIST, vec![path(Intent::Create, at)]);
    assert_eq!(rule(&exists("/w/sub"), &write, full), None);
    assert_eq!(rule(&exists("/w/.codex"), &write, full), Some(Rule::Protected("/w/.codex".into())));
}

#[test]
fn sockets_and_calls_have_rules_too() {
    let (full, off) = (Mechanism::Namespaces, write());
    let on = Effective { network: Network::On, ..off.clone() };
    let hosts = Effective { network: Network::Hosts(NetworkRules::default()), ..off.clone() };
    let socket = |family: &str| refusal("socket", EPERM, vec![Target::Socket(family.into())]);
    let connect = refusal("connect", EPERM, vec![Target::Address("/run/docker.sock".into())]);
    for (refusal, effective, expected) in [
        (socket("AF_INET"), &off, Rule::NetworkOff),
        (socket("AF_NETLINK"), &on, Rule::SocketKind),
        (socket("AF_INET"), &hosts, Rule::NetworkByHost),
        (socket("AF_VSOCK"), &hosts, Rule::SocketKind),
        (connect, &off, Rule::NetworkOff),
        (refusal("ptrace", EPERM, vec![]), &off, Rule::Call),
        (refusal("kill", EPERM, vec![]), &off, Rule::Unknown),
        (refusal("system call 999", EPERM, vec![]), &off, Rule::Unknown),
    ] {
        assert_eq!(rule(&refusal, effective, full), Some(expected), "{refusal:?}");
    }
    let killed = Refusal { answer: Answer::Killed, ..refusal("system call -1", 0, vec![]) };
    assert_eq!(rule(&killed, &off, full), Some(Rule::Call));
}

#[test]
fn every_rule_of_ours_says_what_would_allow_it() {
    let paths = PathBuf::from("/a b/.git");
    for rule in [
        Rule::ReadOnly { inside: true },
        Rule::ReadOnly { inside: false },
        Rule::OutsideRoots(paths.clone()),
        Rule::System,
        Rule::Protected(paths.clone()),
        Rule::RootItself,
        Rule::PieceByPiece(paths),
        Rule::Unreadable { always: true },
        Rule::Unreadable { always: false },
        Rule::NetworkOff,
        Rule::NetworkByHost,
        Rule::SocketKind,
        Rule::Call,
        Rule::Privilege,
    ] {
        assert!(rule.is_ours() && rule.remedy().is_some(), "{rule:?}");
    }
    assert_eq!(Rule::OutsideRoots("/a b".into()).remedy().as_deref(), Some("allow with `--add-dir '/a b'`"));
    assert_eq!((Rule::FilePermissions.remedy(), Rule::Unknown.remedy()), (None, None));
}

#[test]
fn the_list_reads_like_this() {
    let again = Refusal { count: 3, ..refusal("openat", EROFS, vec![path(Intent::Create, "/etc/x")]) };
    let outcome = Outcome {
        code: 1,
        refusals: vec![
            again,
            refusal("open", EROFS, vec![path(Intent::Create, "/etc/x")]),
            refusal("openat", EACCES, vec![path(Intent::Read, "/theirs/\u{1b}[2J")]),
            refusal("socket", EPERM, vec![Target::Socket("AF_INET".into())]),
        ],
        more: 0,
        not_followed: None,
    };
    insta::assert_snapshot!(report(&outcome, &write(), Mechanism::Namespaces, &World));
    let nothing = Outcome { code: 0, refusals: Vec::new(), more: 0, not_followed: None };
    assert_eq!(
        report(&nothing, &write(), Mechanism::Namespaces, &World),
        "codex sandbox: nothing was denied (workspace-write, network off)\n"
    );
}
