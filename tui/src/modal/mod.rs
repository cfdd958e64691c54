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
mod page;
mod permissions;
mod prompt;
mod questions;

use std::time::{Duration, Instant};

use codex_protocol::event::{ElicitationAction, PermissionsResponse, ReviewDecision, UserInputResponse};
use codex_protocol::{ApprovalId, TurnId};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use serde_json::Value;

pub use approval::Approval;
pub use choices::{Choice, Choices};
pub use elicitation::Elicitation;
pub use menu::Menu;
pub(crate) use page::Page;
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

    /// Draws itself; returns where the cursor stands, when it is seen.
    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position>;

    /// What it asks about, in full: a title and lines.
    fn enlarged(&self, _width: u16, _look: &Look) -> Option<(&'static str, Vec<Line<'static>>)> {
        None
    }

    /// What it asks about was read to its end in full.
    fn was_read(&mut self) {}

    /// Whether this is the question of an id.
    fn is_question(&self, _id: &ApprovalId) -> bool {
        false
    }

    /// The line of a notification.
    fn headline(&self) -> String;
}
