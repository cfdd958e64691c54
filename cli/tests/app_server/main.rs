//! `codex app-server` from outside: standard streams, sockets, signals, recorded exchanges.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod additional;
mod attach;
mod documents;
mod faults;
mod mcp;
mod model_script;
mod modes;
#[path = "../suite/peers.rs"]
mod peers;
mod personality;
mod questions;
mod recorded;
mod replay;
mod session;
mod skills;
#[path = "../suite/snippets.rs"]
mod snippets;
mod sockets;
mod threads;
mod transcript;
mod transcripts;
