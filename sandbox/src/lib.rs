//! From a policy and a command to the command that is really started, and back from its end to "was it the sandbox?".
//!
//! **Not here:** starting it (`codex-process`), the confinement itself (`codex-linux-sandbox`), asking the user (`codex-core`).
//!
//! The rule worth knowing: a policy that needs a sandbox never yields a bare command. Where there is no sandbox for the
//! platform the answer is an error, and where the kernel lacks a part the helper itself refuses at the last moment.
//!
//! ```
//! use codex_protocol::SandboxPolicy;
//! use codex_sandbox::{SandboxRequest, wrap};
//! let request = SandboxRequest {
//!     policy: SandboxPolicy::DangerFullAccess, workspace: "/w".into(), cwd: "/w".into(), tmpdir: None,
//!     helper: "/usr/bin/codex".into(), argv: vec!["ls".into()],
//! };
//! let command = wrap(&request)?;
//! assert!(!command.sandboxed && command.program == "ls");
//! # Ok::<(), codex_sandbox::SandboxError>(())
//! ```

mod denial;
mod platform;
mod request;

pub use denial::{looks_denied, refusal};
pub use platform::check_host;
pub use request::{SandboxError, SandboxRequest, SandboxedCommand, wrap};
