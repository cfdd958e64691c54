//! One turn of a session as one tool call: its events are notifications, its end is the result.

use std::sync::Arc;

use codex_core::Thread;
use codex_protocol::event::TaskComplete;
use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{Event, EventMsg, Op};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::approvals::{Asker, ask};
use crate::outgoing::Outgoing;

/// A call of `codex` or `codex-reply`.
#[derive(Debug)]
pub(crate) struct TurnCall {
    pub(crate) outgoing: Arc<Outgoing>,
    /// The request id.
    pub(crate) request: Value,
    /// Where the client wants to be told how far it is.
    pub(crate) progress_token: Option<Value>,
    pub(crate) cancel: CancellationToken,
}

impl TurnCall {
    /// The request id as events carry it.
    fn request_text(&self) -> String {
        self.request.as_str().map_or_else(|| self.request.to_string(), str::to_owned)
    }

    /// Runs a turn to its end. `None` when the client cancelled it and waits for nothing.
    pub(crate) async fn run(&self, thread: &Thread, prompt: String) -> Option<Answer> {
        let turn = UserTurn { input: vec![UserInput::text(&prompt)], ..UserTurn::default() };
        let Ok(submission) = thread.submit(Op::UserTurn(turn)).await else {
            return Some(Answer::bad("the session has ended", Some(thread.id())));
        };
        let over = CancellationToken::new();
        let _over = over.clone().drop_guard();
        let asker = Asker { outgoing: Arc::clone(&self.outgoing), thread: thread.clone(), request: self.request_text(), over };
        let mut steps = 0;
        let mut interrupted = false;
        loop {
            let event = tokio::select! {
                () = self.cancel.cancelled(), if !interrupted => {
                    interrupted = true;
                    // The thread may have ended by itself.
                    let _ = thread.submit(Op::Interrupt).await;
                    continue;
                }
                event = thread.next_event() => event,
            };
            let Some(event) = event else {
                return (!interrupted).then(|| Answer::bad("the session ended before its turn did", Some(thread.id())));
            };
            self.tell(thread, &event).await;
            self.progress(&event.msg, &mut steps).await;
            ask(&asker, &event.msg);
            match &event.msg {
                EventMsg::TaskComplete(complete) if event.id == submission => {
                    return (!interrupted).then(|| finished(thread, complete));
                }
                EventMsg::TurnAborted(_) if event.id == submission => {
                    return (!interrupted).then(|| Answer::bad("the turn was interrupted", Some(thread.id())));
                }
                _ => {}
            }
        }
    }

    async fn tell(&self, thread: &Thread, event: &Event) {
        let Ok(msg) = serde_json::to_value(&event.msg) else { return };
        let id = if event.id.as_str().is_empty() { String::new() } else { self.request_text() };
        let params = |msg: Value| json!({ "_meta": { "requestId": self.request, "threadId": thread.id() }, "id": id, "msg": msg });
        self.outgoing.notify("codex/event", params(msg)).await;
        // Clients of long standing read the pieces under their first names.
        let older = match &event.msg {
            EventMsg::AgentMessageContentDelta(delta) => Some(("agent_message_delta", &delta.delta)),
            EventMsg::ReasoningContentDelta(delta) => Some(("agent_reasoning_delta", &delta.delta)),
            _ => None,
        };
        if let Some((name, delta)) = older {
            self.outgoing.notify("codex/event", params(json!({ "type": name, "delta": delta }))).await;
        }
    }

    /// Tells the client how far the call is, when it asked for that: a step is anything a person would see.
    async fn progress(&self, event: &EventMsg, steps: &mut u64) {
        let Some(token) = &self.progress_token else { return };
        let message = match event {
            EventMsg::TaskStarted(_) => "working".to_owned(),
            EventMsg::ExecCommandBegin(begin) => format!("runs {}", begin.command.last().map_or("", String::as_str)),
            EventMsg::PatchApplyBegin(_) => "changes files".to_owned(),
            EventMsg::McpToolCallBegin(begin) => format!("calls {}/{}", begin.invocation.server, begin.invocation.tool),
            EventMsg::WebSearchEnd(end) => format!("searched {}", end.query),
            EventMsg::AgentMessage(message) => message.message.clone(),
            _ => return,
        };
        *steps += 1;
        let message: String = message.chars().filter(|c| !c.is_control()).take(200).collect();
        self.outgoing.notify("notifications/progress", json!({ "progressToken": token, "progress": steps, "message": message })).await;
    }
}

fn finished(thread: &Thread, complete: &TaskComplete) -> Answer {
    match &complete.error {
        Some(failure) => Answer::bad(failure.message.clone(), Some(thread.id())),
        None => Answer::good(thread.id(), complete.last_agent_message.clone().unwrap_or_default()),
    }
}
