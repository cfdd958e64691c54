//! What is called safe, run by a real bash among planted programs: none of them runs, and nothing changes.
//!
//! The workspace holds programs of well-known names that leave a mark, files whose names are options, and a repository
//! inside the trusted one whose configuration runs a program. Lines are put together from pieces of harmless and of
//! hostile ones; only those that are called safe are run.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use codex_shell_command::{OnDisk, Surroundings, Verdict, classify};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tempfile::TempDir;

use crate::machine::words;

const PROGRAMS: &[&str] = &[
    "ls",
    "cat",
    "find",
    "grep",
    "sed",
    "git",
    "uniq",
    "base64",
    "echo",
    "head",
    "tail",
    "wc",
    "rg",
    "nl",
    "cd",
    "true",
    "tr",
    "which",
    "p",
    "./ls",
    "./p",
    "bin/cat",
    "sh",
    "bash",
    "eval",
    "command",
    "xargs",
    "env",
    "sort",
    "tee",
    "touch",
    "printf",
    "exec",
    "time",
    "!",
    "\"ls\"",
    "l\\s",
    "find .",
    "git log",
    "git status",
    "git diff",
    "git branch",
    "sed -n",
    "bash -c",
    "sh -c",
    "cd sub &&",
    "grep -r x",
    "find . -name",
];

const ARGUMENTS: &[&str] = &[
    "f",
    "x",
    "sub",
    ".",
    "-n",
    "-l",
    "-r",
    "-e",
    "-la",
    "1p",
    "1,2p",
    "'1w mark'",
    "'1e ./p'",
    "-exec ./p \\;",
    "-exec",
    "./p",
    "';'",
    "\\;",
    "{}",
    "+",
    "-delete",
    "-fprint mark",
    "-name",
    "-ok",
    "*",
    "-*",
    "s*",
    "{a,b}",
    "{-exec,./p,{},+}",
    "{-delete,}",
    "~",
    "~/x",
    "$(p)",
    "`p`",
    "'$(p)'",
    "\"$(p)\"",
    "\"`p`\"",
    "$p",
    "${x:=p}",
    "$((a[$(p)]))",
    "$[a[$(p)]]",
    "$'p'",
    "<(p)",
    "> mark",
    ">mark",
    "2>mark",
    "< f",
    "<<E",
    "<<<x",
    "--pre=./p",
    "--pre",
    "-z",
    "--output=mark",
    "--output",
    "-o",
    "-omark",
    "mark",
    "--ext-diff",
    "--oneline",
    "--stat",
    "-5",
    "--",
    "-",
    "-i",
    "-f",
    "A=p",
    "#",
    "'it'\"'\"'s'",
    "'p",
    "\"p",
    "\\",
    "é",
    "\u{a0}",
    "\u{2028}p",
    "'p; ./p'",
    "\"p; ./p\"",
    "'ls; cat f'",
    "'./p'",
    "'a\nb'",
    "-c core.pager=./p",
    "-p",
    "--all",
    "--list",
    "new",
];

const OPERATORS: &[&str] = &["&&", "||", ";", "|", "&", "|&", "\n", "\r", ";;", "(", ")", "{", "}", "; }", "&& p", "| p", "; ./p"];

const BEGINNINGS: &[&str] = &[
    "ls ",
    "cat f ",
    "find . ",
    "grep x f ",
    "git status ",
    "git log ",
    "echo ",
    "sed -n 1p f ",
    "head f | ",
    "cd sub && ls ",
    "cd sub; ",
    "uniq f ",
    "true && ",
    "base64 f ",
    "wc -l ",
    "sh -c 'ls' ",
    "bash -c \"echo x\" && ",
    "",
];

const PLAIN: &[&str] = &[
    "ls -la",
    "cat f x",
    "find . -name '*.rs' -print",
    "grep -rn x .",
    "git status",
    "git log --oneline",
    "git diff -- f",
    "git branch --list",
    "echo * {a,b} '$(p)'",
    "sed -n 1,2p f",
    "head -5 f",
    "tail -n 1 f",
    "wc -l f",
    "cd sub",
    "true",
    "tr a b",
    "uniq f",
    "base64 f",
    "nl f",
    "which ls p",
    "sh -c 'ls -l'",
    "rg x",
    "grep -f f x",
    "cut -c1 f",
    "paste f x",
    "stat f",
    "cd sub && cat f",
    "find sub -type f",
    "ls s*",
    "cat -- *",
];

const JOINTS: &[&str] = &[" && ", " | ", "; ", " || ", ";", "&&", " ", "\n", " & "];

/// A piece of a line, with the blank that may be behind it.
fn piece() -> impl Strategy<Value = String> {
    let blank = prop_oneof![12 => Just(" "), 1 => Just(""), 1 => Just("\t"), 1 => Just("  ")];
    let text = prop_oneof![
        3 => prop::sample::select(PROGRAMS),
        9 => prop::sample::select(ARGUMENTS),
        3 => prop::sample::select(OPERATORS),
    ];
    (text, blank).prop_map(|(text, blank)| format!("{text}{blank}"))
}

