//! What a machine says of itself, and what that means for the sandbox: the second half of `codex sandbox explain`.
//!
//! [`SystemFiles`] holds what the system's own files say, read below a folder that is `/` but in tests; [`checks`] is a pure function
//! of it and of what the kernel answered when it was asked ([`Machine`](crate::Machine)). **Not here:** decisions; the helper believes
//! no report and finds out by itself.

mod checks;
mod files;

pub use checks::{Check, State, checks};
pub use files::SystemFiles;
