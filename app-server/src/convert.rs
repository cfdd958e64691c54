//! Between the agent's vocabulary and the wire's. Pure, field by field.

use std::path::PathBuf;
use std::time::Duration;

use codex_app_server_protocol::AbsolutePathBuf;
use codex_app_server_protocol::types as wire;
use codex_protocol::Personality;
use codex_protocol::event::{CommandSource, FileChange, ParsedCommand, UserMessage};
use codex_protocol::items::{CommandItem, FileChangeItem, ItemStatus, McpItem, ThreadItem, ThreadItemKind};
use codex_protocol::mode::{CollaborationMode, ModeKind, ModeSettings};
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::plan::StepStatus;
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, NetworkAccess, SandboxMode, SandboxPolicy};
use codex_protocol::response_item::{MessagePhase, WebSearchAction};
use codex_protocol::usage::{RateLimitWindow, RateLimits, TokenUsage, TokenUsageInfo};
use codex_protocol::user_input::{ByteRange, TextElement, UserInput};

pub(crate) fn approval_policy(policy: &wire::AskForApproval) -> ApprovalPolicy {
    match *policy {
        wire::AskForApproval::Untrusted => ApprovalPolicy::Untrusted,
        wire::AskForApproval::OnFailure => ApprovalPolicy::OnFailure,
        wire::AskForApproval::OnRequest => ApprovalPolicy::OnRequest,
        wire::AskForApproval::Never => ApprovalPolicy::Never,
        wire::AskForApproval::Granular { mcp_elicitations, request_permissions, rules, sandbox_approval, skill_approval } => {
            ApprovalPolicy::Granular(GranularApproval { sandbox_approval, rules, mcp_elicitations, request_permissions, skill_approval })
        }
    }
}

pub(crate) fn approval_policy_out(policy: ApprovalPolicy) -> wire::AskForApproval {
    match policy {
        ApprovalPolicy::Untrusted => wire::AskForApproval::Untrusted,
        ApprovalPolicy::OnFailure => wire::AskForApproval::OnFailure,
        ApprovalPolicy::OnRequest => wire::AskForApproval::OnRequest,
        ApprovalPolicy::Never => wire::AskForApproval::Never,
        ApprovalPolicy::Granular(kinds) => wire::AskForApproval::Granular {
            mcp_elicitations: kinds.mcp_elicitations,
            request_permissions: kinds.request_permissions,
            rules: kinds.rules,
            sandbox_approval: kinds.sandbox_approval,
            skill_approval: kinds.skill_approval,
        },
    }
}

pub(crate) fn sandbox_mode(mode: wire::SandboxMode) -> SandboxMode {
    match mode {
        wire::SandboxMode::ReadOnly => SandboxMode::ReadOnly,
        wire::SandboxMode::WorkspaceWrite => SandboxMode::WorkspaceWrite,
        wire::SandboxMode::DangerFullAccess => SandboxMode::DangerFullAccess,
    }
}

/// The policy of a request. What restricts reading is refused rather than passed over: there is nothing that would enforce it.
pub(crate) fn sandbox_policy(policy: wire::SandboxPolicy) -> Result<SandboxPolicy, String> {
    let whole = |access: &wire::ReadOnlyAccess| match access {
        wire::ReadOnlyAccess::FullAccess => Ok(()),
        wire::ReadOnlyAccess::Restricted { .. } => Err("restricted read access is not supported".to_owned()),
    };
    Ok(match policy {
        wire::SandboxPolicy::DangerFullAccess => SandboxPolicy::DangerFullAccess,
        wire::SandboxPolicy::ReadOnly { access, network_access } => {
            whole(&access)?;
            SandboxPolicy::ReadOnly { network_access }
        }
        wire::SandboxPolicy::ExternalSandbox { network_access } => SandboxPolicy::ExternalSandbox {
            network_access: match network_access {
                wire::NetworkAccess::Restricted => NetworkAccess::Restricted,
                wire::NetworkAccess::Enabled => NetworkAccess::Enabled,
            },
        },
        wire::SandboxPolicy::WorkspaceWrite {
            exclude_slash_tmp,
            exclude_tmpdir_env_var,
            network_access,
            read_only_access,
            writable_roots,
        } => {
            whole(&read_only_access)?;
            let writable_roots = writable_roots.into_iter().map(AbsolutePathBuf::into_path).collect();
            SandboxPolicy::WorkspaceWrite { writable_roots, network_access, exclude_tmpdir_env_var, exclude_slash_tmp }
        }
    })
}

