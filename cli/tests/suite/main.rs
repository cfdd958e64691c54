//! The binary from outside: arguments, streams, exit codes, signals, files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod apply;
mod command_line;
mod config_effects;
mod demo;
mod doctor;
mod events;
mod execpolicy;
mod failures;
mod git_broker;
mod human;
mod limits;
mod local_servers;
mod login;
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
mod sessions;
mod settings;
mod signals;
mod start_up;
mod storage;
mod telemetry;
mod undo;
