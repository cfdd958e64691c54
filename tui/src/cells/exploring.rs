//! Commands that only read, several of them in a row as one.

use codex_protocol::event::ParsedCommand;
use ratatui::text::{Line, Span};

use super::Cell;
use super::command::{CommandCell, CommandState};
use super::frame::{Tree, mark};
use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// A group of commands that only read.
#[derive(Clone, Debug, Default)]
pub struct ExploringCell {
    /// The commands, in order.
    pub commands: Vec<CommandCell>,
}

impl ExploringCell {
    /// A group.
    pub fn new(commands: Vec<CommandCell>) -> Self {
        Self { commands }
    }

    /// Whether all parts of a command only read, list or search.
    pub fn takes(parsed: &[ParsedCommand]) -> bool {
        !parsed.is_empty() && parsed.iter().all(|part| !matches!(part, ParsedCommand::Unknown { .. }))
    }

    /// Verbs and what they were done to; files read one after another share a row.
    fn parts(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut parts: Vec<(&'static str, Vec<String>)> = Vec::new();
        for part in self.commands.iter().flat_map(|command| &command.parsed) {
            let (verb, what) = describe(part);
            match parts.last_mut() {
                Some((last, names)) if *last == "Read" && verb == "Read" => {
                    if !names.contains(&what) {
                        names.push(what);
                    }
                }
                _ => parts.push((verb, vec![what])),
            }
        }
        parts
    }
}

impl Cell for ExploringCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let running = self.commands.iter().any(|command| command.state == CommandState::Running);
        let verb = if running { "Exploring" } else { "Explored" };
        let head = Line::from(vec![mark(look, "• ", "", look.style(Role::Dim)), Span::styled(verb, look.style(Role::Title))]);
        let mut tree = Tree::below(vec![head], width, look);
        for (verb, what) in self.parts() {
            let mut spans = vec![Span::styled(verb, look.style(Role::Accent)), Span::raw(" ")];
            for (at, name) in what.into_iter().enumerate() {
                if at > 0 {
                    spans.push(Span::styled(", ", look.style(Role::Dim)));
                }
                spans.push(Span::raw(name));
            }
            tree.push_hanging(&Line::from(spans), verb.len() + 1);
        }
        tree.rows
    }

    fn full(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        for command in &self.commands {
            if !rows.is_empty() {
                rows.push(Line::default());
            }
            rows.extend(command.full(width, look));
        }
        rows
    }

    fn plain(&self) -> String {
        self.commands.iter().map(Cell::plain).collect::<Vec<_>>().join("\n")
    }
}

fn describe(part: &ParsedCommand) -> (&'static str, String) {
    let (verb, what) = match part {
        ParsedCommand::Read { name, .. } => ("Read", name.clone()),
        ParsedCommand::ListFiles { cmd, path } => ("List", path.clone().unwrap_or_else(|| cmd.clone())),
        ParsedCommand::Search { cmd, query, path } => match (query, path) {
            (Some(query), Some(path)) => ("Search", format!("{query} in {path}")),
            (Some(query), None) => ("Search", query.clone()),
            (None, _) => ("Search", cmd.clone()),
        },
        ParsedCommand::Unknown { cmd } => ("Run", cmd.clone()),
    };
    (verb, sanitize_line(&what))
}
