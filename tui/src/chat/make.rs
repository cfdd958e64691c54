//! Cells from what events say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex_protocol::event::{CommandSource, FileChange, McpInvocation, ParsedCommand, ReviewOutput, UserMessage};
use codex_protocol::plan::{PlanUpdate, StepStatus};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::work::Command;
use super::{Facts, status};
use crate::cells::Cell;
use crate::markdown;
use crate::text::{Indent, display_path, plain_text, sanitize, sanitize_line, tilde, truncate_middle, width, wrap};
use crate::theme::{Look, Role};

/// What a line of news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// `•`
    Info,
    /// `⚠`
    Warning,
    /// `■`
    Error,
}

type Draw = Box<dyn Fn(u16, &Look) -> Vec<Line<'static>> + Send + Sync>;

/// A cell from two functions.
struct Drawn {
    short: Draw,
    full: Option<Draw>,
    user: bool,
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawn")
    }
}

impl Cell for Drawn {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        (self.short)(width, look)
    }

    fn full(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        self.full.as_ref().unwrap_or(&self.short)(width, look)
    }

    fn plain(&self) -> String {
        self.full(u16::MAX, &Look::default()).iter().map(plain_text).collect::<Vec<_>>().join("\n")
    }

    fn is_user(&self) -> bool {
        self.user
    }
}

fn cell(short: impl Fn(u16, &Look) -> Vec<Line<'static>> + Send + Sync + 'static) -> Arc<dyn Cell> {
    Arc::new(Drawn { short: Box::new(short), full: None, user: false })
}

fn hanging(mark: Span<'static>, text: &str, style: Style, columns: u16) -> Vec<Line<'static>> {
    let mut indent = Indent::hanging(mark);
    let mut lines = Vec::new();
    for line in sanitize(text).lines() {
        lines.extend(wrap(&Line::styled(line.to_owned(), style), usize::from(columns), &indent));
        indent = Indent::blanks(2);
    }
    lines
}

pub(super) fn user(message: &UserMessage) -> Arc<dyn Cell> {
    let text = message.message.clone();
    let draw = move |columns: u16, look: &Look| hanging(Span::styled("› ", look.style(Role::UserMark)), &text, Style::default(), columns);
    Arc::new(Drawn { short: Box::new(draw), full: None, user: true })
}

/// Puts the mark of an answer before its first line, and blanks before the others.
pub(super) fn marked(lines: Vec<Line<'static>>, first: bool) -> Vec<Line<'static>> {
    let mut lines = lines;
    for (at, line) in lines.iter_mut().enumerate() {
        if at == 0 && first {
            line.spans.insert(0, Span::raw("• "));
        } else if !line.spans.is_empty() {
            line.spans.insert(0, Span::raw("  "));
        }
    }
    lines
}

pub(super) fn answer(text: &str) -> Arc<dyn Cell> {
    let text = text.to_owned();
    cell(move |columns, look| marked(markdown::render(&text, columns.saturating_sub(2).max(1), look), true))
}

pub(super) fn reasoning(text: &str) -> Option<Arc<dyn Cell>> {
    let body = match text.split_once("**").and_then(|(before, rest)| before.trim().is_empty().then_some(rest)?.split_once("**")) {
        Some((_, body)) => body.trim(),
        None => text.trim(),
    };
    if body.is_empty() {
        return None;
    }
    let body = body.to_owned();
    Some(cell(move |columns, look| {
        let style = look.style(Role::Dim).patch(look.style(Role::Emphasis));
        hanging(Span::styled("• ", look.style(Role::Dim)), &body, style, columns)
    }))
}

/// The line that a person would type for an argv.
pub fn pretty_command(argv: &[String]) -> String {
    match argv {
        [shell, flag, line] if (flag == "-lc" || flag == "-c") && shell.rsplit('/').next().is_some_and(|name| name.ends_with("sh")) => {
            line.clone()
        }
        argv => shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" ")),
    }
}

