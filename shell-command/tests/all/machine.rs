//! A made-up machine: programs of the system in `/usr/bin`, a trusted workspace in `/w`, and a home in `/home/u`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codex_shell_command::{FileFacts, FileKind, Lookup, Surroundings, Verdict, classify};

/// The programs of the system that the machine has.
const PROGRAMS: &[&str] = &[
    "bash", "sh", "zsh", "dash", "cat", "ls", "rg", "grep", "sed", "head", "tail", "git", "find", "wc", "nl", "echo", "pwd", "true",
    "false", "expr", "seq", "whoami", "id", "uname", "which", "stat", "tac", "rev", "cut", "paste", "tr", "uniq", "numfmt", "base64",
    "sort", "awk", "tee", "xargs", "env", "man", "less", "date", "tar", "rm", "touch", "cp", "hostname", "python3", "p",
];

/// A file system in memory.
#[derive(Default)]
pub(crate) struct Files {
    facts: BTreeMap<PathBuf, FileFacts>,
    /// Folders none of whose names begins with `-`.
    pub(crate) without_dashes: Vec<PathBuf>,
}

impl Lookup for Files {
    fn facts(&self, path: &Path) -> Option<FileFacts> {
        self.facts.get(path).cloned()
    }

    fn may_hold_dashes(&self, folder: &Path) -> bool {
        !self.without_dashes.iter().any(|known| known == folder)
    }
}

impl Files {
    pub(crate) fn put(&mut self, path: &str, kind: FileKind, owner: u32, mode: u32) -> &mut Self {
        self.link(path, path, kind, owner, mode)
    }

    pub(crate) fn link(&mut self, path: &str, real_path: &str, kind: FileKind, owner: u32, mode: u32) -> &mut Self {
        self.facts.insert(path.into(), FileFacts { kind, owner, mode, real_path: real_path.into() });
        self
    }
}

/// The machine and a session on it.
pub(crate) struct Machine {
    pub(crate) files: Files,
    pub(crate) cwd: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) path: Vec<PathBuf>,
    pub(crate) writable_roots: Vec<PathBuf>,
    pub(crate) private: Vec<PathBuf>,
    pub(crate) trusted: bool,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let mut files = Files::default();
        for folder in ["/", "/usr/bin", "/usr/local/bin", "/home/u"] {
            files.put(folder, FileKind::Folder, 0, 0o755);
        }
        files.put("/tmp", FileKind::Folder, 0, 0o1777).put("/w", FileKind::Folder, 1000, 0o755).put(
            "/w/.git",
            FileKind::Folder,
            1000,
            0o755,
        );
        for folder in ["/bin", "/usr/bin"] {
            for program in PROGRAMS {
                files.link(&format!("{folder}/{program}"), &format!("/usr/bin/{program}"), FileKind::Regular, 0, 0o755);
            }
        }
        files.put("/dev/null", FileKind::Special, 0, 0o666).put("/dev/zero", FileKind::Special, 0, 0o666);
        Self {
            files,
            cwd: "/w".into(),
            home: Some("/home/u".into()),
            path: ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from).into(),
            writable_roots: vec!["/w".into(), "/tmp".into()],
            private: vec!["/home/u/.codex".into()],
            trusted: true,
        }
    }

    pub(crate) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            cwd: &self.cwd,
            home: self.home.as_deref(),
            path: &self.path,
            writable_roots: &self.writable_roots,
            workspace: &[],
            private: &self.private,
            trusted: self.trusted,
            lookup: &self.files,
        }
    }

    pub(crate) fn judge(&self, argv: &[&str]) -> Verdict {
        classify(&words(argv), &self.surroundings())
    }

    /// Judges a line run by a shell.
    pub(crate) fn judge_line(&self, line: &str) -> Verdict {
        self.judge(&["bash", "-lc", line])
    }

    #[track_caller]
    pub(crate) fn runs(&self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.judge_line(line), Verdict::Safe, "{line:?}");
        }
    }

    #[track_caller]
    pub(crate) fn asks(&self, lines: &[&str]) {
        for line in lines {
            assert_ne!(self.judge_line(line), Verdict::Safe, "{line:?}");
        }
    }
}

pub(crate) fn words(argv: &[&str]) -> Vec<String> {
    argv.iter().map(|word| (*word).to_owned()).collect()
}
