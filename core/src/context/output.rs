//! The second cut of a tool's output: when it goes into history, whatever the tool allowed itself.

use codex_protocol::response_item::ToolOutputBody;
use codex_protocol::rollout::TruncationPolicy;
use codex_tools::truncate::{body_for_history, history_policy, middle};
use serde_json::Value;

/// Returns the output within the budget of history. The JSON form of a shell's output stays JSON.
pub(crate) fn within_budget(output: ToolOutputBody, policy: TruncationPolicy) -> ToolOutputBody {
    if let ToolOutputBody::Text(text) = &output
        && let Some(report) = shortened_report(text, policy)
    {
        return ToolOutputBody::Text(report);
    }
    body_for_history(&output, policy)
}

/// The JSON form of a shell's output with its text cut; `None` when it is no such form or short enough.
fn shortened_report(text: &str, policy: TruncationPolicy) -> Option<String> {
    let policy = history_policy(policy);
    if text.len() <= policy.byte_budget() || !text.starts_with("{\"output\":") {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    let Some(Value::String(inner)) = value.get_mut("output") else {
        return None;
    };
    *inner = middle(inner, policy).into_owned();
    Some(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_report_over_the_budget_is_still_json() {
        let report =
            serde_json::json!({ "output": "\n".repeat(40_000), "metadata": { "exit_code": 0, "duration_seconds": 0.1 } }).to_string();
        let ToolOutputBody::Text(cut) = within_budget(ToolOutputBody::Text(report), TruncationPolicy::Bytes(10_000)) else {
            panic!("a text stays a text");
        };
        let value: Value = serde_json::from_str(&cut).unwrap();
        assert_eq!(value["metadata"]["exit_code"], 0);
        assert!(cut.len() < 40_000, "{}", cut.len());
    }
}
