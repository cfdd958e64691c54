//! The vocabulary every other crate speaks: ids, submissions and events, response items, thread
//! items with the one projection from events to items, policies, user input and rollout lines.
//!
//! **Not here:** I/O, defaults that depend on the machine (`codex-config`), the meaning of a turn
//! (`codex-core`), JSON-RPC shapes (`codex-app-server-protocol`).
//!
//! Wire names are a contract with programs that exist today: a rename here is a breaking change.

pub mod boundary;
pub mod event;
pub mod ids;
pub mod items;
pub mod login;
pub mod mode;
pub mod op;
pub mod personality;
pub mod plan;
pub mod policy;
pub mod response_item;
pub mod rollout;
pub mod spelling;
pub mod tool_spec;
pub mod usage;
pub mod user_input;

pub use boundary::{Boundary, NetworkRules, SandboxFallback};
pub use event::{Event, EventMsg};
pub use ids::{ApprovalId, CallId, ItemId, SubmissionId, ThreadId, TurnId};
pub use op::{Op, Submission};
pub use personality::Personality;
pub use policy::{ApprovalPolicy, SandboxPolicy};
pub use response_item::ResponseItem;
pub use tool_spec::ToolSpec;
pub use usage::{TokenUsage, TokenUsageInfo};
