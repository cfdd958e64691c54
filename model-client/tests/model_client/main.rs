//! The crate through its public surface, against the scripted server of `codex-test-support`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth_command;
mod connection;
mod downgrades;
mod failures;
mod fixtures;
mod harness;
mod local;
mod recording;
mod request;
mod sockets;
mod startup;
mod wires;
