//! `codex unarchive`: takes a session back out. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex unarchive`.
pub(crate) type UnarchiveArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &UnarchiveArgs) -> Result<u8, Failure> {
    Err(not_built("unarchive"))
}
