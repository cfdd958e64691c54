//! Writes to the user's `config.toml` for a person who decided something: trust, a model, a feature, a server.
//!
//! Comments, order and blank lines stay; what is not touched keeps every byte. Writers take turns, and the file is
//! replaced whole or not at all (`store`). Nothing here is ever called for a repository's sake: the file that is
//! written is `$CODEX_HOME/config.toml`, or a profile's beside it (T8).
//!
//! **Not here:** asking (front ends), project files, `/etc/codex`.

mod decisions;
mod document;
mod store;

pub use decisions::{
    SkillKey, add_mcp_server, allow_mcp_tool, apply, is_server_name, remove_mcp_server, set_feature, set_model, set_skill, set_trust,
    trust_root,
};
pub use document::Change;

use std::io;
use std::path::PathBuf;

/// Why a file was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file as it is cannot be understood: place, message and excerpt.
    #[error("Error loading config.toml:\n{0}")]
    NotToml(String),
    /// A key of the path has a value, not a table.
    #[error("Error: `{0}` in config.toml is not a table")]
    NotATable(String),
    /// What would be written is no sound configuration.
    #[error("Invalid configuration: {0}")]
    Invalid(String),
    /// Somebody else holds the file for too long.
    #[error("Error: {} is being changed by another program; try again", .0.display())]
    Busy(PathBuf),
    /// The file cannot be read or written.
    #[error("Error: cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A folder whose name is no text cannot be a key.
    #[error("Error: {} has a name that config.toml cannot hold", .0.display())]
    Name(PathBuf),
}
