//! Front ends that are attached to a thread: they hand in the agent's own requests and hear its own events.
//!
//! What a thread told before somebody attached is told to them first: what its file has of it, when they ask for that, how it
//! began, the running turn, and the questions that wait. **Not here:** clients of the published protocol, whom `pump` serves.

use std::sync::Arc;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_protocol::event::EventMsg;
use codex_protocol::rollout::RolloutItem;
use codex_protocol::{Event, Op, Submission, SubmissionId};
use codex_state::{Outline, Start, StateError};

use crate::connection::{Connection, spelt_notification};
use crate::error::Failure;
use crate::loaded::LoadedThread;
use crate::server::Server;

/// Events of a thread's beginning that are kept for those who come later.
const MOST_OPENING: usize = 64;
/// Events of the running turn that are kept for those who come later; the oldest go first.
const MOST_OF_A_TURN: usize = 512;
/// Output of a command that is kept with them, in bytes.
const MOST_OUTPUT: usize = 16 * 1024;

impl Server {
    /// `thread/attach`.
    pub(crate) async fn thread_attach(
        &self,
        params: &wire::ThreadAttachParams,
        connection: &Arc<Connection>,
    ) -> Result<wire::ThreadAttachResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        loop {
            let ended = thread.state().turns_ended;
            let past = if params.history { past(&thread).await? } else { Vec::new() };
            // A turn that ended while the file was read may be missing in what was read.
            if let Some(told) = attach(&thread, connection, &past, params.history, ended) {
                return Ok(told);
            }
        }
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
                EventMsg::TaskStarted(_) => {
                    state.turn_began = Some(event.clone());
                    state.turn_so_far.clear();
                }
                EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => {
                    state.turn_began = None;
                    state.turn_so_far = Vec::new();
                    state.asked.clear();
                    state.turns_ended += 1;
                }
                EventMsg::ExecApprovalRequest(_)
                | EventMsg::ApplyPatchApprovalRequest(_)
                | EventMsg::RequestUserInput(_)
                | EventMsg::RequestPermissions(_)
                | EventMsg::ElicitationRequest(_) => state.asked.push(event.msg.clone()),
                _ if state.turn_began.is_some() => {
                    if state.turn_so_far.len() == MOST_OF_A_TURN {
                        state.turn_so_far.remove(0);
                    }
                    state.turn_so_far.extend(kept(event));
                }
                _ if state.turns_ended == 0 && state.opening.len() < MOST_OPENING => {
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

/// Attaches a front end, unless more turns have ended than were counted.
fn attach(
    thread: &LoadedThread,
    connection: &Connection,
    past: &[EventMsg],
    with_history: bool,
    ended: u64,
) -> Option<wire::ThreadAttachResponse> {
    let questions = thread.core.open_questions();
    // Under the lock, so that nothing is told in between, or twice.
    let mut state = thread.state();
    if with_history && state.turns_ended != ended {
        return None;
    }
    state.subscribers.remove(&connection.id);
    state.attached.insert(connection.id);
    let running = state.turn_began.as_ref().and_then(|event| match &event.msg {
        EventMsg::TaskStarted(started) => Some(started.turn_id.clone()),
        _ => None,
    });
    // The running turn is told from memory: its file is behind.
    let is_running = |event: &EventMsg| matches!(event, EventMsg::TaskStarted(started) if Some(&started.turn_id) == running.as_ref());
    let before = past.iter().take_while(|event| !is_running(event)).cloned();
    let past: Vec<Event> = before.map(|msg| Event { id: SubmissionId::new(""), msg }).collect();
    // Those that the pump has not told yet are told in their turn.
    let open = questions.into_iter().filter(|question| state.asked.contains(question)).map(|msg| Event { id: SubmissionId::new(""), msg });
    let so_far = if with_history { state.turn_so_far.clone() } else { Vec::new() };
    let present = state.opening.iter().chain(&state.turn_began).cloned().chain(so_far).chain(open);
    let count = u32::try_from(past.len()).unwrap_or(u32::MAX);
    for event in past.into_iter().chain(present) {
        let (method, text) = spelt_notification(&told(thread, &event));
        connection.notify(method, &text);
    }
    Some(wire::ThreadAttachResponse { past: count })
}

/// What a thread's file has of what was said and done.
async fn past(thread: &LoadedThread) -> Result<Vec<EventMsg>, Failure> {
    let Some(path) = thread.path().filter(|_| !thread.ephemeral) else { return Ok(Vec::new()) };
    let read = move || {
        let mut events = Vec::new();
        if !path.exists() {
            return Ok(events);
        }
        let outline = Outline::of(&path)?;
        outline.visit(Start::Beginning, &mut |line| {
            if let RolloutItem::EventMsg(event) = line.item {
                events.push(event);
            }
        })?;
        Ok(events)
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(|error| Failure::internal(error.to_string()))?;
    read.map_err(|error: StateError| Failure::internal(error.to_string()))
}

/// What is kept of an event of the running turn; `None` for pieces of what is told whole, and for questions.
fn kept(event: &Event) -> Option<Event> {
    let msg = match &event.msg {
        EventMsg::AgentMessageContentDelta(_)
        | EventMsg::ReasoningContentDelta(_)
        | EventMsg::ExecCommandOutputDelta(_)
        | EventMsg::PlanDelta(_)
        | EventMsg::RawResponseItem(_)
        | EventMsg::TurnDiff(_)
        | EventMsg::StreamError(_)
        | EventMsg::ElicitationResolved(_) => return None,
        EventMsg::ExecCommandEnd(end) if end.aggregated_output.len() > MOST_OUTPUT => {
            let mut end = end.clone();
            let from = end.aggregated_output.len() - MOST_OUTPUT;
            let from = (from..).find(|at| end.aggregated_output.is_char_boundary(*at)).unwrap_or_default();
            end.aggregated_output.drain(..from);
            EventMsg::ExecCommandEnd(end)
        }
        msg => msg.clone(),
    };
    Some(Event { id: event.id.clone(), msg })
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
