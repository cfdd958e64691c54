//! Runs what was typed behind `/`.

use super::elsewhere::Server;
use super::saved;
use super::state::App;
use crate::chat::Notice;
use crate::composer::SlashEntry;
use crate::slash;

/// The commands as the composer offers them.
pub(crate) fn entries(server: Option<&Server>) -> Vec<SlashEntry> {
    slash::COMMANDS
        .iter()
        .filter(|command| command.place.fits(server))
        .map(|command| SlashEntry {
            name: command.name.to_owned(),
            about: command.about.to_owned(),
            takes_args: command.takes_args,
            aliases: command.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        })
        .collect()
}

impl App {
    /// Runs a command by its name.
    pub(crate) fn command(&mut self, name: &str, args: &str) {
        if name.starts_with("mcp__") {
            self.use_prompt(name, args);
            return;
        }
        if name.starts_with(saved::PREFIX) {
            self.use_saved_prompt(name, args);
            return;
        }
        let Some(command) = slash::COMMANDS.iter().find(|command| command.name == name) else { return };
        if !command.place.fits(self.server.as_deref()) {
            let why = format!("'/{name}' is about this machine's files, and this conversation is elsewhere.");
            self.chat.note(Notice::Error, &why);
            return;
        }
        if self.chat.is_running() && !command.while_running {
            self.chat.note(Notice::Error, &format!("'/{name}' is disabled while a task is in progress."));
            return;
        }
        (command.run)(self, args);
    }
}
