//! A menu: a title, a sentence, numbered rows.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Choice, Choices, Modal, Reply, Taken};
use crate::text::{Indent, wrap};
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

    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let mut lines = vec![Line::default()];
        lines.extend(wrap(&Line::styled(self.title.clone(), look.style(Role::Strong)), columns, &Indent::blanks(2)));
        if !self.about.is_empty() {
            lines.extend(wrap(&Line::styled(self.about.clone(), look.style(Role::Dim)), columns, &Indent::blanks(2)));
        }
        lines.push(Line::default());
        lines.extend(self.choices.lines(width, look));
        lines.push(Line::default());
        let hint = Line::styled("Press enter to confirm or esc to go back", look.style(Role::Dim));
        lines.extend(wrap(&hint, columns, &Indent::blanks(2)));
        lines
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
        u16::try_from(self.lines(width, look).len()).unwrap_or(most).min(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        super::draw(&self.lines(area.width, look), area, buffer);
    }

    fn headline(&self) -> String {
        self.title.clone()
    }
}
