//! `codex unarchive`: takes sessions back out.

use clap::Args;
use codex_exec::args::ConfigFlags;

use crate::cmd::sessions::target::{Stored, failed, say};
use crate::failure::Failure;

/// `codex unarchive`.
#[derive(Args, Debug)]
pub(crate) struct UnarchiveArgs {
    /// Id, the first characters of one, or name of a session in the archive
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<String>,
}

/// Moves them out of the archive.
pub(crate) fn run(args: &UnarchiveArgs, flags: &ConfigFlags) -> Result<u8, Failure> {
    let stored = Stored::of_this_process(flags)?;
    for wanted in &args.sessions {
        let file = stored.find(wanted)?;
        stored.store.unarchive(file.id).map_err(failed)?;
        say(&format!("unarchived {}\n", file.id));
    }
    Ok(0)
}
