//! Talks to model servers: one trait, [`ModelClient`], over several wires.
//!
//! **Not here:** history and tools (`codex-core`), credentials on disk (`codex-login`), provider
//! tables (`codex-config`).

pub mod error;
pub mod prompt;

pub use error::{ErrorKind, ModelError};
pub use prompt::{ModelClient, Prompt, Reasoning, RequestContext, ResponseEvent, ResponseStream};
