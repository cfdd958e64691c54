//! `/mcp`: the MCP servers, how they are, and what they offer.

use std::collections::BTreeMap;
use std::sync::Arc;

use codex_app_server_protocol::types as wire;
use codex_config::schema::McpServerToml;
use codex_core::McpStatus;
use codex_protocol::Op;
use serde_json::{Value, json};

use super::SlashCommand;
use crate::app::{App, Found};
use crate::cells::{EchoCell, ListingCell};
use crate::chat::{McpNews, Notice};
use crate::text::sanitize_line;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("mcp", "list MCP servers and what they offer; `/mcp restart [NAME]` starts failed ones again", run)
        .any_time()
        .with_words();

const TITLE: &str = "🔌  MCP Tools";

fn run(app: &mut App, args: &str) {
    if let Some(name) = args.strip_prefix("restart") {
        return restart(app, name.trim());
    }
    app.chat.add(Arc::new(EchoCell::new("/mcp")));
    if let Some(server) = app.server.clone() {
        app.find_out(async move {
            match server.request::<wire::ListMcpServerStatusResponse>("mcpServerStatus/list", &json!({})).await {
                Ok(told) => Found::Cell(Arc::new(ListingCell::plain_rows(TITLE, of_server(&told.data)))),
                Err(message) => Found::Note(Notice::Error, message),
            }
        });
        return;
    }
    let (servers, news) = (app.config.mcp_servers.clone(), app.chat.mcp.clone());
    let live = app.live.clone();
    app.find_out(async move {
        let status = match live {
            Some(thread) => thread.mcp_status(true).await,
            None => Vec::new(),
        };
        Found::Cell(Arc::new(ListingCell::plain_rows(TITLE, rows(&status, &servers, &news))))
    });
}

fn restart(app: &mut App, name: &str) {
    let server = (!name.is_empty()).then(|| name.to_owned());
    if let Some(name) = server.as_ref().filter(|name| app.server.is_none() && !app.config.mcp_servers.contains_key(*name)) {
        let text = format!("No MCP server named `{}` is configured.", sanitize_line(name));
        return app.note(Notice::Error, &text);
    }
    app.submit(Op::RestartMcp { server });
    app.note(Notice::Info, "Starting MCP servers that are not running.");
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| sanitize_line(&name)).collect();
    if names.is_empty() { "(none)".to_owned() } else { names.join(", ") }
}

fn named(values: &[Value], keys: &[&str]) -> String {
    let name = |value: &Value| keys.iter().find_map(|key| value.get(key)?.as_str().map(str::to_owned));
    list(values.iter().filter_map(name))
}

fn nothing() -> Vec<String> {
    vec!["  • No MCP servers configured.".to_owned(), "    `codex mcp add NAME -- COMMAND` adds one.".to_owned()]
}

fn rows(status: &[McpStatus], servers: &BTreeMap<String, McpServerToml>, news: &McpNews) -> Vec<String> {
    let mut rows = Vec::new();
    for (name, entry) in servers {
        if entry.enabled == Some(false) {
            rows.extend([format!("  • {name} (disabled)"), String::new()]);
            continue;
        }
        rows.push(format!("  • {name}"));
        let state = status.iter().find(|state| state.name == *name);
        let error = state.and_then(|state| state.error.clone());
        let word = match state {
            Some(state) if state.is_ready => "ready",
            Some(_) if error.is_some() => "failed",
            Some(_) => "starting",
            None => "not started",
        };
        rows.push(format!("    • Status: {word}"));
        rows.extend(error.iter().flat_map(|error| error.lines().map(|line| format!("      {line}")).collect::<Vec<_>>()));
        rows.push(format!(
            "    • Auth: {}",
            if entry.command.is_some() {
                "Unsupported"
            } else if entry.bearer_token_env_var.is_some() {
                "Bearer token"
            } else {
                "OAuth or none"
            }
        ));
        match (&entry.command, &entry.url) {
            (Some(command), _) => {
                let words: Vec<&str> = std::iter::once(command.as_str()).chain(entry.args.iter().flatten().map(String::as_str)).collect();
                rows.push(format!("    • Command: {}", words.join(" ")));
            }
            (None, url) => rows.push(format!("    • URL: {}", url.as_deref().map(bare).unwrap_or_default())),
        }
        if let Some(state) = state {
            rows.push(format!("    • Tools: {}", named(&state.tools, &["name"])));
            rows.push(format!("    • Resources: {}", named(&state.resources, &["title", "name", "uri"])));
            rows.push(format!("    • Resource templates: {}", named(&state.resource_templates, &["title", "name", "uriTemplate"])));
            if !state.prompts.is_empty() {
                rows.push(format!("    • Prompts: {}", named(&state.prompts, &["name"])));
            }
        }
        let logged = news.logged(name);
        if !logged.is_empty() {
            rows.push("    • Said last:".to_owned());
            rows.extend(logged.iter().map(|line| format!("      {line}")));
        }
        rows.push(String::new());
    }
    rows.pop();
    if rows.is_empty() { nothing() } else { rows }
}

/// An address without what may be secret in it.
fn bare(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

fn of_server(status: &[wire::McpServerStatus]) -> Vec<String> {
    let mut rows = Vec::new();
    for state in status {
        let auth = serde_json::to_value(state.auth_status).ok().and_then(|value| value.as_str().map(str::to_owned));
        rows.push(format!("  • {}", state.name));
        rows.push(format!("    • Auth: {}", auth.unwrap_or_default()));
        rows.push(format!("    • Tools: {}", list(state.tools.keys().cloned())));
        rows.push(format!("    • Resources: {}", list(state.resources.iter().map(|resource| resource.name.clone()))));
        let templates = list(state.resource_templates.iter().map(|template| template.name.clone()));
        rows.extend([format!("    • Resource templates: {templates}"), String::new()]);
    }
    rows.pop();
    if rows.is_empty() { nothing() } else { rows }
}
