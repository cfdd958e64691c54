//! Configuration: layers, keys, provenance. Reads files, never the network, never the
//! environment (that comes in through [`LoadOptions`]).
//!
//! **Not here:** credentials (`codex-login`), the model catalogue (`codex-model-client`), wording
//! of screens.
//!
//! ```
//! use codex_config::{LoadOptions, load};
//!
//! let home = tempfile::tempdir()?;
//! std::fs::write(home.path().join("config.toml"), "model = \"gpt-5\"\nmodel_reasoning_effort = \"low\"\n")?;
//! let options = LoadOptions {
//!     codex_home: home.path().to_path_buf(),
//!     cwd: home.path().to_path_buf(),
//!     overrides: vec!["model_reasoning_effort=high".to_owned()],
//!     ..LoadOptions::default()
//! };
//! let config = load(&options)?;
//! assert_eq!((config.model.as_str(), config.effort.map(|effort| effort.as_str())), ("gpt-5", Some("high")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod accepted;
mod advice;
pub mod agents_md;
pub mod config;
mod credentials;
mod dialect;
pub mod edit;
mod error;
mod excerpt;
pub mod features;
mod files;
mod home;
mod layers;
mod load;
mod merge;
pub mod model_catalog;
mod overrides;
mod paths;
mod place;
mod project_layer;
pub mod provenance;
pub mod provider;
mod reader;
mod requirements;
mod resolve;
pub mod schema;
mod secret;
pub mod shell_env;
pub mod show;
mod trust;
mod unknown;

pub use agents_md::{ProjectDocs, project_docs};
pub use config::{Config, EnvironmentInherit, LoadOptions, RetentionConfig, ShellEnvironmentPolicy, UndoConfig, WebSearchMode};
pub use error::ConfigError;
pub use load::{load, load_with_provenance};
pub use place::line_of_key;
pub use provenance::{LayerSource, Provenance};
pub use provider::{ProviderInfo, WireApi};
pub use schema::Personality;
pub use secret::shown_url;
pub use shell_env::command_environment;
pub use unknown::{Unknown, Whereabouts};
