//! The turns of a stored session, as far as its file keeps them: what was said, thought and planned, not what was run.

use codex_app_server_protocol::types as wire;
use codex_protocol::EventMsg;
use codex_protocol::event::CompletedItem;
use codex_protocol::rollout::RolloutItem;
use codex_state::{Outline, Start, StateError};

use crate::convert;
use crate::errors_out::TurnFault;
use crate::translate::NO_FINDINGS;

/// Reads the turns in force, in order; `running` is the one that goes on.
pub(crate) fn turns(outline: &Outline, running: Option<&str>) -> Result<Vec<wire::Turn>, StateError> {
    let mut history = History::default();
    outline.visit(Start::Beginning, &mut |line| {
        if let RolloutItem::EventMsg(event) = &line.item {
            history.take(event);
        }
    })?;
    Ok(history.finish(running))
}

#[derive(Default)]
struct History {
    turns: Vec<wire::Turn>,
    items: usize,
    /// The last event was a part of a reasoning summary: the next one belongs to the same item.
    in_summary: bool,
}

impl History {
    fn take(&mut self, event: &EventMsg) {
        let was_in_summary = std::mem::take(&mut self.in_summary);
        match event {
            EventMsg::TaskStarted(started) => self.begin(started.turn_id.to_string()),
            EventMsg::UserMessage(message) => {
                self.add(|id| wire::ThreadItem::UserMessage { content: convert::user_content(message), id });
            }
            EventMsg::AgentMessage(message) => self.add(|id| wire::ThreadItem::AgentMessage {
                id,
                memory_citation: None,
                phase: message.phase.map(convert::phase),
                text: message.message.clone(),
            }),
            EventMsg::AgentReasoning(reasoning) => {
                self.in_summary = true;
                let last = self.turns.last_mut().and_then(|turn| turn.items.last_mut());
                match last {
                    Some(wire::ThreadItem::Reasoning { summary, .. }) if was_in_summary => summary.push(reasoning.text.clone()),
                    _ => self.add(|id| wire::ThreadItem::Reasoning { content: Vec::new(), id, summary: vec![reasoning.text.clone()] }),
                }
            }
            EventMsg::ItemCompleted(completed) => {
                if let CompletedItem::Plan { id, text } = &completed.item
                    && let Some(turn) = self.turns.last_mut()
                {
                    turn.items.push(wire::ThreadItem::Plan { id: id.clone(), text: text.clone() });
                }
            }
            EventMsg::EnteredReviewMode(entered) => {
                self.add(|id| wire::ThreadItem::EnteredReviewMode { id, review: entered.user_facing_hint.clone() });
            }
            EventMsg::ExitedReviewMode(exited) => {
                let found = exited.review_output.as_ref().map_or(NO_FINDINGS, |output| output.overall_explanation.as_str());
                self.add(|id| wire::ThreadItem::ExitedReviewMode { id, review: found.to_owned() });
            }
            EventMsg::ContextCompacted(_) => self.add(|id| wire::ThreadItem::ContextCompaction { id }),
            EventMsg::TaskComplete(complete) => {
                let error = complete.error.as_ref().map(|failure| TurnFault::of(&failure.message, &failure.code).error);
                if let Some(turn) = self.turns.last_mut() {
                    turn.status = if error.is_some() { wire::TurnStatus::Failed } else { wire::TurnStatus::Completed };
                    turn.error = error;
                }
            }
            EventMsg::TurnAborted(_) => {
                if let Some(turn) = self.turns.last_mut() {
                    turn.status = wire::TurnStatus::Interrupted;
                }
            }
            _ => self.in_summary = was_in_summary,
        }
    }

    fn begin(&mut self, id: String) {
        self.turns.push(crate::turns::turn(&id, wire::TurnStatus::InProgress, None));
    }

    fn add(&mut self, item: impl FnOnce(String) -> wire::ThreadItem) {
        self.items += 1;
        let item = item(format!("item-{}", self.items));
        if self.turns.is_empty() {
            // Files of other programs may not name their turns.
            self.begin("turn-1".to_owned());
        }
        if let Some(turn) = self.turns.last_mut() {
            turn.items.push(item);
        }
    }

    fn finish(mut self, running: Option<&str>) -> Vec<wire::Turn> {
        for turn in &mut self.turns {
            // A turn without an end was broken off with its program, unless it goes on here.
            if turn.status == wire::TurnStatus::InProgress && running != Some(turn.id.as_str()) {
                turn.status = wire::TurnStatus::Interrupted;
            }
        }
        self.turns
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::{AgentMessage, AgentReasoning, TaskComplete, TaskStarted, UserMessage};
    use pretty_assertions::assert_eq;

    use super::*;

    fn started(id: &str) -> EventMsg {
        EventMsg::TaskStarted(TaskStarted { turn_id: id.into(), model_context_window: None, collaboration_mode_kind: "default".to_owned() })
    }

    fn thought(text: &str) -> EventMsg {
        EventMsg::AgentReasoning(AgentReasoning { text: text.to_owned(), parts: Vec::new(), item_id: None })
    }

    fn said(text: &str) -> EventMsg {
        EventMsg::AgentMessage(AgentMessage { message: text.to_owned(), phase: None, memory_citation: None, item_id: None })
    }

    #[test]
    fn parts_of_a_summary_are_one_item_and_items_are_numbered_through() {
        let mut history = History::default();
        let user = EventMsg::UserMessage(UserMessage { message: "hi".to_owned(), ..UserMessage::default() });
        let done = EventMsg::TaskComplete(TaskComplete {
            turn_id: "a".into(),
            last_agent_message: None,
            error: None,
            denials: codex_protocol::event::Denials::default(),
        });
        for event in [started("a"), user.clone(), thought("one"), thought("two"), said("x"), thought("three"), done, started("b"), user] {
            history.take(&event);
        }
        let turns = history.finish(None);
        let ids: Vec<&str> = turns.iter().flat_map(|turn| &turn.items).map(crate::translate::item_id).collect();
        assert_eq!(ids, ["item-1", "item-2", "item-3", "item-4", "item-5"]);
        let wire::ThreadItem::Reasoning { summary, .. } = &turns[0].items[1] else { panic!("reasoning was stored") };
        assert_eq!(summary, &["one", "two"]);
        let statuses: Vec<_> = turns.iter().map(|turn| turn.status).collect();
        assert_eq!(statuses, [wire::TurnStatus::Completed, wire::TurnStatus::Interrupted]);
    }
}
