//! One file per subcommand.

pub(crate) mod app_server;
pub(crate) mod apply;
pub(crate) mod archive;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod config_options;
pub(crate) mod debug;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod earlier;
pub(crate) mod exec;
pub(crate) mod execpolicy;
pub(crate) mod features;
pub(crate) mod interactive;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod mcp;
pub(crate) mod mcp_server;
mod mcp_sign_in;
pub(crate) mod redo;
pub(crate) mod review;
pub(crate) mod rules;
pub(crate) mod sandbox;
pub(crate) mod sessions;
pub(crate) mod unarchive;
pub(crate) mod undo;
