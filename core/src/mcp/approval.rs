//! May this call of a tool be made: what is decided, and the question where there is one.

use codex_config::schema::ToolApprovalMode;
use codex_mcp_client::{McpTool, clean};
use codex_protocol::CallId;
use codex_protocol::event::{Denial, DeniedBy, ElicitationAction, ElicitationForm};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use serde_json::{Map, Value, json};

use super::host::put;
use super::kept::KeptApprovals;
use super::lock;
use super::questions::Question;
use crate::approval::decide::policy_name;
use crate::host::TurnHost;

/// What the model reads when the person said no.
const REJECTED: &str = "user rejected MCP tool call";
/// What it reads when nobody answered, or nobody can.
const CANCELLED: &str = "user cancelled MCP tool call";
/// Most characters of an argument in a question.
const SHOWN: usize = 2000;

/// What is known of a call before it is decided about.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    approval: ApprovalPolicy,
    sandbox: &'a SandboxPolicy,
    mode: ToolApprovalMode,
    /// A project has a say in the server's entry.
    of_project: bool,
    /// Always allowed, and it was something else then.
    changed_since_kept: bool,
    granted: bool,
    tool: &'a McpTool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Run,
    Ask,
}

/// The whole decision. A server's word counts only where the user put the server in (M4).
fn decide(case: Case<'_>) -> Verdict {
    if case.approval == ApprovalPolicy::Never && matches!(case.sandbox, SandboxPolicy::DangerFullAccess) {
        return Verdict::Run;
    }
    if case.granted && case.mode != ToolApprovalMode::Prompt {
        return Verdict::Run;
    }
    match case.mode {
        ToolApprovalMode::Prompt => Verdict::Ask,
        ToolApprovalMode::Approve if !case.of_project && !case.changed_since_kept => Verdict::Run,
        ToolApprovalMode::Approve => Verdict::Ask,
        ToolApprovalMode::Auto if case.of_project || case.tool.is_changed || case.tool.hints.wants_approval() => Verdict::Ask,
        ToolApprovalMode::Auto => Verdict::Run,
    }
}

/// Lets the call pass, or says what the model reads instead.
pub(super) async fn pass(host: &TurnHost, tool: &McpTool, call_id: &CallId, arguments: Option<&Map<String, Value>>) -> Result<(), String> {
    let session = host.session();
    let codex_home = &session.services.config.codex_home;
    let settings = session.mcp.servers().and_then(|servers| servers.settings(&tool.server));
    let mode = settings.as_ref().and_then(|settings| settings.approval.get(&tool.name)).copied().unwrap_or_default();
    let unchanged = || KeptApprovals::tool_is_unchanged(codex_home, &tool.server, &tool.name, &tool.fingerprint);
    let case = Case {
        approval: host.approval(),
        sandbox: host.sandbox(),
        mode,
        of_project: settings.is_some_and(|settings| settings.project.is_some()),
        changed_since_kept: mode == ToolApprovalMode::Approve && !unchanged(),
        granted: lock(&session.mcp.granted).contains(&tool.fingerprint),
        tool,
    };
    if decide(case) == Verdict::Run {
        return Ok(());
    }
    let may_ask = match case.approval {
        ApprovalPolicy::Granular(granular) => granular.mcp_elicitations,
        _ => true,
    };
    if session.options.nobody_to_ask || !may_ask {
        note(host, tool, call_id, DeniedBy::Policy, policy_name(case.approval), CANCELLED);
        return Err(CANCELLED.to_owned());
    }
    let may_persist = mode != ToolApprovalMode::Prompt;
    let reply = put(session, question(host, tool, call_id, arguments, may_persist && !case.of_project, may_persist)).await;
    match reply.action {
        ElicitationAction::Accept => {
            let persist = reply.meta.as_ref().and_then(|meta| meta.get("persist")).and_then(Value::as_str);
            match persist {
                Some("session") if may_persist => drop(lock(&session.mcp.granted).insert(tool.fingerprint.clone())),
                Some("always") if may_persist => always(host, tool, case.of_project).await,
                _ => {}
            }
            Ok(())
        }
        ElicitationAction::Decline => {
            note(host, tool, call_id, DeniedBy::User, "asked", REJECTED);
            Err(REJECTED.to_owned())
        }
        ElicitationAction::Cancel => {
            note(host, tool, call_id, DeniedBy::User, "asked", CANCELLED);
            Err(CANCELLED.to_owned())
        }
    }
}

