//! `/fork`: goes on in a copy of this thread; the thread itself stays as it is.

use super::SlashCommand;
use crate::app::{App, Beginning};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("fork", "go on in a copy of this conversation", run);

fn run(app: &mut App, _args: &str) {
    match app.rollout.clone().filter(|path| path.exists()) {
        Some(path) => app.change_thread(Beginning::Fork(path, None)),
        None => app.note(Notice::Info, "There is nothing to copy yet."),
    }
}
