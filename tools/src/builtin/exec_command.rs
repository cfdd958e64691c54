//! `exec_command`: runs a shell line and comes back when it ends or the wait is over, whichever is first.

use std::time::Duration;

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::arguments::{self, Additional, SandboxPermissions, Wishes};
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::{SessionRequest, SessionState, ToolHost};
use crate::patch_call::{self, Detected};
use crate::{output, schema, shells};

const NAME: &str = "exec_command";

/// How much of the output the model sees when it does not say.
pub(crate) const DEFAULT_OUTPUT_TOKENS: u64 = 10_000;

const DEFAULT_YIELD: Duration = Duration::from_secs(10);
const SHORTEST_YIELD: Duration = Duration::from_millis(250);
const LONGEST_YIELD: Duration = Duration::from_secs(30);

pub(crate) struct ExecCommand;

#[derive(Deserialize)]
struct Arguments {
    cmd: String,
    workdir: Option<String>,
    shell: Option<String>,
    #[serde(default)]
    tty: bool,
    login: Option<bool>,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<usize>,
    sandbox_permissions: Option<SandboxPermissions>,
    justification: Option<String>,
    prefix_rule: Option<Vec<String>>,
    additional_permissions: Option<Additional>,
}

#[async_trait]
impl ToolHandler for ExecCommand {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !(env.shell_tool && env.unified_exec) {
            return None;
        }
        let parameters = schema::command(
            env,
            [
                ("cmd", schema::string("The shell line, exactly as you would type it.")),
                schema::workdir(),
                ("shell", schema::string("Shell to use, by name or path. Defaults to the user's own.")),
                (
                    "tty",
                    schema::boolean(
                        "true gives the command a terminal of 80 columns and keeps its stdin open for `write_stdin`. Needed by programs that prompt, draw, or wait for input. Default false: plain pipes, stdin closed.",
                    ),
                ),
                ("login", schema::boolean("Whether the shell reads the user's login profile. Default true; false starts faster.")),
                (
                    "yield_time_ms",
                    schema::number("How long to wait for the end before you get the output so far. Default 10000, from 250 to 30000."),
                ),
                ("max_output_tokens", schema::number("Most output to return, in tokens; the middle is cut out beyond it. Default 10000.")),
            ],
            &["cmd"],
        );
        Some(schema::function(NAME, include_str!("exec_command.md"), parameters))
    }

    fn parallel(&self) -> bool {
        true
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
        match patch_call::in_line(&arguments.cmd) {
            Detected::Nothing => {}
            detected => {
                let outcome = patch_call::run(call.id, detected, &cwd, host, cancel).await?;
                let body = output::session_patch_report(&outcome, turn.truncation);
                return Ok(patch_call::tool_output(&outcome, body));
            }
        }
        let command = shells::command_line(turn, arguments.shell.as_deref(), arguments.login, &arguments.cmd)?;
        let request = SessionRequest {
            call_id: call.id,
            command,
            cwd,
            tty: arguments.tty,
            yield_time: yield_time(arguments.yield_time_ms),
            escalation,
        };
        let chunk = host.start_session(request, cancel).await?;
        let body = output::session_report(&chunk, output_tokens(arguments.max_output_tokens));
        Ok(match chunk.state {
            SessionState::Running(_) | SessionState::Exited(0) => ToolOutput::text(body),
            SessionState::Exited(_) => ToolOutput::failed(body),
        })
    }
}

fn yield_time(asked: Option<u64>) -> Duration {
    asked.map_or(DEFAULT_YIELD, Duration::from_millis).clamp(SHORTEST_YIELD, LONGEST_YIELD)
}

/// The budget in tokens that a call asks for.
pub(crate) fn output_tokens(asked: Option<usize>) -> u64 {
    asked.map_or(DEFAULT_OUTPUT_TOKENS, |tokens| tokens as u64)
}

#[cfg(test)]
mod tests;
