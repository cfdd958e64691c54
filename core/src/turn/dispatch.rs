//! Runs the tool calls of one answer: each starts when it arrives, those that may run side by
//! side do, and outputs go into history in the order of the calls.

use std::sync::Arc;
use std::time::Instant;

use codex_protocol::response_item::ToolOutputBody;
use codex_protocol::{CallId, ResponseItem};
use codex_tools::{ToolCall, ToolError, ToolInput, ToolOutput};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use super::loop_breaker::{Repetition, note};
use super::run::Turn;
use crate::context::normalize::output_for;
use crate::context::output::within_budget;
use crate::error::TurnError;
use crate::host::TurnHost;
use crate::session::Session;

/// A call that has ended.
struct Finished {
    at: usize,
    item: ResponseItem,
    call: ToolCall,
    result: Result<ToolOutput, ToolError>,
    elapsed: std::time::Duration,
}

/// The tool calls of one answer.
pub(crate) struct Dispatcher {
    session: Arc<Session>,
    host: Arc<TurnHost>,
    /// Calls that may run side by side take it for reading, the others for writing.
    gate: Arc<RwLock<()>>,
    running: FuturesUnordered<BoxFuture<'static, Finished>>,
    finished: Vec<Finished>,
    started: usize,
}

impl Dispatcher {
    pub(crate) fn new(session: &Arc<Session>, host: &Arc<TurnHost>) -> Self {
        Self {
            session: Arc::clone(session),
            host: Arc::clone(host),
            gate: Arc::new(RwLock::new(())),
            running: FuturesUnordered::new(),
            finished: Vec::new(),
            started: 0,
        }
    }

    /// Whether any call was made.
    pub(crate) fn was_used(&self) -> bool {
        self.started > 0
    }

    /// Whether a call still runs.
    pub(crate) fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Starts the call that this item is.
    pub(crate) fn start(&mut self, item: ResponseItem, cancel: &CancellationToken) {
        let Some(call) = to_call(&item) else {
            return;
        };
        let at = self.started;
        self.started += 1;
        let (session, host, cancel) = (&self.session, Arc::clone(&self.host), cancel.clone());
        let handler = session.services.tools.find(&call.name, &call.input, &session.services.model.get().tool_env);
        let parallel = handler.as_ref().is_ok_and(|handler| handler.parallel());
        // The place in the queue is taken now, in call order; the guard comes with the first poll.
        let gate = Arc::clone(&self.gate);
        self.running.push(Box::pin(async move {
            let (_read, _write);
            if parallel {
                _read = gate.read_owned().await;
            } else {
                _write = gate.write_owned().await;
            }
            let began = Instant::now();
            tracing::debug!(target: "codex_diary", call = %call.id, tool = call.name, "tool called");
            let result = match handler {
                Err(refused) => Err(refused),
                Ok(_) if cancel.is_cancelled() => Err(ToolError::Cancelled),
                Ok(handler) => handler.run(call.clone(), host.as_ref(), &cancel).await,
            };
            Finished { at, item, call, result, elapsed: began.elapsed() }
        }));
    }

    /// Lets running calls go on until one of them ends.
    pub(crate) async fn progress(&mut self) {
        if let Some(finished) = self.running.next().await {
            self.finished.push(finished);
        }
    }

    /// Waits for every call and puts the outputs into history, in the order of the calls.
    pub(crate) async fn finish(mut self, turn: &mut Turn) -> Result<(), TurnError> {
        while self.is_running() {
            self.progress().await;
        }
        self.finished.sort_by_key(|finished| finished.at);
        let mut outcome = Ok(());
        for finished in std::mem::take(&mut self.finished) {
            let ended = record(turn, finished).await;
            if outcome.is_ok() {
                outcome = ended;
            }
        }
        outcome
    }
}

async fn record(turn: &mut Turn, finished: Finished) -> Result<(), TurnError> {
    let mut outcome = Ok(());
    let mut body = match finished.result {
        Ok(output) => output.body,
        Err(ToolError::Refused(text)) => ToolOutputBody::Text(text),
        Err(ToolError::Cancelled) => ToolOutputBody::Text(aborted(turn, finished.elapsed)),
        Err(ToolError::Fatal(message)) => {
            outcome = Err(TurnError::Tool(message.clone()));
            ToolOutputBody::Text(message)
        }
    };
    if turn.host.take_progress() {
        turn.breaker.progress();
    }
    match turn.breaker.observe(&finished.call.name, &input_text(&finished.call.input), &body.to_text()) {
        Repetition::Fresh => {}
        Repetition::Tell(times) => add_note(&mut body, &note(times)),
        Repetition::End => {
            let name = &finished.call.name;
            let message = format!("the model called `{name}` six times with the same arguments and the same result; the turn was ended");
            outcome = outcome.and(Err(TurnError::Loop(message)));
        }
    }
    let body = within_budget(body, turn.session.services.model.get().truncation);
    let output = output_for(&finished.item, finished.call.id.as_str(), body);
    turn.append(output).await;
    outcome
}

/// What the model reads for a call that was ended from outside.
fn aborted(turn: &Turn, elapsed: std::time::Duration) -> String {
    let by = if turn.control.limit().is_some() { "by the user's limit" } else { "by user" };
    format!("aborted {by} after {:.1}s", elapsed.as_secs_f64())
}

fn add_note(body: &mut ToolOutputBody, note: &str) {
    match body {
        // The JSON form of a shell's output must stay JSON: the note goes into its text.
        ToolOutputBody::Text(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(mut value) if value.get("output").is_some_and(serde_json::Value::is_string) && value.get("metadata").is_some() => {
                if let Some(serde_json::Value::String(inner)) = value.get_mut("output") {
                    inner.push_str(note);
                }
                *text = value.to_string();
            }
            _ => text.push_str(note),
        },
        ToolOutputBody::Content(parts) => {
            parts.push(codex_protocol::response_item::OutputContentItem::InputText { text: note.to_owned() });
        }
    }
}

fn input_text(input: &ToolInput) -> String {
    match input {
        ToolInput::Json(text) | ToolInput::Text(text) => text.clone(),
        ToolInput::LocalShell(action) => format!("{action:?}"),
    }
}

fn to_call(item: &ResponseItem) -> Option<ToolCall> {
    let (id, name, input) = match item {
        ResponseItem::FunctionCall { name, namespace, arguments, call_id, .. } => {
            let name = match namespace {
                Some(namespace) => format!("{namespace}{name}"),
                None => name.clone(),
            };
            (call_id, name, ToolInput::Json(arguments.clone()))
        }
        ResponseItem::CustomToolCall { name, input, call_id, .. } => (call_id, name.clone(), ToolInput::Text(input.clone())),
        ResponseItem::LocalShellCall { call_id: Some(call_id), action, .. } => {
            (call_id, "local_shell".to_owned(), ToolInput::LocalShell(action.clone()))
        }
        _ => return None,
    };
    Some(ToolCall { id: CallId::new(id.as_str()), name, input })
}
