//! A question that is answered with one line of text.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::line::LineEdit;
use super::{Modal, Page, Reply, Taken};
use crate::theme::{Look, Role};

/// A question for a line of text.
#[derive(Debug)]
pub struct Prompt {
    title: String,
    hint: String,
    line: LineEdit,
}

impl Prompt {
    /// `hint` stands where nothing is written; `text` is written already.
    pub fn new(title: impl Into<String>, hint: impl Into<String>, text: &str) -> Self {
        Self { title: title.into(), hint: hint.into(), line: LineEdit::new(text, false) }
    }

    fn page<'a>(&self, width: u16, look: &'a Look) -> Page<'a> {
        let mut page = Page::new(width, look);
        page.blank();
        page.words(&Line::styled(self.title.clone(), look.style(Role::Strong)));
        page.blank();
        page.edit(&self.line, &self.hint);
        page.blank();
        page.words(&Line::styled("Press enter to confirm or esc to go back", look.style(Role::Dim)));
        page
    }
}

impl Modal for Prompt {
    fn key(&mut self, key: KeyEvent, _now: Instant) -> Taken {
        match key.code {
            KeyCode::Esc => Taken::Done(Reply::Closed),
            KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => Taken::Done(Reply::Closed),
            KeyCode::Enter if !self.line.text().is_empty() => Taken::Done(Reply::Text(self.line.text().to_owned())),
            _ if self.line.key(key) => Taken::Redraw,
            _ => Taken::Ignored,
        }
    }

    fn paste(&mut self, text: &str) {
        self.line.paste(text);
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        self.page(width, look).height(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.page(area.width, look).draw(area, buffer)
    }

    fn headline(&self) -> String {
        self.title.clone()
    }
}
