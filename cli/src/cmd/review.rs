//! `codex review`: a review without a person present, told in words.

use codex_exec::args::{ConfigFlags, ExecArgs, ExecCommand, ReviewArgs};

use crate::failure::Failure;

/// Runs it as `codex exec review` would run.
pub(crate) fn run(args: ReviewArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    let exec = ExecArgs { command: Some(ExecCommand::Review(Box::new(args))), ..ExecArgs::default() };
    super::exec::run(exec, outer)
}
