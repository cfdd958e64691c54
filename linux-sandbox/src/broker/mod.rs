//! What a broker for `git` needs of the sandbox: a private folder, a place over the system's `git`, and for each request a
//! process beside the command with a view of its own.
//!
//! The command's `git` is this program (it finds [`FOLDER`] and knows its part); git itself lies below [`PROGRAMS`]. The first
//! process of the namespaces reads names of requests from a pipe and makes a process for each, for which it keeps its capabilities. Such a
//! process sees the command's files with one git folder writable and nothing but git to be executed, and is confined like any command
//! before it looks at what is asked.
//!
//! **Not here:** what may be asked and how it is done (`codex-git-broker`).

mod missing;
mod place;
mod programs;
mod view;
mod waiter;

use std::path::{Path, PathBuf};

pub(crate) use missing::{explain, wants_git};
pub(crate) use place::{arrange, is_arranged};
pub(crate) use programs::{Programs, find};
pub use view::{GitFolder, ViewError};
pub(crate) use waiter::Waiter;

/// The private folder, a file system of its own that only the sandbox can have put there.
pub const FOLDER: &str = "/dev/codex-git";

/// The pipe that takes the names of requests.
pub const CALLS: &str = "/dev/codex-git/calls";

/// Where a request has a folder with its name.
pub const QUEUE: &str = "/dev/codex-git/queue";

/// Where the system's `git` is to be had: a numbered folder for each place it has, with `git` in it.
pub const PROGRAMS: &str = "/dev/codex-git/programs";

/// The places of the system's `git`, one a line, in the order of the folders.
pub const PLACES: &str = "/dev/codex-git/places";

/// Length of a request's name: lower-case hex digits.
pub const NAME_LENGTH: usize = 32;

/// What answers a request, in the process made for it; the result is that process's exit code.
pub type GitBroker = fn(GitRequest) -> u8;

/// A request, and the means to prepare for it. Only usable inside the process made for it.
#[derive(Debug)]
pub struct GitRequest {
    folder: PathBuf,
    roots: Vec<PathBuf>,
    programs: Programs,
    landlock_truncates: bool,
}

impl GitRequest {
    /// The folder with what the requester has written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The command's writable roots, canonical.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// The system's `git`, once [`enter_view`](Self::enter_view) has been called.
    pub fn git(&self) -> &Path {
        self.programs.first()
    }
}
