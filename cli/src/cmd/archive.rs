//! `codex archive`: puts a session away. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex archive`.
pub(crate) type ArchiveArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &ArchiveArgs) -> Result<u8, Failure> {
    Err(not_built("archive"))
}
