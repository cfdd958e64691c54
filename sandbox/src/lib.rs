//! From a policy and a command to the command that is really started, and back from its end to "was it the sandbox?".
//!
//! **Not here:** starting it (`codex-process`), the confinement itself (`codex-linux-sandbox`), asking the user (`codex-core`).
//!
//! The rule worth knowing: a policy that needs a sandbox never yields a bare command. Where there is no sandbox for the
//! platform the answer is an error, and where the kernel lacks a part the helper itself refuses at the last moment.
//!
//! ```
//! use codex_protocol::{Boundary, SandboxPolicy};
//! use codex_sandbox::{SandboxRequest, wrap};
//! let request = SandboxRequest {
//!     policy: SandboxPolicy::DangerFullAccess, boundary: Boundary::default(), codex_home: "/h".into(), proxy: None,
//!     landlock_only: false, announce: false, workspace: "/w".into(), cwd: "/w".into(), tmpdir: None,
//!     helper: "/usr/bin/codex".into(), argv: vec!["ls".into()],
//! };
//! let command = wrap(&request)?;
//! assert!(!command.sandboxed && command.program == "ls");
//! # Ok::<(), codex_sandbox::SandboxError>(())
//! ```

mod denial;
#[cfg(target_os = "linux")]
pub mod denials;
pub mod effective;
#[cfg(target_os = "linux")]
pub mod inspect;
#[cfg(target_os = "linux")]
mod machine;
mod platform;
mod request;
pub mod seatbelt;
mod settled;

#[cfg(target_os = "linux")]
pub use codex_linux_sandbox::{Cause, Machine};

pub use denial::{looks_denied, refusal};
pub use effective::Effective;
#[cfg(target_os = "linux")]
pub use machine::{announcement, machine};
pub use platform::{Means, check_host, means};
pub use request::{PROXY_HTTP_PORT, PROXY_SOCKS_PORT, ProxyEndpoint, SandboxError, SandboxRequest, SandboxedCommand, wrap};
