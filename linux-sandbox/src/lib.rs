//! The `codex-linux-sandbox` role: confines itself for good, then becomes the command. And the command line that calls it.
//!
//! **Not here:** whether a command needs a sandbox and what a denial looks like (`codex-sandbox`), starting and killing
//! processes (`codex-process`).
//!
//! The confinement is made of three parts, and all are in force or the command does not run:
//! * **Landlock**: the whole disk can be read; files are created, changed and removed in the writable roots and in a few
//!   harmless devices alone. From Linux 6.12 on also: no signals to, and no abstract sockets of, processes outside.
//! * **seccomp**: always no tracing, no mounting, no namespaces, no kernel programs, no keys, no injected terminal
//!   input; without network also no socket but unconnected local ones. Calls of a foreign architecture kill.
//! * **no capabilities**, none to be gained, and no descriptors but the standard streams.
//!
//! What it does *not* do, because these means cannot: keep `.git`, `.codex` and `.agents` inside a writable root read-only;
//! stop changes of mode, times and attributes of the user's files outside, unless nothing is writable at all; hide other
//! processes in `/proc`; end processes that made a session of their own; before Landlock's ABI 9, stop a datagram to a local
//! socket that has a name in the file system. Files already hard-linked into a root are writable through it.
//!
//! ```
//! use codex_linux_sandbox::{Confinement, ROLE, command_line};
//! let limits = Confinement { cwd: "/w".into(), ..Confinement::default() };
//! let call = command_line("/usr/bin/codex".as_ref(), &limits, &["ls".into()]);
//! assert_eq!((call.program.to_str(), call.arg0.as_str()), (Some("/usr/bin/codex"), ROLE));
//! assert_eq!(call.args, ["--cwd", "/w", "--", "ls"]);
//! ```

#[cfg(not(target_os = "linux"))]
compile_error!("codex-linux-sandbox is for Linux alone; other platforms leave it out");

mod call;
mod capabilities;
mod failure;
mod files;
mod host;
mod machine;
mod namespaces;
mod nested;
mod role;
mod syscalls;
pub mod trace;

pub use call::{Backend, CommandLine, Confinement, Network, ROLE, command_line};
pub use failure::{MISSING_EXIT, NOT_EXECUTABLE_EXIT, REFUSED_EXIT, REFUSED_PREFIX};
pub use host::{Host, Unenforceable, check_host};
pub use machine::{Cause, Machine, machine};
pub use role::run_main;
