//! The `codex-linux-sandbox` role: puts a confinement up, runs the command in it and hands its end on. And the command line that
//! calls it, and what this machine has for it.
//!
//! **Not here:** whether a command needs a sandbox and what a denial looks like (`codex-sandbox`), starting and killing
//! processes (`codex-process`), serving a command's network (`codex-network-proxy`).
//!
//! The confinement is made of layers, and the first and the last are in force or the command does not run:
//! * **Namespaces**: a view of the disk in which all is read-only but the roots, and in those `.git`, `.codex`, `.agents` and what
//!   they lead to ([`plan`], [`mounts`]); secrets covered; `/dev`, `/proc`, shared memory and processes of the command's own; no
//!   network, or an empty one. When the command ends, everything it started ends.
//! * **Landlock**: the same roots once more. From Linux 6.12 on also: no signals to, and no abstract sockets of, processes outside.
//! * **seccomp**: always no tracing, no mounting, no namespaces, no kernel programs, no keys, no injected terminal
//!   input; without network also no socket but unconnected local ones. Calls of a foreign architecture kill.
//! * **no capabilities**, none to be gained, and no descriptors but the standard streams.
//!
//! Where namespaces cannot be had, Landlock does alone what it can ([`grants`]), unless the caller prefers that nothing runs. What
//! it cannot: stop changes of mode, times and attributes of the user's files outside, unless nothing is writable at all; hide
//! other processes in `/proc`; keep shared memory apart.
//!
//! What no layer does: before Landlock's ABI 9, stop a datagram to a local socket that has a name in the file system; keep files
//! that were hard-linked into a root before from being written through it, or a secret's further names outside of workspace and
//! roots from being read.
//!
//! ```
//! use codex_linux_sandbox::{Confinement, ROLE, command_line};
//! let limits = Confinement { cwd: "/w".into(), ..Confinement::default() };
//! let call = command_line("/usr/bin/codex".as_ref(), &limits, &["ls".into()]);
//! assert_eq!((call.program.to_str(), call.arg0.as_str()), (Some("/usr/bin/codex"), ROLE));
//! assert_eq!(call.args, ["--cwd", "/w", "--", "ls"]);
//! ```
#![allow(rustdoc::private_intra_doc_links)]

#[cfg(not(target_os = "linux"))]
compile_error!("codex-linux-sandbox is for Linux alone; other platforms leave it out");

mod alone;
pub mod broker;
mod call;
mod capabilities;
mod command;
mod disk;
mod failure;
mod files;
mod glob;
mod grants;
mod handover;
mod host;
mod later;
mod machine;
mod mounts;
mod namespaces;
mod nested;
mod plan;
mod relaxed;
mod role;
mod seal;
mod secrets;
mod stubs;
mod supervise;
mod syscalls;
pub mod trace;

pub use call::{Backend, CommandLine, Confinement, Network, ROLE, command_line};
pub use failure::{MISSING_EXIT, NOT_EXECUTABLE_EXIT, REFUSED_EXIT, REFUSED_PREFIX};
pub use host::{Host, Unenforceable, check_host};
pub use later::environment_for_helper;
pub use machine::{Cause, Machine, machine, weaker};
pub use role::{become_helper, run_main, run_main_with};
