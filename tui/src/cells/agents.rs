//! Agents that work for the thread.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::{Tree, mark};
use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// One agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentRow {
    /// Its name.
    pub name: String,
    /// Its role, where it has one.
    pub role: Option<String>,
    /// What it does or how it ended, in a few words.
    pub state: String,
}

/// Something that happened to agents: spawned, waited for, closed.
#[derive(Clone, Debug)]
pub struct AgentsCell {
    title: String,
    rows: Vec<AgentRow>,
}

impl AgentsCell {
    /// What happened, such as `Spawned 2 agents`, and the agents it happened to.
    pub fn new(title: impl Into<String>, rows: Vec<AgentRow>) -> Self {
        Self { title: title.into(), rows }
    }
}

impl Cell for AgentsCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let head = Line::from(vec![
            mark(look, "• ", "", look.style(Role::Dim)),
            Span::styled(sanitize_line(&self.title), look.style(Role::Title)),
        ]);
        let mut tree = Tree::below(vec![head], width, look);
        for row in &self.rows {
            let mut spans = vec![Span::styled(sanitize_line(&row.name), look.style(Role::Accent))];
            spans.extend(row.role.iter().map(|role| Span::styled(format!(" [{}]", sanitize_line(role)), look.style(Role::Dim))));
            spans.push(Span::raw(format!(": {}", sanitize_line(&row.state))));
            tree.push_hanging(&Line::from(spans), 2);
        }
        tree.rows
    }

    fn plain(&self) -> String {
        let rows = self.rows.iter().map(|row| format!("{}: {}", sanitize_line(&row.name), sanitize_line(&row.state)));
        std::iter::once(sanitize_line(&self.title)).chain(rows).collect::<Vec<_>>().join("\n")
    }
}
