//! Questions that take the keys until they are answered: approvals, questions of the model, forms of MCP servers, menus.
//!
//! A modal stands in the place of the composer. It draws itself, takes keys, and ends with a [`Reply`]. Keys that were typed
//! before it could be read never answer it: for a moment after it appears it takes none.

mod approval;
mod choices;
mod elicitation;
mod line;
pub mod list;
mod menu;
mod permissions;
mod prompt;
mod questions;

use std::time::{Duration, Instant};

use codex_protocol::event::{ElicitationAction, PermissionsResponse, ReviewDecision, UserInputResponse};
use codex_protocol::{ApprovalId, TurnId};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde_json::Value;

pub use approval::Approval;
pub use choices::{Choice, Choices};
pub use elicitation::Elicitation;
pub use menu::Menu;
pub use permissions::Permissions;
pub use prompt::Prompt;
pub use questions::Questions;

use crate::cells::Answered;
use crate::theme::Look;

/// Keys that come sooner after a question appeared are no answer to it.
pub const DEAF: Duration = Duration::from_millis(300);

/// What a key came to.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one a key, handed on at once")]
pub enum Taken {
    /// Nothing.
    Ignored,
    /// Something to be drawn changed.
    Redraw,
    /// The question is answered.
    Done(Reply),
    /// What is asked about is wanted on the whole screen.
    Enlarge,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To a question about a command.
    Command {
        /// The question.
        id: ApprovalId,
        /// The turn.
        turn: TurnId,
        /// The answer.
        decision: ReviewDecision,
        /// What is noted in the conversation: whether it was a yes, and the words.
        note: (bool, String),
    },
    /// To a question about a patch.
    Patch {
        /// The question.
        id: ApprovalId,
        /// The answer.
        decision: ReviewDecision,
        /// What is noted in the conversation.
        note: (bool, String),
    },
    /// To questions of the model.
    Input {
        /// The question.
        id: ApprovalId,
        /// The answers.
        response: UserInputResponse,
        /// What is noted in the conversation.
        shown: Vec<Answered>,
    },
    /// To a question for permissions.
    Permissions {
        /// The question.
        id: ApprovalId,
        /// What is granted.
        response: PermissionsResponse,
        /// What is noted in the conversation.
        note: (bool, String),
    },
    /// To a question of a server.
    Elicitation {
        /// The question.
        id: ApprovalId,
        /// The answer.
        action: ElicitationAction,
        /// What was filled in.
        content: Option<Value>,
        /// How long a yes lasts.
        meta: Option<Value>,
        /// The page that a yes opens.
        page: Option<String>,
        /// What is noted in the conversation.
        note: (bool, String),
    },
    /// The turn that asks is to end.
    Interrupt,
    /// A row of a menu.
    Row(usize),
    /// The rows of a menu that are ticked, in their order.
    Rows(Vec<usize>),
    /// The line of a prompt.
    Text(String),
    /// A menu was closed without a choice.
    Closed,
}

/// A question.
pub trait Modal: std::fmt::Debug + Send {
    /// Takes a key.
    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken;

    /// Takes pasted text.
    fn paste(&mut self, _text: &str) {}

    /// Rows it wants of at most `most`.
    fn height(&self, width: u16, most: u16, look: &Look) -> u16;

    /// Draws itself.
    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look);

    /// What it asks about, in full: a title and lines.
    fn enlarged(&self, _width: u16, _look: &Look) -> Option<(&'static str, Vec<Line<'static>>)> {
        None
    }

    /// Whether this is the question of an id.
    fn is_question(&self, _id: &ApprovalId) -> bool {
        false
    }

    /// The line of a notification.
    fn headline(&self) -> String;
}

/// Draws lines into a space, from its top. Where there is too little room, the selected choice and what is behind it stay in
/// sight, and so does the beginning.
fn draw(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) {
    let rows = usize::from(area.height);
    let head = if lines.len() > rows { rows / 3 } else { lines.len() };
    let is_selected = |line: &Line<'_>| line.spans.iter().any(|span| span.content.starts_with("› "));
    let selected = lines.iter().position(is_selected).unwrap_or(lines.len());
    let from = (lines.len() - rows.min(lines.len()) + head.min(rows)).min(selected).max(head);
    let shown = lines.iter().take(head).chain(lines.iter().skip(from));
    for (row, line) in (area.y..area.bottom()).zip(shown) {
        buffer.set_line(area.x, row, line, area.width);
    }
}
