//! `codex app-server`: serves editors over JSON-RPC. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex app-server`.
pub(crate) type AppServerCommand = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &AppServerCommand) -> Result<u8, Failure> {
    Err(not_built("app-server"))
}
