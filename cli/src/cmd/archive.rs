//! `codex archive`: puts sessions away.

use clap::Args;
use codex_exec::args::ConfigFlags;

use crate::cmd::sessions::target::{Stored, Targets, failed, say};
use crate::failure::Failure;

/// `codex archive`.
#[derive(Args, Debug)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    targets: Targets,
}

/// Moves them into the archive.
pub(crate) fn run(args: &ArchiveArgs, flags: &ConfigFlags) -> Result<u8, Failure> {
    let stored = Stored::of_this_process(flags)?;
    for file in stored.targets(&args.targets)? {
        stored.store.archive(file.id).map_err(failed)?;
        say(&format!("archived {}\n", file.id));
    }
    Ok(0)
}
