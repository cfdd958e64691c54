//! Configuration: layers, keys, provenance. Reads files, never the network, never the
//! environment (that comes in through [`LoadOptions`]).
//!
//! **Not here:** credentials (`codex-login`), the model catalogue (`codex-model-client`), wording
//! of screens.

pub mod config;
pub mod provider;

pub use config::{Config, EnvironmentInherit, LoadOptions, ShellEnvironmentPolicy, WebSearchMode};
pub use provider::{ProviderInfo, WireApi};
