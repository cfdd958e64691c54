//! Token counts as servers of the Chat wire spell them.

use codex_protocol::TokenUsage;
use serde_json::Value;

/// No answer counts more. Sums over a session stay far from overflowing, whatever a server says.
const MOST_TOKENS: i64 = 1 << 40;

/// Reads `usage`; `None` when it is no object.
pub(super) fn read(usage: &Value) -> Option<TokenUsage> {
    if !usage.is_object() {
        return None;
    }
    let told = |path: &str| usage.pointer(path).and_then(Value::as_i64).map(|count| count.clamp(0, MOST_TOKENS));
    let input_tokens = told("/prompt_tokens").unwrap_or(0);
    let output_tokens = told("/completion_tokens").unwrap_or(0);
    Some(TokenUsage {
        input_tokens,
        cached_input_tokens: told("/prompt_tokens_details/cached_tokens").or_else(|| told("/prompt_cache_hit_tokens")).unwrap_or(0),
        output_tokens,
        reasoning_output_tokens: told("/completion_tokens_details/reasoning_tokens").unwrap_or(0),
        total_tokens: told("/total_tokens").unwrap_or(input_tokens + output_tokens),
    })
}

/// The counts of a chunk, wherever they stand.
pub(super) fn of_chunk(chunk: &Value) -> Option<TokenUsage> {
    let choices = chunk.get("choices").and_then(Value::as_array).into_iter().flatten();
    let places = std::iter::once(chunk.get("usage"))
        .chain(choices.map(|choice| choice.get("usage")))
        .chain(std::iter::once(chunk.pointer("/x_groq/usage")));
    places.flatten().filter_map(read).next_back()
}
