//! Makes lines from events and item changes. Holds the item numbers and the last token counts.

use std::collections::HashMap;

use codex_protocol::event::ReviewOutput;
use codex_protocol::items::{ItemChange, ThreadItem};
use codex_protocol::{EventMsg, ItemId, TokenUsage};

use super::encode::push_line;
use super::event::{Failure, Line, Usage};
use super::item::{Item, details};

/// The lines of one process.
#[derive(Debug, Default)]
pub(crate) struct JsonView {
    /// Numbers of items that are not final yet.
    numbers: HashMap<ItemId, u64>,
    seen: u64,
    usage: Usage,
    /// What a review found.
    review: Option<ReviewOutput>,
}

#[derive(Clone, Copy)]
enum Stage {
    Started,
    Updated,
    Completed,
}

impl JsonView {
    /// The lines for one event and the item changes that came of it.
    pub(crate) fn show(&mut self, msg: &EventMsg, changes: &[ItemChange]) -> Vec<u8> {
        let mut out = Vec::new();
        for change in changes {
            match change {
                ItemChange::Started(item) => self.item(&mut out, Stage::Started, item),
                ItemChange::Updated(item) => self.item(&mut out, Stage::Updated, item),
                ItemChange::Completed(item) => self.item(&mut out, Stage::Completed, item),
                ItemChange::Delta { .. } => {}
            }
        }
        match msg {
            EventMsg::SessionConfigured(session) => {
                push(&mut out, &Line::ThreadStarted { thread_id: session.session_id.to_string() });
            }
            EventMsg::ExitedReviewMode(exited) => self.review.clone_from(&exited.review_output),
            EventMsg::TaskStarted(_) => push(&mut out, &Line::TurnStarted {}),
            EventMsg::TokenCount(count) => {
                if let Some(info) = &count.info {
                    self.usage = usage(&info.total_token_usage);
                }
            }
            EventMsg::StreamError(error) => match &error.additional_details {
                Some(cause) => push(&mut out, &Line::Error { message: &format!("{} ({cause})", error.message) }),
                None => push(&mut out, &Line::Error { message: &error.message }),
            },
            EventMsg::Error(error) => push(&mut out, &Line::Error { message: &error.message }),
            EventMsg::TaskComplete(complete) => match &complete.error {
                None => {
                    let line = Line::TurnCompleted { usage: self.usage, denials: &complete.denials, review: self.review.as_ref() };
                    push(&mut out, &line);
                }
                Some(failure) => {
                    let error = Failure { message: &failure.message, code: &failure.code };
                    push(&mut out, &Line::TurnFailed { error, denials: &complete.denials });
                }
            },
            // Everything else reaches programs as items, or not at all.
            _ => {}
        }
        out
    }

    fn item(&mut self, out: &mut Vec<u8>, stage: Stage, item: &ThreadItem) {
        let Some(details) = details(&item.kind) else { return };
        let number = match self.numbers.get(&item.id) {
            Some(number) => *number,
            None => {
                let number = self.seen;
                self.seen += 1;
                self.numbers.insert(item.id.clone(), number);
                number
            }
        };
        let id = format!("item_{number}");
        let item_line = Item { id: &id, details };
        match stage {
            Stage::Started => push(out, &Line::ItemStarted { item: item_line }),
            Stage::Updated => push(out, &Line::ItemUpdated { item: item_line }),
            Stage::Completed => {
                push(out, &Line::ItemCompleted { item: item_line });
                // An id that comes again after this, as after a cut stream, is another item to programs.
                self.numbers.remove(&item.id);
            }
        }
    }
}

fn push(out: &mut Vec<u8>, line: &Line<'_>) {
    if let Err(error) = push_line(out, line) {
        tracing::error!(%error, "an event could not be spelt as JSON");
    }
}

fn usage(total: &TokenUsage) -> Usage {
    Usage { input_tokens: total.input_tokens, cached_input_tokens: total.cached_input_tokens, output_tokens: total.output_tokens }
}

#[cfg(test)]
mod tests;
