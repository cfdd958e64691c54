//! How the servers are, for front ends: of a running thread, or of a configuration alone.

use std::sync::Arc;

use async_trait::async_trait;
use codex_config::Config;
use codex_mcp_client::{Answer, McpHost, McpServers, ServerSettings};
use codex_protocol::EventMsg;
use codex_protocol::event::{ElicitationAction, ElicitationForm};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::begin::{mcp_surroundings, server_settings};
use super::kept;
use crate::runtime::Runtime;

/// One server.
#[derive(Clone, Debug, PartialEq)]
pub struct McpStatus {
    /// Name in the configuration.
    pub name: String,
    /// Whether it can be asked.
    pub is_ready: bool,
    /// Why not, when it failed.
    pub error: Option<String>,
    /// Its tools as it lists them, those that are offered.
    pub tools: Vec<Value>,
    /// The names under which the model sees them.
    pub tool_names: Vec<String>,
    /// Its resources, where they were asked for.
    pub resources: Vec<Value>,
    /// Templates of its resources, where they were asked for.
    pub resource_templates: Vec<Value>,
    /// Its prompts, where they were asked for.
    pub prompts: Vec<Value>,
}

/// The servers as they are now. `with_lists` asks those that are ready for resources, templates and prompts.
pub(crate) async fn of(servers: &McpServers, with_lists: bool) -> Vec<McpStatus> {
    let cancel = CancellationToken::new();
    let mut all = Vec::new();
    for state in servers.states() {
        let name = state.name.clone();
        let asked = with_lists && state.is_ready;
        let lists = if asked {
            tokio::join!(servers.resources(&name, &cancel), servers.resource_templates(&name, &cancel), servers.prompts(&name, &cancel))
        } else {
            (Ok(Vec::new()), Ok(Vec::new()), Ok(Vec::new()))
        };
        all.push(McpStatus {
            name,
            is_ready: state.is_ready,
            error: state.error,
            tools: state.tools.iter().map(|tool| Value::clone(&tool.raw)).collect(),
            tool_names: state.tools.iter().map(|tool| tool.exposed.clone()).collect(),
            resources: lists.0.unwrap_or_default(),
            resource_templates: lists.1.unwrap_or_default(),
            prompts: lists.2.unwrap_or_default(),
        });
    }
    all
}

/// Starts the servers of a configuration, says how they are, and ends them. Servers of a project that nobody allowed stay off.
pub async fn mcp_status(config: &Config, runtime: &Runtime) -> Vec<McpStatus> {
    let settings = server_settings(config, runtime);
    let patience = settings.iter().map(|settings| settings.startup_timeout.saturating_mul(2)).max().unwrap_or_default();
    let host = Arc::new(Silent { codex_home: config.codex_home.clone() });
    let servers = McpServers::start(settings, mcp_surroundings(config, runtime), host);
    servers.settled_within(patience).await;
    let status = of(&servers, true).await;
    servers.stop().await;
    status
}

/// A host that nobody reads.
struct Silent {
    codex_home: std::path::PathBuf,
}

#[async_trait]
impl McpHost for Silent {
    async fn tell(&self, _event: EventMsg) {}

    async fn may_start(&self, server: &ServerSettings) -> Result<(), String> {
        if kept::is_allowed(&self.codex_home, server) {
            Ok(())
        } else {
            Err("it comes from a project and was not allowed to start".to_owned())
        }
    }

    async fn elicit(&self, _server: &str, _form: ElicitationForm) -> Answer {
        Answer { action: ElicitationAction::Decline, content: None }
    }

    async fn sample(&self, _server: &str, _params: Value) -> Result<Value, String> {
        Err("nobody can be asked".to_owned())
    }

    fn roots(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }
}
