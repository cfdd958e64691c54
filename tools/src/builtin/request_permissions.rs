//! `request_permissions`: asks the user to open folders or the network to the commands that follow.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::arguments::Profile;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::{arguments, schema};

const NAME: &str = "request_permissions";

pub(crate) struct RequestPermissions;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    reason: Option<String>,
    permissions: Profile,
}

#[async_trait]
impl ToolHandler for RequestPermissions {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !env.permission_requests {
            return None;
        }
        let parameters = schema::object(
            [("reason", schema::string("One sentence to the user: what it is for.")), ("permissions", schema::permissions())],
            &["permissions"],
        );
        Some(schema::function(NAME, include_str!("request_permissions.md"), parameters))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let Arguments { reason, permissions } = arguments::parse(&call)?;
        let wanted = permissions.absolute(&host.turn().cwd);
        if wanted.is_empty() {
            return Err(ToolError::Refused("request_permissions requires at least one permission".to_owned()));
        }
        let response = host.ask_permissions(call.id, reason, wanted, cancel).await?;
        let text = serde_json::to_string(&response).map_err(|error| ToolError::Fatal(error.to_string()))?;
        Ok(ToolOutput::text(text))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::fake_host::{Asked, FakeHost};

    #[tokio::test]
    async fn paths_are_made_absolute_and_the_grant_comes_back_as_json() {
        let mut host = FakeHost::new();
        host.env.permission_requests = true;
        let permissions = json!({"network": {"enabled": true}, "file_system": {"write": ["../out/./x", "/abs"]}});
        let answer = host.answer(NAME, json!({"reason": "why", "permissions": permissions})).await;
        let beside = host.cwd().parent().unwrap().join("out/x");
        let expected = json!({
            "permissions": {"network": {"enabled": true}, "file_system": {"read": null, "write": [beside, "/abs"]}}, "scope": "turn",
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&answer).unwrap(), expected);
        let asked = host.asked();
        let [Asked::Permissions(reason, _)] = asked.as_slice() else { panic!("permissions were asked for") };
        assert_eq!(reason.as_deref(), Some("why"));
    }

    #[tokio::test]
    async fn asking_for_nothing_is_refused() {
        let mut host = FakeHost::new();
        host.env.permission_requests = true;
        for permissions in [json!({}), json!({"network": {"enabled": false}}), json!({"file_system": {"read": null, "write": []}})] {
            let refused = host.refusal(NAME, json!({"permissions": permissions})).await;
            assert_eq!(refused, "request_permissions requires at least one permission");
        }
        assert_eq!(host.asked(), []);
    }
}
