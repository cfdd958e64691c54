//! `/sandbox`: what holds for commands here, and what was denied lately.

use std::sync::Arc;

use codex_protocol::policy::PROTECTED_NAMES;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, ListingCell};
use crate::text::{sanitize_line, tilde};

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("sandbox", "show what commands may do, and what was denied lately", run).any_time();

/// Denials that are shown.
const LATEST: usize = 10;

fn run(app: &mut App, _args: &str) {
    let facts = &app.chat.facts;
    let policy = &facts.sandbox;
    let approval = serde_json::to_value(facts.approval).ok().and_then(|value| value.as_str().map(str::to_owned));
    let mut rows = vec![
        format!("Sandbox:   {}", policy.kind()),
        format!("Network:   {}", if policy.network_enabled() { "open" } else { "closed" }),
        format!("Asked:     {}", approval.unwrap_or_else(|| "by kind of question".to_owned())),
    ];
    let roots = policy.writable_roots(&facts.cwd, app.surroundings.runtime.tmpdir.as_deref());
    if !roots.is_empty() {
        rows.push("Writable:".to_owned());
        rows.extend(roots.iter().map(|root| format!("  {}", tilde(root, facts.home.as_deref()))));
        rows.push(format!("  but not {} in them", PROTECTED_NAMES.join(", ")));
    }
    rows.push(String::new());
    match app.denied.len() {
        0 => rows.push("Nothing was denied in this run.".to_owned()),
        count => {
            rows.push(format!("Denied in this run: {count}, the latest last"));
            for denial in &app.denied[count.saturating_sub(LATEST)..] {
                let line = format!("  {} ({}: {}): {}", denial.command, denial.by.as_str(), denial.rule, denial.message);
                rows.push(sanitize_line(&line));
            }
        }
    }
    rows.extend([String::new(), "`codex sandbox explain` says where each setting comes from.".to_owned()]);
    app.chat.add(Arc::new(EchoCell::new("/sandbox")));
    app.chat.add(Arc::new(ListingCell::plain_rows("Sandbox", rows)));
}