/// Lines that begin well, so that some of them are called safe.
fn line() -> impl Strategy<Value = String> {
    let mixed = (prop::sample::select(BEGINNINGS), prop::collection::vec(piece(), 0..4))
        .prop_map(|(first, pieces)| format!("{first}{}", pieces.concat()));
    let chain = prop::collection::vec((prop::sample::select(PLAIN), prop::sample::select(JOINTS)), 1..4).prop_map(|parts| {
        let mut line: String = parts.iter().map(|(text, joint)| format!("{text}{joint}")).collect();
        line.truncate(line.trim_end_matches([' ', '&', '|', ';', '\n']).len());
        line
    });
    prop_oneof![2 => mixed, 1 => chain]
}

struct Trap {
    folder: TempDir,
    path: Vec<PathBuf>,
}

const PLANTED: &[&str] = &[
    "p", "ls", "cat", "find", "grep", "sed", "git", "uniq", "base64", "echo", "head", "tail", "wc", "rg", "nl", "which", "tr", "env", "sh",
    "bash", "less", "E", "x",
];

impl Trap {
    fn new(planted_first: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let trap = Self { path: Vec::new(), folder };
        let work = trap.work();
        for sub in ["bin", "sub", "home"] {
            std::fs::create_dir_all(work.join(sub)).unwrap();
        }
        std::fs::create_dir_all(trap.folder.path().join("home")).unwrap();
        for name in ["f", "x.rs", "sub/f", "-exec", "-delete", "-i", "-fprint", "--output=mark", "--pre=p", "-z", "-o"] {
            std::fs::write(work.join(name), "x\ny\n").unwrap();
        }
        for name in PLANTED {
            for place in [work.join(name), work.join("bin").join(name), work.join("sub").join(name)] {
                std::fs::write(&place, format!("#!/bin/sh\n: > {}\n", trap.mark().display())).unwrap();
                std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        for repository in [work.clone(), work.join("sub")] {
            trap.run(&["/bin/sh", "-c", "git init -q . && git add f && git -c user.name=u -c user.email=e commit -qm m"], &repository);
        }
        let hostile = work.join("sub/.git/config");
        if hostile.exists() {
            let config = std::fs::read_to_string(&hostile).unwrap();
            let program = work.join("p");
            std::fs::write(
                &hostile,
                format!("{config}[core]\n\tfsmonitor = {0}\n\tpager = {0}\n[diff]\n\texternal = {0}\n", program.display()),
            )
            .unwrap();
        }
        let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let own = [work.join("bin"), PathBuf::new(), PathBuf::from(".")];
        let path = if planted_first { [&own[..1], &system].concat() } else { [&system[..], &own].concat() };
        Self { path, ..trap }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("work")
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("marked")
    }

    #[expect(clippy::disallowed_methods, reason = "the shell under test is run as it is, without the product around it")]
    fn run(&self, argv: &[&str], cwd: &Path) {
        let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let path = std::env::join_paths(if self.path.is_empty() { &system[..] } else { &self.path });
        let ended = Command::new(argv[0])
            .args(&argv[1..])
            .current_dir(cwd)
            .env_clear()
            .env("PATH", path.unwrap())
            .env("HOME", self.folder.path().join("home"))
            // Reading a repository may refresh its index.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(ended.is_ok(), "{argv:?} did not start");
    }

    /// Names and contents of everything in the workspace.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.work()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { open.push(path) } else { drop(found.insert(path.clone(), std::fs::read(&path).unwrap())) }
            }
        }
        found
    }

    fn judge(&self, argv: &[&str]) -> Verdict {
        let (work, home) = (self.work(), self.folder.path().join("home"));
        let roots = [work.clone()];
        let surroundings = Surroundings {
            cwd: &work,
            home: Some(&home),
            path: &self.path,
            writable_roots: &roots,
            workspace: &[],
            private: &[],
            trusted: true,
            lookup: &OnDisk,
        };
        classify(&words(argv), &surroundings)
    }
}

/// Runs what is safe of many lines; returns how many that were.
fn spring(planted_first: bool, cases: u32) -> u32 {
    let trap = Trap::new(planted_first);
    let before = trap.contents();
    let safe = std::cell::Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&line(), |line| {
        for argv in [["/bin/bash", "-c", &line], ["/bin/sh", "-c", &line], ["/usr/bin/zsh", "-c", &line]] {
            // A shell that is not there is vouched for by nobody.
            if trap.judge(&argv) != Verdict::Safe {
                continue;
            }
            safe.set(safe.get() + 1);
            trap.run(&argv, &trap.work());
            prop_assert!(!trap.mark().exists(), "a planted program ran: {argv:?}");
        }
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(trap.contents().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(trap.contents(), before, "something changed");
    safe.get()
}

// C1, C3
#[test]
fn nothing_planted_runs_by_a_line_that_is_called_safe() {
    let safe = spring(false, 600);
    assert!(safe > 60, "only {safe} lines were called safe: the test proves little");
}

// C3
#[test]
fn programs_of_the_workspace_that_come_first_in_the_path_do_not_run() {
    // Little is safe on such a machine: what the shell brings along, and programs given by their path.
    let safe = spring(true, 250);
    assert!(safe > 5, "only {safe} lines were called safe: the test proves little");
}

#[test]
fn the_trap_would_be_sprung() {
    let trap = Trap::new(false);
    trap.run(&["/bin/bash", "-c", "echo $(./p)"], &trap.work());
    assert!(trap.mark().exists());
}
