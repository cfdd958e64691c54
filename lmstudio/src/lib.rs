//! A local LM Studio server: is it there, which models has it, download and load one.
//!
//! **Not here:** conversations with a model (`codex-model-client`), and how progress is shown (the front ends).
//!
//! Models are downloaded by LM Studio's own tool `lms`. The HTTP client comes from the caller, so that no second set
//! of proxies and certificates is read.
//!
//! ```no_run
//! # async fn example(http: reqwest::Client) -> Result<(), codex_lmstudio::LmStudioError> {
//! let server = codex_lmstudio::LmStudio::new(http, "http://localhost:1234/v1");
//! let models = server.models().await?;
//! # drop(models);
//! # Ok(())
//! # }
//! ```

mod download;
mod error;
mod server;

pub use download::{Download, find_lms};
pub use error::LmStudioError;
pub use server::{LmStudio, ModelFacts};
