//! `/keymap`: every action with its keys and its name in settings.

use std::sync::Arc;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, ListingCell, ListingRow};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("keymap", "show which keys do what", run).any_time();

fn run(app: &mut App, _args: &str) {
    let mut rows = Vec::new();
    let mut context = None;
    for row in app.composer.keymap().rows() {
        if context != Some(row.context) {
            if context.is_some() {
                rows.push(ListingRow::Line(String::new()));
            }
            rows.push(ListingRow::Line(format!("[tui.keymap.{}]", row.context.name())));
            context = Some(row.context);
        }
        let keys = if row.keys.is_empty() { "none".to_owned() } else { row.keys.join(", ") };
        let changed = if row.changed { " *" } else { "" };
        rows.push(ListingRow::Columns([row.name.to_owned(), keys, format!("{}{changed}", row.about)]));
    }
    let hint = "Change them in config.toml; * marks what you changed.".to_owned();
    rows.extend([String::new(), hint].map(ListingRow::Line));
    app.chat.add(Arc::new(EchoCell::new("/keymap")));
    app.chat.add(Arc::new(ListingCell::new("Keys", rows)));
}
