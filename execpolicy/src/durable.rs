//! Which answers may last.
//!
//! "Don't ask again" for a command stores an argv prefix that later commands are allowed by, outside the sandbox. That
//! is refused where the prefix says nothing about what will run: for one word alone, for programs that run what they
//! are given (interpreters, shells, wrappers, build tools, version control with its hooks and aliases), and for
//! programs that a command of the model could replace. What is offered instead is the exact command for the session.

use std::path::{Path, PathBuf};

use crate::quote::is_visible;

/// A prefix that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Vec<String>);

impl Prefix {
    /// The words, at least two.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// An exact command that is allowed while a session lasts. Whoever keeps the session keeps these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionGrant {
    argv: Vec<String>,
    program: Option<PathBuf>,
}

impl SessionGrant {
    /// Allows this command, run by this file.
    pub fn new(argv: Vec<String>, program: Option<PathBuf>) -> Self {
        Self { argv, program }
    }

    /// Whether a command is the very one that was allowed: every word, and the file that runs.
    pub fn covers(&self, argv: &[String], program: Option<&Path>) -> bool {
        self.argv == argv && self.program.as_deref() == program
    }

    /// The words.
    pub fn argv(&self) -> &[String] {
        &self.argv
    }
}

/// Why a prefix is not stored. The texts are for the user and say what is offered instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Less than two words.
    #[error("a lasting rule needs the program and at least one more word; {OFFER}")]
    TooShort,
    /// The program runs what it is given.
    #[error("`{0}` runs what it is given, so a lasting rule for it would allow anything; {OFFER}")]
    RunsAnything(String),
    /// The program is named by a relative path.
    #[error("`{0}` is a file that can be replaced, so no lasting rule names it; {OFFER}")]
    Replaceable(String),
    /// The program was not found.
    #[error("`{0}` was not found, so it is unknown what a lasting rule would allow; {OFFER}")]
    NotFound(String),
    /// A word has characters that nobody can see.
    #[error("the words have characters that cannot be shown, so no lasting rule is made of them; {OFFER}")]
    Unprintable,
}

/// What the user gets instead.
const OFFER: &str = "this exact command can be allowed for the session";

/// Returns the prefix that may be stored for a command, or why none may.
///
/// `argv` is the prefix that was proposed: a plain command, not a shell line. `resolved_program` is the file that the
/// program was found at, if it was. A bare name that was found outside the system's folders is stored with its
/// path, so that no other file of that name profits from it.
pub fn durable_prefix(argv: &[String], resolved_program: Option<&Path>) -> Result<Prefix, Refusal> {
    let program = argv.first().ok_or(Refusal::TooShort)?;
    let names = [Path::new(program).file_name(), resolved_program.and_then(Path::file_name)];
    let names = names.into_iter().flatten().map(|name| name.to_string_lossy().into_owned());
    if let Some(name) = names.into_iter().find(|name| runs_anything(name)) {
        return Err(Refusal::RunsAnything(name));
    }
    if argv.len() < 2 {
        return Err(Refusal::TooShort);
    }
    if !argv.iter().flat_map(|word| word.chars()).all(is_visible) {
        return Err(Refusal::Unprintable);
    }
    let Some(found) = resolved_program.filter(|path| path.is_absolute()) else {
        return Err(Refusal::NotFound(program.clone()));
    };
    if program.contains('/') {
        return if program.starts_with('/') { Ok(Prefix(argv.to_vec())) } else { Err(Refusal::Replaceable(program.clone())) };
    }
    if found.parent().is_some_and(|folder| SYSTEM_FOLDERS.iter().any(|system| folder == Path::new(system))) {
        return Ok(Prefix(argv.to_vec()));
    }
    let path = found.to_str().filter(|path| path.chars().all(is_visible)).ok_or(Refusal::Unprintable)?;
    Ok(Prefix(std::iter::once(path.to_owned()).chain(argv.iter().skip(1).cloned()).collect()))
}

/// Where a name stands for one program.
const SYSTEM_FOLDERS: [&str; 6] = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Whether a program runs what it is given. Versions (`python3.12`) and suffixes (`node.exe`) are looked through.
fn runs_anything(name: &str) -> bool {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let unversioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    FAMILIES.iter().any(|family| name.starts_with(family)) || DELEGATORS.iter().any(|own| *own == name || *own == unversioned)
}

/// Names that begin like this are all of a kind: `python3.12-dbg`, `perl5.36-x86_64-linux-gnu`, `ansible-playbook`.
const FAMILIES: &[&str] =
    &["python", "pypy", "perl", "ruby", "lua", "php", "node", "git-", "ansible", "docker-", "kubectl-", "systemd-run"];

