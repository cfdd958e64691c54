//! `/ps` and `/stop`: commands that go on in the background.

use std::sync::Arc;

use codex_protocol::Op;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, ListingCell};
use crate::chat::{Notice, elapsed};

pub(super) const PS: SlashCommand = SlashCommand::new("ps", "list background terminals", ps).any_time();
pub(super) const STOP: SlashCommand = SlashCommand::new("stop", "stop all background terminals", stop).any_time();

fn ps(app: &mut App, _args: &str) {
    let commands = app.chat.background_commands();
    let row = |(line, time): (String, std::time::Duration)| format!("• {} ({})", crate::text::sanitize_line(&line), elapsed(time));
    let rows = match commands.is_empty() {
        true => vec!["• No background terminals running.".to_owned()],
        false => commands.into_iter().map(row).collect(),
    };
    app.chat.add(Arc::new(EchoCell::new("/ps")));
    app.chat.add(Arc::new(ListingCell::plain_rows("Background terminals", rows)));
}

fn stop(app: &mut App, _args: &str) {
    app.submit(Op::StopBackgroundCommands);
    app.note(Notice::Info, "Stopping all background terminals.");
}
