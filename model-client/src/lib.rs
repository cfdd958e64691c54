//! Talks to model servers: one trait, [`ModelClient`], over several wires.
//!
//! A request is one attempt: [`HttpModelClient::stream`](ModelClient::stream) opens it, [`RetryState`] says whether
//! and when to try again, the turn loop does the waiting. `wire` is pure translation; `record` keeps the traffic of
//! a run in a file and plays it back.
//!
//! **Not here:** history and tools (`codex-core`), credentials on disk (`codex-login`), provider
//! tables (`codex-config`).
//!
//! ```no_run
//! # use codex_model_client::{Auth, HttpModelClient, HttpOptions, ModelClient, ModelError, Prompt, RequestContext, ResponseEvent};
//! # async fn example(provider: codex_config::provider::ProviderInfo, prompt: Prompt, context: RequestContext) -> Result<(), ModelError> {
//! let client = HttpModelClient::new(provider, Auth::None, HttpOptions::default())?;
//! let mut answer = client.stream(&prompt, &context, &Default::default()).await?;
//! while let Some(event) = answer.recv().await {
//!     if let ResponseEvent::ItemDone(item) = event? {
//!         // goes into history
//! #       drop(item);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

pub mod auth;
pub mod catalogue;
mod client;
mod compact;
mod downgrade;
pub mod error;
mod failure;
mod http;
mod knock;
pub mod local;
pub mod models;
mod pace;
pub mod prompt;
mod pump;
mod random;
pub mod record;
pub mod release;
pub mod retry;
mod secrets;
mod socket;
pub mod sse;
mod token;
mod user_agent;
mod wait;
pub mod wire;

pub use auth::{Auth, resolve_auth};
pub use catalogue::{ModelInfo, ShellTool, resolve};
pub use client::{HttpModelClient, HttpOptions, HttpPool};
pub use error::{ErrorKind, ModelError};
pub use models::{ListedModel, ModelsCache};
pub use prompt::{ModelClient, Prompt, Reasoning, RequestContext, ResponseEvent, ResponseStream, ShortConversation, Stop};
pub use record::{Recording, RecordingClient, ReplayClient, ReplayMode, Surroundings};
pub use retry::{Retry, RetryState};
pub use user_agent::UserAgent;
