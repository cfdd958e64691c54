//! What a thread tells its front-ends. Tag names are the wire contract: rollouts keep these
//! objects, and `codex mcp-server` sends them as notifications.
//!
//! **Not here:** the items that people see; `crate::items` makes those from events.

mod approval;
mod command;
mod elicitation;
mod input;
mod mcp;
mod message;
mod patch;
mod review;
mod session;
mod tool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::approval::*;
pub use self::command::*;
pub use self::elicitation::*;
pub use self::input::*;
pub use self::mcp::*;
pub use self::message::*;
pub use self::patch::*;
pub use self::review::*;
pub use self::session::*;
pub use self::tool::*;
use crate::ids::SubmissionId;
use crate::plan::PlanUpdate;

/// One event of a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The submission it answers; empty for events nobody asked for.
    pub id: SubmissionId,
    /// What happened.
    pub msg: EventMsg,
}

/// Whether an event may be merged with its neighbours when a reader is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Never dropped, never reordered.
    State,
    /// A piece of something whose whole comes later; pieces may be merged.
    Delta,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventMsg {
    /// The thread is ready.
    SessionConfigured(Box<SessionConfigured>),
    /// A turn began.
    TaskStarted(TaskStarted),
    /// The user's message as recorded.
    UserMessage(UserMessage),
    /// A piece of a message of the model.
    AgentMessageContentDelta(ItemDelta),
    /// A whole message of the model.
    AgentMessage(AgentMessage),
    /// A piece of a reasoning summary.
    ReasoningContentDelta(ItemDelta),
    /// Another part of a reasoning summary begins.
    AgentReasoningSectionBreak(SectionBreak),
    /// A whole reasoning summary, part by part.
    AgentReasoning(AgentReasoning),
    /// Raw reasoning, where the server shows it.
    AgentReasoningRawContent(AgentReasoning),
    /// A person is asked whether a command may run.
    ExecApprovalRequest(Box<ExecApprovalRequest>),
    /// A person is asked whether a patch may be applied.
    ApplyPatchApprovalRequest(Box<ApplyPatchApprovalRequest>),
    /// The model asks the user to choose.
    RequestUserInput(Box<RequestUserInput>),
    /// The model asks for permissions.
    RequestPermissions(Box<RequestPermissions>),
    /// A command started, or was refused before it could.
    ExecCommandBegin(ExecCommandBegin),
    /// A command printed something.
    ExecCommandOutputDelta(ExecCommandOutputDelta),
    /// The model wrote to a running command.
    TerminalInteraction(TerminalInteraction),
    /// A command ended.
    ExecCommandEnd(Box<ExecCommandEnd>),
    /// A patch is about to be applied.
    PatchApplyBegin(PatchApplyBegin),
    /// A patch was applied, or was not.
    PatchApplyEnd(PatchApplyEnd),
    /// All changes of the turn so far, as one unified diff.
    TurnDiff(TurnDiff),
    /// The plan changed.
    PlanUpdate(PlanUpdate),
    /// A piece of a proposed plan.
    PlanDelta(ItemDelta),
    /// An item is whole: a proposed plan.
    ItemCompleted(Box<ItemCompleted>),
    /// The server searches the web.
    WebSearchBegin(WebSearchBegin),
    /// The server searched the web.
    WebSearchEnd(WebSearchEnd),
    /// The model looked at an image file.
    ViewImageToolCall(ViewImageToolCall),
    /// The server made an image.
    ImageGenerationEnd(ImageGenerationEnd),
    /// A tool of an MCP server was called.
    McpToolCallBegin(McpToolCallBegin),
    /// A tool of an MCP server answered.
    McpToolCallEnd(McpToolCallEnd),
    /// A running call of an MCP tool told how far it is.
    McpToolCallProgress(McpToolCallProgress),
    /// An MCP server starts, is ready, or failed.
    McpStartupUpdate(McpStartupUpdate),
    /// Every MCP server of the thread is ready or has failed.
    McpStartupComplete(McpStartupComplete),
    /// An MCP server logged something.
    McpServerLog(McpServerLog),
    /// An MCP server offers something else than before.
    McpListChanged(McpListChanged),
    /// An MCP server, or a call of one of its tools, wants an answer of a person.
    ElicitationRequest(Box<ElicitationRequest>),
    /// A question of that kind was answered, or is asked no more.
    ElicitationResolved(ElicitationResolved),
    /// What a server sent a person to a page for is done.
    ElicitationPageDone(ElicitationPageDone),
    /// Token counts changed.
    TokenCount(TokenCount),
    /// History was replaced by a summary.
    ContextCompacted(ContextCompacted),
    /// The last turns were taken back.
    ThreadRolledBack(ThreadRolledBack),
    /// A review began; commands and reasoning that follow are the reviewer's.
    EnteredReviewMode(EnteredReviewMode),
    /// A review ended.
    ExitedReviewMode(Box<ExitedReviewMode>),
    /// The server answered with another model than asked for.
    ModelReroute(ModelReroute),
    /// Something a person should know; the turn goes on.
    Warning(Warning),
    /// A key, flag or variable that will go away.
    DeprecationNotice(DeprecationNotice),
    /// A request is tried again.
    StreamError(StreamError),
    /// An item of history as the model server has it, for those who asked for such items.
    RawResponseItem(RawResponseItem),
    /// The turn cannot go on.
    Error(ErrorEvent),
    /// A turn ended, whole or failed.
    TaskComplete(TaskComplete),
    /// A turn was interrupted.
    TurnAborted(TurnAborted),
    /// The thread is gone; nothing follows.
    ShutdownComplete,
    /// An event newer than this program, met in a session file.
    #[serde(other)]
    Unknown,
}

impl EventMsg {
    /// Whether the event may be merged when a reader is slow.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::AgentMessageContentDelta(_) | Self::ReasoningContentDelta(_) | Self::PlanDelta(_) | Self::ExecCommandOutputDelta(_) => {
                Delivery::Delta
            }
            _ => Delivery::State,
        }
    }

    /// Whether the event stands in session files. Begin and delta events do not.
    pub fn is_recorded(&self) -> bool {
        matches!(
            self,
            Self::TaskStarted(_)
                | Self::UserMessage(_)
                | Self::AgentMessage(_)
                | Self::AgentReasoning(_)
                | Self::AgentReasoningRawContent(_)
                | Self::TokenCount(_)
                | Self::ItemCompleted(_)
                | Self::ContextCompacted(_)
                | Self::ThreadRolledBack(_)
                | Self::EnteredReviewMode(_)
                | Self::ExitedReviewMode(_)
                | Self::ImageGenerationEnd(_)
                | Self::TaskComplete(_)
                | Self::TurnAborted(_)
        )
    }
}
