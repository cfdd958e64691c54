//! The wire of `codex app-server`: every message as a type, with JSON Schema and TypeScript made from the same types.
//!
//! One module a resource; [`methods`] has the tables of all methods, [`message`] the frames around them, [`line`] cuts streams into them,
//! [`generate`] writes schemas and TypeScript into a folder, [`experimental`] says what a client has to ask for first.
//!
//! **Not here:** carrying a method out (`codex-app-server`), the agent's own vocabulary (`codex-protocol`).
//!
//! Names are a contract with programs that exist today: a rename is a breaking change.
//!
//! ```
//! use codex_app_server_protocol::ClientRequest;
//! let line = r#"{"id":1,"method":"thread/read","params":{"threadId":"t"}}"#;
//! let request: ClientRequest = serde_json::from_str(line).unwrap();
//! assert_eq!(request.method(), "thread/read");
//! ```
#![allow(missing_docs, reason = "fields and variants are the words of the wire; types and modules say what they are for")]

pub mod experimental;
pub mod generate;
pub mod line;
pub mod message;
pub mod methods;
mod params;
mod path;
mod typescript;

pub mod account;
pub mod app;
pub mod approval;
pub mod attach;
pub mod command_exec;
pub mod config;
pub mod dynamic_tool;
pub mod elicitation;
pub mod elicitation_counter;
pub mod error;
pub mod feature;
pub mod feedback;
pub mod fs;
pub mod fuzzy_search;
pub mod hooks;
pub mod initialize;
pub mod item;
pub mod legacy_approval;
pub mod mcp;
pub mod mock;
pub mod model;
pub mod older;
pub mod plugin;
pub mod policy;
pub mod raw_item;
pub mod realtime;
pub mod review;
pub mod skills;
pub mod thread;
pub mod turn;
pub mod user_input;

pub use self::message::{ErrorBody, NoParams, RequestId};
pub use self::methods::{
    CLIENT_REQUESTS, ClientRequest, MethodEntry, SERVER_NOTIFICATIONS, SERVER_REQUESTS, ServerNotification, ServerRequest,
};
pub use self::path::AbsolutePathBuf;

/// All types of the wire in one place.
pub mod types {
    pub use crate::account::*;
    pub use crate::app::*;
    pub use crate::approval::*;
    pub use crate::attach::*;
    pub use crate::command_exec::*;
    pub use crate::config::*;
    pub use crate::dynamic_tool::*;
    pub use crate::elicitation::*;
    pub use crate::elicitation_counter::*;
    pub use crate::error::*;
    pub use crate::feature::*;
    pub use crate::feedback::*;
    pub use crate::fs::*;
    pub use crate::fuzzy_search::*;
    pub use crate::hooks::*;
    pub use crate::initialize::*;
    pub use crate::item::*;
    pub use crate::legacy_approval::*;
    pub use crate::mcp::*;
    pub use crate::message::RequestId;
    pub use crate::mock::*;
    pub use crate::model::*;
    pub use crate::older::*;
    pub use crate::path::AbsolutePathBuf;
    pub use crate::plugin::*;
    pub use crate::policy::*;
    pub use crate::raw_item::*;
    pub use crate::realtime::*;
    pub use crate::review::*;
    pub use crate::skills::*;
    pub use crate::thread::*;
    pub use crate::turn::*;
    pub use crate::user_input::*;
}

pub(crate) fn yes() -> bool {
    true
}

/// Tells a member that is null from one that is not there.
pub(crate) fn given<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    <Option<T> as serde::Deserialize>::deserialize(deserializer).map(Some)
}
