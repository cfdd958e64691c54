//! `update_plan`: the model's own list of steps, shown to the user as it changes.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use codex_protocol::event::EventMsg;
use codex_protocol::mode::ModeKind;
use codex_protocol::plan::PlanUpdate;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::{arguments, schema};

const NAME: &str = "update_plan";

pub(crate) struct UpdatePlan;

#[async_trait]
impl ToolHandler for UpdatePlan {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, _env: &ToolEnv) -> Option<ToolSpec> {
        let step = schema::object(
            [
                ("step", schema::string("What will be done, in a few words.")),
                ("status", schema::string("`pending`, `in_progress` or `completed`.")),
            ],
            &["step", "status"],
        );
        let parameters = schema::object(
            [
                ("explanation", schema::string("Why the plan changed, in a sentence, when that is not plain.")),
                ("plan", schema::objects(step, "Every step in order, the finished ones too: this list replaces the last one.")),
            ],
            &["plan"],
        );
        Some(schema::function(NAME, include_str!("update_plan.md"), parameters))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, _cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let update: PlanUpdate = arguments::parse(&call)?;
        if host.turn().mode == ModeKind::Plan {
            return Err(ToolError::Refused("update_plan is a TODO/checklist tool and is not allowed in Plan mode".to_owned()));
        }
        host.emit(EventMsg::PlanUpdate(update)).await;
        Ok(ToolOutput::text("Plan updated"))
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::plan::{PlanStep, StepStatus};
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::fake_host::FakeHost;

    #[tokio::test]
    async fn a_plan_is_shown_and_acknowledged() {
        let host = FakeHost::new();
        let plan = json!({"explanation": "why", "plan": [{"step": "one", "status": "in_progress"}]});
        assert_eq!(host.call(NAME, plan).await, Ok(ToolOutput::text("Plan updated")));
        let steps = vec![PlanStep { step: "one".into(), status: StepStatus::InProgress }];
        assert_eq!(host.events(), [EventMsg::PlanUpdate(PlanUpdate { explanation: Some("why".into()), plan: steps })]);
    }

    #[tokio::test]
    async fn a_misspelt_key_or_status_is_told_and_nothing_is_shown() {
        let host = FakeHost::new();
        let refused = host.refusal_of_text(NAME, r#"{"plan": [{"step": "a", "status": "pending", "extra": 1}]}"#).await;
        assert_eq!(refused, "failed to parse function arguments: unknown field `extra`, expected `step` or `status` at line 1 column 52");
        let refused = host.refusal_of_text(NAME, r#"{"plan": [{"step": "a", "status": "bad"}]}"#).await;
        assert_eq!(
            refused,
            "failed to parse function arguments: unknown variant `bad`, expected one of `pending`, `in_progress`, `completed` at line 1 column 39"
        );
        assert_eq!(host.events(), []);
    }
}
