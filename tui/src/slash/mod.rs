//! The commands behind `/`, one file each. The order here is the order they are offered in.

mod agents_md;
mod compact;
mod copy;
mod cost;
mod diff;
mod experimental;
mod export;
mod fork;
mod keymap;
mod logout;
mod mention;
mod model;
mod new;
mod permissions;
mod plan;
mod ps;
mod queue;
mod quit;
mod redraw;
mod rename;
mod resume;
mod review;
mod sandbox;
mod search;
mod status;
mod statusline;
mod theme;
mod transcript;
mod undo;

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
    /// Does it; what follows the name is handed in trimmed.
    pub(crate) run: fn(&mut App, &str),
}

impl SlashCommand {
    /// A command that takes no words and waits for the end of a turn.
    const fn new(name: &'static str, about: &'static str, run: fn(&mut App, &str)) -> Self {
        Self { name, about, aliases: &[], takes_args: false, while_running: false, run }
    }

    /// It may be used while a turn runs.
    const fn any_time(mut self) -> Self {
        self.while_running = true;
        self
    }

    /// Words may follow it.
    const fn with_words(mut self) -> Self {
        self.takes_args = true;
        self
    }

    /// It has other names.
    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}

/// All of them.
pub(crate) const COMMANDS: &[SlashCommand] = &[
    model::COMMAND,
    permissions::COMMAND,
    experimental::COMMAND,
    review::COMMAND,
    rename::COMMAND,
    new::NEW,
    resume::COMMAND,
    fork::COMMAND,
    agents_md::COMMAND,
    compact::COMMAND,
    plan::PLAN,
    plan::COLLAB,
    diff::COMMAND,
    undo::UNDO,
    undo::REDO,
    copy::COMMAND,
    mention::COMMAND,
    queue::COMMAND,
    transcript::COMMAND,
    search::COMMAND,
    export::COMMAND,
    status::COMMAND,
    cost::COMMAND,
    sandbox::COMMAND,
    statusline::COMMAND,
    theme::COMMAND,
    keymap::COMMAND,
    redraw::COMMAND,
    ps::PS,
    ps::STOP,
    logout::COMMAND,
    quit::QUIT,
    quit::EXIT,
    new::CLEAR,
];
