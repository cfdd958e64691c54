//! `request_user_input`: asks the user to choose. It works in plan mode alone, which this program does
//! not have, so it is not offered; a model that calls it all the same is told so.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;

pub(crate) struct RequestUserInput;

#[async_trait]
impl ToolHandler for RequestUserInput {
    fn names(&self) -> &'static [&'static str] {
        &["request_user_input"]
    }

    fn spec(&self, _env: &ToolEnv) -> Option<ToolSpec> {
        None
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    async fn run(&self, _call: ToolCall, _host: &dyn ToolHost, _cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        Err(ToolError::Refused("request_user_input is unavailable in Default mode".to_owned()))
    }
}
