//! `codex apply`: the last diff of a session, applied to the working tree.

use clap::Args;

use crate::cmd::pending::not_built;
use crate::failure::Failure;

/// `codex apply`.
#[derive(Args, Debug)]
pub(crate) struct ApplyArgs {
    /// Id of the session, or the first characters of it
    #[arg(value_name = "SESSION_ID")]
    session: Option<String>,
}

/// Says that it is not built.
pub(crate) fn run(_: &ApplyArgs) -> Result<u8, Failure> {
    Err(not_built("apply"))
}