pub(crate) fn sandbox_policy_out(policy: &SandboxPolicy) -> wire::SandboxPolicy {
    match policy {
        SandboxPolicy::DangerFullAccess => wire::SandboxPolicy::DangerFullAccess,
        SandboxPolicy::ReadOnly { network_access } => {
            wire::SandboxPolicy::ReadOnly { access: wire::ReadOnlyAccess::FullAccess, network_access: *network_access }
        }
        SandboxPolicy::ExternalSandbox { network_access } => wire::SandboxPolicy::ExternalSandbox {
            network_access: match network_access {
                NetworkAccess::Restricted => wire::NetworkAccess::Restricted,
                NetworkAccess::Enabled => wire::NetworkAccess::Enabled,
            },
        },
        SandboxPolicy::WorkspaceWrite { writable_roots, network_access, exclude_tmpdir_env_var, exclude_slash_tmp } => {
            wire::SandboxPolicy::WorkspaceWrite {
                exclude_slash_tmp: *exclude_slash_tmp,
                exclude_tmpdir_env_var: *exclude_tmpdir_env_var,
                network_access: *network_access,
                read_only_access: wire::ReadOnlyAccess::FullAccess,
                writable_roots: writable_roots.iter().cloned().filter_map(AbsolutePathBuf::new).collect(),
            }
        }
    }
}

pub(crate) fn personality(personality: wire::Personality) -> Personality {
    match personality {
        wire::Personality::None => Personality::None,
        wire::Personality::Friendly => Personality::Friendly,
        wire::Personality::Pragmatic => Personality::Pragmatic,
    }
}

pub(crate) fn effort(effort: wire::ReasoningEffort) -> ReasoningEffort {
    match effort {
        wire::ReasoningEffort::None => ReasoningEffort::None,
        wire::ReasoningEffort::Minimal => ReasoningEffort::Minimal,
        wire::ReasoningEffort::Low => ReasoningEffort::Low,
        wire::ReasoningEffort::Medium => ReasoningEffort::Medium,
        wire::ReasoningEffort::High => ReasoningEffort::High,
        wire::ReasoningEffort::Xhigh => ReasoningEffort::Xhigh,
    }
}

pub(crate) fn effort_out(effort: ReasoningEffort) -> wire::ReasoningEffort {
    match effort {
        ReasoningEffort::None => wire::ReasoningEffort::None,
        ReasoningEffort::Minimal => wire::ReasoningEffort::Minimal,
        ReasoningEffort::Low => wire::ReasoningEffort::Low,
        ReasoningEffort::Medium => wire::ReasoningEffort::Medium,
        ReasoningEffort::High => wire::ReasoningEffort::High,
        ReasoningEffort::Xhigh => wire::ReasoningEffort::Xhigh,
    }
}

pub(crate) fn summary(summary: wire::ReasoningSummary) -> ReasoningSummaryMode {
    match summary {
        wire::ReasoningSummary::Auto => ReasoningSummaryMode::Auto,
        wire::ReasoningSummary::Concise => ReasoningSummaryMode::Concise,
        wire::ReasoningSummary::Detailed => ReasoningSummaryMode::Detailed,
        wire::ReasoningSummary::None => ReasoningSummaryMode::None,
    }
}

pub(crate) fn collaboration_mode(mode: wire::CollaborationMode) -> CollaborationMode {
    CollaborationMode {
        mode: match mode.mode {
            wire::ModeKind::Default => ModeKind::Default,
            wire::ModeKind::Plan => ModeKind::Plan,
        },
        settings: ModeSettings {
            model: mode.settings.model,
            reasoning_effort: mode.settings.reasoning_effort.map(effort),
            developer_instructions: mode.settings.developer_instructions,
        },
    }
}

pub(crate) fn user_input(input: wire::UserInput) -> UserInput {
    let position = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    match input {
        wire::UserInput::Text { text, text_elements } => UserInput::Text {
            text,
            text_elements: text_elements
                .into_iter()
                .map(|element| TextElement {
                    byte_range: ByteRange { start: position(element.byte_range.start), end: position(element.byte_range.end) },
                    placeholder: element.placeholder,
                })
                .collect(),
        },
        wire::UserInput::Image { url } => UserInput::Image { image_url: url },
        wire::UserInput::LocalImage { path } => UserInput::LocalImage { path: PathBuf::from(path) },
        wire::UserInput::Skill { name, path } => UserInput::Skill { name, path: PathBuf::from(path) },
        wire::UserInput::Mention { name, path } => UserInput::Mention { name, path },
    }
}

