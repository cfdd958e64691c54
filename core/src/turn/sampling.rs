//! One request and its answer: shows pieces as they come, starts tools as their calls arrive, and
//! asks again when the server or the wire failed.

use codex_model_client::retry::Retry;
use codex_model_client::{ErrorKind, ModelError, ResponseEvent, Stop};
use codex_protocol::event::{
    AgentMessage, AgentReasoning, CompletedItem, ItemCompleted, ItemDelta, ModelReroute, SectionBreak, StreamError, Warning,
    WebSearchBegin, WebSearchEnd,
};
use codex_protocol::mode::ModeKind;
use codex_protocol::response_item::{MessagePhase, ReasoningContent, ReasoningSummary, WebSearchAction};
use codex_protocol::{CallId, EventMsg, ItemId, ResponseItem, TokenUsage};

use super::dispatch::Dispatcher;
use super::plan_text::{Piece, split};
use super::run::Turn;
use crate::error::{TurnError, model_code};

/// What the model reads after the server could not make sense of its calls.
const UNREADABLE_CALL_NOTE: &str = "<developer_note>\nThe model server could not read the tool call you just wrote. Write it again: one call, arguments as one JSON object that follows the tool's schema.\n</developer_note>";

/// What an answer came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sampled {
    /// At least one tool was called: there is more to do.
    pub(crate) called_tools: bool,
    /// Why it ended.
    pub(crate) stop: Stop,
}

/// How one attempt ended.
struct Attempt {
    called_tools: bool,
    outcome: Result<Stop, TurnError>,
}

/// Asks until there is an answer, or no reason to ask again.
pub(crate) async fn sample(turn: &mut Turn) -> Result<Sampled, TurnError> {
    let mut told_of_call = false;
    loop {
        let attempt = attempt(turn).await?;
        let error = match attempt.outcome {
            Ok(stop) => {
                turn.retry.reset();
                return Ok(Sampled { called_tools: attempt.called_tools, stop });
            }
            Err(TurnError::Model(error)) => error,
            Err(other) => return Err(other),
        };
        match turn.retry.next(&error) {
            Retry::GiveUp(error) if error.kind == ErrorKind::EmptyResponse => return Ok(Sampled::default()),
            Retry::GiveUp(error) if error.kind == ErrorKind::MalformedToolCall && !told_of_call => {
                told_of_call = true;
                turn.retry.reset();
                turn.append(ResponseItem::developer_text(UNREADABLE_CALL_NOTE)).await;
            }
            Retry::GiveUp(error) => return Err(TurnError::Model(error)),
            Retry::Wait { delay, message, details, .. } => {
                announce(turn, &error, message, details).await;
                wait(turn, delay).await?;
            }
        }
        if attempt.called_tools {
            // The calls ran and are in history with their outputs: the next request goes on from there.
            return Ok(Sampled { called_tools: true, stop: Stop::ToolCalls });
        }
        turn.stage.broken_off();
        turn.splitters.clear();
    }
}

async fn announce(turn: &Turn, error: &ModelError, message: String, details: String) {
    let event = StreamError { message, additional_details: Some(details), codex_error_info: Some(model_code(error.kind).to_owned()) };
    turn.session.events.show(EventMsg::StreamError(event)).await;
}

async fn wait(turn: &Turn, delay: std::time::Duration) -> Result<(), TurnError> {
    tokio::select! {
        biased;
        () = turn.control.cancel.cancelled() => Err(interruption(turn)),
        // Nothing is in flight: a limit need not wait for the next try.
        () = turn.control.stopping.cancelled() => Err(interruption(turn)),
        () = tokio::time::sleep(delay) => Ok(()),
    }
}

/// A cancelled turn was interrupted, unless a limit is why.
fn interruption(turn: &Turn) -> TurnError {
    turn.control.limit().unwrap_or(TurnError::Interrupted)
}

