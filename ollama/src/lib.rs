//! A local Ollama server: is it there, which models has it, pull one.
//!
//! **Not here:** conversations with a model (`codex-model-client`), and how progress is shown (the front ends).
//!
//! Speaks Ollama's own `/api`, at the root of the address that the model requests go to. The HTTP client comes from
//! the caller, so that no second set of proxies and certificates is read.
//!
//! ```no_run
//! # async fn example(http: reqwest::Client) -> Result<(), codex_ollama::OllamaError> {
//! let server = codex_ollama::Ollama::new(http, "http://localhost:11434/v1");
//! server.check_version().await?;
//! if !server.models().await?.iter().any(|name| name == "gpt-oss:20b") {
//!     server.pull("gpt-oss:20b", |_| {}).await?;
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod lines;
mod pull;
mod server;
mod version;

pub use error::OllamaError;
pub use pull::PullStep;
pub use server::{ModelFacts, Ollama};
pub use version::{OLDEST, Version};
