//! How a model is asked to think: newer ones decide for themselves how long, older ones get a budget of tokens.

use codex_protocol::op::ReasoningEffort;
use serde_json::{Value, json};

/// The least budget that the server takes.
const LEAST: u64 = 1024;

/// How thinking is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Adaptive,
    Budget,
    None,
}

/// The form for a model, after a number of refusals.
pub(super) fn form(model: &str, refusals: u8) -> Form {
    let (first, second) = if is_adaptive(model) { (Form::Adaptive, Form::Budget) } else { (Form::Budget, Form::Adaptive) };
    match refusals {
        0 => first,
        1 => second,
        _ => Form::None,
    }
}

/// Whether the model's name says 4.6 or later: `claude-opus-4-6`, `claude-sonnet-5`, `anthropic/claude-opus-4.7`.
fn is_adaptive(model: &str) -> bool {
    let Some((_, name)) = model.split_once("claude-") else { return false };
    // A date has six digits or more and is no version.
    let numbers: Vec<u32> =
        name.split(['-', '.', '@', ':']).filter(|part| part.len() < 4).filter_map(|part| part.parse().ok()).take(2).collect();
    match numbers[..] {
        [] => false,
        [major] => major >= 5,
        [major, minor, ..] => (major, minor) >= (4, 6),
    }
}

/// The word for an effort; `None` when there is to be no thinking.
pub(super) fn effort_word(effort: ReasoningEffort) -> Option<&'static str> {
    match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal => None,
        ReasoningEffort::Low => Some("low"),
        ReasoningEffort::Medium => Some("medium"),
        ReasoningEffort::High => Some("high"),
        ReasoningEffort::Xhigh => Some("xhigh"),
    }
}

/// `thinking` with a budget below `max_tokens`; `None` when there is no room for one.
pub(super) fn budget(effort: ReasoningEffort, max_tokens: u64) -> Option<Value> {
    let wanted = match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal => return None,
        ReasoningEffort::Low => 4096,
        ReasoningEffort::Medium => 10_000,
        ReasoningEffort::High => 24_000,
        ReasoningEffort::Xhigh => 32_000,
    };
    let budget = wanted.min(max_tokens.saturating_sub(1));
    (budget >= LEAST).then(|| json!({"type": "enabled", "budget_tokens": budget}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_whether_a_model_thinks_as_long_as_it_likes() {
        let cases = [
            ("claude-opus-4-6", true),
            ("anthropic/claude-opus-4.7", true),
            ("claude-sonnet-5", true),
            ("us.anthropic.claude-opus-4-6-v1:0", true),
            ("claude-opus-4-5-20251101", false),
            ("claude-sonnet-4-20250514", false),
            ("claude-3-7-sonnet-latest", false),
            ("some-model", false),
        ];
        for (model, adaptive) in cases {
            assert_eq!(is_adaptive(model), adaptive, "{model}");
        }
    }

    #[test]
    fn a_budget_stays_below_the_limit_and_above_the_least() {
        assert_eq!(budget(ReasoningEffort::High, 20_000), Some(json!({"type": "enabled", "budget_tokens": 19_999})));
        assert_eq!(budget(ReasoningEffort::Low, 1024), None);
        assert_eq!(budget(ReasoningEffort::Minimal, 32_000), None);
    }
}