async fn attempt(turn: &mut Turn) -> Result<Attempt, TurnError> {
    let history = turn.session.state().history.items().to_vec();
    let prompt = turn.context.prompt(&turn.session, &history);
    drop(history);
    turn.requests += 1;
    let cancel = turn.control.cancel.clone();
    let opened = turn.session.services.client.stream(&prompt, &turn.context.request, &cancel).await;
    turn.session.mcp.request_left();
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(interruption(turn)),
        Err(error) => return Ok(Attempt { called_tools: false, outcome: Err(TurnError::Model(error)) }),
    };
    drop(prompt);
    let mut tools = Dispatcher::new(&turn.session, &turn.host);
    let outcome = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break Err(interruption(turn)),
            event = stream.recv() => match event {
                None => break Err(TurnError::Model(ModelError::new(ErrorKind::StreamCut, "the answer ended without its end mark"))),
                Some(Err(error)) if error.kind == ErrorKind::Cancelled => break Err(interruption(turn)),
                Some(Err(error)) => break Err(TurnError::Model(error)),
                Some(Ok(ResponseEvent::Completed { usage, stop, .. })) => {
                    commit(turn).await;
                    count(turn, usage).await;
                    break Ok(stop);
                }
                Some(Ok(event)) => on_event(turn, &mut tools, event).await,
            },
            () = tools.progress(), if tools.is_running() => {}
        }
    };
    let called_tools = tools.was_used();
    if called_tools || matches!(outcome, Err(TurnError::Interrupted | TurnError::Limit { .. })) {
        // What was finished behind a call that ran is not asked for again, so it is kept, in its place.
        commit(turn).await;
    }
    let tool_outcome = tools.finish(turn).await;
    match outcome {
        Ok(stop) => tool_outcome.map(|()| Attempt { called_tools, outcome: Ok(stop) }),
        Err(TurnError::Model(error)) => tool_outcome.map(|()| Attempt { called_tools, outcome: Err(TurnError::Model(error)) }),
        Err(other) => Err(other),
    }
}

/// Moves finished items into history and the session file.
async fn commit(turn: &mut Turn) {
    for (events, item) in turn.stage.take() {
        for event in events {
            turn.session.events.record_event(&event).await;
        }
        turn.append(item).await;
    }
}

async fn count(turn: &mut Turn, usage: Option<TokenUsage>) {
    match usage {
        Some(usage) => {
            turn.tokens += usage.total_tokens;
            turn.session.add_usage(usage, turn.session.services.model.get().context_window);
            turn.session.state().history.counted(usage.total_tokens);
        }
        // A server that counts nothing must not switch the user's limit off.
        None if turn.session.options.limits.max_tokens.is_some() => turn.tokens += estimated_tokens(turn),
        None => {}
    }
    turn.token_count().await;
}

/// Four bytes a token, over everything in history.
fn estimated_tokens(turn: &Turn) -> i64 {
    let state = turn.session.state();
    let bytes: usize = state.history.items().iter().map(|item| serde_json::to_string(item).map_or(0, |text| text.len())).sum();
    i64::try_from(bytes.div_ceil(4)).unwrap_or(i64::MAX)
}

