//! Front ends that are attached to a thread: they hand in the agent's own requests and hear its own events.
//!
//! What a thread told before somebody attached is told to them first: how it began, the running turn's beginning, and the
//! questions that wait. **Not here:** clients of the published protocol, whom `pump` serves.

use std::sync::Arc;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_protocol::event::EventMsg;
use codex_protocol::{Event, Op, Submission, SubmissionId};

use crate::connection::{Connection, spelt_notification};
use crate::error::Failure;
use crate::loaded::LoadedThread;
use crate::server::Server;

/// Events of a thread's beginning that are kept for those who come later.
const MOST_OPENING: usize = 64;

impl Server {
    /// `thread/attach`.
    pub(crate) fn thread_attach(
        &self,
        params: &wire::ThreadAttachParams,
        connection: &Arc<Connection>,
    ) -> Result<wire::ThreadAttachResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        let questions = thread.core.open_questions();
        // Under the lock, so that nothing is told in between, or twice.
        let mut state = thread.state();
        state.subscribers.remove(&connection.id);
        state.attached.insert(connection.id);
        // Those that the pump has not told yet are told in their turn.
        let open =
            questions.into_iter().filter(|question| state.asked.contains(question)).map(|msg| Event { id: SubmissionId::new(""), msg });
        let earlier: Vec<Event> = state.opening.iter().chain(&state.turn_began).cloned().chain(open).collect();
        for event in &earlier {
            let (method, text) = spelt_notification(&told(&thread, event));
            connection.notify(method, &text);
        }
        Ok(wire::ThreadAttachResponse {})
    }

    /// `thread/submit`.
    pub(crate) async fn thread_submit(
        &self,
        params: wire::ThreadSubmitParams,
        connection: &Arc<Connection>,
    ) -> Result<wire::ThreadSubmitResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        let op: Op = serde_json::from_value(params.op).map_err(|error| Failure::invalid(format!("Invalid request: {error}")))?;
        if op == Op::Shutdown && self.leave(&thread, connection) {
            return Ok(wire::ThreadSubmitResponse {});
        }
        let submission = Submission { id: SubmissionId::new(params.submission_id), op };
        thread.core.hand_in(submission).await.map_err(|_| Failure::invalid("the thread has ended"))?;
        Ok(wire::ThreadSubmitResponse {})
    }

    /// A thread that others follow goes on when one of them leaves; false when nobody else does.
    fn leave(&self, thread: &LoadedThread, connection: &Arc<Connection>) -> bool {
        let mut state = thread.state();
        let others = state.subscribers.iter().chain(&state.attached).any(|id| *id != connection.id);
        if others {
            state.attached.remove(&connection.id);
            let over = Event { id: SubmissionId::new(""), msg: EventMsg::ShutdownComplete };
            let (method, text) = spelt_notification(&told(thread, &over));
            connection.notify(method, &text);
        }
        others
    }

    /// Tells those who are attached, and keeps what those who come later have to know.
    pub(crate) fn tell_attached(&self, thread: &LoadedThread, event: &Event) {
        let attached: Vec<_> = {
            let mut state = thread.state();
            match &event.msg {
                EventMsg::TaskStarted(_) => state.turn_began = Some(event.clone()),
                EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => {
                    state.turn_began = None;
                    state.asked.clear();
                    state.had_turn = true;
                }
                EventMsg::ExecApprovalRequest(_)
                | EventMsg::ApplyPatchApprovalRequest(_)
                | EventMsg::RequestUserInput(_)
                | EventMsg::RequestPermissions(_)
                | EventMsg::ElicitationRequest(_) => state.asked.push(event.msg.clone()),
                _ if state.turn_began.is_none() && !state.had_turn && state.opening.len() < MOST_OPENING => {
                    state.opening.push(event.clone());
                }
                _ => {}
            }
            state.attached.iter().copied().collect()
        };
        if attached.is_empty() {
            return;
        }
        let (method, text) = spelt_notification(&told(thread, event));
        for connection in self.connections_of(&attached) {
            connection.notify(method, &text);
        }
    }
}

/// An event as the wire has it.
fn told(thread: &LoadedThread, event: &Event) -> ServerNotification {
    let (item_id, parts) = match &event.msg {
        EventMsg::AgentMessage(message) => (message.item_id.as_ref(), Vec::new()),
        EventMsg::AgentReasoning(reasoning) | EventMsg::AgentReasoningRawContent(reasoning) => {
            (reasoning.item_id.as_ref(), reasoning.parts.clone())
        }
        _ => (None, Vec::new()),
    };
    ServerNotification::ThreadEvent(wire::ThreadEventNotification {
        event: serde_json::to_value(&event.msg).unwrap_or_default(),
        item_id: item_id.map(ToString::to_string),
        parts,
        submission_id: event.id.to_string(),
        thread_id: thread.id.to_string(),
    })
}
