//! `shell`: runs an argv to its end. Also the local shell of older models, as a function and as an item
//! of its own.

use std::time::Duration;

use async_trait::async_trait;
use codex_protocol::event::{CommandSource, CommandStatus, EventMsg, ExecCommandBegin, ExecCommandEnd};
use codex_protocol::response_item::LocalShellAction;
use codex_protocol::{CallId, ToolSpec};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::arguments::{self, Additional, SandboxPermissions, Wishes};
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolInput, ToolOutput};
use crate::host::{ExecRequest, ToolHost};
use crate::output::{self, ReportForm};
use crate::patch_call::{self, Detected};
use crate::{schema, shells};

const NAME: &str = "shell";

/// Under this name a function call always answers in JSON.
const JSON_NAME: &str = "local_shell";

/// How long a command may run when the model does not say.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Shell;

#[derive(Deserialize)]
struct Arguments {
    command: Vec<String>,
    workdir: Option<String>,
    #[serde(alias = "timeout")]
    timeout_ms: Option<u64>,
    sandbox_permissions: Option<SandboxPermissions>,
    justification: Option<String>,
    prefix_rule: Option<Vec<String>>,
    additional_permissions: Option<Additional>,
}

impl Arguments {
    fn of(call: &ToolCall) -> Result<Self, ToolError> {
        let ToolInput::LocalShell(action) = &call.input else { return arguments::parse(call) };
        let LocalShellAction::Exec { command, timeout_ms, working_directory, .. } = action;
        Ok(Self {
            command: command.clone(),
            workdir: working_directory.clone(),
            timeout_ms: *timeout_ms,
            sandbox_permissions: None,
            justification: None,
            prefix_rule: None,
            additional_permissions: None,
        })
    }
}

#[async_trait]
impl ToolHandler for Shell {
    fn names(&self) -> &'static [&'static str] {
        &[NAME, "container.exec", JSON_NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !env.shell_tool || env.unified_exec || env.prefers_shell_command {
            return None;
        }
        let parameters = schema::command(
            env,
            [
                ("command", schema::strings("The program and its arguments, one string each.")),
                schema::workdir(),
                ("timeout_ms", schema::number("Milliseconds after which the command is killed. Default 10000.")),
            ],
            &["command"],
        );
        Some(schema::function(NAME, include_str!("shell.md"), parameters))
    }

    fn callable(&self, env: &ToolEnv) -> bool {
        env.shell_tool
    }

    fn accepts(&self, input: &ToolInput) -> bool {
        matches!(input, ToolInput::Json(_) | ToolInput::LocalShell(_))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments = Arguments::of(&call)?;
        let turn = host.turn();
        let is_json_name = call.name == JSON_NAME && matches!(call.input, ToolInput::Json(_));
        let form = if is_json_name { ReportForm::Json } else { ReportForm::of_turn(turn) };
        if arguments.command.is_empty() {
            return Err(declined(call.id, host, "command args are empty").await);
        }
        let cwd = shells::workdir(turn, arguments.workdir.as_deref());
        let wishes = Wishes {
            sandbox_permissions: arguments.sandbox_permissions,
            justification: arguments.justification,
            prefix_rule: arguments.prefix_rule,
            additional_permissions: arguments.additional_permissions,
        };
        let escalation = wishes.escalation(turn, &cwd)?;
        match patch_call::in_argv(&arguments.command) {
            Detected::Nothing => {}
            detected => {
                let outcome = patch_call::run(call.id, detected, &cwd, host, cancel).await?;
                let body = output::patch_report(&outcome, turn.truncation, form);
                return Ok(patch_call::tool_output(&outcome, body));
            }
        }
        let request = ExecRequest {
            call_id: call.id,
            command: arguments.command,
            cwd,
            timeout: arguments.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            escalation,
            source: CommandSource::Agent,
        };
        let outcome = host.exec(request, cancel).await?;
        let body = output::command_report(&outcome, turn.truncation, form);
        Ok(if outcome.exit_code == 0 { ToolOutput::text(body) } else { ToolOutput::failed(body) })
    }
}

/// Tells the front-end of a command that cannot even be asked about, and says why.
async fn declined(call_id: CallId, host: &dyn ToolHost, why: &str) -> ToolError {
    let turn = host.turn();
    host.emit(EventMsg::ExecCommandBegin(ExecCommandBegin {
        call_id: call_id.clone(),
        process_id: None,
        turn_id: turn.turn_id.clone(),
        command: Vec::new(),
        cwd: turn.cwd.clone(),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
    }))
    .await;
    host.emit(EventMsg::ExecCommandEnd(Box::new(ExecCommandEnd {
        call_id,
        process_id: None,
        turn_id: turn.turn_id.clone(),
        command: Vec::new(),
        cwd: turn.cwd.clone(),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
        stdout: String::new(),
        stderr: why.to_owned(),
        aggregated_output: why.to_owned(),
        exit_code: -1,
        duration: Duration::ZERO,
        formatted_output: why.to_owned(),
        status: CommandStatus::Declined,
    })))
    .await;
    ToolError::Refused(why.to_owned())
}

#[cfg(test)]
mod tests;
