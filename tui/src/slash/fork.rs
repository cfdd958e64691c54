//! `/fork`: goes on in a copy of this thread; the thread itself stays as it is.

use super::SlashCommand;
use crate::app::{App, Beginning, Stored};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("fork", "go on in a copy of this conversation", run);

fn run(app: &mut App, _args: &str) {
    let stored = match &app.server {
        Some(_) => app.thread().filter(|_| app.chat.cells().iter().any(|cell| cell.is_user())).map(|id| Stored::Named(id.to_string())),
        None => app.rollout.clone().filter(|path| path.exists()).map(Stored::File),
    };
    match stored {
        Some(stored) => app.change_thread(Beginning::Fork(stored)),
        None => app.note(Notice::Info, "There is nothing to copy yet."),
    }
}
