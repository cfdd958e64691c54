//! What happened in a conversation, as cells: each renders itself to lines of a width, once short for the scrollback and once
//! in full for the transcript. Cells hold data, not screens; they are pure and cheap to render again.
//!
//! One file a kind. What several kinds share (marks, trees, boxes, folding) is in `frame`. Every text that is not our own is
//! sanitised here, when it is rendered. With [`Look::flat`] a cell says in words what its marks and boxes say otherwise.

mod agent;
mod card;
mod command;
mod decision;
mod diff;
mod exploring;
mod frame;
mod image;
mod listing;
mod mcp;
mod notice;
mod patch;
mod plan;
mod proposed_plan;
mod questions;
mod reasoning;
mod review;
mod separator;
mod usage;
mod user;
mod web;

use std::fmt::Debug;

use ratatui::text::Line;

pub use agent::{AgentCell, marked};
pub use card::{BannerCell, HeaderCell, StatusCell};
pub use command::{CommandCell, CommandState, command_text};
pub use decision::DecisionCell;
pub use exploring::ExploringCell;
pub use frame::{boxed, elapsed};
pub use image::ImageCell;
pub use listing::{EchoCell, ListingCell, ListingRow, TipCell};
pub use mcp::McpCell;
pub use notice::{Notice, NoticeCell};
pub use patch::PatchCell;
pub use plan::PlanCell;
pub use proposed_plan::ProposedPlanCell;
pub use questions::{Answered, QuestionsCell};
pub use reasoning::ReasoningCell;
pub use review::ReviewCell;
pub use separator::SeparatorCell;
pub use usage::UsageCell;
pub use user::UserCell;
pub use web::WebCell;

use crate::theme::Look;

/// One thing that happened, as it is shown.
pub trait Cell: Debug + Send + Sync {
    /// The lines for the scrollback, without blank lines before or after; every line is at most `width` columns wide, except
    /// lines of code, which are never wrapped.
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>>;

    /// The lines for the transcript: nothing folded.
    fn full(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        self.lines(width, look)
    }

    /// The words alone, unstyled and unwrapped, for copying and for screen readers; one line a paragraph.
    fn plain(&self) -> String;

    /// Whether this is a message of the user's, which backtracking and jumping stop at.
    fn is_user(&self) -> bool {
        false
    }

    /// Whether this cell follows its predecessor without a blank line between.
    fn joins_previous(&self) -> bool {
        false
    }
}