/// The content of a user's message as it was recorded: text first, then images.
pub(crate) fn user_content(message: &UserMessage) -> Vec<wire::UserInput> {
    let position = |place: usize| u64::try_from(place).unwrap_or(u64::MAX);
    let elements = message.text_elements.iter().map(|element| wire::TextElement {
        byte_range: wire::ByteRange { start: position(element.byte_range.start), end: position(element.byte_range.end) },
        placeholder: element.placeholder.clone(),
    });
    let text =
        (!message.message.is_empty()).then(|| wire::UserInput::Text { text: message.message.clone(), text_elements: elements.collect() });
    let images = message.images.iter().map(|url| wire::UserInput::Image { url: url.clone() });
    let files = message.local_images.iter().map(|path| wire::UserInput::LocalImage { path: path.display().to_string() });
    text.into_iter().chain(images).chain(files).collect()
}

pub(crate) fn phase(phase: MessagePhase) -> wire::MessagePhase {
    match phase {
        MessagePhase::Commentary => wire::MessagePhase::Commentary,
        MessagePhase::FinalAnswer => wire::MessagePhase::FinalAnswer,
    }
}

pub(crate) fn step_status(status: StepStatus) -> wire::TurnPlanStepStatus {
    match status {
        StepStatus::Pending => wire::TurnPlanStepStatus::Pending,
        StepStatus::InProgress => wire::TurnPlanStepStatus::InProgress,
        StepStatus::Completed => wire::TurnPlanStepStatus::Completed,
    }
}

pub(crate) fn token_usage(info: &TokenUsageInfo) -> wire::ThreadTokenUsage {
    let counts = |usage: &TokenUsage| wire::TokenUsageBreakdown {
        cached_input_tokens: usage.cached_input_tokens,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        reasoning_output_tokens: usage.reasoning_output_tokens,
        total_tokens: usage.total_tokens,
    };
    wire::ThreadTokenUsage {
        last: counts(&info.last_token_usage),
        model_context_window: info.model_context_window,
        total: counts(&info.total_token_usage),
    }
}

pub(crate) fn rate_limits(limits: &RateLimits) -> wire::RateLimitSnapshot {
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 100")]
    let window = |window: &RateLimitWindow| wire::RateLimitWindow {
        resets_at: window.resets_at,
        used_percent: window.used_percent.round() as i32,
        window_duration_mins: window.window_minutes,
    };
    wire::RateLimitSnapshot {
        credits: limits.credits.as_ref().and_then(|credits| serde_json::from_value(credits.clone()).ok()),
        limit_id: limits.limit_id.clone(),
        limit_name: limits.limit_name.clone(),
        plan_type: limits.plan_type.as_ref().and_then(|plan| serde_json::from_value(plan.clone().into()).ok()),
        primary: limits.primary.as_ref().map(window),
        secondary: limits.secondary.as_ref().map(window),
    }
}

/// An argv as one line that a shell would read back.
pub(crate) fn command_line(argv: &[String]) -> String {
    shlex::Quoter::new().allow_nul(true).join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" "))
}

