//! `apply_patch`: changes files by a patch, freeform or as a function.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use codex_protocol::tool_spec::FreeformFormat;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolInput, ToolOutput};
use crate::host::ToolHost;
use crate::output::{self, ReportForm};
use crate::patch_call::{self, Detected};
use crate::{arguments, shells};

const NAME: &str = "apply_patch";

pub(crate) struct ApplyPatch;

#[derive(Deserialize)]
struct Arguments {
    input: String,
}

#[async_trait]
impl ToolHandler for ApplyPatch {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        env.apply_patch.then(|| ToolSpec::Custom {
            name: NAME.to_owned(),
            description: include_str!("apply_patch.md").trim_end().to_owned(),
            format: FreeformFormat {
                r#type: "grammar".to_owned(),
                syntax: "lark".to_owned(),
                definition: include_str!("apply_patch.lark").to_owned(),
            },
        })
    }

    fn accepts(&self, input: &ToolInput) -> bool {
        matches!(input, ToolInput::Json(_) | ToolInput::Text(_))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let patch = match &call.input {
            ToolInput::Text(patch) => patch.clone(),
            ToolInput::Json(_) | ToolInput::LocalShell(_) => arguments::parse::<Arguments>(&call)?.input,
        };
        let turn = host.turn();
        let cwd = shells::workdir(turn, None);
        let outcome = patch_call::run(call.id, Detected::Patch { patch, workdir: None }, &cwd, host, cancel).await?;
        let body = output::patch_report(&outcome, turn.truncation, ReportForm::of_turn(turn));
        Ok(patch_call::tool_output(&outcome, body))
    }
}

#[cfg(test)]
mod tests;
