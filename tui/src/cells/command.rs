//! A command: what ran, how it ended, the beginning and the end of what it printed.

use std::time::Duration;

use codex_protocol::event::{CommandSource, ParsedCommand};
use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::{Fold, Tree, elapsed};
use crate::markdown::highlight;
use crate::text::{Indent, plain_text, sanitize, sanitize_line, wrap};
use crate::theme::{ColourDepth, Look, Role};

/// Rows of a long command that are shown before folding.
const COMMAND_ROWS: usize = 10;

/// Bytes of one line of output that are looked at in short; escape sequences may fill most of them.
const LINE_CAP: usize = 16 * 1024;

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandState {
    /// It runs.
    Running,
    /// It ended.
    Ended {
        /// Exit code.
        exit: i32,
        /// How long it ran.
        duration: Duration,
    },
}

/// A command.
#[derive(Clone, Debug)]
pub struct CommandCell {
    /// What was asked for, as a person would type it.
    pub command: String,
    /// What its parts do.
    pub parsed: Vec<ParsedCommand>,
    /// Who started it.
    pub source: CommandSource,
    /// What it printed.
    pub output: String,
    /// How far it is.
    pub state: CommandState,
}

impl CommandCell {
    /// A command that begins.
    pub fn running(argv: &[String], parsed: Vec<ParsedCommand>, source: CommandSource) -> Self {
        Self { command: command_text(argv), parsed, source, output: String::new(), state: CommandState::Running }
    }

    /// The command as it ended.
    #[must_use]
    pub fn ended(self, exit: i32, duration: Duration, output: String) -> Self {
        Self { output, state: CommandState::Ended { exit, duration }, ..self }
    }

    fn verb(&self) -> &'static str {
        match (self.source, self.state) {
            (CommandSource::UserShell, _) => "You ran",
            (_, CommandState::Running) => "Running",
            (_, CommandState::Ended { .. }) => "Ran",
        }
    }

    fn head(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let bullet = match self.state {
            CommandState::Running => Role::Dim,
            CommandState::Ended { exit: 0, .. } => Role::Success,
            CommandState::Ended { .. } => Role::Failure,
        };
        let mark = if look.flat { Span::raw("") } else { Span::styled("• ", look.style(bullet)) };
        let more = if look.flat { Line::from("  ") } else { Line::from(Span::styled("  │ ", look.style(Role::Dim))) };
        let first = Line::from(vec![mark, Span::styled(self.verb(), look.style(Role::Title)), Span::raw(" ")]);
        let mut indent = Indent { first, rest: more.clone() };
        let mut rows = Vec::new();
        for spans in highlight::lines("bash", &sanitize(self.command.trim_end()), look) {
            rows.extend(wrap(&Line::from(spans), usize::from(columns), &indent));
            indent.first = more.clone();
        }
        let fold = Fold::of(rows.len(), COMMAND_ROWS);
        if fold.hidden > 0 {
            let tail = rows.split_off(rows.len() - fold.tail);
            rows.truncate(fold.head);
            let mut spans = more.spans;
            spans.push(Span::styled(fold.row(), look.style(Role::Dim)));
            rows.push(Line::from(spans));
            rows.extend(tail);
        }
        rows
    }

    /// How it ended, for the transcript.
    fn result(&self, look: &Look) -> Option<Line<'static>> {
        let dim = look.style(Role::Dim);
        let line = match self.state {
            CommandState::Running => return None,
            CommandState::Ended { exit: 0, duration } => {
                Line::from(vec![Span::styled("✓", look.style(Role::Success)), Span::styled(format!(" • {}", elapsed(duration)), dim)])
            }
            CommandState::Ended { exit, duration } => Line::from(vec![
                Span::styled(format!("✗ ({exit})"), look.style(Role::Failure)),
                Span::styled(format!(" • {}", elapsed(duration)), dim),
            ]),
        };
        Some(line)
    }
}

impl Cell for CommandCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut tree = Tree::below(self.head(width, look), width, look);
        let output = self.output.trim_end();
        if output.trim().is_empty() {
            if matches!(self.state, CommandState::Ended { .. }) {
                tree.output("(no output)");
            }
        } else {
            let count = output.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let fold = Fold::of(count, look.output_rows);
            output.lines().take(fold.head).for_each(|line| tree.output(&shown(beginning(line))));
            if fold.hidden > 0 {
                tree.output(&fold.row());
            }
            let last: Vec<&str> = output.rsplit('\n').take(fold.tail).collect();
            last.into_iter().rev().for_each(|line| tree.output(&shown(beginning(line))));
        }
        if look.flat
            && let CommandState::Ended { exit, .. } = self.state
            && exit != 0
        {
            tree.push(&Line::from(format!("Exit code {exit}")));
        }
        tree.rows
    }

    fn full(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let mut indent = Indent { first: Line::from(Span::styled("$ ", look.style(Role::Accent))), rest: Line::from("  ") };
        let mut rows = Vec::new();
        for spans in highlight::lines("bash", &sanitize(self.command.trim_end()), look) {
            rows.extend(wrap(&Line::from(spans), columns, &indent));
            indent.first = indent.rest.clone();
        }
        for mut line in codex_ansi_escape::text(self.output.trim_end().as_bytes()).lines {
            for span in &mut line.spans {
                span.content = sanitize_line(&span.content).into();
                if look.depth == ColourDepth::None {
                    span.style = ratatui::style::Style::new();
                }
            }
            rows.extend(wrap(&line, columns, &Indent::default()));
        }
        rows.extend(self.result(look));
        rows
    }

    fn plain(&self) -> String {
        let output: Vec<String> = self.output.trim_end().lines().map(shown).collect();
        format!("$ {}\n{}", sanitize(&self.command), output.join("\n")).trim_end().to_owned()
    }
}

/// As much of a line as is worth a look in short; of one that was written over again and again, the last state.
fn beginning(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    &line[..line.floor_char_boundary(LINE_CAP)]
}

/// A line of output as it is shown: no colours, no control characters.
fn shown(line: &str) -> String {
    let text = codex_ansi_escape::text(line.trim_end_matches('\r').as_bytes());
    sanitize_line(&text.lines.first().map(plain_text).unwrap_or_default())
}

/// The line a person would type for an argv: the script of a shell, else the words, quoted.
pub fn command_text(argv: &[String]) -> String {
    match argv {
        [shell, flag, script] if (flag == "-lc" || flag == "-c") && shell.rsplit('/').next().is_some_and(|name| name.ends_with("sh")) => {
            script.clone()
        }
        _ => shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" ")),
    }
}
