//! `[apps]`: what connected apps may do; `_default` speaks for those without a table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mcp::ToolApprovalMode;

/// One app, or `_default`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AppToml {
    /// Whether its tools are offered.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Whether tools that destroy may be used.
    #[schemars(extend("default" = true))]
    pub destructive_enabled: Option<bool>,
    /// Whether tools that reach the outside world may be used.
    #[schemars(extend("default" = true))]
    pub open_world_enabled: Option<bool>,
    /// When calls of its tools are asked about.
    pub default_tools_approval_mode: Option<ToolApprovalMode>,
    /// Whether tools without a table of their own are offered.
    pub default_tools_enabled: Option<bool>,
    /// Details of single tools.
    #[serde(default)]
    pub tools: BTreeMap<String, AppToolToml>,
}

/// One tool of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AppToolToml {
    /// Whether it is offered.
    pub enabled: Option<bool>,
    /// When a call is asked about.
    pub approval_mode: Option<ToolApprovalMode>,
}