pub(super) fn command(command: &Command) -> Arc<dyn Cell> {
    let line = pretty_command(&command.argv);
    let output = command.output.clone();
    let (source, end) = (command.source, command.end);
    let draw = move |columns: u16, look: &Look, most: usize| {
        let (bullet, verb) = match end {
            None => (look.style(Role::Dim), "Running"),
            Some(end) if end.code == 0 => (look.style(Role::Success), "Ran"),
            Some(_) => (look.style(Role::Failure), "Ran"),
        };
        let verb = if source == CommandSource::UserShell { "You ran" } else { verb };
        let mut lines = Vec::new();
        for (at, text) in sanitize(&line).lines().enumerate() {
            let indent = if at == 0 {
                Indent::hanging(Line::from(vec![Span::styled("• ", bullet), Span::styled(format!("{verb} "), look.style(Role::Title))]))
            } else {
                Indent::hanging(Span::styled("  │ ", look.style(Role::Dim)))
            };
            lines.extend(wrap(&Line::from(text.to_owned()), usize::from(columns), &indent));
        }
        let clean = sanitize(&output);
        let rows: Vec<&str> = clean.trim_end().lines().collect();
        let dim = look.style(Role::Dim);
        let mut put = |text: String| {
            let indent = if lines.iter().any(|line: &Line| plain_text(line).starts_with("  └")) {
                Indent::blanks(4)
            } else {
                Indent::hanging(Span::styled("  └ ", dim))
            };
            lines.extend(wrap(&Line::styled(text, dim), usize::from(columns), &indent));
        };
        if rows.is_empty() {
            if end.is_some() {
                put("(no output)".to_owned());
            }
        } else if most == 0 || rows.len() <= most {
            rows.iter().for_each(|row| put((*row).to_owned()));
        } else {
            let side = most / 2;
            rows[..side].iter().for_each(|row| put((*row).to_owned()));
            put(format!("… +{} lines (ctrl + t to view)", rows.len() - 2 * side));
            rows[rows.len() - side..].iter().for_each(|row| put((*row).to_owned()));
        }
        lines
    };
    let draw = Arc::new(draw);
    let short = Arc::clone(&draw);
    Arc::new(Drawn {
        short: Box::new(move |columns, look| short(columns, look, look.output_rows)),
        full: Some(Box::new(move |columns, look| draw(columns, look, 0))),
        user: false,
    })
}

pub(super) fn explored(group: &[Command], _cwd: &Path) -> Arc<dyn Cell> {
    let active = group.iter().any(|command| command.end.is_none());
    let parts: Vec<(String, String)> = group.iter().flat_map(|command| command.parsed.iter()).map(part).collect();
    cell(move |columns, look| {
        let verb = if active { "Exploring" } else { "Explored" };
        let mut lines = vec![Line::from(vec![Span::raw("• "), Span::styled(verb, look.style(Role::Title))])];
        for (at, (verb, what)) in parts.iter().enumerate() {
            let indent = if at == 0 { Indent::hanging(Span::styled("  └ ", look.style(Role::Dim))) } else { Indent::blanks(4) };
            let line = Line::from(vec![Span::styled(format!("{verb} "), look.style(Role::Accent)), Span::raw(sanitize_line(what))]);
            lines.extend(wrap(&line, usize::from(columns), &indent));
        }
        lines
    })
}

fn part(part: &ParsedCommand) -> (String, String) {
    let (verb, what) = match part {
        ParsedCommand::Read { name, .. } => ("Read", name.clone()),
        ParsedCommand::ListFiles { cmd, path } => ("List", path.clone().unwrap_or_else(|| cmd.clone())),
        ParsedCommand::Search { query, path, cmd } => match (query, path) {
            (Some(query), Some(path)) => ("Search", format!("{query} in {path}")),
            (Some(query), None) => ("Search", query.clone()),
            _ => ("Search", cmd.clone()),
        },
        ParsedCommand::Unknown { cmd } => ("Run", cmd.clone()),
    };
    (verb.to_owned(), what)
}

