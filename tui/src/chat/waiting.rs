//! What the user said while a turn runs: messages that join it, and messages that wait for its end.

use std::collections::VecDeque;

use ratatui::text::{Line, Span};

use crate::composer::Draft;
use crate::text::{Indent, sanitize_line, truncate, wrap};
use crate::theme::{Look, Role};

/// Rows of one list before the rest is counted.
const ROWS: usize = 5;

/// What waits.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Handed to the thread, not yet read by the model.
    steers: VecDeque<String>,
    /// Handed to the thread, which has not said that it took them.
    handed_in: VecDeque<Draft>,
    /// Not handed to anybody: each becomes a turn of its own.
    queue: VecDeque<Draft>,
}

/// What is known of what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Messages that join the running turn.
    pub steers: usize,
    /// Messages for turns to come.
    pub queued: usize,
}

impl Waiting {
    /// How much waits.
    pub fn counts(&self) -> Waits {
        Waits { steers: self.steers.len(), queued: self.queue.len() }
    }

    /// A message was handed to the running turn.
    pub fn steer(&mut self, text: String) {
        self.steers.push_back(text);
    }

    /// A message was handed to the thread.
    pub fn hand_in(&mut self, draft: Draft) {
        self.handed_in.push_back(draft);
    }

    /// The messages that the thread never said it took.
    pub fn take_handed_in(&mut self) -> Vec<Draft> {
        self.handed_in.drain(..).collect()
    }

    /// The thread took a message.
    pub(super) fn arrived(&mut self, text: &str) {
        if let Some(at) = self.handed_in.iter().position(|draft| draft.text.trim() == text.trim()) {
            self.handed_in.remove(at);
        }
        if let Some(at) = self.steers.iter().position(|steer| steer.trim() == text.trim()) {
            self.steers.remove(at);
        }
    }

    /// Whether messages were handed to the running turn and not read yet.
    pub fn has_steers(&self) -> bool {
        !self.steers.is_empty()
    }

    /// Nothing that joins is waited for any more.
    pub(super) fn forget_steers(&mut self) {
        self.steers.clear();
        self.handed_in.clear();
    }

    /// Lets a message wait for the end of the turn.
    pub fn queue(&mut self, draft: Draft) {
        self.queue.push_back(draft);
    }

    /// The message that is next.
    pub fn next(&mut self) -> Option<Draft> {
        self.queue.pop_front()
    }

    /// The message that would be last, to be edited.
    pub fn take_last(&mut self) -> Option<Draft> {
        self.queue.pop_back()
    }

    /// All messages that wait for turns to come.
    pub fn take_queue(&mut self) -> Vec<Draft> {
        self.queue.drain(..).collect()
    }

    /// The waiting messages, for a menu.
    pub fn queued(&self) -> impl Iterator<Item = &Draft> {
        self.queue.iter()
    }

    /// Replaces the order and number of the waiting messages.
    pub fn set_queue(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        self.queue = drafts.into_iter().collect();
    }

    pub(super) fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if !self.steers.is_empty() {
            let head = "Messages to be submitted after next tool call (press esc to interrupt and send immediately)";
            list(&mut lines, head, self.steers.iter().map(String::as_str), width, look);
        }
        if !self.queue.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            list(&mut lines, "Queued follow-up messages", self.queue.iter().map(Draft::shown), width, look);
            let hint = if look.flat { "alt + up: edit last queued message" } else { "    alt + ↑ edit last queued message" };
            lines.push(Line::styled(truncate(hint, usize::from(width)), look.style(Role::Dim)));
        }
        lines
    }
}

fn list<'a>(lines: &mut Vec<Line<'static>>, head: &str, texts: impl Iterator<Item = &'a str>, width: u16, look: &Look) {
    let columns = usize::from(width);
    let (bullet, mark) = if look.flat { ("", "Waits: ") } else { ("• ", "  ↳ ") };
    lines.extend(wrap(&Line::from(head.to_owned()), columns, &Indent::hanging(bullet)));
    let texts: Vec<&str> = texts.collect();
    for text in texts.iter().take(ROWS) {
        let text = truncate(&sanitize_line(text), columns.saturating_sub(crate::text::width(mark)));
        lines.push(Line::from(vec![Span::styled(mark, look.style(Role::Dim)), Span::styled(text, look.style(Role::Emphasis))]));
    }
    if texts.len() > ROWS {
        lines.push(Line::styled(format!("    … +{} more", texts.len() - ROWS), look.style(Role::Dim)));
    }
}
