//! `codex app-server` from outside: standard streams, sockets, signals, recorded exchanges.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod questions;
mod replay;
mod session;
mod sockets;
mod threads;
