//! `codex archive`: puts sessions away.

use clap::Args;

use crate::cmd::sessions::target::{Stored, Targets, failed, say};
use crate::failure::Failure;

/// `codex archive`.
#[derive(Args, Debug)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    targets: Targets,
}

/// Moves them into the archive.
pub(crate) fn run(args: &ArchiveArgs) -> Result<u8, Failure> {
    let stored = Stored::of_this_process()?;
    for file in stored.targets(&args.targets)? {
        stored.store.archive(file.id).map_err(failed)?;
        say(&format!("archived {}\n", file.id));
    }
    Ok(0)
}
