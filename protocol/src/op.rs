//! What a front-end may ask of a thread.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{ElicitationAction, PermissionsResponse, ReviewDecision, ReviewTarget, UserInputResponse};
use crate::ids::{ApprovalId, SubmissionId, TurnId};
use crate::mode::CollaborationMode;
use crate::personality::Personality;
use crate::policy::{ApprovalPolicy, SandboxPolicy};
use crate::user_input::UserInput;

/// How hard a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// The usual.
    Medium,
    /// Much.
    High,
    /// As much as the model can.
    Xhigh,
}

impl ReasoningEffort {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
        }
    }
}

/// How much of its reasoning a model summarises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningSummaryMode {
    /// The server chooses.
    Auto,
    /// Short.
    Concise,
    /// Long.
    Detailed,
    /// No summary.
    None,
}

impl ReasoningSummaryMode {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Concise => "concise",
            Self::Detailed => "detailed",
            Self::None => "none",
        }
    }
}

/// One request to a thread; events that answer it carry its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The front-end's name for it.
    pub id: SubmissionId,
    /// What is asked.
    pub op: Op,
}

/// Values that replace a thread's defaults; `None` leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TurnOverrides {
    /// Working directory, absolute.
    pub cwd: Option<PathBuf>,
    /// Model slug.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<ReasoningEffort>,
    /// Reasoning summary.
    pub summary: Option<ReasoningSummaryMode>,
    /// Approval policy.
    pub approval_policy: Option<ApprovalPolicy>,
    /// Sandbox policy.
    pub sandbox_policy: Option<SandboxPolicy>,
    /// How the model works with the user. Its settings come before `model` and `effort`.
    pub mode: Option<CollaborationMode>,
    /// Wire value of the service tier; an empty text is none.
    pub service_tier: Option<String>,
    /// Tone of replies.
    pub personality: Option<Personality>,
}

/// A user's turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserTurn {
    /// What the user handed in.
    pub input: Vec<UserInput>,
    /// Overrides that stick for this and later turns.
    pub overrides: TurnOverrides,
    /// JSON schema that the final message has to follow, for this turn alone.
    pub output_schema: Option<Value>,
}

/// What may be asked of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", content = "with", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Starts a turn, or joins the running one.
    UserTurn(UserTurn),
    /// Adds input to the running turn when it still is `expected`.
    Steer {
        /// The turn the front-end believes to be running.
        expected: TurnId,
        /// What is added.
        input: Vec<UserInput>,
    },
    /// Ends the running turn; a second one during the grace period kills at once.
    Interrupt,
    /// Ends the running turn. What was handed in for it and the model has not read yet is not lost with it, but begins a turn of
    /// its own at once.
    InterruptAndSend,
    /// Ends the running turn after the step in flight, because a limit set by the user was
    /// reached. The turn fails with `code` and keeps what was answered so far.
    StopAfterStep {
        /// Stable machine code of the limit, such as `max_turns`.
        code: String,
        /// The sentence for people.
        message: String,
    },
    /// Answers `ExecApprovalRequest`. An answer that fits no open question does nothing.
    ExecApproval {
        /// The question's [`answer_id`](crate::event::ExecApprovalRequest::answer_id).
        id: ApprovalId,
        /// The turn that asked, to be sure; `None` when the front-end does not know.
        turn_id: Option<TurnId>,
        /// The answer.
        decision: ReviewDecision,
    },
    /// Answers `ApplyPatchApprovalRequest`. An answer that fits no open question does nothing.
    PatchApproval {
        /// The question's [`answer_id`](crate::event::ApplyPatchApprovalRequest::answer_id).
        id: ApprovalId,
        /// The answer.
        decision: ReviewDecision,
    },
    /// Answers `ElicitationRequest`. An answer that fits no open question does nothing.
    ResolveElicitation {
        /// The question's [`id`](crate::event::ElicitationRequest::id).
        id: ApprovalId,
        /// The answer.
        action: ElicitationAction,
        /// What was filled in, for `Accept`.
        content: Option<Value>,
        /// `{"persist": "session"}` or `{"persist": "always"}` keeps a yes to a tool.
        meta: Option<Value>,
    },
    /// Starts the MCP servers anew that failed or were stopped, all when `server` is `None`.
    RestartMcp {
        /// Server name in the configuration.
        server: Option<String>,
    },
    /// Answers `RequestUserInput`. An answer that fits no open question does nothing.
    UserInputAnswer {
        /// The question's [`answer_id`](crate::event::RequestUserInput::answer_id).
        id: ApprovalId,
        /// The answers.
        response: UserInputResponse,
    },
    /// Answers `RequestPermissions`. An answer that fits no open question does nothing.
    PermissionsAnswer {
        /// The question's [`answer_id`](crate::event::RequestPermissions::answer_id).
        id: ApprovalId,
        /// What is granted; the empty profile is a no.
        response: PermissionsResponse,
    },
    /// Replaces history by a summary now, as a turn of its own. While a turn runs it waits for that turn's end.
    Compact,
    /// Takes back the last turns of the user, all when there are fewer. Not while a turn runs.
    Rollback {
        /// How many; at least one.
        turns: u32,
    },
    /// Starts a turn when the running one has ended; at once when none runs. Several start in their order.
    QueueTurn(UserTurn),
    /// Has changes reviewed, as a turn of its own: by a reviewer that sees nothing of this conversation. Not while a turn runs.
    Review(ReviewTarget),
    /// Runs the user's own command line in their shell, in the thread's folder: unasked and outside the sandbox, since the
    /// user wrote it themselves. A turn of its own (`TaskStarted`, the command's events with source `user_shell`,
    /// `TaskComplete`); while a turn runs its events are of that turn, which ends after it. The model reads command and
    /// output before its next request. [`Op::Interrupt`] ends it.
    UserShell {
        /// The line, as the user typed it.
        command: String,
    },
    /// Ends commands that run on in the background (`exec_command`); the running turn goes on.
    StopBackgroundCommands,
    /// Changes defaults for later turns.
    OverrideDefaults(TurnOverrides),
    /// Ends the thread once everything is written.
    Shutdown,
}