pub(super) fn plan(update: &PlanUpdate) -> Arc<dyn Cell> {
    let update = update.clone();
    cell(move |columns, look| {
        let mut lines = vec![Line::from(vec![Span::raw("• "), Span::styled("Updated Plan", look.style(Role::Title))])];
        let dim = look.style(Role::Dim);
        let mut first = true;
        let mut put = |line: Line<'static>, extra: usize| {
            let indent = if std::mem::take(&mut first) { Indent::hanging(Span::styled("  └ ", dim)) } else { Indent::blanks(4 + extra) };
            lines.extend(wrap(&line, usize::from(columns), &indent));
        };
        if let Some(why) = update.explanation.as_deref().filter(|why| !why.trim().is_empty()) {
            put(Line::styled(sanitize_line(why), dim.patch(look.style(Role::Emphasis))), 0);
        }
        for step in &update.plan {
            let (mark, style) = match step.status {
                StepStatus::Completed => ("✔ ", dim.patch(look.style(Role::Struck))),
                StepStatus::InProgress => ("□ ", look.style(Role::Accent).patch(look.style(Role::Strong))),
                StepStatus::Pending => ("□ ", dim),
            };
            put(Line::styled(format!("{mark}{}", sanitize_line(&step.step)), style), 0);
        }
        lines
    })
}

pub(super) fn searched(query: &str) -> Arc<dyn Cell> {
    notice(Notice::Info, &format!("Searched {query}"))
}

pub(super) fn mcp(invocation: &McpInvocation, result: Option<&Result<Value, String>>, _took: Option<Duration>) -> Arc<dyn Cell> {
    let arguments = invocation.arguments.as_ref().map(Value::to_string).unwrap_or_default();
    let head = format!("{}.{}({arguments})", invocation.server, invocation.tool);
    let verb = if result.is_some() { "Called" } else { "Calling" };
    let text = match result {
        None => String::new(),
        Some(Err(message)) => message.clone(),
        Some(Ok(value)) => match value.get("content").and_then(Value::as_array) {
            Some(parts) => {
                let words =
                    parts.iter().map(|part| part.get("text").and_then(Value::as_str).map_or_else(|| part.to_string(), str::to_owned));
                words.collect::<Vec<_>>().join("\n")
            }
            None => value.to_string(),
        },
    };
    cell(move |columns, look| {
        let indent = Indent::hanging(Line::from(vec![Span::raw("• "), Span::styled(format!("{verb} "), look.style(Role::Title))]));
        let mut lines = wrap(&Line::from(sanitize_line(&head)), usize::from(columns), &indent);
        for (at, row) in sanitize(&text).lines().enumerate() {
            let indent = if at == 0 { Indent::hanging(Span::styled("  └ ", look.style(Role::Dim))) } else { Indent::blanks(4) };
            lines.extend(wrap(&Line::styled(row.to_owned(), look.style(Role::Dim)), usize::from(columns), &indent));
        }
        lines
    })
}

pub(super) fn image_viewed(path: &Path, cwd: &Path) -> Arc<dyn Cell> {
    let path = display_path(path, Some(cwd), None);
    cell(move |_, look| {
        vec![
            Line::from(vec![Span::raw("• "), Span::styled("Viewed Image", look.style(Role::Title))]),
            Line::styled(format!("  └ {}", sanitize_line(&path)), look.style(Role::Dim)),
        ]
    })
}

/// A line of news.
pub fn notice(kind: Notice, text: &str) -> Arc<dyn Cell> {
    let text = text.to_owned();
    cell(move |columns, look| {
        let (mark, style) = match kind {
            Notice::Info => ("• ", Style::default()),
            Notice::Warning => ("⚠ ", look.style(Role::Warning)),
            Notice::Error => ("■ ", look.style(Role::Failure)),
        };
        hanging(Span::styled(mark, style), &text, style, columns)
    })
}

/// What a person decided.
pub fn decision(yes: bool, text: &str) -> Arc<dyn Cell> {
    let text = text.to_owned();
    cell(move |columns, look| {
        let (mark, role) = if yes { ("✔ ", Role::Success) } else { ("✗ ", Role::Failure) };
        hanging(Span::styled(mark, look.style(role)), &text, Style::default(), columns)
    })
}

pub(super) fn review_mark(text: &str) -> Arc<dyn Cell> {
    let text = text.to_owned();
    cell(move |_, look| vec![Line::styled(sanitize_line(&text), look.style(Role::Accent))])
}

/// What a reviewer found, as markdown.
pub(super) fn review_text(output: &ReviewOutput) -> String {
    let mut text = output.overall_explanation.trim().to_owned();
    for finding in &output.findings {
        let place = &finding.code_location;
        let path = place.absolute_file_path.display();
        text.push_str(&format!(
            "\n\n- **{}** — {path}:{}-{}\n  {}",
            finding.title.trim(),
            place.line_range.start,
            place.line_range.end,
            finding.body.trim().replace('\n', "\n  ")
        ));
    }
    if text.is_empty() { "No findings.".to_owned() } else { text }
}

