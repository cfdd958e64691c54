//! Machines that lack a part: nothing runs less confined than it was meant to without that being said, and nothing runs bare. S6, A19
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;

use codex_linux_sandbox::{Backend, Confinement, REFUSED_EXIT, REFUSED_PREFIX};
use codex_protocol::SandboxFallback::{self, Refuse, Relaxed, Strict};
use support::{Place, Seen};

/// Ways to have no namespaces, by the step that is refused.
const NO_NAMESPACES: [&str; 4] = ["namespaces", "namespaces-limit", "view", "fresh-proc"];

fn run(place: &Place, parts: &[&str], fallback: SandboxFallback, script: &str) -> Seen {
    let limits = Confinement { fallback, ..place.limits() };
    Seen::of(&place.without(parts, &limits, &["sh", "-c", script]).output().unwrap())
}

#[test]
fn without_namespaces_the_default_is_strict_and_said_once() {
    let place = Place::new();
    fs::create_dir(place.workspace.join("src")).unwrap();
    fs::create_dir(place.workspace.join(".git")).unwrap();
    let script = "echo y > file; echo y > src/new; echo x > top; mkdir .codex; echo x > .git/config; rm -rf .git; echo x > ../outside/new; cat ../home/auth.json; echo end";
    for part in NO_NAMESPACES {
        let seen = run(&place, &[part], Strict, script);
        assert_eq!(seen.out, "end\n", "{part}: {}", seen.err);
        let said: Vec<_> = seen.err.lines().filter(|line| line.starts_with("sandbox: ")).collect();
        assert!(said.len() == 1 && said[0].contains("Landlock and seccomp alone") && said[0].contains("; "), "{part}: {}", seen.err);
        assert_eq!(place.names(), [".git", "file", "src"], "{part}");
        assert!(support::names(&place.workspace.join(".git")).is_empty());
        assert!(place.workspace.join("src/new").exists() && !place.outside.join("new").exists());
    }
}

#[test]
fn temporary_folders_keep_their_use_in_the_strict_fallback() {
    let place = Place::new();
    let limits = Confinement { temporary: vec![place.outside.clone()], ..place.limits() };
    let script = "echo x > ../outside/new && cat ../outside/new";
    let seen = Seen::of(&place.without(&["namespaces"], &limits, &["sh", "-c", script]).output().unwrap());
    assert_eq!(seen.out, "x\n", "{}", seen.err);
}

#[test]
fn who_wants_nothing_weaker_gets_nothing_and_the_remedy() {
    let place = Place::new();
    for part in NO_NAMESPACES {
        let seen = run(&place, &[part], Refuse, "echo ran");
        assert_eq!((seen.code, seen.out.as_str()), (Some(REFUSED_EXIT.into()), ""), "{part}");
        assert!(seen.err.starts_with(REFUSED_PREFIX) && seen.err.lines().count() == 1 && seen.err.contains("; "), "{part}: {}", seen.err);
    }
}

#[test]
fn relaxed_writes_whole_roots_and_puts_protected_names_back() {
    let place = Place::new();
    let git = place.workspace.join(".git");
    fs::create_dir(&git).unwrap();
    fs::write(git.join("config"), "[core]").unwrap();
    let script = "echo x > top; mkdir .codex; echo x > .codex/config.toml; echo x > .git/config; ln -s /etc .git/hooks; echo x > ../outside/new; echo end";
    let seen = run(&place, &["namespaces"], Relaxed, script);
    assert_eq!(seen.out, "end\n", "{}", seen.err);
    assert_eq!(place.names(), [".git", "file", "top"]);
    assert_eq!((support::names(&git), fs::read_to_string(git.join("config")).unwrap()), (vec!["config".into()], "[core]".into()));
    for words in ["only compared and restored", ".git/config` is protected", ".git/hooks` is protected", ".codex` is protected"] {
        assert!(seen.err.contains(words), "{words}: {}", seen.err);
    }
    assert!(!place.outside.join("new").exists());
}

#[test]
fn landlock_alone_by_choice_is_strict_whatever_the_fallback() {
    let place = Place::new();
    for fallback in [Strict, Refuse, Relaxed] {
        let limits = Confinement { fallback, backend: Backend::Landlock, ..place.limits() };
        let seen = place.sh(&limits, "echo x > top; mkdir .git; echo y > file; cat file");
        assert_eq!(seen.out, "y\n", "{}", seen.err);
        assert!(!seen.err.contains("sandbox: "), "{}", seen.err);
        assert_eq!(place.names(), ["file"]);
    }
}

#[test]
fn without_landlock_namespaces_do_and_it_is_said() {
    if support::without_namespaces() {
        return;
    }
    let place = Place::new();
    for part in ["landlock", "landlock-off", "landlock-forbidden"] {
        let seen = run(&place, &[part], Strict, "mkdir .git/x; echo x > ../outside/new; cat ../home/auth.json; echo y > made; cat made");
        assert_eq!(seen.out, "y\n", "{part}: {}", seen.err);
        assert!(seen.err.starts_with("sandbox: ") && seen.err.contains("without Landlock"), "{part}: {}", seen.err);
        assert!(!place.outside.join("new").exists());
        fs::remove_file(place.workspace.join("made")).unwrap();
        assert_eq!(place.names(), ["file"]);
    }
}

#[test]
fn with_neither_or_without_filters_nothing_runs() {
    let place = Place::new();
    for (parts, words) in [
        (&["namespaces", "landlock"][..], "nothing to confine it with"),
        (&["view", "landlock-off"], "`lsm=` boot parameter"),
        (&["fresh-proc", "landlock-forbidden"], "`landlock_*`"),
        (&["seccomp"], "CONFIG_SECCOMP_FILTER"),
        (&["namespaces", "landlock", "seccomp"], "CONFIG_SECCOMP_FILTER"),
        (&["landlock-rules"], "Landlock"),
        (&["namespaces", "landlock-rules"], "Landlock"),
    ] {
        for fallback in [Strict, Refuse, Relaxed] {
            let seen = run(&place, parts, fallback, "echo ran; touch ran");
            assert_eq!((seen.code, seen.out.as_str()), (Some(REFUSED_EXIT.into()), ""), "{parts:?}: {}", seen.err);
            let last = seen.err.lines().last().unwrap();
            assert!(last.starts_with(REFUSED_PREFIX), "{parts:?}: {}", seen.err);
            assert!(last.contains(words) || fallback == Refuse, "{parts:?}: {}", seen.err);
        }
    }
    assert_eq!(place.names(), ["file"]);
}

/// Not a filter that plays the kernel, but the kernel: a namespace in which there can be no further ones.
#[test]
fn the_systems_own_switch_is_found_and_named() {
    let place = Place::new();
    let inner = place.without(&[], &place.limits(), &["sh", "-c", "echo x > top; echo y > file; cat file"]);
    let switched_off = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
    let mut command = support::plain("unshare");
    command.args(["-Ur", "sh", "-c", switched_off]).arg(inner.get_program()).args(inner.get_args());
    let seen = Seen::of(&command.output().unwrap());
    if seen.err.starts_with("unshare:") {
        eprintln!("skipped: {}", seen.err);
        return;
    }
    assert_eq!(seen.out, "y\n", "{}", seen.err);
    assert!(
        seen.err.contains("user.max_user_namespaces = 0") && seen.err.contains("run `sysctl -w user.max_user_namespaces="),
        "{}",
        seen.err
    );
    assert_eq!(place.names(), ["file"]);
}
