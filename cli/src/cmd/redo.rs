//! `codex redo`: brings back what was undone. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex redo`.
pub(crate) type RedoArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &RedoArgs) -> Result<u8, Failure> {
    Err(not_built("redo"))
}
