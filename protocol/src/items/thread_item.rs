//! The items themselves. No serde here: each front-end has a wire form of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::event::{CommandSource, FileChange, McpInvocation, ParsedCommand, UserMessage};
use crate::ids::ItemId;
use crate::plan::PlanStep;
use crate::response_item::{MessagePhase, WebSearchAction};

/// One item of a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadItem {
    /// Stays the same from start to completion.
    pub id: ItemId,
    /// What it is.
    pub kind: ThreadItemKind,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStatus {
    /// Under way.
    InProgress,
    /// Done well.
    Completed,
    /// Done badly.
    Failed,
    /// Not allowed.
    Declined,
}

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandItem {
    /// argv.
    pub command: Vec<String>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// What its parts do.
    pub actions: Vec<ParsedCommand>,
    /// Who started it.
    pub source: CommandSource,
    /// The live session.
    pub process_id: Option<String>,
    /// Both streams in order.
    pub aggregated_output: String,
    /// Exit code once it ended.
    pub exit_code: Option<i32>,
    /// How long it ran, once it ended.
    pub duration: Option<Duration>,
    /// How far it is.
    pub status: ItemStatus,
}

/// A patch.
#[derive(Clone, Debug, PartialEq)]
pub struct FileChangeItem {
    /// Absolute path to change, sorted by path.
    pub changes: BTreeMap<PathBuf, FileChange>,
    /// How far it is.
    pub status: ItemStatus,
    /// What was said of the changes, or what went wrong.
    pub output: String,
}

/// A call of an MCP tool.
#[derive(Clone, Debug, PartialEq)]
pub struct McpItem {
    /// What is called.
    pub invocation: McpInvocation,
    /// The server's result object.
    pub result: Option<Value>,
    /// Why there is none.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// How far it is.
    pub status: ItemStatus,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub enum ThreadItemKind {
    /// The user's message.
    UserMessage(UserMessage),
    /// A message of the model.
    AgentMessage {
        /// The text.
        text: String,
        /// Commentary or answer.
        phase: Option<MessagePhase>,
    },
    /// Reasoning of the model.
    Reasoning {
        /// Summary parts.
        summary: Vec<String>,
        /// Raw parts.
        content: Vec<String>,
    },
    /// A command.
    Command(Box<CommandItem>),
    /// A patch.
    FileChange(FileChangeItem),
    /// The plan.
    Plan {
        /// Why it changed.
        explanation: Option<String>,
        /// The steps.
        steps: Vec<PlanStep>,
    },
    /// A plan that the model proposes, in plan mode.
    ProposedPlan {
        /// Markdown.
        text: String,
    },
    /// A web search of the server.
    WebSearch {
        /// Query, URL, or `'pattern' in URL`.
        query: String,
        /// What it did.
        action: WebSearchAction,
    },
    /// A call of an MCP tool.
    McpToolCall(Box<McpItem>),
    /// A look at an image file.
    ImageView {
        /// The file.
        path: PathBuf,
    },
    /// An image that the server made.
    ImageGeneration {
        /// How it ended.
        status: String,
        /// The prompt as the server rewrote it.
        revised_prompt: Option<String>,
        /// Base64 of the image.
        result: String,
        /// Where it was saved.
        saved_path: Option<PathBuf>,
    },
    /// History was replaced by a summary.
    ContextCompaction,
    /// Something to tell the user that is not the end of the turn.
    Notice {
        /// The text.
        message: String,
    },
}
