//! An image that was looked at or made.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::{Tree, mark};
use crate::text::{sanitize, sanitize_line};
use crate::theme::{Look, Role};

/// An image.
#[derive(Clone, Debug)]
pub struct ImageCell {
    title: &'static str,
    details: Vec<String>,
}

impl ImageCell {
    /// The model looked at an image file; `path` as it is to be shown.
    pub fn viewed(path: impl Into<String>) -> Self {
        Self { title: "Viewed Image", details: vec![path.into()] }
    }

    /// The server made an image: the prompt as it was rewritten, and where it was saved, as it is to be shown.
    pub fn generated(prompt: Option<String>, saved: Option<String>) -> Self {
        let saved = saved.map(|path| format!("Saved to {path}"));
        Self { title: "Generated Image", details: prompt.into_iter().chain(saved).collect() }
    }
}

impl Cell for ImageCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let head = Line::from(vec![mark(look, "• ", "", look.style(Role::Dim)), Span::styled(self.title, look.style(Role::Title))]);
        let mut tree = Tree::below(vec![head], width, look);
        self.details.iter().for_each(|detail| tree.output(&sanitize_line(detail)));
        tree.rows
    }

    fn plain(&self) -> String {
        sanitize(&format!("{}\n{}", self.title, self.details.join("\n"))).trim_end().to_owned()
    }
}
