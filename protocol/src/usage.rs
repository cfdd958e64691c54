//! Token counts as model servers report them, and their totals.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tokens of one request, or the sum over several. `input_tokens` includes the cached ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenUsage {
    /// Tokens of the prompt, cached ones included.
    pub input_tokens: i64,
    /// The part of `input_tokens` that the server read from its cache.
    pub cached_input_tokens: i64,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: i64,
    /// The part of `output_tokens` that was reasoning.
    pub reasoning_output_tokens: i64,
    /// What the server says it counted in total.
    pub total_tokens: i64,
}

impl TokenUsage {
    /// Adds another request's counts to these.
    pub fn add(&mut self, other: &TokenUsage) {
        self.input_tokens += other.input_tokens;
        self.cached_input_tokens += other.cached_input_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_output_tokens += other.reasoning_output_tokens;
        self.total_tokens += other.total_tokens;
    }

    /// Input that was not cached plus output: the number people are shown.
    pub fn blended_total(&self) -> i64 {
        (self.input_tokens - self.cached_input_tokens).max(0) + self.output_tokens.max(0)
    }
}

/// Usage of a thread so far and of its last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenUsageInfo {
    /// Sum over every request of the thread.
    pub total_token_usage: TokenUsage,
    /// The last request alone.
    pub last_token_usage: TokenUsage,
    /// Usable tokens of the model's window (95 % of the whole), when known.
    pub model_context_window: Option<i64>,
}

/// How full one rate-limit window is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimitWindow {
    /// Share used, 0 to 100.
    pub used_percent: f64,
    /// Length of the window in minutes.
    #[serde(default)]
    pub window_minutes: Option<i64>,
    /// When the window resets, Unix seconds.
    #[serde(default)]
    pub resets_at: Option<i64>,
}

/// What the server said of its rate limits; all parts are optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimits {
    /// Which limit this is; `codex` where the server names none.
    pub limit_id: Option<String>,
    /// A name for people.
    pub limit_name: Option<String>,
    /// The shorter window.
    pub primary: Option<RateLimitWindow>,
    /// The longer window.
    pub secondary: Option<RateLimitWindow>,
    /// Credits, as the server spells them.
    pub credits: Option<serde_json::Value>,
    /// The account's plan.
    pub plan_type: Option<String>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { limit_id: Some("codex".to_owned()), limit_name: None, primary: None, secondary: None, credits: None, plan_type: None }
    }
}
