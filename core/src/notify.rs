//! The program of the user's own that is told of completed turns (`notify`).
//!
//! It is started and left alone: it may outlive this process, and what it does is its own affair.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;

use crate::search_path::find_program;
use crate::session::Session;
use crate::turn::context::TurnContext;

/// Starts the configured program with one more argument that says what happened. A program that
/// cannot be started is logged and otherwise ignored.
pub(crate) fn turn_completed(session: &Session, context: &TurnContext, input: &[String], last_message: Option<&str>) {
    let Some((program, arguments)) = session.services.config.notify.split_first() else {
        return;
    };
    let env = session.services.runtime.outside_env(&context.cwd);
    let Some(file) = file_of(program, &env, session) else {
        tracing::error!(program, "the `notify` program was not found outside of the workspace");
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
    let mut command = std::process::Command::new(file);
    command
        .args(arguments)
        .arg(told.to_string())
        .env_clear()
        .envs(&env)
        .current_dir(&context.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        tracing::error!(program, %error, "the `notify` program could not be started");
    }
}

/// The file of the program: a path, or a name in the search path. A relative path is one from the home of the program, because one
/// from the working folder would be the repository's (T1).
fn file_of(program: &str, env: &BTreeMap<OsString, OsString>, session: &Session) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(session.services.config.codex_home.join(program));
    }
    find_program(OsStr::new(program), env.get(OsStr::new("PATH"))?)
}
