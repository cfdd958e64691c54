//! One line of text: a small editor for prompts and fields.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

use unicode_segmentation::UnicodeSegmentation;

use crate::text::{truncate_line, width};
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
            KeyCode::Backspace => {
                let last = self.text.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
                self.text.truncate(last);
            }
            _ => return false,
        }
        true
    }

    /// The line behind its mark, the end of it where it is too long, and the column of the cursor.
    pub(super) fn line(&self, hint: &str, columns: u16, look: &Look) -> (Line<'static>, u16) {
        let before = if look.flat {
            vec![Span::raw(format!("{hint}: "))]
        } else {
            vec![Span::raw("  "), Span::styled("› ", look.style(Role::Accent))]
        };
        let used: usize = before.iter().map(Span::width).sum();
        let mut line = Line::from(before);
        if self.text.is_empty() && !look.flat {
            line.spans.push(Span::styled(hint.to_owned(), look.style(Role::Dim)));
            return (truncate_line(line, usize::from(columns)), u16::try_from(used).unwrap_or(columns));
        }
        let dot = if look.flat { "*" } else { "•" };
        let mut shown: String = if self.secret { dot.repeat(self.text.chars().count()) } else { self.text.clone() };
        // A column is left for the cursor.
        let over = (width(&shown) + used + 1).saturating_sub(usize::from(columns));
        let mut cut = 0;
        shown = shown
            .graphemes(true)
            .skip_while(|next| {
                cut < over && {
                    cut += width(next);
                    true
                }
            })
            .collect();
        let column = used + width(&shown);
        line.spans.push(Span::raw(shown));
        (line, u16::try_from(column).unwrap_or(columns))
    }
}
