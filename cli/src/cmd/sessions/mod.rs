//! `codex sessions`: lists, shows, searches, exports, names and cleans up stored sessions. One file a subcommand.
//!
//! What `codex archive`, `codex delete`, `codex resume` and `codex fork` need too, finding the session that is meant, is in
//! `target`.

mod clean;
mod export;
mod list;
mod search;
pub(crate) mod target;

use clap::{Args, Subcommand};
use codex_exec::args::ConfigFlags;

pub(crate) use self::export::print_file;
use self::target::Stored;
use crate::failure::Failure;

/// `codex sessions`.
#[derive(Args, Debug)]
pub(crate) struct SessionsCommand {
    #[command(subcommand)]
    command: SessionsSubcommand,
}

#[derive(Debug, Subcommand)]
enum SessionsSubcommand {
    /// List the sessions of this folder
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Print what was said and done in a session
    Show(export::ShowArgs),
    /// Look through what was said and done in all sessions
    Search(search::SearchArgs),
    /// Write a session as Markdown, HTML or JSON
    Export(export::ExportArgs),
    /// Give a session a name
    Rename(RenameArgs),
    /// Remove sessions that are too old, or too much
    Clean(clean::CleanArgs),
}

/// `codex sessions rename`.
#[derive(Args, Debug)]
struct RenameArgs {
    /// Id, the first characters of one, or name of the session
    #[arg(value_name = "SESSION")]
    session: String,

    /// The new name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Runs a subcommand.
pub(crate) fn run(command: &SessionsCommand, flags: &ConfigFlags) -> Result<u8, Failure> {
    let stored = Stored::of_this_process(flags)?;
    match &command.command {
        SessionsSubcommand::List(args) => list::run(args, &stored),
        SessionsSubcommand::Show(args) => export::show(args, &stored),
        SessionsSubcommand::Search(args) => search::run(args, &stored),
        SessionsSubcommand::Export(args) => export::run(args, &stored),
        SessionsSubcommand::Rename(args) => rename(args, &stored),
        SessionsSubcommand::Clean(args) => clean::run(args, &stored),
    }
}

fn rename(args: &RenameArgs, stored: &Stored) -> Result<u8, Failure> {
    let session = stored.find(&args.session)?;
    stored.store.rename(session.id, &args.name).map_err(target::failed)?;
    target::say(&format!("{} is now called {}\n", session.id, args.name.trim()));
    Ok(0)
}
