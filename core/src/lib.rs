//! The agent loop: threads, turns, context, approvals, commands and patches.
//!
//! A front-end gathers a [`Runtime`] and a configuration, starts a [`Thread`] through the
//! [`ThreadManager`], submits `Op`s and reads `Event`s.
//!
//! **Not here:** terminals, JSON-RPC and command lines (the front-ends), wires of model servers
//! (`codex-model-client`), tools and their prose (`codex-tools`), session files (`codex-state`).
//! This crate prints nothing, reads no environment variable and never exits.

mod approval;
mod client;
mod compact;
mod context;
mod error;
mod exec;
mod host;
mod housekeeping;
mod manager;
mod mcp;
mod network;
mod notify;
mod patch;
mod resume;
mod review;
mod runtime;
mod search_path;
mod session;
mod sign_in;
mod skills;
mod thread;
mod tool_call;
mod traffic;
mod turn;
mod turn_diff;
mod undo;

pub use error::{StartError, ThreadClosed};
pub use housekeeping::retention;
pub use manager::ThreadManager;
pub use mcp::{
    McpPrompt, McpPromptArgument, McpStatus, allow_server, is_allowed, is_prompt_line, mcp_status, mcp_surroundings, server_settings,
};
pub use network::{network_rules, reaches_by_name, socket_folder};
pub use patch::take_back_cut_off;
pub use runtime::{Runtime, StartOptions, Traffic, TurnLimits};
pub use search_path::{find_program, is_program};
pub use sign_in::login;
pub use skills::skills;
pub use thread::{Elsewhere, EventReader, Thread};
