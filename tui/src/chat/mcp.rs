//! What MCP servers said of themselves: how they came up, and what they logged last.

use std::collections::{BTreeMap, VecDeque};

use codex_protocol::event::{McpServerLog, McpStartupStatus, McpStartupUpdate, McpToolCallProgress};
use serde_json::Value;

use crate::text::{sanitize_line, truncate};

/// Lines of a server that are kept.
const KEPT: usize = 5;
/// Columns of a line that are kept.
const COLUMNS: usize = 300;

/// News of servers.
#[derive(Clone, Debug, Default)]
pub struct McpNews {
    logged: BTreeMap<String, VecDeque<String>>,
    failed: BTreeMap<String, String>,
}

impl McpNews {
    /// What a server logged last, the latest at the end.
    pub fn logged(&self, server: &str) -> Vec<String> {
        self.logged.get(server).into_iter().flatten().cloned().collect()
    }

    /// A server is starting, ready or failed; returns the warning about it, where there is something to warn of.
    pub(super) fn started(&mut self, update: &McpStartupUpdate) -> Option<String> {
        match &update.status {
            McpStartupStatus::Failed { error } if self.failed.get(&update.server) != Some(error) => {
                self.failed.insert(update.server.clone(), error.clone());
                let first = error.lines().next().unwrap_or_default();
                Some(format!("MCP server `{}` cannot be used: {}. /mcp shows more.", update.server, first.trim_end_matches('.')))
            }
            McpStartupStatus::Failed { .. } | McpStartupStatus::Starting | McpStartupStatus::Cancelled => None,
            McpStartupStatus::Ready => {
                self.failed.remove(&update.server);
                None
            }
        }
    }

    /// A server logged something; returns the line.
    pub(super) fn log(&mut self, log: &McpServerLog) -> String {
        let text = match &log.data {
            Value::String(text) => text.clone(),
            Value::Object(members) => members.get("message").and_then(Value::as_str).map_or_else(|| log.data.to_string(), str::to_owned),
            other => other.to_string(),
        };
        let line = truncate(&sanitize_line(&format!("{}: {text}", log.level)), COLUMNS);
        let lines = self.logged.entry(log.server.clone()).or_default();
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line.clone());
        line
    }
}

/// How far a call is, in a line.
pub(super) fn progress(told: &McpToolCallProgress) -> String {
    let part = match told.total {
        Some(total) if total > 0.0 => format!("{:.0}%", (told.progress / total * 100.0).clamp(0.0, 100.0)),
        _ => format!("{}", told.progress),
    };
    match &told.message {
        Some(message) => format!("{part} {}", sanitize_line(message)),
        None => part,
    }
}
