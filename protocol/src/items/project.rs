//! The one projection from events to items.
//!
//! Every item that starts also completes: what is still open when a turn ends is completed by
//! the projection itself, before the front-end hears of the end.

use std::collections::HashMap;

use super::thread_item::{CommandItem, FileChangeItem, ItemStatus, McpItem, ThreadItem, ThreadItemKind};
use crate::event::{
    AgentReasoning, CommandStatus, CompletedItem, Event, EventMsg, ExecCommandBegin, ExecCommandEnd, McpToolCallBegin, McpToolCallEnd,
    PatchApplyBegin, PatchApplyEnd, PatchStatus, WebSearchEnd,
};
use crate::ids::{CallId, ItemId};
use crate::response_item::WebSearchAction;

/// What changed for a front-end.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemChange {
    /// An item appeared.
    Started(ThreadItem),
    /// A started item changed as a whole.
    Updated(ThreadItem),
    /// A piece of text or output came for an item.
    Delta {
        /// The item.
        id: ItemId,
        /// The piece.
        delta: String,
    },
    /// An item is final.
    Completed(ThreadItem),
}

/// Turns the events of a thread into item changes.
#[derive(Debug, Default)]
pub struct ItemStream {
    open: HashMap<ItemId, ThreadItem>,
    order: Vec<ItemId>,
    plan: Option<ThreadItem>,
    made: u64,
}

impl ItemStream {
    /// A stream that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one event and returns what it changes, in order.
    pub fn push(&mut self, event: &Event) -> Vec<ItemChange> {
        match &event.msg {
            EventMsg::UserMessage(message) => vec![self.instant(None, ThreadItemKind::UserMessage(message.clone()))],
            EventMsg::AgentMessageContentDelta(delta) | EventMsg::ReasoningContentDelta(delta) | EventMsg::PlanDelta(delta) => {
                vec![ItemChange::Delta { id: delta.item_id.clone(), delta: delta.delta.clone() }]
            }
            EventMsg::AgentMessage(message) => {
                let kind = ThreadItemKind::AgentMessage { text: message.message.clone(), phase: message.phase };
                vec![self.instant(message.item_id.clone(), kind)]
            }
            EventMsg::AgentReasoning(reasoning) => vec![self.reasoning(reasoning, true)],
            EventMsg::AgentReasoningRawContent(reasoning) => vec![self.reasoning(reasoning, false)],
            EventMsg::ExecCommandBegin(begin) => vec![self.start(item_id(&begin.call_id), command_started(begin))],
            EventMsg::ExecCommandOutputDelta(delta) => {
                vec![ItemChange::Delta { id: item_id(&delta.call_id), delta: delta.chunk.clone() }]
            }
            EventMsg::ExecCommandEnd(end) => vec![self.complete(item_id(&end.call_id), command_ended(end))],
            EventMsg::PatchApplyBegin(begin) => vec![self.start(item_id(&begin.call_id), patch_started(begin))],
            EventMsg::PatchApplyEnd(end) => vec![self.complete(item_id(&end.call_id), patch_ended(end))],
            EventMsg::PlanUpdate(update) => {
                let kind = ThreadItemKind::Plan { explanation: update.explanation.clone(), steps: update.plan.clone() };
                vec![self.plan_changed(kind)]
            }
            EventMsg::ItemCompleted(completed) => match &completed.item {
                CompletedItem::Plan { id, text } => {
                    vec![self.instant(Some(ItemId::new(id.as_str())), ThreadItemKind::ProposedPlan { text: text.clone() })]
                }
                CompletedItem::Other => Vec::new(),
            },
            EventMsg::WebSearchBegin(begin) => {
                vec![
                    self.start(item_id(&begin.call_id), ThreadItemKind::WebSearch { query: String::new(), action: WebSearchAction::Other }),
                ]
            }
            EventMsg::WebSearchEnd(end) => self.web_search_ended(end),
            EventMsg::McpToolCallBegin(begin) => vec![self.start(item_id(&begin.call_id), mcp_started(begin))],
            EventMsg::McpToolCallEnd(end) => vec![self.complete(item_id(&end.call_id), mcp_ended(end))],
            EventMsg::ViewImageToolCall(call) => {
                vec![self.instant(Some(item_id(&call.call_id)), ThreadItemKind::ImageView { path: call.path.clone() })]
            }
            EventMsg::ImageGenerationEnd(end) => {
                let kind = ThreadItemKind::ImageGeneration {
                    status: end.status.clone(),
                    revised_prompt: end.revised_prompt.clone(),
                    result: end.result.clone(),
                    saved_path: end.saved_path.clone(),
                };
                vec![self.instant(Some(item_id(&end.call_id)), kind)]
            }
            EventMsg::ContextCompacted(_) => vec![self.instant(None, ThreadItemKind::ContextCompaction)],
            EventMsg::DeprecationNotice(notice) => {
                let message = match &notice.details {
                    Some(details) => format!("{} {details}", notice.summary),
                    None => notice.summary.clone(),
                };
                vec![self.instant(None, ThreadItemKind::Notice { message })]
            }
            EventMsg::ModelReroute(reroute) => {
                let message = format!("model rerouted: {} -> {} ({})", reroute.from_model, reroute.to_model, reroute.reason);
                vec![self.instant(None, ThreadItemKind::Notice { message })]
            }
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => self.close_all(),
            EventMsg::SessionConfigured(_)
            | EventMsg::TaskStarted(_)
            | EventMsg::AgentReasoningSectionBreak(_)
            | EventMsg::ExecApprovalRequest(_)
            | EventMsg::ApplyPatchApprovalRequest(_)
            | EventMsg::RequestUserInput(_)
            | EventMsg::RequestPermissions(_)
            | EventMsg::TerminalInteraction(_)
            | EventMsg::TurnDiff(_)
            | EventMsg::TokenCount(_)
            | EventMsg::ThreadRolledBack(_)
            | EventMsg::EnteredReviewMode(_)
            | EventMsg::ExitedReviewMode(_)
            | EventMsg::Warning(_)
            | EventMsg::StreamError(_)
            | EventMsg::RawResponseItem(_)
            | EventMsg::Error(_)
            | EventMsg::McpToolCallProgress(_)
            | EventMsg::McpStartupUpdate(_)
            | EventMsg::McpStartupComplete(_)
            | EventMsg::McpServerLog(_)
            | EventMsg::McpListChanged(_)
            | EventMsg::ElicitationPageDone(_)
            | EventMsg::ElicitationRequest(_)
            | EventMsg::ElicitationResolved(_)
            | EventMsg::ShutdownComplete
            | EventMsg::Unknown => Vec::new(),
        }
    }

