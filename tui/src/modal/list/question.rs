//! A list in the place of the composer.

use std::fmt;
use std::time::Instant;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::{List, ListOutcome};
use crate::keymap::Keymap;
use crate::modal::{Modal, Reply, Taken};
use crate::theme::Look;

/// What a state of a list would mean, as lines. Called for every state that is shown, so it must be quick.
pub type Preview = Box<dyn Fn(&List, &Look) -> Vec<Line<'static>> + Send>;

/// A list in the place of the composer.
pub struct ListQuestion {
    list: List,
    keymap: Keymap,
    preview: Option<Preview>,
    /// The look that the preview was made for.
    made_for: Look,
}

impl ListQuestion {
    /// A list; `preview` shows what its state would mean.
    pub fn new(list: List, keymap: Keymap, look: &Look, preview: Option<Preview>) -> Self {
        let mut question = Self { list, keymap, preview, made_for: look.clone() };
        question.show();
        question
    }

    fn show(&mut self) {
        if let Some(preview) = &self.preview {
            let lines = preview(&self.list, &self.made_for);
            self.list.set_preview(lines);
        }
    }
}

impl fmt::Debug for ListQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListQuestion").field("list", &self.list).finish_non_exhaustive()
    }
}

impl Modal for ListQuestion {
    fn key(&mut self, key: KeyEvent, _now: Instant) -> Taken {
        match self.list.key(&key, &self.keymap) {
            ListOutcome::None => Taken::Ignored,
            ListOutcome::Redraw => Taken::Redraw,
            ListOutcome::Moved => {
                self.show();
                Taken::Redraw
            }
            ListOutcome::Chosen(row) => Taken::Done(Reply::Row(row)),
            ListOutcome::Confirmed(rows) => Taken::Done(Reply::Rows(rows)),
            ListOutcome::Cancelled => Taken::Done(Reply::Closed),
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        self.list.height(width, most, look)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.list.render(area, buffer, look);
        self.list.cursor(area, look)
    }

    fn headline(&self) -> String {
        self.list.title().to_owned()
    }
}
