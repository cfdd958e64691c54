//! A message of the user's.

use ratatui::style::Style;
use ratatui::text::Line;

use super::Cell;
use super::frame::{hanging, mark};
use crate::text::sanitize;
use crate::theme::{Look, Role};

/// A message of the user's.
#[derive(Clone, Debug)]
pub struct UserCell {
    text: String,
    images: Vec<String>,
}

impl UserCell {
    /// A message; `images` names what was attached beyond the marks in the text.
    pub fn new(text: impl Into<String>, images: Vec<String>) -> Self {
        Self { text: text.into(), images }
    }
}

impl Cell for UserCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mark = mark(look, "› ", "You: ", look.style(Role::UserMark));
        let mut lines = if self.text.trim().is_empty() && !self.images.is_empty() {
            Vec::new()
        } else {
            hanging(mark.clone(), self.text.trim_end(), Style::new(), width)
        };
        for image in &self.images {
            let mark = if lines.is_empty() { mark.clone() } else { "  ".into() };
            lines.extend(hanging(mark, image, look.style(Role::Accent), width));
        }
        lines
    }

    fn plain(&self) -> String {
        let text = if self.text.is_empty() { self.images.join("\n") } else { self.text.clone() };
        sanitize(&text).into_owned()
    }

    fn is_user(&self) -> bool {
        true
    }
}
