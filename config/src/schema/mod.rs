//! The shape of `config.toml`: one module per table, one field per key.
//!
//! Everything is optional here, because a layer says only what it wants to change; defaults are given where the
//! key is resolved. Keys without a field are ignored. Paths are absolute by the time these types are read.

pub mod login;
pub mod profile;
pub mod project;
pub mod provider;
pub mod root;
pub mod sandbox;
pub mod shell_env;
pub mod tools;

pub use login::LoginToml;
pub use profile::ProfileToml;
pub use project::{ProjectToml, TrustLevel};
pub use provider::{ProviderToml, WireApiToml};
pub use root::{ConfigToml, HistoryPersistence, HistoryToml, Personality, ServiceTier, Verbosity};
pub use sandbox::{NetworkAccessToml, SandboxWorkspaceWriteToml};
pub use shell_env::ShellEnvironmentPolicyToml;
pub use tools::{ToolsToml, WebSearchLocationToml, WebSearchToml, WebSearchToolConfigInput};