pub(crate) fn command_actions(parts: &[ParsedCommand]) -> Vec<wire::CommandAction> {
    let action = |part: &ParsedCommand| match part {
        ParsedCommand::Read { cmd, name, path } => {
            wire::CommandAction::Read { command: cmd.clone(), name: name.clone(), path: path.display().to_string() }
        }
        ParsedCommand::ListFiles { cmd, path } => wire::CommandAction::ListFiles { command: cmd.clone(), path: path.clone() },
        ParsedCommand::Search { cmd, query, path } => {
            wire::CommandAction::Search { command: cmd.clone(), path: path.clone(), query: query.clone() }
        }
        ParsedCommand::Unknown { cmd } => wire::CommandAction::Unknown { command: cmd.clone() },
    };
    parts.iter().map(action).collect()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// An item as the wire has it; `None` for what is told otherwise, such as plans and notices.
pub(crate) fn item(item: &ThreadItem) -> Option<wire::ThreadItem> {
    let id = item.id.to_string();
    Some(match &item.kind {
        ThreadItemKind::UserMessage(message) => wire::ThreadItem::UserMessage { content: user_content(message), id },
        ThreadItemKind::AgentMessage { text, phase: of } => {
            wire::ThreadItem::AgentMessage { id, memory_citation: None, phase: of.map(phase), text: text.clone() }
        }
        ThreadItemKind::Reasoning { summary, content } => {
            wire::ThreadItem::Reasoning { content: content.clone(), id, summary: summary.clone() }
        }
        ThreadItemKind::Command(command) => command_item(id, command),
        ThreadItemKind::FileChange(change) => file_change_item(id, change),
        ThreadItemKind::WebSearch { query, action } => {
            wire::ThreadItem::WebSearch { action: web_search_action(action), id, query: query.clone() }
        }
        ThreadItemKind::McpToolCall(call) => mcp_item(id, call),
        ThreadItemKind::ImageView { path } => wire::ThreadItem::ImageView { id, path: path.display().to_string() },
        ThreadItemKind::ImageGeneration { status, revised_prompt, result, saved_path } => wire::ThreadItem::ImageGeneration {
            id,
            result: result.clone(),
            revised_prompt: revised_prompt.clone(),
            saved_path: saved_path.as_ref().map(|path| path.display().to_string()),
            status: status.clone(),
        },
        ThreadItemKind::ContextCompaction => wire::ThreadItem::ContextCompaction { id },
        _ => return None,
    })
}

fn command_item(id: String, command: &CommandItem) -> wire::ThreadItem {
    wire::ThreadItem::CommandExecution {
        aggregated_output: Some(command.aggregated_output.clone()).filter(|output| !output.is_empty()),
        command: command_line(&command.command),
        command_actions: command_actions(&command.actions),
        cwd: command.cwd.display().to_string(),
        duration_ms: command.duration.map(millis),
        exit_code: command.exit_code,
        id,
        process_id: command.process_id.clone(),
        source: match command.source {
            CommandSource::Agent => wire::CommandExecutionSource::Agent,
            CommandSource::UserShell => wire::CommandExecutionSource::UserShell,
            CommandSource::UnifiedExecStartup => wire::CommandExecutionSource::UnifiedExecStartup,
            CommandSource::UnifiedExecInteraction => wire::CommandExecutionSource::UnifiedExecInteraction,
        },
        status: match command.status {
            ItemStatus::InProgress => wire::CommandExecutionStatus::InProgress,
            ItemStatus::Completed => wire::CommandExecutionStatus::Completed,
            ItemStatus::Failed => wire::CommandExecutionStatus::Failed,
            ItemStatus::Declined => wire::CommandExecutionStatus::Declined,
        },
    }
}

fn file_change_item(id: String, change: &FileChangeItem) -> wire::ThreadItem {
    let changes = change.changes.iter().map(|(path, change)| {
        let (kind, diff) = match change {
            FileChange::Add { content } => (wire::PatchChangeKind::Add, content.clone()),
            FileChange::Delete { content } => (wire::PatchChangeKind::Delete, content.clone()),
            FileChange::Update { unified_diff, move_path } => {
                let moved = move_path.as_ref().map(|path| path.display().to_string());
                (wire::PatchChangeKind::Update { move_path: moved }, unified_diff.clone())
            }
        };
        wire::FileUpdateChange { diff, kind, path: path.display().to_string() }
    });
    wire::ThreadItem::FileChange {
        changes: changes.collect(),
        id,
        status: match change.status {
            ItemStatus::InProgress => wire::PatchApplyStatus::InProgress,
            ItemStatus::Completed => wire::PatchApplyStatus::Completed,
            ItemStatus::Failed => wire::PatchApplyStatus::Failed,
            ItemStatus::Declined => wire::PatchApplyStatus::Declined,
        },
    }
}

fn web_search_action(action: &WebSearchAction) -> Option<wire::WebSearchAction> {
    Some(match action {
        WebSearchAction::Search { query, queries } => wire::WebSearchAction::Search { queries: queries.clone(), query: query.clone() },
        WebSearchAction::OpenPage { url } => wire::WebSearchAction::OpenPage { url: url.clone() },
        WebSearchAction::FindInPage { url, pattern } => wire::WebSearchAction::FindInPage { pattern: pattern.clone(), url: url.clone() },
        WebSearchAction::Other => wire::WebSearchAction::Other,
    })
}

fn mcp_item(id: String, call: &McpItem) -> wire::ThreadItem {
    let list = |value: &serde_json::Value| value.get("content").and_then(|content| content.as_array().cloned()).unwrap_or_default();
    wire::ThreadItem::McpToolCall {
        arguments: call.invocation.arguments.clone().unwrap_or(serde_json::Value::Null),
        duration_ms: call.duration.map(millis),
        error: call.error.as_ref().map(|message| wire::McpToolCallError { message: message.clone() }),
        id,
        result: call
            .result
            .as_ref()
            .map(|value| wire::McpToolCallResult { content: list(value), structured_content: value.get("structuredContent").cloned() }),
        server: call.invocation.server.clone(),
        status: match call.status {
            ItemStatus::InProgress => wire::McpToolCallStatus::InProgress,
            ItemStatus::Completed => wire::McpToolCallStatus::Completed,
            ItemStatus::Failed | ItemStatus::Declined => wire::McpToolCallStatus::Failed,
        },
        tool: call.invocation.tool.clone(),
    }
}