/// Everything that runs programs, scripts, hooks or project files it is pointed at.
const DELEGATORS: &[&str] = &[
    // shells
    "ash",
    "bash",
    "busybox",
    "csh",
    "dash",
    "elvish",
    "fish",
    "ksh",
    "mksh",
    "nu",
    "posh",
    "powershell",
    "pwsh",
    "rbash",
    "rksh",
    "rzsh",
    "sash",
    "sh",
    "tcsh",
    "toybox",
    "xonsh",
    "yash",
    "zsh",
    "cmd",
    // words of a shell that run others
    "builtin",
    "command",
    "eval",
    "exec",
    "source",
    ".",
    "time",
    "trap",
    // wrappers
    "apptainer",
    "at",
    "batch",
    "bwrap",
    "cgexec",
    "chroot",
    "chrt",
    "cpulimit",
    "crontab",
    "dbus-run-session",
    "doas",
    "entr",
    "env",
    "expect",
    "fakeroot",
    "fd",
    "fdfind",
    "find",
    "firejail",
    "flock",
    "gosu",
    "inotifywait",
    "ionice",
    "ld.so",
    "linux",
    "ltrace",
    "machinectl",
    "nice",
    "nohup",
    "nsenter",
    "numactl",
    "parallel",
    "pkexec",
    "prlimit",
    "proot",
    "rlwrap",
    "run-parts",
    "run0",
    "runuser",
    "script",
    "setarch",
    "setpriv",
    "setsid",
    "singularity",
    "ssh-agent",
    "start-stop-daemon",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "sudoedit",
    "systemctl",
    "taskset",
    "timeout",
    "unbuffer",
    "unshare",
    "valgrind",
    "watch",
    "watchexec",
    "xargs",
    "xvfb-run",
    // interpreters and debuggers
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "original-awk",
    "bc",
    "bpftrace",
    "bun",
    "clisp",
    "clojure",
    "crystal",
    "dart",
    "deno",
    "dotnet",
    "ed",
    "elixir",
    "emacs",
    "emacsclient",
    "erl",
    "escript",
    "ex",
    "gdb",
    "ghc",
    "ghci",
    "gnuplot",
    "go",
    "gofmt",
    "groovy",
    "guile",
    "iex",
    "ipython",
    "irb",
    "janet",
    "java",
    "jbang",
    "jshell",
    "julia",
    "kotlin",
    "ld",
    "lldb",
    "maxima",
    "mono",
    "mysql",
    "nano",
    "nim",
    "nodejs",
    "nvim",
    "ocaml",
    "octave",
    "osascript",
    "perf",
    "pry",
    "psql",
    "qemu",
    "r",
    "racket",
    "raku",
    "rdmd",
    "rscript",
    "rust-script",
    "runghc",
    "runhaskell",
    "sbcl",
    "scala",
    "sed",
    "gsed",
    "sqlite",
    "stap",
    "swift",
    "tclsh",
    "ts-node",
    "tsx",
    "vi",
    "view",
    "vim",
    "vimdiff",
    "wasmtime",
    "wine",
    "wish",
    "zig",
    // build and task runners, package managers: they run what the project says
    "ant",
    "apt",
    "apt-get",
    "bazel",
    "bazelisk",
    "bmake",
    "brew",
    "buck",
    "bundle",
    "bunx",
    "cabal",
    "cargo",
    "cmake",
    "composer",
    "conan",
    "conda",
    "corepack",
    "cpan",
    "ctest",
    "dnf",
    "dpkg",
    "flatpak",
    "gem",
    "gmake",
    "gradle",
    "gradlew",
    "grunt",
    "gulp",
    "hatch",
    "invoke",
    "jest",
    "just",
    "lerna",
    "make",
    "mamba",
    "maven",
    "meson",
    "micromamba",
    "mise",
    "mix",
    "mvn",
    "mvnw",
    "nim",
    "ninja",
    "nix",
    "nix-build",
    "nix-shell",
    "nox",
    "npm",
    "npx",
    "nx",
    "opam",
    "pants",
    "pdm",
    "pip",
    "pipenv",
    "pipx",
    "pixi",
    "pnpm",
    "pnpx",
    "poetry",
    "pre-commit",
    "pytest",
    "rake",
    "rebar",
    "rpm",
    "rustc",
    "rustup",
    "samu",
    "sbt",
    "scons",
    "snap",
    "spack",
    "stack",
    "task",
    "tox",
    "turbo",
    "uv",
    "uvx",
    "vitest",
    "volta",
    "waf",
    "xcodebuild",
    "xcrun",
    "yarn",
    "yum",
    "asdf",
    "direnv",
    // version control, with hooks, filters and aliases
    "bzr",
    "cvs",
    "fossil",
    "gh",
    "git",
    "glab",
    "hg",
    "jj",
    "svn",
    // other machines and containers
    "aws",
    "az",
    "buildah",
    "docker",
    "gcloud",
    "helm",
    "incus",
    "kubectl",
    "limactl",
    "lxc",
    "lxc-attach",
    "minikube",
    "mosh",
    "multipass",
    "nerdctl",
    "nomad",
    "oc",
    "pdsh",
    "podman",
    "pulumi",
    "rclone",
    "rsh",
    "rsync",
    "salt",
    "scp",
    "sftp",
    "socat",
    "ssh",
    "srun",
    "sshpass",
    "telnet",
    "terraform",
    "tofu",
    "vagrant",
    "virsh",
    "nc",
    "ncat",
    "netcat",
    "openssl",
    // an option of theirs names a program
    "cpio",
    "gcc",
    "cc",
    "clang",
    "g++",
    "c++",
    "clang++",
    "less",
    "man",
    "more",
    "screen",
    "tar",
    "gtar",
    "bsdtar",
    "tmux",
    "zellij",
    "zip",
    "unzip",
    "split",
    "sort",
    "rg",
    "tig",
    "lazygit",
    "fzf",
    "code",
    "open",
    "xdg-open",
];
