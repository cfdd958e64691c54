//! From the events of one thread to the notifications of its items.
//!
//! Items that the projection only completes are told as started before their first piece. Pure: sends nothing.

use std::collections::{HashMap, HashSet};

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_protocol::event::{AgentMessage, AgentReasoning, CompletedItem, ItemDelta, PatchApplyEnd, PatchStatus};
use codex_protocol::items::{ItemChange, ItemStream};
use codex_protocol::{Event, EventMsg};

use crate::convert;

/// Whether this tells the end of a command that has none yet.
fn is_live_command(notification: &ServerNotification) -> bool {
    let ServerNotification::ItemCompleted(completed) = notification else { return false };
    let unified = wire::CommandExecutionSource::UnifiedExecStartup;
    matches!(&completed.item, wire::ThreadItem::CommandExecution { exit_code: None, source, .. } if *source == unified)
}

/// What clients read instead of findings.
pub(crate) const NO_FINDINGS: &str = "Reviewer failed to output a response.";

/// Turns events into notifications about items.
pub(crate) struct Translator {
    thread: String,
    turn: String,
    items: ItemStream,
    /// Messages and reasoning that were told as started.
    started: HashSet<String>,
    /// Commands and patches that were told as started before they were, because they were asked about.
    early: HashMap<String, wire::ThreadItem>,
    /// Parts of summaries that were told, by item.
    parts: HashMap<String, i64>,
    /// A review has ended and its result was not told yet.
    leaving_review: bool,
    /// That review found something.
    has_findings: bool,
}

impl Translator {
    pub(crate) fn new(thread: String) -> Self {
        Self {
            thread,
            turn: String::new(),
            items: ItemStream::new(),
            started: HashSet::new(),
            early: HashMap::new(),
            parts: HashMap::new(),
            leaving_review: false,
            has_findings: false,
        }
    }

    /// The following events belong to this turn.
    pub(crate) fn begin_turn(&mut self, turn: &str) {
        turn.clone_into(&mut self.turn);
        self.started.clear();
        self.early.clear();
        self.parts.clear();
    }

    /// What an event says of items.
    pub(crate) fn push(&mut self, event: &Event) -> Vec<ServerNotification> {
        match &event.msg {
            EventMsg::AgentMessageContentDelta(delta) => self.message_delta(delta),
            EventMsg::EnteredReviewMode(entered) => {
                let item = wire::ThreadItem::EnteredReviewMode { id: self.turn.clone(), review: entered.user_facing_hint.clone() };
                vec![self.item_started(item.clone()), self.item_completed(item)]
            }
            EventMsg::ExitedReviewMode(exited) => {
                // Its text follows as a message, unless the review broke off.
                self.leaving_review = true;
                self.has_findings = exited.review_output.is_some();
                Vec::new()
            }
            EventMsg::AgentMessage(message) if self.leaving_review => self.review_result(message),
            EventMsg::AgentMessage(message) => self.message(message),
            EventMsg::ReasoningContentDelta(delta) => self.reasoning_delta(delta),
            EventMsg::AgentReasoningSectionBreak(section) => self.summary_part(section.item_id.as_str(), section.summary_index),
            EventMsg::AgentReasoning(reasoning) => self.reasoning(reasoning),
            EventMsg::AgentReasoningRawContent(reasoning) => self.raw_reasoning(reasoning),
            EventMsg::PlanDelta(delta) => self.plan_delta(delta),
            EventMsg::ItemCompleted(completed) => self.item_whole(&completed.item),
            EventMsg::PlanUpdate(update) => vec![ServerNotification::TurnPlanUpdated(wire::TurnPlanUpdatedNotification {
                explanation: update.explanation.clone(),
                plan: update
                    .plan
                    .iter()
                    .map(|step| wire::TurnPlanStep { status: convert::step_status(step.status), step: step.step.clone() })
                    .collect(),
                thread_id: self.thread.clone(),
                turn_id: self.turn.clone(),
            })],
            EventMsg::ExecCommandOutputDelta(delta) => {
                vec![ServerNotification::ItemCommandExecutionOutputDelta(wire::CommandExecutionOutputDeltaNotification {
                    delta: delta.chunk.clone(),
                    item_id: delta.call_id.to_string(),
                    thread_id: self.thread.clone(),
                    turn_id: self.turn.clone(),
                })]
            }
            EventMsg::TerminalInteraction(interaction) => {
                vec![ServerNotification::ItemCommandExecutionTerminalInteraction(wire::TerminalInteractionNotification {
                    item_id: interaction.call_id.to_string(),
                    process_id: interaction.process_id.clone(),
                    stdin: interaction.stdin.clone(),
                    thread_id: self.thread.clone(),
                    turn_id: self.turn.clone(),
                })]
            }
            EventMsg::TurnDiff(diff) => vec![ServerNotification::TurnDiffUpdated(wire::TurnDiffUpdatedNotification {
                diff: diff.unified_diff.clone(),
                thread_id: self.thread.clone(),
                turn_id: self.turn.clone(),
            })],
            EventMsg::PatchApplyEnd(end) => {
                let mut told = self.patch_output(end);
                told.extend(self.changes(event));
                told
            }
            EventMsg::ContextCompacted(_) => {
                let mut told = self.changes(event);
                told.push(ServerNotification::ThreadCompacted(wire::ContextCompactedNotification {
                    thread_id: self.thread.clone(),
                    turn_id: self.turn.clone(),
                }));
                told
            }
            EventMsg::TaskComplete(_) => {
                let mut told = self.changes(event);
                // A command that outlives its turn ends when it does.
                told.retain(|notification| !is_live_command(notification));
                told
            }
            _ => self.changes(event),
        }
    }

