//! Questions to a person that want more than a yes: what to choose, what to permit.
//!
//! Answered by [`Op::UserInputAnswer`](crate::Op::UserInputAnswer) and [`Op::PermissionsAnswer`](crate::Op::PermissionsAnswer) under
//! their ids, once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ApprovalId, CallId, TurnId};

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserInputOption {
    /// A few words, and the answer when it is chosen.
    pub label: String,
    /// What choosing it means.
    pub description: String,
}

/// One question of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserInputQuestion {
    /// Names it in the answers.
    pub id: String,
    /// A word or two above it.
    pub header: String,
    /// The question.
    pub question: String,
    /// Whether the user may answer something else.
    #[serde(rename = "isOther", default)]
    pub is_other: bool,
    /// Whether the answer must not be shown while it is typed.
    #[serde(rename = "isSecret", default)]
    pub is_secret: bool,
    /// What to choose from.
    #[serde(default)]
    pub options: Option<Vec<UserInputOption>>,
}

/// The model asks the user to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestUserInput {
    /// The call that asks; also the id to answer under, unless `approval_id` is set.
    pub call_id: CallId,
    /// The id to answer under, where it is not the call's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// The turn.
    pub turn_id: TurnId,
    /// At least one.
    pub questions: Vec<UserInputQuestion>,
}

impl RequestUserInput {
    /// The id to answer under.
    pub fn answer_id(&self) -> ApprovalId {
        self.approval_id.clone().unwrap_or_else(|| ApprovalId::new(self.call_id.as_str()))
    }
}

/// The answers to one question: labels of options, and notes as `user_note: ...`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserInputAnswer {
    /// In order.
    pub answers: Vec<String>,
}

/// The answers, by the ids of their questions. None at all: the user did not want to answer, or nobody could.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserInputResponse {
    /// By question.
    pub answers: BTreeMap<String, UserInputAnswer>,
}

/// Access to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkPermissions {
    /// Whether it is open.
    pub enabled: Option<bool>,
}

/// Access to files and folders, absolute paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSystemPermissions {
    /// To read.
    pub read: Option<Vec<PathBuf>>,
    /// To write.
    pub write: Option<Vec<PathBuf>>,
}

/// What commands may do beyond the sandbox policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionProfile {
    /// The network.
    pub network: Option<NetworkPermissions>,
    /// Files.
    pub file_system: Option<FileSystemPermissions>,
}

impl PermissionProfile {
    /// Whether the network is in it.
    pub fn opens_network(&self) -> bool {
        self.network.is_some_and(|network| network.enabled == Some(true))
    }

    /// Paths to write.
    pub fn writes(&self) -> &[PathBuf] {
        self.file_system.as_ref().and_then(|files| files.write.as_deref()).unwrap_or_default()
    }

    /// Paths to read.
    pub fn reads(&self) -> &[PathBuf] {
        self.file_system.as_ref().and_then(|files| files.read.as_deref()).unwrap_or_default()
    }

    /// What it permits, each thing in words for a person: `use the network`, `write /folder`.
    pub fn words(&self) -> Vec<String> {
        let path = |verb: &'static str| move |path: &PathBuf| format!("{verb} {}", path.display());
        let network = self.opens_network().then(|| "use the network".to_owned());
        network.into_iter().chain(self.writes().iter().map(path("write"))).chain(self.reads().iter().map(path("read"))).collect()
    }

    /// Whether it permits nothing.
    pub fn is_empty(&self) -> bool {
        !self.opens_network() && self.writes().is_empty() && self.reads().is_empty()
    }
}

/// The model asks for permissions before it runs what needs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestPermissions {
    /// The call that asks; also the id to answer under, unless `approval_id` is set.
    pub call_id: CallId,
    /// The id to answer under, where it is not the call's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// The turn.
    pub turn_id: TurnId,
    /// The model's own words, to be shown as the model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it asks for.
    pub permissions: PermissionProfile,
}

impl RequestPermissions {
    /// The id to answer under.
    pub fn answer_id(&self) -> ApprovalId {
        self.approval_id.clone().unwrap_or_else(|| ApprovalId::new(self.call_id.as_str()))
    }
}

/// How long granted permissions last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionScope {
    /// Until the turn ends.
    #[default]
    Turn,
    /// Until the thread ends in this program.
    Session,
}

/// What was granted. What was not asked for is not granted either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionsResponse {
    /// What.
    pub permissions: PermissionProfile,
    /// For how long.
    #[serde(default)]
    pub scope: PermissionScope,
}

/// An item that is whole and stands in session files. Other kinds of items are made from other events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemCompleted {
    /// The thread.
    pub thread_id: crate::ids::ThreadId,
    /// The turn.
    pub turn_id: TurnId,
    /// The item.
    pub item: CompletedItem,
}

/// What such an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CompletedItem {
    /// The plan that the model proposes.
    Plan {
        /// `<turn id>-plan`.
        id: String,
        /// Markdown, without the marks around it.
        text: String,
    },
    /// Another kind, met in a session file.
    #[serde(other)]
    Other,
}
