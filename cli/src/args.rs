//! The command line of `codex` itself. Only what is built is listed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use codex_exec::args::{ConfigFlags, ExecArgs};

use crate::cmd::execpolicy::ExecpolicyCommand;
use crate::cmd::rules::RulesCommand;
use crate::cmd::sandbox::{DebugCommand, SandboxCommand};

/// A coding agent for your terminal and your scripts.
#[derive(Debug, Parser)]
#[command(name = "codex-cli", bin_name = "codex", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    config: ConfigFlags,

    /// When to ask before a command runs. `exec` has nobody to ask and never does
    #[arg(short = 'a', long = "ask-for-approval", value_name = "POLICY", value_enum)]
    ask_for_approval: Option<AskForApproval>,

    /// Let the model search the web live
    #[arg(long)]
    search: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// When to ask before a command runs.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AskForApproval {
    /// Unless the command is known to be safe.
    Untrusted,
    /// When a command failed in the sandbox.
    OnFailure,
    /// When the model asks for it.
    OnRequest,
    /// Never.
    Never,
}

/// What `codex` can be told to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do one task without a person present, for scripts and CI
    #[command(visible_alias = "e", version)]
    Exec(Box<ExecArgs>),

    /// Show a whole run on a small example, with a recorded model: no key, no network
    Demo(DemoArgs),

    /// Run a command in the sandbox that commands of the model run in
    Sandbox(SandboxCommand),

    /// Tools for those who look into the program
    #[command(hide = true)]
    Debug(DebugCommand),

    /// Try rule files on a command
    #[command(disable_help_subcommand = true)]
    Execpolicy(ExecpolicyCommand),

    /// See and remove the rules that commands are judged by
    #[command(disable_help_subcommand = true)]
    Rules(RulesCommand),

    /// Print a completion script for a shell
    Completion(CompletionArgs),
}

/// `codex demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Play this recording instead of the built-in one
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) recording: Option<std::path::PathBuf>,

    /// Ask the model server at this base URL, and write what it says to the recording
    #[arg(long, value_name = "URL", hide = true, requires = "recording")]
    pub(crate) live: Option<String>,
}

/// `codex completion`.
#[derive(Args, Debug)]
pub(crate) struct CompletionArgs {
    /// Which shell
    #[arg(value_enum, default_value_t = clap_complete::Shell::Bash)]
    pub(crate) shell: clap_complete::Shell,
}

impl Cli {
    /// The flags before the subcommand, as the subcommand takes them over.
    pub(crate) fn config_flags(&self) -> ConfigFlags {
        let mut flags = self.config.clone();
        if self.search {
            flags.overrides.config.push("web_search=\"live\"".to_owned());
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_before_exec_are_taken_over() {
        let cli = Cli::try_parse_from(["codex", "-m", "m", "-c", "a=1", "--search", "-a", "on-request", "e", "-c", "b=2", "go"]).unwrap();
        let outer = cli.config_flags();
        let Some(Command::Exec(exec)) = cli.command else { panic!("exec was asked for") };
        let request = exec.into_request(outer).unwrap();
        assert_eq!(request.config.model.as_deref(), Some("m"));
        assert_eq!(request.config.overrides.config, ["a=1", "web_search=\"live\"", "b=2"]);
    }
}
