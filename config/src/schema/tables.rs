//! Tables of a few keys each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[memories]`: what is remembered from one session to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct MemoriesToml {
    /// Keeps sessions out that used an MCP server or searched the web.
    pub no_memories_if_mcp_or_web_search: Option<bool>,
    /// Whether memories are made.
    pub generate_memories: Option<bool>,
    /// Whether memories are read.
    pub use_memories: Option<bool>,
    /// Most raw memories that are worked into lasting ones at a time.
    pub max_raw_memories_for_consolidation: Option<usize>,
    /// Days after which a memory that was not used goes.
    pub max_unused_days: Option<i64>,
    /// Oldest session that memories are made of, days.
    pub max_rollout_age_days: Option<i64>,
    /// Most sessions that are read at a start.
    pub max_rollouts_per_startup: Option<usize>,
    /// How long a session has to rest before it is read, hours.
    pub min_rollout_idle_hours: Option<i64>,
    /// Model that makes raw memories.
    pub extract_model: Option<String>,
    /// Model that makes lasting ones.
    pub consolidation_model: Option<String>,
}

/// `[ghost_snapshot]`: what snapshots for undo leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct GhostSnapshotToml {
    /// Bytes from which an untracked file is left out; 0 or less leaves none out.
    pub ignore_large_untracked_files: Option<i64>,
    /// Files from which an untracked folder is left out; 0 or less leaves none out.
    pub ignore_large_untracked_dirs: Option<i64>,
    /// Says nothing of what was left out.
    pub disable_warnings: Option<bool>,
}

/// `[undo]`: the files of a workspace that are kept so that turns can be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct UndoToml {
    /// Keeps files at all.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Bytes above which a file is only known and cannot be brought back.
    #[schemars(extend("default" = 10_485_760))]
    pub max_file_bytes: Option<u64>,
    /// Bytes that are kept of one workspace at most.
    #[schemars(extend("default" = 2_147_483_648_u64))]
    pub max_bytes: Option<u64>,
}

/// `[retention]`: what is removed of stored sessions and of files kept for undo, once a day, when a session begins. Without
/// limits no session is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct RetentionToml {
    /// Days after which a session that did not go on is removed.
    pub max_age_days: Option<u32>,
    /// Bytes of all sessions together, beyond which the oldest are removed.
    pub max_total_bytes: Option<u64>,
    /// Keeps sessions in the archive whatever their age and size.
    #[schemars(extend("default" = true))]
    pub keep_archived: Option<bool>,
    /// Keeps sessions with a name whatever their age and size.
    #[schemars(extend("default" = true))]
    pub keep_named: Option<bool>,
    /// Days after which the files kept for undo of an unused folder are removed.
    #[schemars(extend("default" = 30))]
    pub undo_max_age_days: Option<u32>,
}

/// `[analytics]`, `[feedback]` and the tables of plugins: on or off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SwitchToml {
    /// On or off.
    pub enabled: Option<bool>,
}

/// `[notice]`: what was told once and need not be told again. Written by the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct NoticeToml {
    /// The warning about running without a sandbox was read.
    pub hide_full_access_warning: Option<bool>,
    /// The warning about folders that everybody may write was read.
    pub hide_world_writable_warning: Option<bool>,
    /// The hint to another model near a limit is not wanted.
    pub hide_rate_limit_model_nudge: Option<bool>,
    /// The hint to a successor model was read.
    pub hide_gpt5_1_migration_prompt: Option<bool>,
    /// The same, for another model.
    #[serde(rename = "hide_gpt-5.1-codex-max_migration_prompt")]
    pub hide_gpt_5_1_codex_max_migration_prompt: Option<bool>,
    /// Models, and the successor that was told of.
    #[serde(default)]
    pub model_migrations: BTreeMap<String, String>,
}

/// `[skills]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SkillsToml {
    /// Whether the model is told which skills there are; mentions work all the same.
    #[schemars(extend("default" = true))]
    pub include_instructions: Option<bool>,
    /// Skills that come with the program.
    pub bundled: Option<SwitchToml>,
    /// Single skills; later entries win.
    #[serde(default)]
    pub config: Vec<SkillToml>,
}

/// One skill, by `path` or by `name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SkillToml {
    /// Its `SKILL.md`.
    pub path: Option<PathBuf>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is offered.
    pub enabled: bool,
}

/// `[audio]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AudioToml {
    /// Device to listen to.
    pub microphone: Option<String>,
    /// Device to speak through.
    pub speaker: Option<String>,
}

/// `[realtime]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct RealtimeToml {
    /// Version of the wire.
    pub version: Option<RealtimeVersion>,
    /// Kind of session.
    #[serde(rename = "type")]
    pub kind: Option<RealtimeKind>,
}

/// Version of the realtime wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RealtimeVersion {
    /// The first.
    V1,
    /// The second.
    V2,
}

/// Kind of a realtime session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RealtimeKind {
    /// Speaking with each other.
    Conversational,
    /// Writing down what is said.
    Transcription,
}

/// `[windows]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct WindowsToml {
    /// Kind of sandbox.
    pub sandbox: Option<WindowsSandbox>,
    /// Whether commands get a desktop of their own.
    pub sandbox_private_desktop: Option<bool>,
}

/// Kind of sandbox on Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WindowsSandbox {
    /// With the rights of an administrator.
    Elevated,
    /// Without.
    Unelevated,
}
