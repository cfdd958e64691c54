//! The commands behind `/`, one file each. The order here is the order they are offered in.

mod quit;
mod transcript;

use crate::app::App;

/// A command.
pub(crate) struct SlashCommand {
    /// Its name without `/`.
    pub(crate) name: &'static str,
    /// What it does, in a few words.
    pub(crate) about: &'static str,
    /// Other names.
    pub(crate) aliases: &'static [&'static str],
    /// Whether words may follow it.
    pub(crate) takes_args: bool,
    /// Whether it may be used while a turn runs.
    pub(crate) while_running: bool,
    /// Whether it is not offered.
    pub(crate) hidden: bool,
    /// Does it; what follows the name is handed in trimmed.
    pub(crate) run: fn(&mut App, &str),
}

impl SlashCommand {
    /// A command that takes no words and waits for the end of a turn.
    const fn new(name: &'static str, about: &'static str, run: fn(&mut App, &str)) -> Self {
        Self { name, about, aliases: &[], takes_args: false, while_running: false, hidden: false, run }
    }

    /// It may be used while a turn runs.
    const fn any_time(mut self) -> Self {
        self.while_running = true;
        self
    }
}

/// All of them.
pub(crate) const COMMANDS: &[SlashCommand] = &[transcript::COMMAND, quit::QUIT, quit::EXIT];
