//! The macOS profile, read as text, and its call. It cannot be run here; what it says can be judged all the same.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use codex_protocol::SandboxPolicy;
use codex_sandbox::Effective;
use codex_sandbox::effective::{Network, Protected, Root, RootReason, Unreadable};
use codex_sandbox::seatbelt::{Profile, Reach, SANDBOX_EXEC, command, profile};
use pretty_assertions::assert_eq;

fn effective(policy: SandboxPolicy) -> Effective {
    let writes = matches!(policy, SandboxPolicy::WorkspaceWrite { .. });
    let root = |path: &str, reason| Root { path: path.into(), reason, exists: true };
    let closed = |path: &str| Protected { path: path.into(), exists: true };
    let roots = vec![
        root("/Users/me/.codex/memories", RootReason::Memories),
        root("/Users/me/work \"(x)\"", RootReason::Workspace),
        root("/private/tmp", RootReason::SlashTmp),
    ];
    let protected = vec![closed("/Users/me/work \"(x)\"/.git"), closed("/private/tmp/real.git")];
    Effective {
        policy,
        workspace: "/Users/me/work \"(x)\"".into(),
        roots: if writes { roots } else { Vec::new() },
        protected: if writes { protected } else { Vec::new() },
        unreadable: vec![
            Unreadable { pattern: "/Users/me/.codex/auth.json".into(), always: true },
            Unreadable { pattern: "**/.env*".into(), always: false },
            Unreadable { pattern: "/Users/*/.ssh".into(), always: false },
        ],
        network: Network::Off,
    }
}

fn write() -> Effective {
    effective(SandboxPolicy::workspace_write())
}

#[test]
fn the_profile_of_workspace_write_reads_like_this() {
    let Profile { text, parameters } = profile(&write(), Reach::Nothing);
    let parameters: Vec<String> = parameters.iter().map(|(name, path)| format!("-D{name}={}", path.display())).collect();
    insta::assert_snapshot!(format!("{text}\n{}", parameters.join("\n")));
}

#[test]
fn read_only_differs_in_the_writing_alone() {
    let [write, read] = [write(), effective(SandboxPolicy::read_only())].map(|effective| profile(&effective, Reach::Nothing).text);
    let only = |this: &str, other: &str| -> Vec<String> {
        this.lines().filter(|line| !other.lines().any(|same| same == *line)).map(str::to_owned).collect()
    };
    assert_eq!(only(&read, &write), Vec::<String>::new());
    assert!(only(&write, &read).iter().all(|line| line.starts_with("; Writing") || line.contains("file-write*")), "{write}");
}

#[test]
fn the_network_is_off_on_or_a_proxy_on_this_machine() {
    let lines = |reach| -> Vec<String> {
        let text = profile(&effective(SandboxPolicy::read_only()), reach).text;
        text.lines().filter(|line| line.contains("network-") || line.contains("system-socket")).map(str::to_owned).collect()
    };
    assert_eq!(lines(Reach::Nothing), Vec::<String>::new());
    assert_eq!(
        lines(Reach::Loopback(&[43128, 41080])),
        ["(allow network-outbound (remote tcp \"localhost:43128\"))", "(allow network-outbound (remote tcp \"localhost:41080\"))"]
    );
    assert_eq!(
        lines(Reach::Everything),
        ["(allow network-outbound)", "(allow network-inbound)", "(allow network-bind)", "(allow system-socket)"]
    );
}

/// Whoever chooses a folder's name does not choose rules.
#[test]
fn no_path_enters_the_text_and_every_parameter_it_names_is_given() {
    let Profile { text, parameters } = profile(&write(), Reach::Everything);
    for strange in ["/Users", "work \"", "/private", "real.git"] {
        assert!(!text.contains(strange), "{strange} in {text}");
    }
    let mut named: Vec<&str> = text.split("(param \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    named.sort_unstable();
    named.dedup();
    let mut given: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    given.sort_unstable();
    assert_eq!(named, given);
    let depth = text.lines().filter(|line| !line.starts_with(';')).flat_map(str::chars).try_fold(0_i32, |depth, letter| match letter {
        '(' => Some(depth + 1),
        ')' => (depth > 0).then_some(depth - 1),
        _ => Some(depth),
    });
    // Patterns hold brackets too, one of each.
    assert_eq!(depth, Some(0), "{text}");
}

#[test]
fn the_call_hands_over_paths_as_they_are_and_the_command_after_two_dashes() {
    let call = command(&write(), Reach::Nothing, &["git".into(), "--version".into()]);
    assert_eq!((call.program.to_str(), call.sandboxed), (Some(SANDBOX_EXEC), true));
    let words: Vec<_> = call.args.iter().map(|word| word.to_str().unwrap()).collect();
    assert_eq!((words[0], words[1].starts_with("(version 1)\n(deny default)\n")), ("-p", true));
    assert!(words.contains(&"-DROOT_1=/Users/me/work \"(x)\""), "{words:?}");
    assert_eq!(words[words.len() - 3..], ["--", "git", "--version"]);
    assert_eq!(Path::new(SANDBOX_EXEC), PathBuf::from("/usr/bin/sandbox-exec"));
}
