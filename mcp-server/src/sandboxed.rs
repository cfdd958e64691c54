//! `exec` and `apply_patch` for other agents: the tools of a session without a model, under the server's own policy.

use std::sync::Arc;

use codex_core::{StartOptions, Thread};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::approvals::{Asker, ask};
use crate::outgoing::Outgoing;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ExecArguments {
    command: Vec<String>,
    cwd: Option<String>,
    timeout_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct PatchArguments {
    patch: String,
    cwd: Option<String>,
}

/// A command for a session to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) command: Vec<String>,
    pub(crate) cwd: Option<String>,
    timeout_ms: Option<u64>,
}

/// How a session for such work is started: nothing of it is kept.
pub(crate) fn options() -> StartOptions {
    StartOptions { ephemeral: true, end_sessions_with_turn: true, ..StartOptions::default() }
}

/// Whether a tool is one of these.
pub(crate) fn is_here(tool: &str) -> bool {
    matches!(tool, "exec" | "apply_patch")
}

/// What a call asks for.
pub(crate) fn read(tool: &str, arguments: Option<Value>) -> Result<Work, String> {
    let arguments = arguments.ok_or_else(|| format!("Missing arguments for {tool} tool-call."))?;
    let wrong = |error: serde_json::Error| format!("Failed to parse arguments for {tool}: {error}");
    if tool == "apply_patch" {
        let PatchArguments { patch, cwd } = serde_json::from_value(arguments).map_err(wrong)?;
        return Ok(Work { command: vec!["apply_patch".to_owned(), patch], cwd, timeout_ms: None });
    }
    let ExecArguments { command, cwd, timeout_ms } = serde_json::from_value(arguments).map_err(wrong)?;
    if command.first().is_none_or(String::is_empty) {
        return Err("Failed to parse arguments for exec: `command` is empty".to_owned());
    }
    Ok(Work { command, cwd, timeout_ms })
}

/// Does it. `None` when the client cancelled the call.
pub(crate) async fn carry_out(
    outgoing: &Arc<Outgoing>,
    request: &Value,
    thread: &Thread,
    work: Work,
    cancel: &CancellationToken,
) -> Option<Value> {
    let over = CancellationToken::new();
    let _over = over.clone().drop_guard();
    let request = request.as_str().map_or_else(|| request.to_string(), str::to_owned);
    let asker = Asker { outgoing: Arc::clone(outgoing), thread: thread.clone(), request, over };
    let arguments = json!({ "command": work.command, "timeout_ms": work.timeout_ms });
    let calling = thread.call_tool("shell", &arguments, cancel.clone());
    tokio::pin!(calling);
    let outcome = loop {
        tokio::select! {
            outcome = &mut calling => break outcome,
            event = thread.next_event() => match event {
                Some(event) => ask(&asker, &event.msg),
                None => break calling.await,
            },
        }
    };
    if cancel.is_cancelled() {
        return None;
    }
    Some(match outcome {
        Err(refusal) => json!({ "content": [{ "type": "text", "text": refusal }], "isError": true }),
        Ok(report) => result(&report),
    })
}

fn result(report: &str) -> Value {
    let read: Option<(i64, String)> = serde_json::from_str::<Value>(report)
        .ok()
        .and_then(|report| Some((report["metadata"]["exit_code"].as_i64()?, report["output"].as_str()?.to_owned())));
    match read {
        None => json!({ "content": [{ "type": "text", "text": report }], "isError": true }),
        Some((exit_code, output)) => json!({
            "content": [{ "type": "text", "text": output }],
            "structuredContent": { "exitCode": exit_code, "output": output },
            "isError": exit_code != 0,
        }),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_patch_is_work_like_a_command() {
        let work = read("apply_patch", Some(json!({"patch": "*** Begin Patch"}))).unwrap();
        assert_eq!(work.command, ["apply_patch", "*** Begin Patch"]);
        assert!(read("exec", Some(json!({"command": []}))).is_err());
        assert!(read("exec", None).is_err());
    }

    #[test]
    fn a_report_becomes_structured_content() {
        let good = result(r#"{"output":"hi\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#);
        assert_eq!(good["structuredContent"], json!({"exitCode": 0, "output": "hi\n"}));
        assert_eq!(good["isError"], false);
        assert_eq!(result("exec command rejected by user")["isError"], true);
    }
}