    fn fresh_id(&mut self) -> ItemId {
        self.made += 1;
        ItemId::new(format!("made_{}", self.made))
    }

    fn instant(&mut self, id: Option<ItemId>, kind: ThreadItemKind) -> ItemChange {
        let id = id.unwrap_or_else(|| self.fresh_id());
        ItemChange::Completed(ThreadItem { id, kind })
    }

    fn reasoning(&mut self, reasoning: &AgentReasoning, is_summary: bool) -> ItemChange {
        let text = if reasoning.parts.is_empty() { vec![reasoning.text.clone()] } else { reasoning.parts.clone() };
        let kind = if is_summary {
            ThreadItemKind::Reasoning { summary: text, content: Vec::new() }
        } else {
            ThreadItemKind::Reasoning { summary: Vec::new(), content: text }
        };
        self.instant(reasoning.item_id.clone(), kind)
    }

    fn start(&mut self, id: ItemId, kind: ThreadItemKind) -> ItemChange {
        let item = ThreadItem { id: id.clone(), kind };
        self.order.push(id.clone());
        self.open.insert(id, item.clone());
        ItemChange::Started(item)
    }

    fn complete(&mut self, id: ItemId, kind: ThreadItemKind) -> ItemChange {
        self.open.remove(&id);
        self.order.retain(|open| open != &id);
        ItemChange::Completed(ThreadItem { id, kind })
    }

    fn plan_changed(&mut self, kind: ThreadItemKind) -> ItemChange {
        let id = match &self.plan {
            Some(item) => item.id.clone(),
            None => self.fresh_id(),
        };
        let item = ThreadItem { id, kind };
        match self.plan.replace(item.clone()) {
            None => ItemChange::Started(item),
            Some(_) => ItemChange::Updated(item),
        }
    }

