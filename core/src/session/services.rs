//! What every turn of a thread uses and none changes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use codex_config::Config;
use codex_model_client::ModelClient;
use codex_model_client::catalogue::ModelInfo;
use codex_protocol::ToolSpec;
use codex_tools::{ToolEnv, ToolRegistry};

use crate::exec::sessions::CommandSessions;
use crate::network::NetworkAccess;
use crate::runtime::Runtime;

/// Shared by the turns of a thread.
pub(crate) struct Services {
    pub(crate) config: Arc<Config>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) model: ModelInfo,
    pub(crate) client: Arc<dyn ModelClient>,
    pub(crate) tools: ToolRegistry,
    /// Which sub-agent the thread is; `None` for a thread of the user's.
    pub(crate) subagent: Option<&'static str>,
    pub(crate) tool_env: ToolEnv,
    pub(crate) tool_specs: Arc<[ToolSpec]>,
    pub(crate) base_instructions: Arc<str>,
    /// Environment of every command, before what a call adds.
    pub(crate) command_env: BTreeMap<OsString, OsString>,
    /// Files that tools of this process must not read.
    pub(crate) denied_reads: Vec<PathBuf>,
    pub(crate) command_sessions: CommandSessions,
    /// What commands reach whose network is one by names.
    pub(crate) network: NetworkAccess,
}