pub(super) fn patch(changes: &BTreeMap<PathBuf, FileChange>, cwd: &Path) -> Arc<dyn Cell> {
    let (changes, cwd) = (changes.clone(), cwd.to_path_buf());
    cell(move |columns, look| {
        let mut lines = Vec::new();
        for (path, change) in &changes {
            let path = sanitize_line(&display_path(path, Some(&cwd), None));
            lines.extend(hanging(Span::raw("• "), &format!("Edited {path}"), look.style(Role::Title), columns));
            let text = match change {
                FileChange::Add { content } | FileChange::Delete { content } => content,
                FileChange::Update { unified_diff, .. } => unified_diff,
            };
            for row in sanitize(text).lines() {
                lines.push(Line::from(format!("    {row}")));
            }
        }
        lines
    })
}

pub(super) fn patch_failed(message: &str) -> Arc<dyn Cell> {
    let first = message.lines().next().unwrap_or("it could not be applied").to_owned();
    notice(Notice::Error, &format!("Patch not applied: {first}"))
}

pub(super) fn rule(long: Option<Duration>) -> Arc<dyn Cell> {
    cell(move |columns, look| {
        let columns = usize::from(columns);
        let text = long.map(|time| format!("─ Worked for {} ─", status::elapsed(time))).unwrap_or_default();
        let rest = columns.saturating_sub(width(&text));
        vec![Line::styled(format!("{text}{}", "─".repeat(rest)), look.style(Role::Dim))]
    })
}

/// The box at the head of a conversation.
pub fn card(facts: &Facts) -> Arc<dyn Cell> {
    let facts = facts.clone();
    cell(move |columns, look| {
        let dim = look.style(Role::Dim);
        let most = usize::from(columns).saturating_sub(4);
        let model = match facts.effort {
            Some(effort) => format!("{} {}", facts.model, effort.as_str()),
            None => facts.model.clone(),
        };
        let folder = truncate_middle(&tilde(&facts.cwd, facts.home.as_deref()), most.saturating_sub(11));
        let rows = vec![
            Line::from(vec![
                Span::styled(">_ ", dim),
                Span::styled("OpenAI Codex", look.style(Role::Strong)),
                Span::styled(format!(" (v{})", facts.version), dim),
            ]),
            Line::default(),
            Line::from(vec![
                Span::styled("model:     ", dim),
                Span::raw(sanitize_line(&model)),
                Span::raw("   "),
                Span::styled("/model", look.style(Role::Accent)),
                Span::styled(" to change", dim),
            ]),
            Line::from(vec![Span::styled("directory: ", dim), Span::raw(sanitize_line(&folder))]),
        ];
        boxed(rows, columns, look)
    })
}

/// Rows in a box that fits them and the terminal.
pub(super) fn boxed(rows: Vec<Line<'static>>, columns: u16, look: &Look) -> Vec<Line<'static>> {
    if look.flat {
        return rows.into_iter().filter(|row| row.width() > 0).collect();
    }
    let dim = look.style(Role::Dim);
    let most = usize::from(columns).saturating_sub(4);
    let rows: Vec<Line> = rows.into_iter().map(|row| crate::text::truncate_line(row, most)).collect();
    let inner = rows.iter().map(Line::width).max().unwrap_or_default();
    let edge = |left: &str, right: &str| Line::styled(format!("{left}{}{right}", "─".repeat(inner + 2)), dim);
    let mut lines = vec![edge("╭", "╮")];
    for row in rows {
        let rest = inner - row.width();
        let mut spans = vec![Span::styled("│ ", dim)];
        spans.extend(row.spans);
        spans.push(Span::raw(" ".repeat(rest)));
        spans.push(Span::styled(" │", dim));
        lines.push(Line::from(spans));
    }
    lines.push(edge("╰", "╯"));
    lines
}

/// A tip below the card.
pub fn tip(text: &str) -> Arc<dyn Cell> {
    let text = text.to_owned();
    cell(move |columns, look| {
        let line = Line::from(vec![Span::styled("Tip: ", look.style(Role::Strong)), Span::raw(text.clone())]);
        wrap(&line, usize::from(columns), &Indent::blanks(2))
    })
}
