//! Folders of our own, and servers beside us.

use std::path::PathBuf;

use crate::config::{Config, LoadOptions};
use crate::error::ConfigError;
use crate::requirements::Requirements;
use crate::schema::ConfigToml;

pub(super) fn resolve(
    config: &mut Config,
    keys: &ConfigToml,
    options: &LoadOptions,
    requirements: &Requirements,
) -> Result<(), ConfigError> {
    permissions_agree(keys)?;
    let variable = options.env.get("CODEX_SQLITE_HOME").filter(|value| !value.is_empty()).map(|value| options.cwd.join(value));
    let sqlite_home: Option<PathBuf> = variable.or_else(|| keys.sqlite_home.clone());
    config.sqlite_home = sqlite_home.unwrap_or_else(|| config.codex_home.clone());
    config.log_dir = keys.log_dir.clone().unwrap_or_else(|| config.codex_home.join("log"));
    config.mcp_servers.clone_from(&keys.mcp_servers);
    for (name, server) in &mut config.mcp_servers {
        if requirements.allows_server(name, server) {
            continue;
        }
        let path = requirements.path().display();
        config.refused_servers.insert(name.clone(), format!("requirements ({path})"));
        if server.enabled != Some(false) {
            server.enabled = Some(false);
            config.warnings.push(format!("MCP server `{name}` is switched off: it is not among those that `{path}` allows"));
        }
    }
    Ok(())
}

/// A set is chosen exactly where sets are defined.
fn permissions_agree(keys: &ConfigToml) -> Result<(), ConfigError> {
    match (&keys.default_permissions, keys.permissions.is_empty()) {
        (Some(_), true) => Err(ConfigError::Value("default_permissions requires a `[permissions]` table".to_owned())),
        (None, false) => {
            Err(ConfigError::Value("config defines `[permissions]` profiles but does not set `default_permissions`".to_owned()))
        }
        (Some(name), false) if !keys.permissions.contains_key(name) => {
            Err(ConfigError::Value(format!("default_permissions names `{name}`, which `[permissions]` does not define")))
        }
        (Some(_), false) | (None, true) => Ok(()),
    }
}
