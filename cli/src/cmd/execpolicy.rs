//! `codex execpolicy check`: what rule files make of a command. Reads those files and nothing else, runs nothing.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use codex_execpolicy::{Evaluation, Policy};
use serde_json::to_string_pretty;

use crate::failure::Failure;

/// `codex execpolicy`.
#[derive(Args, Debug)]
pub(crate) struct ExecpolicyCommand {
    #[command(subcommand)]
    command: ExecpolicySubcommand,
}

#[derive(Debug, Subcommand)]
enum ExecpolicySubcommand {
    /// Say what the rules of some files make of a command; nothing is run
    Check(CheckArgs),
}

/// `codex execpolicy check`.
#[derive(Args, Debug)]
struct CheckArgs {
    /// A rule file (repeatable); no others are read
    #[arg(short, long, value_name = "PATH", required = true)]
    rules: Vec<PathBuf>,

    /// Spread the JSON over lines
    #[arg(long)]
    pretty: bool,

    /// Let an absolute program path count as the name at its end, as far as `host_executable` allows
    #[arg(long)]
    resolve_host_executables: bool,

    /// The command, word by word
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Prints one JSON object. The exit code says whether the files could be read, not what they decide.
pub(crate) fn run(command: &ExecpolicyCommand) -> Result<u8, Failure> {
    let ExecpolicySubcommand::Check(args) = &command.command;
    let policy = Policy::read_files(&args.rules).map_err(|error| with_causes(&error))?;
    let evaluation = evaluate(&policy, args);
    let text = if args.pretty { to_string_pretty(&evaluation) } else { serde_json::to_string(&evaluation) };
    let text = text.map_err(|error| Failure::new(format!("Error: {error}")))?;
    crate::output::print(&format!("{text}\n"));
    Ok(0)
}

fn evaluate(policy: &Policy, args: &CheckArgs) -> Evaluation {
    if args.resolve_host_executables { policy.check_resolving(&args.command) } else { policy.check(&args.command) }
}

/// An error and everything behind it, one below the other.
pub(crate) fn with_causes(error: &dyn Error) -> Failure {
    let mut message = format!("Error: {error}");
    let mut cause = error.source();
    if cause.is_some() {
        message.push_str("\n\nCaused by:");
    }
    while let Some(error) = cause {
        for line in error.to_string().trim_end().lines() {
            message.push_str("\n    ");
            message.push_str(line);
        }
        cause = error.source();
    }
    Failure::new(message)
}
