//! The environment and limits of commands.

use crate::config::{Config, ShellEnvironmentPolicy};
use crate::schema::ConfigToml;

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml) {
    let table = keys.shell_environment_policy.clone().unwrap_or_default();
    config.shell_environment = ShellEnvironmentPolicy {
        inherit: table.inherit.unwrap_or_default(),
        ignore_default_excludes: table.ignore_default_excludes.unwrap_or(false),
        exclude: table.exclude.unwrap_or_default(),
        set: table.set.unwrap_or_default(),
        include_only: table.include_only.unwrap_or_default(),
    };
    config.allow_login_shell = keys.allow_login_shell.unwrap_or(true);
    config.tool_output_token_limit = keys.tool_output_token_limit.map(|limit| limit as u64);
    config.background_terminal_max_timeout_ms = keys.background_terminal_max_timeout;
}
