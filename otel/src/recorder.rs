//! From the events of a thread to spans, happenings and counts.

use std::collections::HashMap;

use codex_protocol::event::{CommandStatus, PatchStatus, SessionConfigured, TaskComplete, TokenCount, UserMessage};
use codex_protocol::{CallId, EventMsg, TokenUsage};

use crate::data::{Attributes, Batch, Happening, Nanos, Span, SpanId, TraceId, Value, now, span_id, trace_id};
use crate::names;

/// Entries after which a batch is sent in mid-turn.
const FULL: usize = 500;

/// Something that has begun.
#[derive(Debug)]
struct Open {
    id: SpanId,
    start: Nanos,
}

#[derive(Debug)]
struct OpenTurn {
    trace: TraceId,
    span: Open,
    turn_id: String,
}

/// Turns events into data.
#[derive(Debug)]
pub(crate) struct Recorder {
    with_prompts: bool,
    batch: Batch,
    conversation: Attributes,
    turn: Option<OpenTurn>,
    calls: HashMap<CallId, Open>,
    usage: TokenUsage,
}

impl Recorder {
    pub(crate) fn new(with_prompts: bool) -> Self {
        let batch = Batch { since: now(), ..Batch::default() };
        Self { with_prompts, batch, conversation: Vec::new(), turn: None, calls: HashMap::new(), usage: TokenUsage::default() }
    }

    /// Hands out what has come together.
    pub(crate) fn batch(&mut self) -> Batch {
        std::mem::replace(&mut self.batch, Batch { since: now(), ..Batch::default() })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.batch.spans.len() + self.batch.happenings.len() >= FULL
    }

    pub(crate) fn take(&mut self, event: &EventMsg) {
        match event {
            EventMsg::SessionConfigured(session) => self.conversation_starts(session),
            EventMsg::TaskStarted(started) => {
                let span = Open { id: span_id(), start: now() };
                self.turn = Some(OpenTurn { trace: trace_id(), span, turn_id: started.turn_id.to_string() });
            }
            EventMsg::UserMessage(message) => self.user_prompt(message),
            EventMsg::ExecCommandBegin(begin) => self.begin(&begin.call_id),
            EventMsg::ExecCommandEnd(end) => {
                let attributes = vec![("exit_code", i64::from(end.exit_code).into())];
                self.end(&end.call_id, names::COMMAND, "exec_command", end.status == CommandStatus::Completed, attributes);
            }
            EventMsg::PatchApplyBegin(begin) => self.begin(&begin.call_id),
            EventMsg::PatchApplyEnd(end) => {
                let attributes = vec![("files", count(end.changes.len()).into())];
                self.end(&end.call_id, names::PATCH, "apply_patch", end.status == PatchStatus::Completed, attributes);
            }
            EventMsg::McpToolCallBegin(begin) => self.begin(&begin.call_id),
            EventMsg::McpToolCallEnd(end) => {
                let call = &end.invocation;
                let attributes = vec![("mcp.server", call.server.as_str().into()), ("mcp.tool", call.tool.as_str().into())];
                self.end(&end.call_id, names::MCP_CALL, "mcp", end.result.is_ok(), attributes);
            }
            EventMsg::WebSearchBegin(begin) => self.begin(&begin.call_id),
            EventMsg::WebSearchEnd(end) => self.end(&end.call_id, names::WEB_SEARCH, "web_search", true, Vec::new()),
            EventMsg::TokenCount(tokens) => self.tokens(tokens),
            EventMsg::StreamError(error) => {
                let code = error.codex_error_info.as_deref().unwrap_or("unknown");
                self.count(names::RETRIES, vec![("cause", code.into())], 1);
                self.happened(names::RETRY, vec![("error", code.into())]);
            }
            EventMsg::TaskComplete(complete) => self.turn_complete(complete),
            EventMsg::TurnAborted(_) => self.turn_ends("interrupted", None, 0),
            // Texts, deltas and questions are nobody else's business.
            _ => {}
        }
    }

    fn conversation_starts(&mut self, session: &SessionConfigured) {
        self.conversation = vec![
            ("conversation.id", session.session_id.to_string().as_str().into()),
            ("model", session.model.as_str().into()),
            ("provider", session.model_provider_id.as_str().into()),
            ("sandbox_policy", session.sandbox_policy.kind().into()),
        ];
        let effort = session.reasoning_effort.map(|effort| ("reasoning_effort", effort.as_str().into()));
        self.happened(names::CONVERSATION_STARTS, effort.into_iter().collect());
    }

    fn user_prompt(&mut self, message: &UserMessage) {
        let mut attributes: Attributes = vec![("prompt_length", count(message.message.chars().count()).into())];
        if self.with_prompts {
            attributes.push(("prompt", message.message.as_str().into()));
        }
        self.happened(names::USER_PROMPT, attributes);
    }

    fn begin(&mut self, call: &CallId) {
        self.calls.insert(call.clone(), Open { id: span_id(), start: now() });
    }