    fn changes(&mut self, event: &Event) -> Vec<ServerNotification> {
        let changes = self.items.push(event);
        changes.into_iter().flat_map(|change| self.change(change)).collect()
    }

    fn change(&mut self, change: ItemChange) -> Vec<ServerNotification> {
        match change {
            ItemChange::Started(item) => convert::item(&item).and_then(|item| self.started_once(item)).into_iter().collect(),
            ItemChange::Completed(item) => {
                let Some(mut item) = convert::item(&item) else { return Vec::new() };
                let mut told = Vec::new();
                self.early.remove(item_id(&item));
                if let wire::ThreadItem::UserMessage { id, .. } | wire::ThreadItem::ContextCompaction { id } = &mut item {
                    *id = uuid::Uuid::new_v4().to_string();
                }
                if is_told_whole(&item) {
                    told.push(self.item_started(item.clone()));
                }
                told.push(self.item_completed(item));
                told
            }
            // Whole items change only for plans, and pieces are told from the events themselves.
            ItemChange::Updated(_) | ItemChange::Delta { .. } => Vec::new(),
        }
    }

    /// Tells a command or patch as started because it is asked about; what starts later is not told again.
    pub(crate) fn started_early(&mut self, event: &Event) -> Vec<ServerNotification> {
        let mut ahead = ItemStream::new();
        let mut told = Vec::new();
        for change in ahead.push(event) {
            if let ItemChange::Started(item) = change
                && let Some(item) = convert::item(&item)
                && !self.started.contains(item_id(&item))
                && self.early.insert(item_id(&item).to_owned(), item.clone()).is_none()
            {
                told.push(self.item_started(item));
            }
        }
        told
    }

    fn started_once(&mut self, item: wire::ThreadItem) -> Option<ServerNotification> {
        self.started.insert(item_id(&item).to_owned());
        if self.early.remove(item_id(&item)).is_some() { None } else { Some(self.item_started(item)) }
    }

    /// Ends what was asked about and never ran: every item that starts also completes.
    pub(crate) fn end_turn(&mut self) -> Vec<ServerNotification> {
        let left = std::mem::take(&mut self.early).into_values();
        let declined = left.map(|mut item| {
            if let wire::ThreadItem::CommandExecution { status, .. } = &mut item {
                *status = wire::CommandExecutionStatus::Declined;
            }
            item
        });
        let mut told: Vec<_> = declined.map(|item| self.item_completed(item)).collect();
        if std::mem::take(&mut self.leaving_review) {
            told.extend(self.left_review(NO_FINDINGS));
        }
        told
    }

    fn left_review(&self, review: &str) -> [ServerNotification; 2] {
        let item = wire::ThreadItem::ExitedReviewMode { id: self.turn.clone(), review: review.to_owned() };
        [self.item_started(item.clone()), self.item_completed(item)]
    }

