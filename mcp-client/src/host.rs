//! What servers may ask of the session they serve. `codex-core` implements it.

use std::path::PathBuf;

use async_trait::async_trait;
use codex_protocol::event::{ElicitationAction, ElicitationForm, EventMsg};
use serde_json::Value;

use crate::settings::ServerSettings;

/// A person's answer to a question of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Yes, no, or neither.
    pub action: ElicitationAction,
    /// What was filled in.
    pub content: Option<Value>,
}

/// The session as its servers see it.
#[async_trait]
pub trait McpHost: Send + Sync {
    /// Tells the front ends something.
    async fn tell(&self, event: EventMsg);

    /// Whether a server of a project may be started; asks a person where that is not settled (M1).
    ///
    /// # Errors
    /// Why not, for people, with the way out.
    async fn may_start(&self, server: &ServerSettings) -> Result<(), String>;

    /// Puts a question of a server to a person. Dropping the future withdraws it.
    async fn elicit(&self, server: &str, form: ElicitationForm) -> Answer;

    /// Asks the model for a server: params and result of `sampling/createMessage`.
    ///
    /// # Errors
    /// Why there is no answer, for the server.
    async fn sample(&self, server: &str, params: Value) -> Result<Value, String>;

    /// The folders a server may know of.
    fn roots(&self) -> Vec<PathBuf>;
}
