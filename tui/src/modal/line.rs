//! One line of text: a small editor for prompts and fields.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

use crate::text::width;
use crate::theme::{Look, Role};

/// A line being written.
#[derive(Clone, Debug, Default)]
pub(super) struct LineEdit {
    text: String,
    /// Shown as dots.
    secret: bool,
}

impl LineEdit {
    pub(super) fn new(text: &str, secret: bool) -> Self {
        Self { text: text.to_owned(), secret }
    }

    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Takes pasted text; a line has no breaks.
    pub(super) fn paste(&mut self, text: &str) {
        self.text.push_str(&crate::text::sanitize_line(text.trim_matches(['\r', '\n'])));
    }

    /// Takes a key; whether it was one for a line.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Char('u') if control => self.text.clear(),
            KeyCode::Char('w') if control => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => self.text.push(c),
            KeyCode::Backspace => _ = self.text.pop(),
            _ => return false,
        }
        true
    }

    /// The line behind its mark, the end of it where it is too long.
    pub(super) fn line(&self, hint: &str, columns: u16, look: &Look) -> Line<'static> {
        let mark = Span::styled("› ", look.style(Role::Accent));
        if self.text.is_empty() {
            return Line::from(vec![Span::raw("  "), mark, Span::styled(hint.to_owned(), look.style(Role::Dim))]);
        }
        let mut shown: String = if self.secret { "•".repeat(self.text.chars().count()) } else { self.text.clone() };
        while width(&shown) + 6 > usize::from(columns) && !shown.is_empty() {
            shown.remove(0);
        }
        let caret = Span::styled(" ", ratatui::style::Style::default().add_modifier(ratatui::style::Modifier::REVERSED));
        Line::from(vec![Span::raw("  "), mark, Span::raw(shown), caret])
    }
}
