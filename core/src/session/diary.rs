//! What of a thread's events goes into the log for developers: that something began or ended, how long it took and how it went.
//!
//! Never what was said, what a command line or a patch holds, nor what a command printed. One place, so that every event is looked at
//! once, whichever part of the program it comes from. The target `codex_diary` is what the log leaves out where nobody asked for it.

use codex_protocol::EventMsg;
use codex_protocol::event::AbortReason;
use tracing::{debug, info};

/// Writes the line about an event, where there is one.
pub(super) fn note(msg: &EventMsg) {
    match msg {
        EventMsg::TaskStarted(started) => info!(target: "codex_diary", turn = %started.turn_id, "turn started"),
        EventMsg::TaskComplete(complete) => {
            let status = complete.error.as_ref().map_or("completed", |error| error.code.as_str());
            info!(target: "codex_diary", turn = %complete.turn_id, status, "turn ended");
        }
        EventMsg::TurnAborted(aborted) => {
            let turn = aborted.turn_id.as_ref().map(tracing::field::display);
            info!(target: "codex_diary", turn, status = word(aborted.reason), "turn ended");
        }
        EventMsg::TokenCount(count) => {
            if let Some(usage) = &count.info {
                let last = &usage.last_token_usage;
                let (input, cached, output) = (last.input_tokens, last.cached_input_tokens, last.output_tokens);
                info!(target: "codex_diary", input, cached, output, total = usage.total_token_usage.total_tokens, "tokens used");
            }
        }
        EventMsg::StreamError(error) => info!(target: "codex_diary", cause = error.codex_error_info.as_deref(), "request is tried again"),
        EventMsg::ContextCompacted(_) => info!(target: "codex_diary", "history compacted"),
        EventMsg::ExecCommandBegin(begin) => info!(target: "codex_diary", call = %begin.call_id, turn = %begin.turn_id, "command started"),
        EventMsg::ExecCommandEnd(end) => {
            info!(target: "codex_diary", call = %end.call_id, exit = end.exit_code, millis = end.duration.as_millis(), "command ended");
        }
        EventMsg::PatchApplyEnd(end) => {
            info!(target: "codex_diary", call = %end.call_id, success = end.success, files = end.changes.len(), "patch ended")
        }
        EventMsg::McpToolCallBegin(begin) => {
            debug!(target: "codex_diary", call = %begin.call_id, server = begin.invocation.server, tool = begin.invocation.tool, "MCP call started");
        }
        EventMsg::McpToolCallEnd(end) => {
            debug!(target: "codex_diary", call = %end.call_id, success = end.result.is_ok(), millis = end.duration.as_millis(), "MCP call ended");
        }
        // The rest is what was said, or a piece of what is told above.
        _ => {}
    }
}

fn word(reason: AbortReason) -> &'static str {
    match reason {
        AbortReason::Interrupted => "interrupted",
        AbortReason::Replaced => "replaced",
        AbortReason::ReviewEnded => "review ended",
    }
}
