//! Markdown to styled lines of a width. Streaming text is rendered as it completes.
//!
//! A text is cut into units: top-level blocks, items of top-level lists, lines of top-level code. Each is rendered by itself, once
//! nothing that follows can change it; so a text comes out the same whether it came whole or in pieces. Lines of code are
//! never wrapped.

pub mod highlight;
mod inline;
mod render;
mod split;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use ratatui::text::Line;

pub use stream::Stream;

use crate::theme::Look;

/// Renders a whole text.
pub fn render(text: &str, width: u16, look: &Look) -> Vec<Line<'static>> {
    let mut stream = Stream::new(width, look);
    let mut lines = stream.push(text);
    lines.extend(stream.finish());
    lines
}