    fn end(&mut self, call: &CallId, name: &'static str, tool: &'static str, success: bool, attributes: Attributes) {
        let end = now();
        // Calls that were refused before they could begin have no length.
        let open = self.calls.remove(call).unwrap_or_else(|| Open { id: span_id(), start: end });
        let millis = millis(open.start, end);
        let by_tool: Attributes = vec![("tool", tool.into()), ("success", success.into())];
        self.count(names::TOOL_CALLS, by_tool.clone(), 1);
        self.count(names::TOOL_TIME, by_tool, millis);
        let mut all: Attributes = vec![("call_id", call.as_str().into()), ("success", success.into())];
        all.extend(attributes);
        let told = all.iter().cloned().chain([("tool_name", tool.into()), ("duration_ms", millis.into())]);
        self.happened(names::TOOL_RESULT, told.collect());
        let (trace, parent) = self.turn.as_ref().map_or_else(|| (trace_id(), None), |turn| (turn.trace, Some(turn.span.id)));
        self.batch.spans.push(Span { trace, id: open.id, parent, name, start: open.start, end, attributes: all, failed: !success });
    }

    fn tokens(&mut self, tokens: &TokenCount) {
        let Some(info) = &tokens.info else { return };
        let (before, total) = (std::mem::replace(&mut self.usage, info.total_token_usage), info.total_token_usage);
        if total == before {
            return;
        }
        for (kind, amount) in [
            ("input", total.input_tokens - before.input_tokens),
            ("cached_input", total.cached_input_tokens - before.cached_input_tokens),
            ("output", total.output_tokens - before.output_tokens),
            ("reasoning_output", total.reasoning_output_tokens - before.reasoning_output_tokens),
        ] {
            if amount > 0 {
                self.count(names::TOKENS, vec![("type", kind.into())], amount);
            }
        }
        let last = &info.last_token_usage;
        let attributes = vec![
            ("event.kind", "response.completed".into()),
            ("input_token_count", last.input_tokens.into()),
            ("cached_token_count", last.cached_input_tokens.into()),
            ("output_token_count", last.output_tokens.into()),
            ("reasoning_token_count", last.reasoning_output_tokens.into()),
        ];
        self.happened(names::RESPONSE, attributes);
    }

    fn turn_complete(&mut self, complete: &TaskComplete) {
        let code = complete.error.as_ref().map(|failure| failure.code.as_str());
        let outcome = if code.is_some() { "failed" } else { "completed" };
        self.turn_ends(outcome, code, complete.denials.count);
    }

    fn turn_ends(&mut self, outcome: &'static str, code: Option<&str>, denials: usize) {
        let end = now();
        let mut attributes: Attributes = vec![("outcome", outcome.into())];
        attributes.extend(code.map(|code| ("error.code", code.into())));
        if denials > 0 {
            attributes.push(("denials", count(denials).into()));
        }
        self.happened(names::TURN_ENDS, attributes.clone());
        self.count(names::TURNS, vec![("outcome", outcome.into())], 1);
        let Some(turn) = self.turn.take() else { return };
        self.count(names::TURN_TIME, vec![("outcome", outcome.into())], millis(turn.span.start, end));
        let mut all = self.conversation.clone();
        all.push(("turn.id", turn.turn_id.as_str().into()));
        all.extend(attributes);
        let failed = outcome == "failed";
        let span = Span {
            trace: turn.trace,
            id: turn.span.id,
            parent: None,
            name: names::TURN,
            start: turn.span.start,
            end,
            attributes: all,
            failed,
        };
        self.batch.spans.push(span);
    }

    fn happened(&mut self, name: &'static str, attributes: Attributes) {
        let span = self.turn.as_ref().map(|turn| (turn.trace, turn.span.id));
        let attributes = self.conversation.iter().cloned().chain(attributes).collect();
        self.batch.happenings.push(Happening { name, at: now(), span, attributes });
    }

    fn count(&mut self, name: &'static str, attributes: Attributes, amount: i64) {
        *self.batch.counts.entry((name, attributes)).or_default() += amount;
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn millis(start: Nanos, end: Nanos) -> i64 {
    i64::try_from(end.saturating_sub(start) / 1_000_000).unwrap_or(i64::MAX)
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(count(number))
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::TaskStarted;
    use pretty_assertions::assert_eq;

    use super::*;

    fn prompt(text: &str) -> EventMsg {
        EventMsg::UserMessage(UserMessage { message: text.to_owned(), ..UserMessage::default() })
    }

    fn started() -> EventMsg {
        EventMsg::TaskStarted(TaskStarted {
            turn_id: "t".into(),
            model_context_window: None,
            collaboration_mode_kind: "default".to_owned(),
        })
    }

    fn complete() -> EventMsg {
        EventMsg::TaskComplete(TaskComplete {
            turn_id: "t".into(),
            last_agent_message: Some("secret answer".to_owned()),
            error: None,
            denials: codex_protocol::event::Denials::default(),
        })
    }

    #[test]
    fn prompts_are_measured_and_told_only_when_asked_for() {
        for (with_prompts, told) in [(false, None), (true, Some(Value::from("secret task")))] {
            let mut recorder = Recorder::new(with_prompts);
            recorder.take(&started());
            recorder.take(&prompt("secret task"));
            recorder.take(&complete());
            let batch = recorder.batch();
            let prompt = batch.happenings.iter().find(|happening| happening.name == names::USER_PROMPT).unwrap();
            let get = |name: &str| prompt.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
            assert_eq!((get("prompt_length"), get("prompt")), (Some(Value::Number(11)), told));
            assert!(!format!("{batch:?}").contains("secret answer"));
            assert_eq!(batch.spans.len(), 1);
            assert_eq!(batch.counts[&(names::TURNS, vec![("outcome", Value::from("completed"))])], 1);
        }
    }
}
