//! `codex delete`: removes a session for good. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex delete`.
pub(crate) type DeleteArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &DeleteArgs) -> Result<u8, Failure> {
    Err(not_built("delete"))
}