async fn on_event(turn: &mut Turn, tools: &mut Dispatcher, event: ResponseEvent) {
    match event {
        ResponseEvent::Created | ResponseEvent::Completed { .. } => {}
        ResponseEvent::ItemAdded(item) => on_item_added(turn, &item).await,
        ResponseEvent::TextDelta { item_id, delta } => {
            let pieces = match turn.context.tool_turn.mode {
                ModeKind::Default => vec![Piece::Message(delta)],
                ModeKind::Plan => turn.splitters.entry(item_id.clone()).or_default().push(&delta),
            };
            show_pieces(turn, &item_id, pieces).await;
        }
        ResponseEvent::ReasoningDelta { item_id, delta, summary_index } => {
            let delta = item_delta(turn, item_id, delta, Some(summary_index));
            turn.session.events.show(EventMsg::ReasoningContentDelta(delta)).await;
        }
        ResponseEvent::ReasoningSectionBreak { item_id, summary_index } => {
            let section = SectionBreak { item_id: ItemId::new(item_id), summary_index };
            turn.session.events.show(EventMsg::AgentReasoningSectionBreak(section)).await;
        }
        ResponseEvent::ItemDone(item) => on_item_done(turn, tools, item).await,
        ResponseEvent::RateLimits(limits) => turn.rate_limits = limits,
        ResponseEvent::Rerouted { model } => {
            let reroute =
                ModelReroute { from_model: turn.context.model.slug.clone(), to_model: model, reason: "chosen by the server".to_owned() };
            turn.session.events.show(EventMsg::ModelReroute(reroute)).await;
        }
        ResponseEvent::Downgraded { message } => turn.session.events.show(EventMsg::Warning(Warning { message })).await,
    }
}

fn item_delta(turn: &Turn, item_id: String, delta: String, summary_index: Option<i64>) -> ItemDelta {
    ItemDelta { thread_id: turn.session.id, turn_id: turn.context.id.clone(), item_id: ItemId::new(item_id), delta, summary_index }
}

async fn on_item_added(turn: &Turn, item: &ResponseItem) {
    if let ResponseItem::WebSearchCall { id: Some(id), .. } = item {
        let begin = WebSearchBegin { call_id: CallId::new(id.as_str()) };
        turn.session.events.show(EventMsg::WebSearchBegin(begin)).await;
    }
}

async fn on_item_done(turn: &mut Turn, tools: &mut Dispatcher, item: ResponseItem) {
    match &item {
        ResponseItem::Message { id, role, phase, .. } if role == "assistant" => {
            let text = item.message_text().unwrap_or_default();
            let (id, phase) = (id.clone(), *phase);
            if let Some(mut splitter) = id.as_ref().and_then(|id| turn.splitters.remove(id)) {
                show_pieces(turn, id.as_deref().unwrap_or_default(), splitter.finish()).await;
            }
            let events = message_events(turn, &text, phase, id.as_deref());
            if turn.stage.is_new_message(&text) {
                for event in &events {
                    turn.session.events.show(event.clone()).await;
                }
            }
            turn.stage.put(events, item);
        }
        ResponseItem::Reasoning { id, summary, content, .. } => {
            let event = reasoning_event(id.as_deref(), summary);
            if let Some(event) = &event {
                turn.session.events.show(event.clone()).await;
            }
            if let Some(raw) = raw_reasoning_event(id.as_deref(), content.as_deref().unwrap_or_default()) {
                turn.session.events.show(raw).await;
            }
            turn.stage.put(event, item);
        }
        ResponseItem::WebSearchCall { id, action, .. } => {
            let end = web_search_end(id.as_deref(), action.as_ref());
            turn.session.events.show(EventMsg::WebSearchEnd(end)).await;
            turn.stage.put(None, item);
        }
        ResponseItem::FunctionCall { .. } | ResponseItem::CustomToolCall { .. } | ResponseItem::LocalShellCall { .. } => {
            let item = with_id_of_its_own(turn, item);
            turn.stage.put(None, item.clone());
            // The call is in the file before anything acts on it.
            commit(turn).await;
            turn.session.events.flush().await;
            tools.start(item, &turn.control.cancel);
        }
        ResponseItem::Other => {}
        _ => turn.stage.put(None, item),
    }
}

/// Shows pieces of a message and of the plan in it.
async fn show_pieces(turn: &Turn, item_id: &str, pieces: Vec<Piece>) {
    for piece in pieces {
        let event = match piece {
            Piece::Message(text) => EventMsg::AgentMessageContentDelta(item_delta(turn, item_id.to_owned(), text, None)),
            Piece::Plan(text) => EventMsg::PlanDelta(item_delta(turn, plan_id(turn), text, None)),
        };
        turn.session.events.show(event).await;
    }
}