/// Keeps a yes for good, bound to what the tool is now.
async fn always(host: &TurnHost, tool: &McpTool, of_project: bool) {
    let session = host.session();
    lock(&session.mcp.granted).insert(tool.fingerprint.clone());
    if of_project {
        return;
    }
    let home = session.services.config.codex_home.clone();
    let kept = session.mcp.kept.allow_tool(&home, &tool.server, &tool.name, &tool.fingerprint).map_err(|error| error.to_string());
    let kept = kept.and_then(|()| codex_config::edit::allow_mcp_tool(&home, &tool.server, &tool.name).map_err(|error| error.to_string()));
    if let Err(why) = kept {
        let message = format!("`{}/{}` is allowed in this session only: {why}", tool.server, clean(&tool.name, 64));
        session.events.show(codex_protocol::EventMsg::Warning(codex_protocol::event::Warning { message })).await;
    }
}

fn note(host: &TurnHost, tool: &McpTool, call_id: &CallId, by: DeniedBy, rule: &str, message: &str) {
    host.denied(Denial {
        call_id: call_id.clone(),
        command: format!("{}/{}", tool.server, clean(&tool.name, 200)),
        by,
        rule: rule.to_owned(),
        message: message.to_owned(),
    });
}

fn question(
    host: &TurnHost,
    tool: &McpTool,
    call_id: &CallId,
    arguments: Option<&Map<String, Value>>,
    may_keep: bool,
    may_remember: bool,
) -> Question {
    let display = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => Value::String(clean(text, SHOWN)),
            other if other.to_string().len() <= SHOWN => other.clone(),
            other => Value::String(clean(&other.to_string(), SHOWN)),
        };
        json!({ "name": name, "value": value, "display_name": name })
    };
    let mut meta = Map::new();
    meta.insert("codex_approval_kind".to_owned(), json!("mcp_tool_call"));
    let persist: Vec<&str> = may_remember.then_some("session").into_iter().chain(may_keep.then_some("always")).collect();
    if !persist.is_empty() {
        meta.insert("persist".to_owned(), json!(persist));
    }
    if let Some(title) = &tool.title {
        meta.insert("tool_title".to_owned(), json!(title));
    }
    meta.insert("tool_description".to_owned(), json!(clean(&tool.description, SHOWN)));
    meta.insert("tool_params".to_owned(), json!(arguments.cloned().unwrap_or_default()));
    let mut shown: Vec<_> = arguments.into_iter().flatten().collect();
    shown.sort_by_key(|(name, _)| name.as_str());
    meta.insert("tool_params_display".to_owned(), Value::Array(shown.into_iter().map(display).collect()));
    let message = format!("Allow the {} MCP server to run tool \"{}\"?", tool.server, clean(&tool.name, 200));
    Question {
        turn_id: Some(host.turn_id()),
        call_id: Some(call_id.clone()),
        server: tool.server.clone(),
        meta: Some(Value::Object(meta)),
        form: ElicitationForm::Form { message, requested_schema: json!({"type": "object", "properties": {}}) },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use codex_mcp_client::Hints;
    use pretty_assertions::assert_eq;

    use super::*;

    fn tool(read_only: bool, is_changed: bool) -> McpTool {
        McpTool {
            exposed: "mcp__s__t".into(),
            server: "s".into(),
            name: "t".into(),
            title: None,
            description: String::new(),
            parameters: json!({}),
            hints: Hints { read_only_hint: Some(read_only), ..Hints::default() },
            fingerprint: "f".into(),
            is_changed,
            raw: Arc::default(),
        }
    }

    #[test]
    fn who_is_asked_about_what() {
        let (reader, writer, changed) = (tool(true, false), tool(false, false), tool(true, true));
        let (inside, open) = (SandboxPolicy::workspace_write(), SandboxPolicy::DangerFullAccess);
        let base = Case {
            approval: ApprovalPolicy::OnRequest,
            sandbox: &inside,
            mode: ToolApprovalMode::Auto,
            of_project: false,
            changed_since_kept: false,
            granted: false,
            tool: &writer,
        };
        use ToolApprovalMode::{Approve, Prompt};
        use Verdict::{Ask, Run};
        for (case, expected) in [
            (base, Ask),
            (Case { tool: &reader, ..base }, Run),
            (Case { tool: &changed, ..base }, Ask),
            (Case { tool: &reader, of_project: true, ..base }, Ask),
            (Case { approval: ApprovalPolicy::Never, ..base }, Ask),
            (Case { approval: ApprovalPolicy::Never, sandbox: &open, ..base }, Run),
            (Case { sandbox: &open, ..base }, Ask),
            (Case { granted: true, ..base }, Run),
            (Case { mode: Approve, ..base }, Run),
            (Case { mode: Approve, changed_since_kept: true, ..base }, Ask),
            (Case { mode: Approve, of_project: true, ..base }, Ask),
            (Case { mode: Prompt, tool: &reader, ..base }, Ask),
            (Case { mode: Prompt, granted: true, ..base }, Ask),
        ] {
            assert_eq!(decide(case), expected, "{case:?}");
        }
    }
}
