//! Signing in to MCP servers, and letting servers of a project start.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use codex_config::Config;
use codex_config::schema::McpServerToml;
use codex_core::{Runtime, allow_server, mcp_surroundings, server_settings};
use codex_exec::args::ConfigFlags;
use codex_mcp_client::oauth::{self, AuthStatus, SignIn, SignInOptions};
use codex_mcp_client::{ServerSettings, Surroundings};

use crate::browser::Desktop;
use crate::cmd::config_options::{load, options};
use crate::failure::Failure;
use crate::runtime;
use crate::surroundings::{EXEC, Environment, gather};

/// How long all servers together are asked whether they take sign-ins.
const PATIENCE: Duration = Duration::from_secs(5);

/// The configuration, and what servers need beside it.
pub(crate) struct Place {
    pub(crate) config: Config,
    runtime: Arc<Runtime>,
    surroundings: Surroundings,
}

impl Place {
    pub(crate) fn load(flags: &ConfigFlags) -> Result<Self, Failure> {
        let config = load(&options(flags)?)?;
        let ambient = gather(Environment::of_this_process(), &EXEC)?;
        let surroundings = mcp_surroundings(&config, &ambient.runtime);
        Ok(Self { config, runtime: ambient.runtime, surroundings })
    }

    fn settings(&self, name: &str) -> Option<ServerSettings> {
        let entry = self.config.mcp_servers.get(name)?;
        let on = McpServerToml { enabled: Some(true), ..entry.clone() };
        let config = Config { mcp_servers: BTreeMap::from([(name.to_owned(), on)]), ..self.config.clone() };
        server_settings(&config, &self.runtime).pop()
    }

    /// How each server wants to know who asks. Servers that do not answer soon count as wanting nothing.
    pub(crate) fn auth(&self) -> Result<BTreeMap<String, AuthStatus>, Failure> {
        let servers: Vec<_> = self.config.mcp_servers.keys().filter_map(|name| Some((name.clone(), self.settings(name)?))).collect();
        if servers.iter().all(|(name, _)| self.config.mcp_servers[name].url.is_none()) {
            return Ok(servers.into_iter().map(|(name, _)| (name, AuthStatus::Unsupported)).collect());
        }
        runtime::block_on(async {
            let asked = servers.into_iter().map(|(name, settings)| {
                let surroundings = self.surroundings.clone();
                tokio::spawn(async move {
                    let status = tokio::time::timeout(PATIENCE, oauth::status(&settings, &surroundings)).await;
                    (name, status.unwrap_or(AuthStatus::Unsupported))
                })
            });
            let mut all = BTreeMap::new();
            for answer in asked.collect::<Vec<_>>() {
                all.extend(answer.await.ok());
            }
            all
        })
    }

    /// Signs in and prints what to do.
    pub(crate) fn log_in(&self, name: &str, scopes: Vec<String>) -> Result<(), Failure> {
        let settings = self.settings(name).ok_or_else(|| Failure::new(format!("Error: No MCP server named '{name}' found.")))?;
        let keys = &self.config.keys;
        let options = SignInOptions { scopes, port: keys.mcp_oauth_callback_port, callback_url: keys.mcp_oauth_callback_url.clone() };
        let done = runtime::block_on(async {
            let sign_in = SignIn::begin(&settings, &self.surroundings, options).await?;
            print(&format!("Authorize `{name}` by opening this URL in your browser:\n{}\n", sign_in.url()));
            let secrets = self.config.credential_variables();
            Desktop { env: &self.runtime.env, secrets: &secrets }.open(sign_in.url());
            sign_in.finish().await
        })?;
        done.map_err(|error: oauth::OAuthError| Failure::new(format!("Error: cannot sign in to MCP server '{name}': {error}")))?;
        print(&format!("Successfully logged in to MCP server '{name}'.\n"));
        Ok(())
    }

    /// Whether a server takes sign-ins and has none.
    pub(crate) fn wants_sign_in(&self, name: &str) -> Result<bool, Failure> {
        let Some(settings) = self.settings(name) else { return Ok(false) };
        let status = runtime::block_on(async { tokio::time::timeout(PATIENCE, oauth::status(&settings, &self.surroundings)).await });
        Ok(matches!(status?, Ok(AuthStatus::NotLoggedIn)))
    }

    /// Forgets a sign-in.
    pub(crate) fn log_out(&self, name: &str) -> Result<(), Failure> {
        let settings = self.settings(name).ok_or_else(|| Failure::new(format!("Error: No MCP server named '{name}' found.")))?;
        let there = runtime::block_on(oauth::log_out(&settings, &self.surroundings))?;
        let there = there.map_err(|error| Failure::new(format!("Error: {error}")))?;
        let removed = format!("Removed OAuth credentials for '{name}'.\n");
        print(&if there { removed } else { format!("No OAuth credentials stored for '{name}'.\n") });
        Ok(())
    }

    /// Lets a server of the project start as its entry is now.
    pub(crate) fn allow(&self, name: &str) -> Result<(), Failure> {
        let settings = self.settings(name).ok_or_else(|| Failure::new(format!("Error: No MCP server named '{name}' found.")))?;
        let Some(file) = &settings.project else {
            print(&format!("MCP server '{name}' is your own; it may start already.\n"));
            return Ok(());
        };
        let from = file.display().to_string();
        allow_server(&self.config.codex_home, &settings).map_err(|error| Failure::new(format!("Error: cannot remember that: {error}")))?;
        print(&format!("MCP server '{name}' of {from} may start as it is now: {}\n", settings.summary()));
        Ok(())
    }
}

fn print(text: &str) {
    crate::output::print(&codex_exec::sanitize(text));
}
