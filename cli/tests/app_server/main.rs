//! `codex app-server` from outside: standard streams, sockets, signals, recorded exchanges.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attach;
mod faults;
mod mcp;
mod model_script;
mod modes;
mod questions;
mod recorded;
mod replay;
mod session;
mod sockets;
mod threads;
mod transcript;
mod transcripts;
