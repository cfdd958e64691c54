//! MCP servers for clients: how they are, starting them again, signing in, and what they ask a person.
//!
//! **Not here:** the servers of a thread themselves (`codex-core`), the answers to their questions (`questions`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{ServerNotification, ServerRequest};
use codex_config::Config;
use codex_core::{McpStatus, mcp_surroundings, server_settings};
use codex_mcp_client::ServerSettings;
use codex_mcp_client::oauth::{self, AuthStatus, SignIn, SignInOptions};
use codex_protocol::Op;
use codex_protocol::event::{ElicitationForm, ElicitationRequest, McpStartupStatus, McpStartupUpdate, McpToolCallProgress};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Failure;
use crate::lists::page;
use crate::loaded::LoadedThread;
use crate::server::Server;
use crate::settings;

/// How long a server is asked whether it takes sign-ins.
const PATIENCE: Duration = Duration::from_secs(5);

impl Server {
    /// `mcpServerStatus/list`: starts the configured servers for the answer, and ends them.
    pub(crate) async fn mcp_status(&self, params: wire::ListMcpServerStatusParams) -> Result<wire::ListMcpServerStatusResponse, Failure> {
        let config = settings::read(&self.load_options())?;
        let runtime = &self.surroundings.runtime;
        let auth = async {
            let surroundings = mcp_surroundings(&config, runtime);
            let asked = server_settings(&config, runtime).into_iter().map(|server| {
                let surroundings = &surroundings;
                async move {
                    let status = tokio::time::timeout(PATIENCE, oauth::status(&server, surroundings)).await;
                    (server.name, status.unwrap_or(AuthStatus::Unsupported))
                }
            });
            futures::future::join_all(asked).await.into_iter().collect::<BTreeMap<_, _>>()
        };
        let (servers, auth) = tokio::join!(codex_core::mcp_status(&config, runtime), auth);
        let shown = |status: McpStatus| {
            let auth = auth.get(&status.name).copied().unwrap_or(AuthStatus::Unsupported);
            server_out(status, auth)
        };
        let (data, next_cursor) = page(servers.into_iter().map(shown).collect(), params.cursor.as_deref(), params.limit, "MCP servers")?;
        Ok(wire::ListMcpServerStatusResponse { data, next_cursor })
    }

    /// `config/mcpServer/reload`: servers that failed are started again; threads that begin from now on read the entries anew.
    pub(crate) async fn mcp_reload(&self) -> Result<wire::McpServerRefreshResponse, Failure> {
        settings::read(&self.load_options())?;
        self.restart_mcp(None).await;
        Ok(wire::McpServerRefreshResponse {})
    }

    async fn restart_mcp(&self, server: Option<&str>) {
        for thread in self.threads() {
            // One that has just ended has no servers any more.
            let _ = thread.core.submit(Op::RestartMcp { server: server.map(str::to_owned) }).await;
        }
    }

    /// `mcpServer/oauth/login`: answered with the page to open; how it ended is told to every client.
    pub(crate) async fn mcp_login(
        self: &Arc<Self>,
        params: wire::McpServerOauthLoginParams,
    ) -> Result<wire::McpServerOauthLoginResponse, Failure> {
        let config = settings::read(&self.load_options())?;
        let server = self.mcp_server(&config, &params.name)?;
        let limit = match params.timeout_secs.map(u64::try_from) {
            Some(Ok(seconds)) if seconds > 0 => Some(Duration::from_secs(seconds)),
            Some(_) => return Err(Failure::invalid("timeoutSecs must be greater than 0")),
            None => None,
        };
        let options = SignInOptions {
            scopes: params.scopes.unwrap_or_default(),
            port: config.keys.mcp_oauth_callback_port,
            callback_url: config.keys.mcp_oauth_callback_url.clone(),
        };
        let surroundings = mcp_surroundings(&config, &self.surroundings.runtime);
        let began = SignIn::begin(&server, &surroundings, options).await;
        let sign_in = began.map_err(|error| Failure::internal(format!("cannot sign in to MCP server '{}': {error}", params.name)))?;
        let authorization_url = sign_in.url().to_owned();
        let (server, name) = (Arc::clone(self), params.name);
        tokio::spawn(async move {
            let finish = async { sign_in.finish().await.map_err(|error| error.to_string()) };
            let done = match limit {
                None => finish.await,
                Some(limit) => tokio::time::timeout(limit, finish)
                    .await
                    .unwrap_or_else(|_| Err(format!("nobody signed in within {} seconds", limit.as_secs()))),
            };
            let error = done.err();
            if error.is_none() {
                server.restart_mcp(Some(&name)).await;
            }
            let completed = wire::McpServerOauthLoginCompletedNotification { success: error.is_none(), error, name };
            server.broadcast(&ServerNotification::McpServerOauthLoginCompleted(completed));
        });
        Ok(wire::McpServerOauthLoginResponse { authorization_url })
    }

