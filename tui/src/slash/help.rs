//! `/help`: every command and every key, on the whole screen.

use super::{COMMANDS, SlashCommand};
use crate::app::App;
use crate::overlay::{HelpSection, help_pager};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("help", "show all commands and keys", run).any_time();

fn run(app: &mut App, _args: &str) {
    let commands = COMMANDS.iter().map(|command| (format!("/{}", command.name), command.about.to_owned())).collect();
    let mut sections: Vec<HelpSection> = vec![("Commands".to_owned(), commands)];
    for row in app.composer.keymap().rows() {
        let title = format!("Keys: {}", row.context.name());
        if sections.last().is_none_or(|(last, _)| *last != title) {
            sections.push((title, Vec::new()));
        }
        if let Some((_, rows)) = sections.last_mut().filter(|_| !row.keys.is_empty()) {
            rows.push((row.keys.join(", "), row.about.to_owned()));
        }
    }
    let pager = help_pager(&sections, app.chat.look());
    app.view(pager);
}
