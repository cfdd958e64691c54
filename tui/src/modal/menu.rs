//! A menu: a title, a sentence, numbered rows.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::{Choice, Choices, Modal, Page, Reply, Taken};
use crate::theme::{Look, Role};

/// A menu.
#[derive(Debug)]
pub struct Menu {
    title: String,
    about: String,
    choices: Choices,
}

impl Menu {
    /// A menu with the row `selected` selected; `about` may be empty.
    pub fn new(title: impl Into<String>, about: impl Into<String>, choices: Vec<Choice>, selected: usize) -> Self {
        Self { title: title.into(), about: about.into(), choices: Choices::new(choices).select(selected) }
    }

    fn page<'a>(&self, width: u16, look: &'a Look) -> Page<'a> {
        let mut page = Page::new(width, look);
        page.blank();
        page.words(&Line::styled(self.title.clone(), look.style(Role::Strong)));
        if !self.about.is_empty() {
            page.words(&Line::styled(self.about.clone(), look.style(Role::Dim)));
        }
        page.blank();
        page.choices(&self.choices, 0);
        page.blank();
        page.words(&Line::styled("Press enter to confirm or esc to go back", look.style(Role::Dim)));
        page
    }
}

impl Modal for Menu {
    fn key(&mut self, key: KeyEvent, _now: Instant) -> Taken {
        if key.code == KeyCode::Esc || (key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char('c')) {
            return Taken::Done(Reply::Closed);
        }
        match self.choices.key(key) {
            (Some(row), _) => Taken::Done(Reply::Row(row)),
            (None, true) => Taken::Redraw,
            (None, false) => Taken::Ignored,
        }
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
