//! A call of a tool of an MCP server.

use std::time::Duration;

use codex_protocol::event::McpInvocation;
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::Cell;
use super::frame::{Fold, Tree, elapsed, mark};
use crate::text::{Indent, sanitize, sanitize_line, truncate, wrap};
use crate::theme::{Look, Role};

/// Lines of a result that are shown before folding.
const LINES: usize = 20;
/// Columns of arguments that are shown in short.
const ARGUMENTS: usize = 400;

/// A call of a tool.
#[derive(Clone, Debug)]
pub struct McpCell {
    name: String,
    arguments: String,
    result: Option<Result<String, String>>,
    duration: Option<Duration>,
    /// What a running call told last.
    news: Option<String>,
}

impl McpCell {
    /// A call; `result` is `None` while it runs.
    pub fn new(invocation: &McpInvocation, result: Option<&Result<Value, String>>, duration: Option<Duration>) -> Self {
        let result = result.map(|result| match result {
            Ok(value) if value.get("isError").and_then(Value::as_bool) == Some(true) => Err(result_text(value)),
            Ok(value) => Ok(result_text(value)),
            Err(message) => Err(message.clone()),
        });
        Self {
            name: sanitize_line(&format!("{}.{}", invocation.server, invocation.tool)),
            arguments: sanitize_line(&invocation.arguments.as_ref().map(Value::to_string).unwrap_or_default()),
            result,
            duration,
            news: None,
        }
    }

    /// With what the running call told last.
    pub fn with_news(self, news: Option<String>) -> Self {
        Self { news: news.map(|news| sanitize_line(&news)), ..self }
    }

    fn text(&self) -> &str {
        match &self.result {
            Some(Ok(text) | Err(text)) => text.trim_end(),
            None => self.news.as_deref().unwrap_or_default(),
        }
    }

    fn head(&self, columns: u16, look: &Look, arguments: String) -> Vec<Line<'static>> {
        let (verb, role) = match &self.result {
            None => ("Calling", Role::Dim),
            Some(Ok(_)) => ("Called", Role::Success),
            Some(Err(_)) => ("Called", Role::Failure),
        };
        let line = Line::from(vec![
            mark(look, "• ", "", look.style(role)),
            Span::styled(verb, look.style(Role::Title)),
            Span::raw(" "),
            Span::styled(self.name.clone(), look.style(Role::Accent)),
            Span::raw("("),
            Span::styled(arguments, look.style(Role::Dim)),
            Span::raw(")"),
        ]);
        wrap(&line, usize::from(columns), &Indent { first: Line::default(), rest: Line::from("    ") })
    }
}

impl Cell for McpCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut tree = Tree::below(self.head(width, look, truncate(&self.arguments, ARGUMENTS)), width, look);
        let text = sanitize(self.text());
        let count = text.lines().count();
        let fold = Fold::of(count, if look.output_rows == 0 { 0 } else { LINES });
        text.lines().take(fold.head).for_each(|line| tree.output(line));
        if fold.hidden > 0 {
            tree.output(&fold.row());
        }
        text.lines().skip(count - fold.tail).for_each(|line| tree.output(line));
        tree.rows
    }

    fn full(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut rows = self.head(width, look, self.arguments.clone());
        let indent = if look.flat { Indent::default() } else { Indent::blanks(4) };
        for line in sanitize(self.text()).lines() {
            rows.extend(wrap(&Line::from(line.to_owned()), usize::from(width), &indent));
        }
        if let Some(duration) = self.duration {
            let (mark, role) = if matches!(self.result, Some(Err(_))) { ("✗", Role::Failure) } else { ("✓", Role::Success) };
            let time = Span::styled(format!(" • {}", elapsed(duration)), look.style(Role::Dim));
            rows.push(Line::from(vec![Span::styled(mark, look.style(role)), time]));
        }
        rows
    }

    fn plain(&self) -> String {
        format!("Called {}({})\n{}", self.name, self.arguments, sanitize(self.text())).trim_end().to_owned()
    }
}

/// An image or a sound, which a terminal has no room for: what it is and how large.
fn medium(kind: &str, part: &Value) -> String {
    let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
    let bytes = text("data").len() * 3 / 4;
    let size = if bytes < 1024 { format!("{bytes} bytes") } else { format!("{} KB", bytes / 1024) };
    match text("mimeType") {
        "" if bytes == 0 => format!("<{kind}>"),
        mime => format!("<{kind} {mime}, {size}>").replace(" ,", ","),
    }
}

/// The texts of a result, and what the other parts are.
fn result_text(value: &Value) -> String {
    let Some(parts) = value.get("content").and_then(Value::as_array) else { return value.to_string() };
    let texts = parts.iter().map(|part| {
        let text = |name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
        match text("type").as_deref() {
            Some("text") => text("text").unwrap_or_default(),
            Some(kind @ ("image" | "audio")) => medium(kind, part),
            Some("resource_link") => {
                let title = text("title").or_else(|| text("name")).map(|title| format!("{title} ")).unwrap_or_default();
                format!("<resource {title}{}>", text("uri").unwrap_or_default())
            }
            Some("resource") => part["resource"]["text"]
                .as_str()
                .map_or_else(|| format!("<resource {}>", part["resource"]["uri"].as_str().unwrap_or_default()), str::to_owned),
            _ => part.to_string(),
        }
    });
    texts.collect::<Vec<_>>().join("\n")
}
