//! The commands behind `/`, one file each. The order here is the order they are offered in.

mod agents_md;
mod compact;
mod copy;
mod cost;
mod debug_config;
mod diff;
mod experimental;
mod export;
mod fast;
mod feedback;
mod fork;
mod help;
mod keymap;
mod logout;
mod mcp;
mod mention;
mod model;
mod new;
mod permissions;
mod personality;
mod plan;
mod ps;
mod queue;
mod quit;
mod raw;
mod reconnect;
mod redraw;
mod rename;
mod resume;
mod review;
mod sandbox;
mod search;
mod skills;
mod status;
mod statusline;
mod theme;
mod title;
mod transcript;
mod undo;

use crate::app::{App, Server};

/// Where a command is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// Everywhere.
    Anywhere,
    /// Where the thread's files are this machine's.
    SameFiles,
    /// Where the thread runs in this process.
    InProcess,
    /// Where the thread runs at a server.
    AtAServer,
}

impl Where {
    /// Whether it is of use with threads at this server, or in this process.
    pub(crate) fn fits(self, server: Option<&Server>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::SameFiles => server.is_none_or(Server::is_here),
            Self::InProcess => server.is_none(),
            Self::AtAServer => server.is_some(),
        }
    }
}

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
    /// Where it is of use.
    pub(crate) place: Where,
    /// Does it; what follows the name is handed in trimmed.
    pub(crate) run: fn(&mut App, &str),
}

impl SlashCommand {
    /// A command that takes no words and waits for the end of a turn.
    const fn new(name: &'static str, about: &'static str, run: fn(&mut App, &str)) -> Self {
        Self { name, about, aliases: &[], takes_args: false, while_running: false, place: Where::Anywhere, run }
    }

    /// It may be used while a turn runs.
    const fn any_time(mut self) -> Self {
        self.while_running = true;
        self
    }

    /// It is of use in some places alone.
    const fn only(mut self, place: Where) -> Self {
        self.place = place;
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
    fast::COMMAND,
    permissions::COMMAND,
    experimental::COMMAND,
    skills::COMMAND,
    review::COMMAND,
    rename::COMMAND,
    new::NEW,
    resume::COMMAND,
    reconnect::COMMAND,
    fork::COMMAND,
    agents_md::COMMAND,
    compact::COMMAND,
    plan::PLAN,
    plan::COLLAB,
    diff::COMMAND,
    undo::UNDO,
    undo::REDO,
    copy::COMMAND,
    raw::COMMAND,
    mention::COMMAND,
    queue::COMMAND,
    transcript::COMMAND,
    search::COMMAND,
    export::COMMAND,
    status::COMMAND,
    cost::COMMAND,
    sandbox::COMMAND,
    title::COMMAND,
    statusline::COMMAND,
    theme::COMMAND,
    help::COMMAND,
    mcp::COMMAND,
    keymap::COMMAND,
    redraw::COMMAND,
    ps::PS,
    ps::STOP,
    logout::COMMAND,
    quit::QUIT,
    quit::EXIT,
    feedback::COMMAND,
    new::CLEAR,
    personality::COMMAND,
    debug_config::COMMAND,
];
