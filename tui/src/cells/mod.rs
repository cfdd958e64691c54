//! What happened in a conversation, as cells: each renders itself to lines of a width, once short for the scrollback and once
//! in full for the transcript. Cells hold data, not screens; they are pure and cheap to render again.

use std::fmt::Debug;

use ratatui::text::Line;

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
