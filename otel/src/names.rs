//! Every name that leaves the machine, in one place.

pub(crate) const SERVICE: &str = "codex";

// Spans.
pub(crate) const TURN: &str = "codex.turn";
pub(crate) const COMMAND: &str = "codex.exec_command";
pub(crate) const PATCH: &str = "codex.apply_patch";
pub(crate) const MCP_CALL: &str = "codex.mcp_tool_call";
pub(crate) const WEB_SEARCH: &str = "codex.web_search";

// Events.
pub(crate) const CONVERSATION_STARTS: &str = "codex.conversation_starts";
pub(crate) const USER_PROMPT: &str = "codex.user_prompt";
pub(crate) const TOOL_RESULT: &str = "codex.tool_result";
pub(crate) const RESPONSE: &str = "codex.sse_event";
pub(crate) const RETRY: &str = "codex.api_request";
pub(crate) const TURN_ENDS: &str = "codex.turn_ends";

// Metrics.
pub(crate) const TURNS: &str = "codex.turn.count";
pub(crate) const TURN_TIME: &str = "codex.turn.duration";
pub(crate) const TOOL_CALLS: &str = "codex.tool.call.count";
pub(crate) const TOOL_TIME: &str = "codex.tool.call.duration";
pub(crate) const TOKENS: &str = "codex.token.count";
pub(crate) const RETRIES: &str = "codex.api.retry.count";