    fn review_result(&mut self, message: &AgentMessage) -> Vec<ServerNotification> {
        self.leaving_review = false;
        let mut told = self.left_review(if self.has_findings { &message.message } else { NO_FINDINGS }).to_vec();
        let id = "review_rollout_assistant".to_owned();
        let item = wire::ThreadItem::AgentMessage { id, memory_citation: None, phase: None, text: message.message.clone() };
        told.extend([self.item_started(item.clone()), self.item_completed(item)]);
        told
    }

    fn item_started(&self, item: wire::ThreadItem) -> ServerNotification {
        ServerNotification::ItemStarted(wire::ItemStartedNotification { item, thread_id: self.thread.clone(), turn_id: self.turn.clone() })
    }

    fn item_completed(&self, item: wire::ThreadItem) -> ServerNotification {
        let (thread_id, turn_id) = (self.thread.clone(), self.turn.clone());
        ServerNotification::ItemCompleted(wire::ItemCompletedNotification { item, thread_id, turn_id })
    }

    fn begin_message(&mut self, id: &str, phase: Option<wire::MessagePhase>) -> Option<ServerNotification> {
        self.started.insert(id.to_owned()).then(|| {
            self.item_started(wire::ThreadItem::AgentMessage { id: id.to_owned(), memory_citation: None, phase, text: String::new() })
        })
    }

    fn message_delta(&mut self, delta: &ItemDelta) -> Vec<ServerNotification> {
        let item_id = delta.item_id.to_string();
        let mut told: Vec<_> = self.begin_message(&item_id, None).into_iter().collect();
        told.push(ServerNotification::ItemAgentMessageDelta(wire::AgentMessageDeltaNotification {
            delta: delta.delta.clone(),
            item_id,
            thread_id: self.thread.clone(),
            turn_id: self.turn.clone(),
        }));
        told
    }

