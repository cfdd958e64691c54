//! Items of an answer that are shown already but not yet part of history.
//!
//! An answer that breaks off before it called a tool is asked for again, and what it had finished
//! must not be in the repeated request. So finished items wait here until the answer is whole or
//! a tool call has to be acted on; then they go into history and the session file, in order.

use codex_protocol::{EventMsg, ResponseItem};

/// One finished item and the events that tell of it.
struct Staged {
    events: Vec<EventMsg>,
    item: ResponseItem,
}

/// Finished items of the answer that is being read.
#[derive(Default)]
pub(crate) struct Stage {
    waiting: Vec<Staged>,
    /// Messages of broken-off attempts at the same request: they are not shown twice.
    shown_before: Vec<String>,
    shown_now: Vec<String>,
}

impl Stage {
    /// Whether this message was not shown by an earlier attempt.
    pub(crate) fn is_new_message(&mut self, text: &str) -> bool {
        self.shown_now.push(text.to_owned());
        match self.shown_before.iter().position(|shown| shown == text) {
            Some(at) => {
                self.shown_before.remove(at);
                false
            }
            None => true,
        }
    }

    /// Lets an item wait.
    pub(crate) fn put(&mut self, events: impl IntoIterator<Item = EventMsg>, item: ResponseItem) {
        self.waiting.push(Staged { events: events.into_iter().collect(), item });
    }

    /// Takes everything that waits, in order.
    pub(crate) fn take(&mut self) -> Vec<(Vec<EventMsg>, ResponseItem)> {
        self.waiting.drain(..).map(|staged| (staged.events, staged.item)).collect()
    }

    /// The attempt broke off and will be repeated: forget its items, remember what was shown.
    pub(crate) fn broken_off(&mut self) {
        self.waiting.clear();
        self.shown_before.append(&mut self.shown_now);
    }
}
