//! Which commands can be allowed for good. Requirement C7.

use std::path::Path;

use codex_execpolicy::{Refusal, SessionGrant, durable_prefix};
use pretty_assertions::assert_eq;

use crate::words;

/// Abuse case A44, and every program that requirement C7 names, with and without a path and a version.
#[test]
fn interpreters_and_delegators_never_last() {
    for line in [
        "sh x",
        "bash -lc ls",
        "zsh -c ls",
        "dash x",
        "fish -c x",
        "env ls",
        "sudo ls",
        "su -c",
        "doas ls",
        "nice ls",
        "nohup ls",
        "timeout 1 ls",
        "xargs ls",
        "find . -name",
        "parallel ls",
        "python x.py",
        "python3 x.py",
        "python3.12 -m",
        "python3.12-dbg x",
        "pypy3 x",
        "node x.js",
        "nodejs x",
        "node18 x",
        "ruby x.rb",
        "ruby3.2 x",
        "irb x",
        "perl -e",
        "perl5.36.0 -e",
        "php x.php",
        "php8.1 x",
        "lua x",
        "lua5.4 x",
        "luajit x",
        "awk {}",
        "gawk {}",
        "mawk {}",
        "make all",
        "gmake all",
        "npx x",
        "npm run",
        "npm test",
        "cargo run",
        "cargo test",
        "git status",
        "git-lfs x",
        "ssh host",
        "docker run",
        "podman run",
        "kubectl exec",
        "go run",
        "deno run",
        "bun run",
        "yarn build",
        "pnpm run",
        "uv run",
        "pip install",
        "pip3.11 install",
        "gcc-13 x",
        "vim x",
        "sed -n",
        "tar -x",
        "rsync a",
        "busybox ls",
        "watch ls",
        "strace ls",
        "setsid ls",
        "stdbuf -o0",
        "command ls",
        "eval x",
        "tmux new",
        "just x",
        "BASH -c",
        "Python3 x",
        "node.exe x",
        "sqlite3 db",
        "flock f",
    ] {
        let argv = words(line);
        for argv in [argv.clone(), [vec![format!("/usr/bin/{}", argv[0])], argv[1..].to_vec()].concat()] {
            let found = Path::new("/usr/bin").join(&words(line)[0]);
            let refusal = durable_prefix(&argv, Some(&found)).expect_err(line);
            assert!(matches!(refusal, Refusal::RunsAnything(_)), "{line}: {refusal}");
            assert!(refusal.to_string().ends_with("this exact command can be allowed for the session"), "{refusal}");
        }
    }
}

#[test]
fn an_interpreter_behind_another_name_never_lasts() {
    let refusal = durable_prefix(&words("tool x"), Some(Path::new("/usr/bin/python3.12"))).unwrap_err();
    assert_eq!(refusal, Refusal::RunsAnything("python3.12".to_owned()));
}

#[test]
fn other_programs_last_with_at_least_two_words() {
    for line in ["touch x", "mkdir -p", "cp a b", "curl https://a", "ls -l", "7z x", "shellcheck x", "envsubst x", "findmnt /", "ruff x"] {
        let argv = words(line);
        let found = Path::new("/usr/bin").join(&argv[0]);
        assert_eq!(durable_prefix(&argv, Some(&found)).expect(line).words(), argv);
        assert_eq!(durable_prefix(&argv[..1], Some(&found)), Err(Refusal::TooShort), "{line}");
    }
    assert_eq!(durable_prefix(&[], None), Err(Refusal::TooShort));
}

#[test]
fn a_rule_is_about_one_file() {
    let own = Path::new("/home/me/.local/bin/tool");
    assert_eq!(durable_prefix(&words("tool x y"), Some(own)).unwrap().words(), words("/home/me/.local/bin/tool x y"));
    assert_eq!(durable_prefix(&words("/opt/tool x"), Some(Path::new("/opt/tool"))).unwrap().words(), words("/opt/tool x"));
    assert_eq!(durable_prefix(&words("./tool x"), Some(Path::new("/repo/tool"))), Err(Refusal::Replaceable("./tool".to_owned())));
    assert_eq!(durable_prefix(&words("bin/tool x"), Some(Path::new("/repo/bin/tool"))), Err(Refusal::Replaceable("bin/tool".to_owned())));
    assert_eq!(durable_prefix(&words("tool x"), None), Err(Refusal::NotFound("tool".to_owned())));
}

#[test]
fn a_rule_can_be_read_as_it_stands() {
    for word in ["a\nb", "a\u{1b}[2K", "a\u{202e}b", "a\u{200b}", "\u{a0}", "\0"] {
        let argv = ["touch".to_owned(), word.to_owned()];
        assert_eq!(durable_prefix(&argv, Some(Path::new("/usr/bin/touch"))), Err(Refusal::Unprintable), "{word:?}");
    }
}

#[test]
fn a_session_grant_is_for_the_very_same_command() {
    let git = Path::new("/usr/bin/git");
    let grant = SessionGrant::new(words("git push"), Some(git.to_owned()));
    assert!(grant.covers(&words("git push"), Some(git)));
    assert!(!grant.covers(&words("git push -f"), Some(git)));
    assert!(!grant.covers(&words("git"), Some(git)));
    assert!(!grant.covers(&words("git push"), Some(Path::new("/repo/git"))));
    assert!(!grant.covers(&words("git push"), None));
    assert_eq!(grant.argv(), words("git push"));
}
