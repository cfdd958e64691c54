//! One frame: what is live above, the composer or a question below, the status line last.

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::clock;
use super::footer;
use super::state::{App, Link};
use crate::text::{sanitize_line, truncate};
use crate::theme::Role;

impl App {
    /// Draws what changed.
    pub(crate) fn draw(&mut self) -> io::Result<()> {
        self.drawn = clock::now();
        self.dirty = false;
        let size = self.screen.size();
        if self.overlay.is_none() {
            self.hand_over();
        }
        let cells = self.overlay.as_ref().is_some_and(|overlay| overlay.wants_cells()).then(|| self.all_cells());
        if let Some(overlay) = &mut self.overlay {
            if let Some(cells) = cells {
                overlay.set_cells(cells);
            }
            let area = Rect::new(0, 0, size.columns, size.rows);
            let mut buffer = Buffer::empty(area);
            let caret = overlay.render(area, &mut buffer, self.chat.look());
            return self.screen.draw(buffer, caret);
        }
        let (buffer, caret) = self.frame(size.columns, size.rows);
        self.screen.draw(buffer, caret)?;
        self.retitle()
    }

    /// Hands what is final to the screen, laid out for its present width.
    pub(crate) fn hand_over(&mut self) {
        let lines = self.chat.take_lines();
        self.screen.print(lines);
    }

    /// The live rows of a terminal of this size, and the cursor.
    pub(super) fn frame(&self, columns: u16, rows: u16) -> (Buffer, Option<Position>) {
        let look = self.chat.look();
        let modal = self.asked.front().map(|asked| &asked.modal);
        let wanted = match modal {
            Some(modal) => modal.height(columns, rows.saturating_sub(1).max(1), look),
            None => self.composer.height(columns, look) + u16::from(!self.composer.covers_status_line()),
        };
        let bottom = wanted.clamp(1, rows);
        let mut live = self.chat.live_lines(rows.saturating_sub(bottom), self.animated);
        live.truncate(usize::from(rows - bottom));
        let above = u16::try_from(live.len()).unwrap_or(rows - bottom);
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, above + bottom));
        for (row, line) in (0..above).zip(&live) {
            buffer.set_line(0, row, line, columns);
        }
        let area = Rect::new(0, above, columns, bottom);
        if let Some(modal) = modal {
            let caret = modal.render(area, &mut buffer, look);
            return (buffer, caret);
        }
        let covered = self.composer.covers_status_line();
        let composer = Rect { height: if covered { bottom } else { bottom.saturating_sub(1).max(1) }, ..area };
        self.composer.render(composer, &mut buffer, look);
        if !covered && bottom > composer.height {
            buffer.set_line(0, composer.bottom(), &self.footer(columns), columns);
        }
        (buffer, self.composer.cursor(composer, look))
    }

    fn footer(&self, columns: u16) -> Line<'static> {
        let look = self.chat.look();
        let right = self.composer.mode().unwrap_or_else(|| self.mode_words());
        if let Some(hint) = self.composer.hint() {
            let text = truncate(&format!("  {hint}"), usize::from(columns));
            let context = format!("{}% context left", self.chat.facts.context_left());
            let line = Line::from(Span::styled(text, look.style(Role::Dim)));
            return footer::with_right(line, &context, usize::from(columns), look);
        }
        if let Some(server) = self.server.as_ref().filter(|_| self.link == Link::Opening) {
            let text = truncate(&sanitize_line(&format!("  connecting to {}", server.address())), usize::from(columns));
            return Line::styled(text, look.style(Role::Dim));
        }
        if self.escape_armed {
            let text = truncate("  esc again to edit previous message", usize::from(columns));
            return Line::styled(text, look.style(Role::Dim));
        }
        footer::status_line(&self.items, &self.chat.facts, right, columns, look)
    }
}
