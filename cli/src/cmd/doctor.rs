//! `codex doctor`: one line for each thing a run needs.

use clap::Args;

use crate::cmd::pending::not_built;
use crate::failure::Failure;

/// `codex doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// Says that it is not built.
pub(crate) fn run(_: &DoctorArgs) -> Result<u8, Failure> {
    Err(not_built("doctor"))
}
