//! The binary from outside: arguments, streams, exit codes, signals, files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod demo;
mod events;
mod execpolicy;
mod failures;
mod git_broker;
mod human;
mod limits;
mod orphans;
mod patch_role;
mod process;
mod prompts;
mod real_repository;
mod records;
mod resume;
mod review;
mod rules;
mod sandbox;
mod sandbox_denials;
mod sandbox_explain;
mod sandbox_network;
mod sandbox_terminal;
mod signals;
mod start_up;
mod storage;
