//! Shapes of streamed events. Deltas are by far the most frequent, so they are read without copying.

use std::borrow::Cow;

use codex_protocol::TokenUsage;
use serde::Deserialize;

/// The keys of a delta event, and `type`, which every event has.
#[derive(Deserialize)]
pub(super) struct Light<'a> {
    #[serde(borrow, default)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) item_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) delta: Cow<'a, str>,
    #[serde(default)]
    pub(super) summary_index: i64,
}

/// `usage` as servers spell it; any part may be missing or null.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    input_tokens: Option<i64>,
    input_tokens_details: Option<InputDetails>,
    output_tokens: Option<i64>,
    output_tokens_details: Option<OutputDetails>,
    total_tokens: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Option<i64>,
}

/// No answer counts more. Sums over a session stay far from overflowing, whatever a server says.
const MOST_TOKENS: i64 = 1 << 40;

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        let count = |said: Option<i64>| said.unwrap_or(0).clamp(0, MOST_TOKENS);
        let input_tokens = count(usage.input_tokens);
        let output_tokens = count(usage.output_tokens);
        Self {
            input_tokens,
            cached_input_tokens: count(usage.input_tokens_details.and_then(|details| details.cached_tokens)),
            output_tokens,
            reasoning_output_tokens: count(usage.output_tokens_details.and_then(|details| details.reasoning_tokens)),
            total_tokens: usage.total_tokens.map_or(input_tokens + output_tokens, |total| count(Some(total))),
        }
    }
}
