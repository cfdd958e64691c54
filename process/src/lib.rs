//! Child processes: started with pipes or on a terminal, in a session of their own, killed as a group, their
//! output kept within a fixed amount of memory.
//!
//! **Not here:** what a command may touch (`codex-sandbox`), shell syntax (`codex-shell-command`), and who may
//! start what (`codex-core`).
//!
//! The idea worth knowing: a child never waits for us. One task per child reads everything it prints, keeps the
//! beginning and the end ([`Capture`]), offers pieces to a live reader ([`Child::output`]) and drops what nobody takes.
//!
//! Linux only: processes are started through `clone`, watched through a pidfd, and tied to our life by
//! `PR_SET_PDEATHSIG` and a guard process. Another platform brings its own `launch`, `guard` and exit watch.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), codex_process::SpawnError> {
//! use codex_process::{CaptureMode, SpawnSpec, Stdio, StdinMode, spawn};
//! let child = spawn(&SpawnSpec {
//!     program: "sh".into(), arg0: None, args: vec!["-c".into(), "echo hi; exit 3".into()],
//!     cwd: "/".into(), env: vec![("PATH".into(), "/usr/bin:/bin".into())], stdio: Stdio::Pipes { stdin: StdinMode::Closed },
//! })?;
//! assert_eq!(child.wait().await.code, Some(3));
//! assert_eq!(child.capture().snapshot(CaptureMode::Head).bytes, b"hi\n");
//! # Ok(()) }
//! ```

#[cfg(not(target_os = "linux"))]
compile_error!("codex-process starts processes through Linux system calls; a port has to bring its own `launch`, `guard` and exit watch");

mod capture;
mod child;
mod error;
mod exit;
mod guard;
mod input;
mod launch;
mod plan;
mod poll;
mod reader;
mod spawner;
mod spec;
mod stdio;
mod suspend;

pub use capture::{Capture, CaptureMode, Captured, NewOutput, OUTPUT_CAP};
pub use child::{Child, spawn};
pub use error::SpawnError;
pub use exit::{ExitStatus, OUTPUT_GRACE};
pub use reader::{CHUNK_CAP, CHUNK_QUEUE, Chunk, Stream};
pub use spec::{SpawnSpec, StdinMode, Stdio};
pub use suspend::stop_group;
