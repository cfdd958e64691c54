//! The plan as the model keeps it.

use codex_protocol::plan::{PlanUpdate, StepStatus};
use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::{Tree, mark};
use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// The whole plan after a change.
#[derive(Clone, Debug)]
pub struct PlanCell {
    update: PlanUpdate,
}

impl PlanCell {
    /// The plan.
    pub fn new(update: PlanUpdate) -> Self {
        Self { update }
    }

    fn explanation(&self) -> Option<String> {
        self.update.explanation.as_deref().map(sanitize_line).filter(|text| !text.trim().is_empty())
    }
}

impl Cell for PlanCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let head = Line::from(vec![mark(look, "• ", "", look.style(Role::Dim)), Span::styled("Updated Plan", look.style(Role::Title))]);
        let mut tree = Tree::below(vec![head], width, look);
        let dim = look.style(Role::Dim);
        if let Some(text) = self.explanation() {
            tree.push(&Line::from(Span::styled(text, dim.patch(look.style(Role::Emphasis)))));
        }
        for step in &self.update.plan {
            let (mark, word, style) = match step.status {
                StepStatus::Completed => ("✔ ", "done: ", dim.patch(look.style(Role::Struck))),
                StepStatus::InProgress => ("□ ", "now: ", look.style(Role::Accent).patch(look.style(Role::Strong))),
                StepStatus::Pending => ("□ ", "to do: ", dim),
            };
            let mark = Span::raw(if look.flat { word } else { mark });
            tree.push_hanging(&Line::from(vec![mark, Span::styled(sanitize_line(&step.step), style)]), 2);
        }
        if self.update.plan.is_empty() {
            tree.push(&Line::from(Span::styled("(no steps)", dim)));
        }
        tree.rows
    }

    fn plain(&self) -> String {
        let steps = self.update.plan.iter().map(|step| {
            let mark = if step.status == StepStatus::Completed { "✔" } else { "□" };
            format!("{mark} {}", sanitize_line(&step.step))
        });
        std::iter::once("Updated Plan".to_owned()).chain(self.explanation()).chain(steps).collect::<Vec<_>>().join("\n")
    }
}