    fn web_search_ended(&mut self, end: &WebSearchEnd) -> Vec<ItemChange> {
        let id = item_id(&end.call_id);
        let kind = ThreadItemKind::WebSearch { query: end.query.clone(), action: end.action.clone() };
        let mut changes = Vec::new();
        if !self.open.contains_key(&id) {
            // Nobody told the beginning; it is told together with the end.
            changes.push(self.start(id.clone(), kind.clone()));
        }
        changes.push(self.complete(id, kind));
        changes
    }

    fn close_all(&mut self) -> Vec<ItemChange> {
        let mut changes = Vec::new();
        for id in std::mem::take(&mut self.order) {
            if let Some(mut item) = self.open.remove(&id) {
                mark_failed(&mut item.kind);
                changes.push(ItemChange::Completed(item));
            }
        }
        if let Some(plan) = self.plan.take() {
            changes.push(ItemChange::Completed(plan));
        }
        changes
    }
}

fn item_id(call: &CallId) -> ItemId {
    ItemId::new(call.as_str())
}

fn mark_failed(kind: &mut ThreadItemKind) {
    match kind {
        ThreadItemKind::Command(command) => command.status = ItemStatus::Failed,
        ThreadItemKind::FileChange(change) => change.status = ItemStatus::Failed,
        ThreadItemKind::McpToolCall(call) => call.status = ItemStatus::Failed,
        _ => {}
    }
}

fn command_started(begin: &ExecCommandBegin) -> ThreadItemKind {
    ThreadItemKind::Command(Box::new(CommandItem {
        command: begin.command.clone(),
        cwd: begin.cwd.clone(),
        actions: begin.parsed_cmd.clone(),
        source: begin.source,
        process_id: begin.process_id.clone(),
        aggregated_output: String::new(),
        exit_code: None,
        duration: None,
        status: ItemStatus::InProgress,
    }))
}

fn command_ended(end: &ExecCommandEnd) -> ThreadItemKind {
    ThreadItemKind::Command(Box::new(CommandItem {
        command: end.command.clone(),
        cwd: end.cwd.clone(),
        actions: end.parsed_cmd.clone(),
        source: end.source,
        process_id: end.process_id.clone(),
        aggregated_output: end.aggregated_output.clone(),
        exit_code: Some(end.exit_code),
        duration: Some(end.duration),
        status: match end.status {
            CommandStatus::Completed => ItemStatus::Completed,
            CommandStatus::Failed => ItemStatus::Failed,
            CommandStatus::Declined => ItemStatus::Declined,
        },
    }))
}

fn patch_started(begin: &PatchApplyBegin) -> ThreadItemKind {
    ThreadItemKind::FileChange(FileChangeItem { changes: begin.changes.clone(), status: ItemStatus::InProgress, output: String::new() })
}

fn patch_ended(end: &PatchApplyEnd) -> ThreadItemKind {
    ThreadItemKind::FileChange(FileChangeItem {
        changes: end.changes.clone(),
        status: match end.status {
            PatchStatus::Completed => ItemStatus::Completed,
            PatchStatus::Failed => ItemStatus::Failed,
            PatchStatus::Declined => ItemStatus::Declined,
        },
        output: if end.success { end.stdout.clone() } else { end.stderr.clone() },
    })
}

fn mcp_started(begin: &McpToolCallBegin) -> ThreadItemKind {
    ThreadItemKind::McpToolCall(Box::new(McpItem {
        invocation: begin.invocation.clone(),
        result: None,
        error: None,
        duration: None,
        status: ItemStatus::InProgress,
    }))
}

fn mcp_ended(end: &McpToolCallEnd) -> ThreadItemKind {
    let (result, error) = match &end.result {
        Ok(value) => (Some(value.clone()), None),
        Err(message) => (None, Some(message.clone())),
    };
    let refused = result.as_ref().is_none_or(|value| value.get("isError").and_then(serde_json::Value::as_bool).unwrap_or(false));
    ThreadItemKind::McpToolCall(Box::new(McpItem {
        invocation: end.invocation.clone(),
        result,
        error,
        duration: Some(end.duration),
        status: if refused { ItemStatus::Failed } else { ItemStatus::Completed },
    }))
}
