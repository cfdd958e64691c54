//! Follows a confined command and notes what the system refused it: for `--log-denials`.
//!
//! A tracer (`ptrace`), because neither Landlock, seccomp nor a mount tells anybody outside what it refused. The confinement
//! is the same as without it: the helper is started as always, and only from the command's own `exec` on are its system calls
//! looked at. Every process and thread it makes is followed; when the tracer dies, the helper dies and takes all of them along.
//!
//! **Not here:** which rule was behind a refusal and what would allow it (`codex-sandbox`, `denials`). Slow for commands
//! that make many system calls, so never used for commands of a model.

mod calls;
mod follow;
mod names;
mod ptrace;
mod start;

use std::ffi::OsString;
use std::path::PathBuf;

pub use calls::Intent;
pub use start::{TraceError, run};

/// What is started: the helper's call, as [`command_line`](crate::command_line) made it.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The helper's file.
    pub program: PathBuf,
    /// Its arguments, the name it sees itself under first.
    pub argv: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
}

/// How the command ended and what was refused to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Exit code as shells give it: 128 and the number for a signal.
    pub code: u8,
    /// What was refused, in the order of its first time.
    pub refusals: Vec<Refusal>,
    /// Refusals that differ from those listed and found no room.
    pub more: u64,
    /// Why nothing could be followed; the command ran all the same, confined, and `refusals` says nothing.
    pub not_followed: Option<NotFollowed>,
}

/// One thing that was refused, however often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// Name of the program that asked, at most 15 bytes of it.
    pub program: String,
    /// Name of the system call; of one without a name, `system call NUMBER`.
    pub call: String,
    /// The system's answer.
    pub answer: Answer,
    /// What it was about; empty when about nothing but the call.
    pub targets: Vec<Target>,
    /// How often.
    pub count: u64,
}

/// How a refusal looked to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// An error number.
    Errno(i32),
    /// The program was ended by the filter.
    Killed,
}

/// What a refused call was about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A file or folder.
    Path {
        /// What was wanted of it.
        intent: Intent,
        /// Absolute as far as that could be found out; links and `..` are still in it.
        path: PathBuf,
    },
    /// A socket of this family.
    Socket(String),
    /// A peer or own address: `127.0.0.1:80`, `[::1]:80`, or the name of a local socket, abstract ones with a leading `@`.
    Address(String),
}

/// Why a command cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFollowed {
    /// The system's error number.
    pub errno: i32,
    /// `kernel.yama.ptrace_scope`, where the machine has it.
    pub yama_scope: Option<u8>,
}

impl std::fmt::Display for NotFollowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cause = std::io::Error::from_raw_os_error(self.errno);
        write!(f, "denials cannot be listed, because tracing is not permitted here ({cause}): ")?;
        f.write_str(match self.yama_scope {
            Some(3) => "`kernel.yama.ptrace_scope` is 3, which only a restart with another value changes",
            Some(2) => "lower `kernel.yama.ptrace_scope` with `sudo sysctl kernel.yama.ptrace_scope=1`",
            _ => "allow `ptrace` in the container's seccomp profile (`docker run --cap-add SYS_PTRACE`), or use this outside of another sandbox",
        })
    }
}
