//! The program of the user's own that is told of completed turns (`notify`).
//!
//! It is started and left alone: it may outlive this process, and what it does is its own affair.

use std::process::Stdio;

use serde_json::json;

use crate::session::Session;
use crate::turn::context::TurnContext;

/// Starts the configured program with one more argument that says what happened. A program that
/// cannot be started is logged and otherwise ignored.
pub(crate) fn turn_completed(session: &Session, context: &TurnContext, input: &[String], last_message: Option<&str>) {
    let Some((program, arguments)) = session.services.config.notify.split_first() else {
        return;
    };
    let told = json!({
        "type": "agent-turn-complete",
        "thread-id": session.id,
        "turn-id": context.id,
        "cwd": context.cwd,
        "client": session.services.runtime.originator.replace('_', "-"),
        "input-messages": input,
        "last-assistant-message": last_message,
    });
    #[expect(clippy::disallowed_methods, reason = "the user's own program may outlive us: neither group nor guard are wanted")]
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .arg(told.to_string())
        .env_clear()
        .envs(&session.services.runtime.env)
        .current_dir(&context.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        tracing::error!(program, %error, "the `notify` program could not be started");
    }
}
