//! The items of a turn and the pieces they come in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::mcp::{McpToolCallError, McpToolCallResult, McpToolCallStatus};
use crate::policy::ReasoningEffort;

/// Notification `item/started`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ItemStartedNotification {
    pub item: ThreadItem,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/autoApprovalReview/started`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ItemGuardianApprovalReviewStartedNotification {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Value>,
    pub review: GuardianApprovalReview,
    pub target_item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/autoApprovalReview/completed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ItemGuardianApprovalReviewCompletedNotification {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Value>,
    pub review: GuardianApprovalReview,
    pub target_item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/completed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ItemCompletedNotification {
    pub item: ThreadItem,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/agentMessage/delta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AgentMessageDeltaNotification {
    pub delta: String,
    pub item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/plan/delta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanDeltaNotification {
    pub delta: String,
    pub item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/commandExecution/outputDelta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecutionOutputDeltaNotification {
    pub delta: String,
    pub item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/commandExecution/terminalInteraction`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TerminalInteractionNotification {
    pub item_id: String,
    pub process_id: String,
    pub stdin: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/fileChange/outputDelta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FileChangeOutputDeltaNotification {
    pub delta: String,
    pub item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/reasoning/summaryTextDelta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReasoningSummaryTextDeltaNotification {
    pub delta: String,
    pub item_id: String,
    pub summary_index: i64,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/reasoning/summaryPartAdded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReasoningSummaryPartAddedNotification {
    pub item_id: String,
    pub summary_index: i64,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `item/reasoning/textDelta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReasoningTextDeltaNotification {
    pub content_index: i64,
    pub delta: String,
    pub item_id: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// One piece of what a user hands in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum UserInput {
    Text {
        text: String,
        #[serde(default)]
        text_elements: Vec<TextElement>,
    },
    Image {
        url: String,
    },
    LocalImage {
        path: String,
    },
    Skill {
        name: String,
        path: String,
    },
    Mention {
        name: String,
        path: String,
    },
}

/// Something that could be taken over from another agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAgentConfigMigrationItem {
    #[serde(default)]
    pub cwd: Option<String>,
    pub description: String,
    pub item_type: ExternalAgentConfigMigrationItemType,
}

/// One item of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ThreadItem {
    UserMessage {
        content: Vec<UserInput>,
        id: String,
    },
    HookPrompt {
        fragments: Vec<HookPromptFragment>,
        id: String,
    },
    AgentMessage {
        id: String,
        #[serde(default)]
        memory_citation: Option<MemoryCitation>,
        #[serde(default)]
        phase: Option<MessagePhase>,
        text: String,
    },
    Plan {
        id: String,
        text: String,
    },
    Reasoning {
        #[serde(default)]
        content: Vec<String>,
        id: String,
        #[serde(default)]
        summary: Vec<String>,
    },
    CommandExecution {
        #[serde(default)]
        aggregated_output: Option<String>,
        command: String,
        command_actions: Vec<CommandAction>,
        cwd: String,
        #[serde(default)]
        duration_ms: Option<i64>,
        #[serde(default)]
        exit_code: Option<i32>,
        id: String,
        #[serde(default)]
        process_id: Option<String>,
        #[serde(default)]
        source: CommandExecutionSource,
        status: CommandExecutionStatus,
    },
    FileChange {
        changes: Vec<FileUpdateChange>,
        id: String,
        status: PatchApplyStatus,
    },
    McpToolCall {
        arguments: Value,
        #[serde(default)]
        duration_ms: Option<i64>,
        #[serde(default)]
        error: Option<McpToolCallError>,
        id: String,
        #[serde(default)]
        result: Option<McpToolCallResult>,
        server: String,
        status: McpToolCallStatus,
        tool: String,
    },
    DynamicToolCall {
        arguments: Value,
        #[serde(default)]
        content_items: Option<Vec<DynamicToolCallOutputContentItem>>,
        #[serde(default)]
        duration_ms: Option<i64>,
        id: String,
        status: DynamicToolCallStatus,
        #[serde(default)]
        success: Option<bool>,
        tool: String,
    },
    CollabAgentToolCall {
        agents_states: BTreeMap<String, CollabAgentState>,
        id: String,
        #[serde(default)]
        model: Option<String>,
        #[serde(default)]
        prompt: Option<String>,
        #[serde(default)]
        reasoning_effort: Option<ReasoningEffort>,
        receiver_thread_ids: Vec<String>,
        sender_thread_id: String,
        status: CollabAgentToolCallStatus,
        tool: CollabAgentTool,
    },
    WebSearch {
        #[serde(default)]
        action: Option<WebSearchAction>,
        id: String,
        query: String,
    },
    ImageView {
        id: String,
        path: String,
    },
    ImageGeneration {
        id: String,
        result: String,
        #[serde(default)]
        revised_prompt: Option<String>,
        #[serde(default)]
        saved_path: Option<String>,
        status: String,
    },
    EnteredReviewMode {
        id: String,
        review: String,
    },
    ExitedReviewMode {
        id: String,
        review: String,
    },
    ContextCompaction {
        id: String,
    },
}

/// What an automatic reviewer of approvals says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct GuardianApprovalReview {
    #[serde(default)]
    pub rationale: Option<String>,
    #[serde(default)]
    pub risk_level: Option<GuardianRiskLevel>,
    #[serde(default)]
    pub risk_score: Option<u8>,
    pub status: GuardianApprovalReviewStatus,
}

/// The plan of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum PlanType {
    Free,
    Go,
    Plus,
    Pro,
    Team,
    Business,
    Enterprise,
    Edu,
    Unknown,
}

/// What a part of a command line does, as far as reading tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum CommandAction {
    Read {
        command: String,
        name: String,
        path: String,
    },
    ListFiles {
        command: String,
        #[serde(default)]
        path: Option<String>,
    },
    Search {
        command: String,
        #[serde(default)]
        path: Option<String>,
        #[serde(default)]
        query: Option<String>,
    },
    Unknown {
        command: String,
    },
}

/// A piece of a tool's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DynamicToolCallOutputContentItem {
    InputText { text: String },
    InputImage { image_url: String },
}

/// Commentary or final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum MessagePhase {
    Commentary,
    FinalAnswer,
}

/// A part of a text that is shown as one element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TextElement {
    pub byte_range: ByteRange,
    #[serde(default)]
    pub placeholder: Option<String>,
}

/// An effort that a model offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReasoningEffortOption {
    pub description: String,
    pub reasoning_effort: ReasoningEffort,
}

/// What kind of thing could be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub enum ExternalAgentConfigMigrationItemType {
    #[serde(rename = "AGENTS_MD")]
    AGENTSMD,
    #[serde(rename = "CONFIG")]
    CONFIG,
    #[serde(rename = "SKILLS")]
    SKILLS,
    #[serde(rename = "MCP_SERVER_CONFIG")]
    MCPSERVERCONFIG,
}

/// Text that a hook added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookPromptFragment {
    pub hook_run_id: String,
    pub text: String,
}

/// Memories that a message stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemoryCitation {
    pub entries: Vec<MemoryCitationEntry>,
    pub thread_ids: Vec<String>,
}

/// Who started a command.
#[derive(Clone, Default, Debug, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CommandExecutionSource {
    #[default]
    Agent,
    UserShell,
    UnifiedExecStartup,
    UnifiedExecInteraction,
}

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CommandExecutionStatus {
    InProgress,
    Completed,
    Failed,
    Declined,
}

/// A change of one file: whole text for added and deleted files, a hunk for changed ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FileUpdateChange {
    pub diff: String,
    pub kind: PatchChangeKind,
    pub path: String,
}

/// How far a patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum PatchApplyStatus {
    InProgress,
    Completed,
    Failed,
    Declined,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum DynamicToolCallStatus {
    InProgress,
    Completed,
    Failed,
}

/// What another agent does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CollabAgentState {
    #[serde(default)]
    pub message: Option<String>,
    pub status: CollabAgentStatus,
}

/// How far a call about another agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CollabAgentToolCallStatus {
    InProgress,
    Completed,
    Failed,
}

/// Which tool about other agents was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CollabAgentTool {
    SpawnAgent,
    SendInput,
    ResumeAgent,
    Wait,
    CloseAgent,
}

/// What a web search did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum WebSearchAction {
    Search {
        #[serde(default)]
        queries: Option<Vec<String>>,
        #[serde(default)]
        query: Option<String>,
    },
    OpenPage {
        #[serde(default)]
        url: Option<String>,
    },
    FindInPage {
        #[serde(default)]
        pattern: Option<String>,
        #[serde(default)]
        url: Option<String>,
    },
    Other,
}

/// How risky the reviewer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum GuardianRiskLevel {
    Low,
    Medium,
    High,
}

/// How far the review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum GuardianApprovalReviewStatus {
    InProgress,
    Approved,
    Denied,
    Aborted,
}

/// A range of bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ByteRange {
    pub end: u64,
    pub start: u64,
}

/// Lines of one memory file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemoryCitationEntry {
    pub line_end: u32,
    pub line_start: u32,
    pub note: String,
    pub path: String,
}

/// What happens to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum PatchChangeKind {
    Add,
    Delete,
    Update {
        #[serde(default)]
        move_path: Option<String>,
    },
}

/// How far another agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CollabAgentStatus {
    PendingInit,
    Running,
    Interrupted,
    Completed,
    Errored,
    Shutdown,
    NotFound,
}