fn plan_id(turn: &Turn) -> String {
    format!("{}-plan", turn.context.id)
}

/// What tells of a whole message: the plan in it first, and the message itself unless the plan is all of it.
fn message_events(turn: &mut Turn, text: &str, phase: Option<MessagePhase>, id: Option<&str>) -> Vec<EventMsg> {
    let (message, plan) = match turn.context.tool_turn.mode {
        ModeKind::Default => (text.to_owned(), None),
        ModeKind::Plan => split(text),
    };
    let mut events = Vec::new();
    let is_all = plan.is_some() && message.trim().is_empty();
    turn.last_message = Some(if is_all { plan.clone().unwrap_or_default() } else { message.clone() });
    if let Some(text) = plan {
        let item = CompletedItem::Plan { id: plan_id(turn), text };
        let completed = ItemCompleted { thread_id: turn.session.id, turn_id: turn.context.id.clone(), item };
        events.push(EventMsg::ItemCompleted(Box::new(completed)));
    }
    if !is_all {
        events.push(EventMsg::AgentMessage(AgentMessage { message, phase, memory_citation: None, item_id: id.map(ItemId::new) }));
    }
    events
}

/// Some servers number the calls of each answer anew. A prompt could not pair two calls of one id with
/// their outputs, so a call whose id is in history already gets another one.
fn with_id_of_its_own(turn: &Turn, mut item: ResponseItem) -> ResponseItem {
    if let ResponseItem::FunctionCall { call_id, .. }
    | ResponseItem::CustomToolCall { call_id, .. }
    | ResponseItem::LocalShellCall { call_id: Some(call_id), .. } = &mut item
        && let Some(free) = turn.session.state().history.free_call_id(call_id)
    {
        *call_id = free;
    }
    item
}

fn reasoning_event(id: Option<&str>, summary: &[ReasoningSummary]) -> Option<EventMsg> {
    let parts: Vec<String> = summary.iter().map(|ReasoningSummary::SummaryText { text }| text.clone()).collect();
    if parts.is_empty() {
        return None;
    }
    Some(EventMsg::AgentReasoning(AgentReasoning { text: parts.join("\n"), parts, item_id: id.map(ItemId::new) }))
}

fn raw_reasoning_event(id: Option<&str>, content: &[ReasoningContent]) -> Option<EventMsg> {
    let words = |part: &'_ ReasoningContent| match part {
        ReasoningContent::ReasoningText { text } | ReasoningContent::Text { text } => text.clone(),
    };
    let text: Vec<String> = content.iter().map(words).collect();
    if text.is_empty() {
        return None;
    }
    let reasoning = AgentReasoning { text: text.join("\n"), parts: Vec::new(), item_id: id.map(|id| ItemId::new(format!("{id}_raw"))) };
    Some(EventMsg::AgentReasoningRawContent(reasoning))
}

fn web_search_end(id: Option<&str>, action: Option<&WebSearchAction>) -> WebSearchEnd {
    let action = action.cloned().unwrap_or(WebSearchAction::Other);
    let query = match &action {
        WebSearchAction::Search { query, queries } => {
            query.clone().or_else(|| queries.as_ref().and_then(|all| all.first().cloned())).unwrap_or_default()
        }
        WebSearchAction::OpenPage { url } => url.clone().unwrap_or_default(),
        WebSearchAction::FindInPage { url, pattern } => match (pattern, url) {
            (Some(pattern), Some(url)) => format!("'{pattern}' in {url}"),
            (Some(pattern), None) => format!("'{pattern}'"),
            (None, url) => url.clone().unwrap_or_default(),
        },
        WebSearchAction::Other => String::new(),
    };
    WebSearchEnd { call_id: CallId::new(id.unwrap_or("web_search")), query, action }
}
