//! `codex undo`: takes back what a turn changed in files. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex undo`.
pub(crate) type UndoArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &UndoArgs) -> Result<u8, Failure> {
    Err(not_built("undo"))
}