    fn mcp_server(&self, config: &Config, name: &str) -> Result<ServerSettings, Failure> {
        let found = server_settings(config, &self.surroundings.runtime).into_iter().find(|server| server.name == name);
        found.ok_or_else(|| Failure::invalid(format!("No MCP server named '{name}' found.")))
    }
}

/// What fits the wire's type; a server may list anything.
fn fitting<T: DeserializeOwned>(listed: Vec<Value>) -> impl Iterator<Item = T> {
    listed.into_iter().filter_map(|value| serde_json::from_value(value).ok())
}

fn server_out(status: McpStatus, auth: AuthStatus) -> wire::McpServerStatus {
    wire::McpServerStatus {
        auth_status: match auth {
            AuthStatus::Unsupported => wire::McpAuthStatus::Unsupported,
            AuthStatus::NotLoggedIn => wire::McpAuthStatus::NotLoggedIn,
            AuthStatus::BearerToken => wire::McpAuthStatus::BearerToken,
            AuthStatus::OAuth => wire::McpAuthStatus::OAuth,
        },
        name: status.name,
        resource_templates: fitting(status.resource_templates).collect(),
        resources: fitting(status.resources).collect(),
        tools: fitting(status.tools).map(|tool: wire::Tool| (tool.name.clone(), tool)).collect(),
    }
}

/// How far a server's start is, as clients hear it.
pub(crate) fn startup(update: &McpStartupUpdate) -> ServerNotification {
    let (status, error) = match &update.status {
        McpStartupStatus::Starting => (wire::McpServerStartupState::Starting, None),
        McpStartupStatus::Ready => (wire::McpServerStartupState::Ready, None),
        McpStartupStatus::Failed { error } => (wire::McpServerStartupState::Failed, Some(error.clone())),
        McpStartupStatus::Cancelled => (wire::McpServerStartupState::Cancelled, None),
    };
    let updated = wire::McpServerStatusUpdatedNotification { error, name: update.server.clone(), status };
    ServerNotification::McpServerStartupStatusUpdated(updated)
}

/// How far a call is, as clients hear it: in the server's words, else in numbers.
pub(crate) fn progress(thread: &LoadedThread, turn_id: String, progress: &McpToolCallProgress) -> ServerNotification {
    let numbers = || match progress.total {
        Some(total) => format!("{} of {total}", progress.progress),
        None => progress.progress.to_string(),
    };
    ServerNotification::ItemMcpToolCallProgress(wire::McpToolCallProgressNotification {
        item_id: progress.call_id.to_string(),
        message: progress.message.clone().unwrap_or_else(numbers),
        thread_id: thread.id.to_string(),
        turn_id,
    })
}

/// The question of a server, or about a call of one of its tools. `None` when its form is none that clients can show.
pub(crate) fn question(thread: &LoadedThread, asked: &ElicitationRequest) -> Option<ServerRequest> {
    let meta = asked.meta.clone();
    let mode = match &asked.request {
        ElicitationForm::Form { message, requested_schema } => wire::McpServerElicitationRequestParamsMode::Form {
            meta,
            message: message.clone(),
            requested_schema: serde_json::from_value(requested_schema.clone()).ok()?,
        },
        ElicitationForm::Url { message, url, elicitation_id } => wire::McpServerElicitationRequestParamsMode::Url {
            meta,
            elicitation_id: elicitation_id.clone(),
            message: message.clone(),
            url: url.clone(),
        },
    };
    Some(ServerRequest::McpServerElicitationRequest(wire::McpServerElicitationRequestParams {
        server_name: asked.server_name.clone(),
        thread_id: thread.id.to_string(),
        turn_id: asked.turn_id.as_ref().map(ToString::to_string),
        mode,
    }))
}
