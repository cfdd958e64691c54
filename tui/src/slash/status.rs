//! `/status`: the session at a glance.

use std::sync::Arc;

use codex_protocol::policy::ApprovalPolicy;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, StatusCell};
use crate::chat::Facts;
use crate::text::tilde;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("status", "show model, permissions, session and tokens", run).any_time();

fn run(app: &mut App, _args: &str) {
    let facts = &app.chat.facts;
    let effort = facts.mode_effort.or(facts.effort).map_or("none", |effort| effort.as_str());
    let summary = app.config.summary.map_or("auto", |summary| summary.as_str());
    let mut folders: Vec<_> = facts.cwd.ancestors().take_while(|folder| Some(*folder) != facts.home.as_deref()).collect();
    folders.reverse();
    let files = folders.into_iter().map(|folder| folder.join("AGENTS.md")).filter(|file| file.is_file());
    let instructions = match codex_config::project_docs(&app.config).text.is_none() {
        true => "<none>".to_owned(),
        false => files.map(|file| tilde(&file, facts.home.as_deref())).collect::<Vec<_>>().join(", "),
    };
    let text = |label: &str, value: String| (label.to_owned(), value);
    let mut first = vec![
        text("Model", format!("{} (reasoning {effort}, summaries {summary})", facts.model)),
        text("Model provider", format!("{} - {}", facts.provider.0, facts.provider.1)),
        text("Directory", tilde(&facts.cwd, facts.home.as_deref())),
        text("Permissions", permissions(facts)),
        text("Agents.md", instructions),
        text("Collaboration mode", if app.mode_words().is_empty() { "Default".to_owned() } else { "Plan".to_owned() }),
        text("Session", facts.thread.map_or_else(|| "not begun".to_owned(), |thread| thread.to_string())),
    ];
    first.extend(facts.name.clone().map(|name| text("Name", name)));
    let total = facts.usage.map(|usage| usage.total_token_usage).unwrap_or_default();
    let mut second = vec![text(
        "Token usage",
        format!("{} total  ({} input + {} output)", short(total.blended_total()), short(total.input_tokens), short(total.output_tokens)),
    )];
    second.push(text(
        "Context window",
        match facts.window() {
            Some((used, window)) => format!("{}% left ({} used / {})", facts.context_left(), short(used), short(window)),
            None => format!("{}% left", facts.context_left()),
        },
    ));
    let limits: Vec<String> = ["five-hour-limit", "weekly-limit"].iter().filter_map(|item| crate::app::status_item(item, facts)).collect();
    second.push(text("Limits", if limits.is_empty() { "data not available yet".to_owned() } else { limits.join(", ") }));
    let version = facts.version.clone();
    app.chat.add(Arc::new(EchoCell::new("/status")));
    app.chat.add(Arc::new(StatusCell { version, groups: vec![first, second] }));
}

fn permissions(facts: &Facts) -> String {
    match (facts.sandbox.kind(), facts.approval) {
        ("danger-full-access", ApprovalPolicy::Never) => "Full Access".to_owned(),
        ("workspace-write", ApprovalPolicy::OnRequest) => "Default (workspace-write, on-request)".to_owned(),
        (kind, approval) => {
            let approval = serde_json::to_value(approval).ok().and_then(|value| value.as_str().map(str::to_owned));
            format!("Custom ({kind}, {})", approval.unwrap_or_else(|| "granular".to_owned()))
        }
    }
}

/// `131K`, `1.2M`; small numbers as they are.
fn short(number: i64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..10_000 => format!("{}.{}K", number / 1_000, number % 1_000 / 100),
        10_000..1_000_000 => format!("{}K", number / 1_000),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}
