//! Headless runs: `codex exec` shows a thread as a log for people or as JSONL events for programs.
//!
//! A translator between the command line and a thread: arguments become submissions, events become
//! lines, the end of the turn becomes an exit code.
//!
//! **Not here:** the agent itself (`codex-core`), the environment (the binary gathers it into
//! [`Ambient`]), what commands may do (`codex-config`, `codex-sandbox`).
//!
//! ```
//! assert_eq!(codex_exec::sanitize("a\u{1b}[31mred\u{1b}[0m text"), "ared text");
//! ```

mod ambient;
pub mod args;
mod duration;
mod error;
mod headless;
mod human;
mod jsonl;
mod last_message;
mod oss;
mod outcome;
mod output;
mod prepare;
mod prompt;
mod quote;
pub mod remote;
mod resume;
mod run;
mod sanitize;
mod schema;
mod signals;
mod style;
mod telemetry;
mod view;

pub use self::ambient::{Ambient, StreamKind};
pub use self::error::ExecError;
pub use self::headless::run;
pub use self::sanitize::sanitize;
