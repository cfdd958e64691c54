//! A plan that the model proposes for the user to accept.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::markdown;
use crate::text::sanitize;
use crate::theme::{Look, Role};

/// A proposed plan, as markdown.
#[derive(Clone, Debug)]
pub struct ProposedPlanCell {
    source: String,
}

impl ProposedPlanCell {
    /// A plan; tags around it are left out.
    pub fn new(source: &str) -> Self {
        let text = source.trim();
        let text = text.strip_prefix("<proposed_plan>").unwrap_or(text);
        let text = text.strip_suffix("</proposed_plan>").unwrap_or(text);
        Self { source: text.trim().to_owned() }
    }
}

impl Cell for ProposedPlanCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let head = Line::from(vec![mark(look, "• ", "", look.style(Role::Dim)), Span::styled("Proposed Plan", look.style(Role::Title))]);
        let mut lines = vec![head, Line::default()];
        for mut line in markdown::render(&self.source, width.saturating_sub(2).max(1), look) {
            if !line.spans.is_empty() && !look.flat {
                line.spans.insert(0, "  ".into());
            }
            lines.push(line);
        }
        lines
    }

    fn plain(&self) -> String {
        format!("Proposed Plan\n{}", sanitize(&self.source))
    }
}
