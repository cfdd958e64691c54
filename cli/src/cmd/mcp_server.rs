//! `codex mcp-server`: serves this program as an MCP server on standard input and output. Not built yet.

use crate::cmd::pending::{AnyWords, not_built};
use crate::failure::Failure;

/// `codex mcp-server`.
pub(crate) type McpServerArgs = AnyWords;

/// Says that it is not built.
pub(crate) fn run(_: &McpServerArgs) -> Result<u8, Failure> {
    Err(not_built("mcp-server"))
}
