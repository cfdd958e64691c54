//! The shape of `config.toml`: one module per table, one field per key.
//!
//! Everything is optional here, because a layer says only what it wants to change; defaults are given where the
//! key is resolved. A key without a field is unknown. The comments are what the schema and `docs/config.md` say. Paths are
//! absolute by the time these types are read.

pub mod agents;
pub mod apps;
pub mod choices;
pub mod json;
pub mod keys;
pub mod login;
pub mod mcp;
pub mod otel;
pub mod permissions;
pub mod profile;
pub mod project;
pub mod provider;
pub mod root;
pub mod sandbox;
pub mod shell_env;
pub mod tables;
pub mod tools;
pub mod tui;

pub use codex_protocol::Personality;

pub use agents::{AgentRoleToml, AgentsToml};
pub use apps::{AppToml, AppToolToml};
pub use choices::{Anything, ApprovalsReviewer, FileOpener, McpCredentialsStore};
pub use login::LoginToml;
pub use mcp::{McpServerToml, McpToolToml, ToolApprovalMode};
pub use otel::{OtelExporter, OtelHttpProtocol, OtelTlsToml, OtelToml};
pub use permissions::{FilesystemAccess, FilesystemPermissionToml, NetworkMode, NetworkPermissionsToml, PermissionsToml};
pub use profile::ProfileToml;
pub use project::{ProjectToml, TrustLevel};
pub use provider::{ProviderToml, WireApiToml};
pub use root::{ConfigToml, HistoryPersistence, HistoryToml, ServiceTier, Verbosity};
pub use sandbox::{NetworkAccessToml, SandboxWorkspaceWriteToml};
pub use shell_env::ShellEnvironmentPolicyToml;
pub use tables::{AudioToml, GhostSnapshotToml, MemoriesToml, NoticeToml, RealtimeToml, SkillToml, SkillsToml, SwitchToml, WindowsToml};
pub use tools::{ToolsToml, WebSearchLocationToml, WebSearchToml, WebSearchToolConfigInput};
pub use tui::{AlternateScreen, NotificationMethod, Notifications, Price, PricesToml, TuiToml};
