//! The line below the composer: model, context, folder, and what the user configured; or a hint that is of use right now.

use ratatui::text::{Line, Span};

use crate::chat::{Facts, with_commas};
use crate::text::{sanitize_line, tilde, truncate, width};
use crate::theme::{Look, Role};

/// Everything the line can show, by its name in settings, with what it is.
pub(crate) const ITEMS: &[(&str, &str)] = &[
    ("model-with-reasoning", "Current model name with reasoning level"),
    ("context-remaining", "Percentage of context window remaining"),
    ("current-dir", "Current working directory"),
    ("model-name", "Current model name"),
    ("project-root", "Root of the repository (omitted outside one)"),
    ("git-branch", "Current git branch (omitted when unavailable)"),
    ("context-used", "Percentage of context window used"),
    ("context-window-size", "Tokens that fit the context window"),
    ("used-tokens", "Tokens of this thread"),
    ("total-input-tokens", "Input tokens of this thread"),
    ("total-output-tokens", "Output tokens of this thread"),
    ("session-cost", "What the tokens of this thread cost (omitted without prices in the settings)"),
    ("five-hour-limit", "What is left of the shorter rate limit (omitted when unavailable)"),
    ("weekly-limit", "What is left of the longer rate limit (omitted when unavailable)"),
    ("sandbox", "What commands may do"),
    ("approval", "When you are asked"),
    ("codex-version", "Version of this program"),
    ("session-id", "Id of this thread"),
];

/// What is shown when nothing is configured.
pub(crate) const USUAL: &[&str] = &["model-with-reasoning", "context-remaining", "current-dir"];

/// What one item says; `None` leaves it out.
pub(crate) fn item(name: &str, facts: &Facts) -> Option<String> {
    let left = |window: Option<&codex_protocol::usage::RateLimitWindow>, name: &str| {
        window.map(|window| format!("{name} {:.0}% left", (100.0 - window.used_percent).clamp(0.0, 100.0)))
    };
    let total = facts.usage.as_ref().map(|usage| usage.total_token_usage);
    match name {
        "model-with-reasoning" => Some(facts.model_with_effort()),
        "model-name" => Some(facts.model.clone()),
        "context-remaining" => Some(format!("{}% left", facts.context_left())),
        "context-used" => Some(format!("{}% used", 100 - facts.context_left())),
        "context-window-size" => facts.window().map(|(_, window)| format!("{} window", with_commas(window))),
        "current-dir" => Some(tilde(&facts.cwd, facts.home.as_deref())),
        "project-root" => codex_git::find_root(&facts.cwd).map(|root| tilde(&root, facts.home.as_deref())),
        "git-branch" => facts.branch.clone(),
        "used-tokens" => total.map(|total| format!("{} used", with_commas(total.blended_total()))),
        "total-input-tokens" => total.map(|total| format!("{} in", with_commas(total.input_tokens))),
        "total-output-tokens" => total.map(|total| format!("{} out", with_commas(total.output_tokens))),
        "session-cost" => facts.cost.in_words().map(|sum| format!("cost {sum}")),
        "five-hour-limit" => left(facts.limits.as_ref()?.primary.as_ref(), "5h"),
        "weekly-limit" => left(facts.limits.as_ref()?.secondary.as_ref(), "weekly"),
        "sandbox" => Some(facts.sandbox.kind().to_owned()),
        "approval" => serde_json::to_value(facts.approval).ok().and_then(|value| value.as_str().map(str::to_owned)),
        "codex-version" => Some(format!("v{}", facts.version)),
        "session-id" => facts.thread.map(|thread| thread.to_string()),
        _ => None,
    }
}

/// Columns that what is configured has at least beside other words.
const NARROWEST: usize = 6;

/// The line: what is configured, cut at the right.
pub(crate) fn status_line(items: &[String], facts: &Facts, right: &str, columns: u16, look: &Look) -> Line<'static> {
    let parts: Vec<String> = items.iter().filter_map(|name| item(name, facts)).map(|text| sanitize_line(&text)).collect();
    let columns = usize::from(columns);
    // Two columns between the two, and two at the end.
    let right_width = if right.is_empty() { 0 } else { width(right) + 4 };
    if right_width > 0 && right_width + NARROWEST > columns {
        return Line::from(Span::styled(truncate(&format!("  {right}"), columns), look.style(Role::Dim)));
    }
    let left = truncate(&format!("  {}", parts.join(" · ")), columns.saturating_sub(right_width));
    let style = match facts.context_left() {
        _ if facts.usage.is_none() && !facts.overflowed => look.style(Role::Dim),
        0..=10 => look.style(Role::Failure),
        11..=20 => look.style(Role::Warning),
        _ => look.style(Role::Dim),
    };
    with_right(Line::from(Span::styled(left, style)), right, columns, look)
}

/// Puts words at the right edge.
pub(crate) fn with_right(mut line: Line<'static>, right: &str, columns: usize, look: &Look) -> Line<'static> {
    let taken = line.width();
    if !right.is_empty() && taken + width(right) + 4 <= columns {
        let gap = columns - taken - width(right) - 2;
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.push(Span::styled(format!("{right}  "), look.style(Role::Dim)));
    }
    line
}
