//! `/debug-config`: every setting that somebody made, and which layer it comes from.

use std::sync::Arc;

use codex_config::{LayerSource, show};

use super::{SlashCommand, Where};
use crate::app::{App, Found};
use crate::cells::{EchoCell, ListingCell};
use crate::chat::Notice;
use crate::text::sanitize_line;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("debug-config", "show which settings are in force and where they come from", run).any_time().only(Where::InProcess);

fn run(app: &mut App, _args: &str) {
    app.chat.add(Arc::new(EchoCell::new("/debug-config")));
    let options = app.launch.options.clone();
    app.engine.find(move || {
        Some(match show::overview(&options) {
            Ok(overview) => Found::Cell(Arc::new(ListingCell::plain_rows("Settings, with where they come from", rows(&overview)))),
            Err(error) => Found::Note(Notice::Error, error.to_string()),
        })
    });
}

fn rows(overview: &show::Overview) -> Vec<String> {
    let mut rows = Vec::new();
    for setting in &overview.settings {
        let Some(now) = setting.now.as_ref() else { continue };
        let Some(source) = &now.source else { continue };
        let value = now.value.as_ref().map_or_else(|| "(overridden)".to_owned(), ToString::to_string);
        rows.push(sanitize_line(&format!("{} = {value}", setting.key)));
        let over: Vec<String> = setting.over.iter().filter_map(|other| other.source.as_ref()).map(LayerSource::to_string).collect();
        let over = if over.is_empty() { String::new() } else { format!(", in place of {}", over.join(", ")) };
        rows.push(sanitize_line(&format!("    from {source}{over}")));
    }
    if rows.is_empty() {
        rows.push("Nothing is set; the built-in defaults hold.".to_owned());
    }
    let told = overview.warnings.iter().chain(&overview.deprecations).map(|line| format!("⚠ {}", sanitize_line(line)));
    let unknown = overview.unknown.iter().map(|unknown| format!("⚠ {}", sanitize_line(&unknown.to_string())));
    rows.extend(told.chain(unknown));
    rows.extend([String::new(), "`codex config show` tells the defaults too.".to_owned()]);
    rows
}
