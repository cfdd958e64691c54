//! `codex sessions`: lists, shows and searches earlier sessions. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex sessions`.
pub(crate) type SessionsCommand = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &SessionsCommand) -> Result<u8, Failure> {
    Err(not_built("sessions"))
}