    fn message(&mut self, message: &AgentMessage) -> Vec<ServerNotification> {
        let id = message.item_id.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), ToString::to_string);
        let phase = message.phase.map(convert::phase);
        let mut told: Vec<_> = self.begin_message(&id, phase).into_iter().collect();
        self.started.remove(&id);
        told.push(self.item_completed(wire::ThreadItem::AgentMessage { id, memory_citation: None, phase, text: message.message.clone() }));
        told
    }

    fn begin_plan(&mut self, id: &str) -> Option<ServerNotification> {
        let item = wire::ThreadItem::Plan { id: id.to_owned(), text: String::new() };
        self.started.insert(id.to_owned()).then(|| self.item_started(item))
    }

    fn plan_delta(&mut self, delta: &ItemDelta) -> Vec<ServerNotification> {
        let item_id = delta.item_id.to_string();
        let mut told: Vec<_> = self.begin_plan(&item_id).into_iter().collect();
        told.push(ServerNotification::ItemPlanDelta(wire::PlanDeltaNotification {
            delta: delta.delta.clone(),
            item_id,
            thread_id: self.thread.clone(),
            turn_id: self.turn.clone(),
        }));
        told
    }

    fn item_whole(&mut self, item: &CompletedItem) -> Vec<ServerNotification> {
        let CompletedItem::Plan { id, text } = item else { return Vec::new() };
        let mut told: Vec<_> = self.begin_plan(id).into_iter().collect();
        self.started.remove(id);
        told.push(self.item_completed(wire::ThreadItem::Plan { id: id.clone(), text: text.clone() }));
        told
    }

    fn begin_reasoning(&mut self, id: &str) -> Option<ServerNotification> {
        self.started
            .insert(id.to_owned())
            .then(|| self.item_started(wire::ThreadItem::Reasoning { content: Vec::new(), id: id.to_owned(), summary: Vec::new() }))
    }

    fn summary_part(&mut self, id: &str, index: i64) -> Vec<ServerNotification> {
        let mut told: Vec<_> = self.begin_reasoning(id).into_iter().collect();
        let next = self.parts.entry(id.to_owned()).or_insert(0);
        while *next <= index {
            told.push(ServerNotification::ItemReasoningSummaryPartAdded(wire::ReasoningSummaryPartAddedNotification {
                item_id: id.to_owned(),
                summary_index: *next,
                thread_id: self.thread.clone(),
                turn_id: self.turn.clone(),
            }));
            *next += 1;
        }
        told
    }

    fn reasoning_delta(&mut self, delta: &ItemDelta) -> Vec<ServerNotification> {
        let index = delta.summary_index.unwrap_or(0);
        let mut told = self.summary_part(delta.item_id.as_str(), index);
        told.push(ServerNotification::ItemReasoningSummaryTextDelta(wire::ReasoningSummaryTextDeltaNotification {
            delta: delta.delta.clone(),
            item_id: delta.item_id.to_string(),
            summary_index: index,
            thread_id: self.thread.clone(),
            turn_id: self.turn.clone(),
        }));
        told
    }

    fn reasoning(&mut self, reasoning: &AgentReasoning) -> Vec<ServerNotification> {
        let id = reasoning.item_id.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), ToString::to_string);
        let summary = if reasoning.parts.is_empty() { vec![reasoning.text.clone()] } else { reasoning.parts.clone() };
        let mut told: Vec<_> = self.begin_reasoning(&id).into_iter().collect();
        self.started.remove(&id);
        told.push(self.item_completed(wire::ThreadItem::Reasoning { content: Vec::new(), id, summary }));
        told
    }

    /// Raw reasoning comes as an item of its own.
    fn raw_reasoning(&mut self, reasoning: &AgentReasoning) -> Vec<ServerNotification> {
        let id = reasoning.item_id.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), ToString::to_string);
        let mut told: Vec<_> = self.begin_reasoning(&id).into_iter().collect();
        told.push(ServerNotification::ItemReasoningTextDelta(wire::ReasoningTextDeltaNotification {
            content_index: 0,
            delta: reasoning.text.clone(),
            item_id: id.clone(),
            thread_id: self.thread.clone(),
            turn_id: self.turn.clone(),
        }));
        self.started.remove(&id);
        told.push(self.item_completed(wire::ThreadItem::Reasoning { content: vec![reasoning.text.clone()], id, summary: Vec::new() }));
        told
    }

    fn patch_output(&self, end: &PatchApplyEnd) -> Vec<ServerNotification> {
        if end.status == PatchStatus::Declined {
            return Vec::new();
        }
        let output = if end.success { &end.stdout } else { &end.stderr };
        let piece = |line: &str| {
            ServerNotification::ItemFileChangeOutputDelta(wire::FileChangeOutputDeltaNotification {
                delta: line.to_owned(),
                item_id: end.call_id.to_string(),
                thread_id: self.thread.clone(),
                turn_id: self.turn.clone(),
            })
        };
        output.split_inclusive('\n').map(piece).collect()
    }
}

/// Whether an item has no beginning of its own: it appears and is final at once.
fn is_told_whole(item: &wire::ThreadItem) -> bool {
    matches!(
        item,
        wire::ThreadItem::UserMessage { .. }
            | wire::ThreadItem::ImageView { .. }
            | wire::ThreadItem::ImageGeneration { .. }
            | wire::ThreadItem::ContextCompaction { .. }
    )
}

/// The id of an item.
pub(crate) fn item_id(item: &wire::ThreadItem) -> &str {
    match item {
        wire::ThreadItem::UserMessage { id, .. }
        | wire::ThreadItem::HookPrompt { id, .. }
        | wire::ThreadItem::AgentMessage { id, .. }
        | wire::ThreadItem::Plan { id, .. }
        | wire::ThreadItem::Reasoning { id, .. }
        | wire::ThreadItem::CommandExecution { id, .. }
        | wire::ThreadItem::FileChange { id, .. }
        | wire::ThreadItem::McpToolCall { id, .. }
        | wire::ThreadItem::DynamicToolCall { id, .. }
        | wire::ThreadItem::CollabAgentToolCall { id, .. }
        | wire::ThreadItem::WebSearch { id, .. }
        | wire::ThreadItem::ImageView { id, .. }
        | wire::ThreadItem::ImageGeneration { id, .. }
        | wire::ThreadItem::EnteredReviewMode { id, .. }
        | wire::ThreadItem::ExitedReviewMode { id, .. }
        | wire::ThreadItem::ContextCompaction { id, .. } => id,
    }
}
