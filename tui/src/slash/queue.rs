//! `/queue`: the messages that wait for the end of the turn: edit one, send it earlier, drop it.

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;
use crate::text::{sanitize_line, truncate};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("queue", "edit, reorder or drop queued messages", run).any_time();

fn run(app: &mut App, _args: &str) {
    let rows: Vec<Choice> = app.chat.waits.queued().map(|draft| Choice::plain(truncate(&sanitize_line(draft.shown()), 60), "")).collect();
    if rows.is_empty() {
        app.note(Notice::Info, "No message is queued; Tab queues one while a turn runs.");
        return;
    }
    app.menu("Queued messages", "Choose one.", rows, 0, |app, at| {
        let choices = ["Edit", "Send first", "Send later", "Drop"].map(|label| Choice::plain(label, "")).to_vec();
        app.menu("This message", "", choices, 0, move |app, deed| act(app, at, deed));
    });
}

/// The queue may have moved on meanwhile: what is gone is left alone.
fn act(app: &mut App, at: usize, deed: usize) {
    let mut drafts = app.chat.waits.take_queue();
    if at < drafts.len() {
        match deed {
            0 => {
                let draft = drafts.remove(at);
                app.composer.set_draft(&draft);
            }
            1 => {
                let draft = drafts.remove(at);
                drafts.insert(0, draft);
            }
            2 if at + 1 < drafts.len() => drafts.swap(at, at + 1),
            3 => _ = drafts.remove(at),
            _ => {}
        }
    }
    app.chat.waits.set_queue(drafts);
}
