//! `/raw`: whether replies are printed as the model wrote them, so that what is selected in the terminal has no indentation and
//! no line breaks of ours.

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("raw", "print replies as written, for copying from the terminal, or not", run);

fn run(app: &mut App, _args: &str) {
    let mut look = app.chat.look().clone();
    look.raw = !look.raw;
    let said = match look.raw {
        true => {
            "Replies are printed as they were written from here on: no indentation, no line breaks of ours. /redraw shows the earlier ones so too."
        }
        false => "Replies are laid out from here on.",
    };
    app.chat.set_look(look);
    app.note(Notice::Info, said);
}
