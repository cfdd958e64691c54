//! One call of a tool without a model: for front ends that offer tools of a session to others.
//!
//! Policy, questions and events are those of a turn; nothing goes into history.

use std::sync::Arc;

use codex_protocol::response_item::ToolOutputBody;
use codex_protocol::{CallId, TurnId};
use codex_tools::{ToolCall, ToolInput};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::session::Session;
use crate::thread::Thread;
use crate::turn::control::TurnControl;
use crate::turn::run::Turn;

impl Thread {
    /// Calls a tool as a turn of the model would: what the model would read, or the refusal it would. Not beside a turn.
    ///
    /// # Errors
    /// The refusal, for people; also when `cancel` came first.
    pub async fn call_tool(&self, name: &str, arguments: &Value, cancel: CancellationToken) -> Result<String, String> {
        let session = self.session().ok_or_else(|| "the thread runs elsewhere: its tools are its server's".to_owned())?;
        call(session, name, arguments, cancel).await
    }
}

async fn call(session: &Arc<Session>, name: &str, arguments: &Value, cancel: CancellationToken) -> Result<String, String> {
    let control = Arc::new(TurnControl::new(cancel.clone()));
    let turn = Turn::new(Arc::clone(session), Arc::clone(&control), None);
    let input = ToolInput::Json(arguments.to_string());
    let services = &session.services;
    let tool = services.tools.find(name, &input, &services.model.get().tool_env).map_err(|error| error.to_string())?;
    let call = ToolCall { id: CallId::new(TurnId::generate().as_str()), name: name.to_owned(), input };
    let output = tool.run(call, turn.host.as_ref(), &cancel).await;
    services.command_sessions.end_all(&control.hurry).await;
    services.command_sessions.settle().await;
    match output.map_err(|error| error.to_string())?.body {
        ToolOutputBody::Text(text) => Ok(text),
        parts @ ToolOutputBody::Content(_) => Ok(parts.to_text()),
    }
}
