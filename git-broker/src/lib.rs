//! Lets sandboxed commands use git's writing commands without opening `.git` to them.
//!
//! In a writable folder `.git` is read-only for every command: hooks and settings written there would run outside of the sandbox
//! later. Yet adding, committing and branching are ordinary work. So inside the sandbox `git` is this program's [`run_main`]: what only
//! reads becomes the system's git at once; what writes is handed to a broker, [`serve`], a process beside the command that runs the same
//! git with one git folder open, hooks, filters and settings neutralised, and nothing else to execute.
//!
//! **Not here:** the view and the confinement of the broker's processes (`codex-linux-sandbox`), and whether a command is run at all.
//!
//! The broker believes nothing: command lines are judged by allow-lists ([`classify`]), repositories by what both sides of a `.git` say
//! ([`Repository`]), settings by key. The one change of a repository's settings it makes is to `remote` and `merge` of a branch, for
//! `git branch -u`, and to the name of its section, for `git branch -m`.
//!
//! ```
//! use codex_git_broker::{Verdict, classify};
//! let line = |words: &str| classify(&words.split(' ').map(Into::into).collect::<Vec<_>>()).1;
//! assert_eq!(line("status --short"), Verdict::Read);
//! assert!(matches!(line("commit -am x"), Verdict::Write(_)));
//! assert!(matches!(line("rebase --exec make main"), Verdict::Unbrokered(_)));
//! ```

mod actions;
mod argv;
mod branch;
mod client;
mod config_text;
mod pipes;
mod repository;
mod run;
mod serve;
mod settings;
mod wire;

pub use argv::{Globals, Verdict, Write, classify, split_globals};
pub use client::{inside, run_main};
pub use repository::{Doubt, Repository};
pub use serve::serve;
