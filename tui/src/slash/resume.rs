//! `/resume`: goes on with an earlier conversation, which is chosen from a list.

use super::SlashCommand;
use crate::app::App;
use crate::overlay::picker::PickerOrigin;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("resume", "go on with an earlier conversation", run);

fn run(app: &mut App, _args: &str) {
    app.choose_session(false, false, PickerOrigin::Conversation);
}
