//! A summary of the model's reasoning. Its bold header belongs to the status row and is left out.

use ratatui::text::Line;

use super::Cell;
use super::frame::mark;
use crate::markdown;
use crate::text::{sanitize, sanitize_line};
use crate::theme::{Look, Role};

/// A summary of reasoning.
#[derive(Clone, Debug)]
pub struct ReasoningCell {
    body: String,
}

impl ReasoningCell {
    /// `None` when there is nothing but a header.
    pub fn new(summary: &str) -> Option<Self> {
        let body = split_header(summary).1.trim();
        (!body.is_empty()).then(|| Self { body: body.to_owned() })
    }

    /// The bold header that a summary begins with, for the status row.
    pub fn header(summary: &str) -> Option<String> {
        split_header(summary).0.map(sanitize_line)
    }
}

impl Cell for ReasoningCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let style = look.style(Role::Dim).patch(look.style(Role::Emphasis));
        let mark = mark(look, "• ", "Thinking: ", look.style(Role::Dim));
        let columns = u16::try_from(crate::text::width(&mark.content)).unwrap_or(2);
        let mut lines = markdown::render(&self.body, width.saturating_sub(columns).max(1), look);
        for (at, line) in lines.iter_mut().enumerate() {
            for span in &mut line.spans {
                span.style = style.patch(span.style);
            }
            if at == 0 {
                line.spans.insert(0, mark.clone());
            } else if !line.spans.is_empty() && !look.flat {
                line.spans.insert(0, "  ".into());
            }
        }
        lines
    }

    fn plain(&self) -> String {
        sanitize(&self.body).into_owned()
    }
}

fn split_header(summary: &str) -> (Option<&str>, &str) {
    let text = summary.trim_start();
    match text.strip_prefix("**").and_then(|rest| rest.split_once("**")) {
        Some((header, body)) if !header.contains('\n') => (Some(header.trim()), body),
        _ => (None, text),
    }
}
