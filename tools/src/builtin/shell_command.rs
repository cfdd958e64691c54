//! `shell_command`: runs a shell line to its end in the user's shell.

use std::time::Duration;

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use codex_protocol::event::CommandSource;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::shell::DEFAULT_TIMEOUT;
use crate::arguments::{self, Additional, SandboxPermissions, Wishes};
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::{ExecRequest, ToolHost};
use crate::output::{self, ReportForm};
use crate::patch_call::{self, Detected};
use crate::{schema, shells};

const NAME: &str = "shell_command";

pub(crate) struct ShellCommand;

#[derive(Deserialize)]
struct Arguments {
    command: String,
    workdir: Option<String>,
    #[serde(alias = "timeout")]
    timeout_ms: Option<u64>,
    login: Option<bool>,
    sandbox_permissions: Option<SandboxPermissions>,
    justification: Option<String>,
    prefix_rule: Option<Vec<String>>,
    additional_permissions: Option<Additional>,
}

#[async_trait]
impl ToolHandler for ShellCommand {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !env.shell_tool || env.unified_exec || !env.prefers_shell_command {
            return None;
        }
        let parameters = schema::command(
            env,
            [
                ("command", schema::string("The shell line, exactly as you would type it.")),
                schema::workdir(),
                ("timeout_ms", schema::number("Milliseconds after which the command is killed. Default 10000.")),
                ("login", schema::boolean("Whether the shell reads the user's login profile. Default true; false starts faster.")),
            ],
            &["command"],
        );
        Some(schema::function(NAME, include_str!("shell_command.md"), parameters))
    }

    fn callable(&self, env: &ToolEnv) -> bool {
        env.shell_tool
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: Arguments = arguments::parse(&call)?;
        let turn = host.turn();
        let cwd = shells::workdir(turn, arguments.workdir.as_deref());
        let wishes = Wishes {
            sandbox_permissions: arguments.sandbox_permissions,
            justification: arguments.justification,
            prefix_rule: arguments.prefix_rule,
            additional_permissions: arguments.additional_permissions,
        };
        let escalation = wishes.escalation(turn, &cwd)?;
        match patch_call::in_line(&arguments.command) {
            Detected::Nothing => {}
            detected => {
                let outcome = patch_call::run(call.id, detected, &cwd, host, cancel).await?;
                let body = output::patch_report(&outcome, turn.truncation, ReportForm::Json);
                return Ok(patch_call::tool_output(&outcome, body));
            }
        }
        let request = ExecRequest {
            call_id: call.id,
            command: shells::command_line(turn, None, arguments.login, &arguments.command)?,
            cwd,
            timeout: arguments.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            escalation,
            source: CommandSource::Agent,
        };
        let outcome = host.exec(request, cancel).await?;
        let body = output::command_report(&outcome, turn.truncation, ReportForm::Structured);
        Ok(if outcome.exit_code == 0 { ToolOutput::text(body) } else { ToolOutput::failed(body) })
    }
}
