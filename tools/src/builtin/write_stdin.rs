//! `write_stdin`: writes to a command that `exec_command` left running, or looks at it.

use std::time::Duration;

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::exec_command::output_tokens;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::{SessionState, ToolHost, WriteRequest};
use crate::{arguments, output, schema};

const NAME: &str = "write_stdin";

/// Default and shortest wait after something was written.
const SHORTEST_WRITE: Duration = Duration::from_millis(250);
const LONGEST_WRITE: Duration = Duration::from_secs(30);
/// Shortest wait of a call that only looks: a model in a polling loop pays for every look.
const SHORTEST_POLL: Duration = Duration::from_secs(5);

pub(crate) struct WriteStdin;

#[derive(Deserialize)]
struct Arguments {
    session_id: i32,
    #[serde(default)]
    chars: String,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<usize>,
}

#[async_trait]
impl ToolHandler for WriteStdin {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !(env.shell_tool && env.unified_exec) {
            return None;
        }
        let parameters = schema::object(
            [
                ("session_id", schema::number("The session ID that `exec_command` reported.")),
                (
                    "chars",
                    schema::string(
                        "What to type, control characters as escapes (\\n is Enter, \\u0003 Ctrl-C, \\u0004 Ctrl-D). Leave it out or empty to only look.",
                    ),
                ),
                (
                    "yield_time_ms",
                    schema::number(
                        "How long to wait for output. After typing: default and minimum 250, up to 30000. Only looking: at least 5000, and longer is fine.",
                    ),
                ),
                ("max_output_tokens", schema::number("Most output to return, in tokens; the middle is cut out beyond it. Default 10000.")),
            ],
            &["session_id"],
        );
        Some(schema::function(NAME, include_str!("write_stdin.md"), parameters))
    }

    fn parallel(&self) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: Arguments = arguments::parse(&call)?;
        let yield_time = yield_time(arguments.yield_time_ms, arguments.chars.is_empty(), host.turn().max_poll);
        let request = WriteRequest { call_id: call.id, session_id: i64::from(arguments.session_id), chars: arguments.chars, yield_time };
        let chunk = host.write_session(request, cancel).await?;
        let body = output::session_report(&chunk, output_tokens(arguments.max_output_tokens));
        Ok(match chunk.state {
            SessionState::Running(_) | SessionState::Exited(0) => ToolOutput::text(body),
            SessionState::Exited(_) => ToolOutput::failed(body),
        })
    }
}

fn yield_time(asked: Option<u64>, only_looks: bool, max_poll: Duration) -> Duration {
    let asked = asked.map_or(SHORTEST_WRITE, Duration::from_millis);
    if only_looks { asked.max(SHORTEST_POLL).min(max_poll) } else { asked.clamp(SHORTEST_WRITE, LONGEST_WRITE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_waits_briefly_and_a_look_waits_long() {
        let max = Duration::from_secs(300);
        let cases = [
            (None, false, 250),
            (Some(1), false, 250),
            (Some(900), false, 900),
            (Some(90_000), false, 30_000),
            (None, true, 5_000),
            (Some(1), true, 5_000),
            (Some(20_000), true, 20_000),
            (Some(u64::MAX), true, 300_000),
        ];
        for (asked, only_looks, millis) in cases {
            assert_eq!(yield_time(asked, only_looks, max), Duration::from_millis(millis), "{asked:?} {only_looks}");
        }
    }
}
