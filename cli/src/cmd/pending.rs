//! Subcommands that are named but not built: each says so in one line and fails.
//!
//! Their words are taken as they come, so that a script reads the same sentence whatever flags it used.

use std::ffi::OsString;

use clap::Args;

use crate::failure::Failure;

/// Whatever follows the name.
#[derive(Args, Debug)]
pub(crate) struct AnyWords {
    /// Whatever follows.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<OsString>,
}

/// Says that `codex NAME` is not built.
pub(crate) fn not_built(name: &str) -> Failure {
    Failure::new(format!("Error: `codex {name}` is not built yet"))
}
