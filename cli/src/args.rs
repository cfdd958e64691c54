//! The command line of `codex` itself: what stands before a subcommand, and the list of subcommands.
//!
//! Each subcommand keeps its own flags in its file below `cmd`. Man pages, completions and help are made from these definitions alone.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use codex_exec::args::{ConfigFlags, ExecArgs, Overrides, ReviewArgs};

use crate::cmd::app_server::{AppServerCommand, StdioToUds};
use crate::cmd::apply::ApplyArgs;
use crate::cmd::archive::ArchiveArgs;
use crate::cmd::completion::CompletionArgs;
use crate::cmd::config::ConfigCommand;
use crate::cmd::debug::DebugCommand;
use crate::cmd::delete::DeleteArgs;
use crate::cmd::demo::DemoArgs;
use crate::cmd::doctor::DoctorArgs;
use crate::cmd::earlier::OlderForms;
use crate::cmd::execpolicy::ExecpolicyCommand;
use crate::cmd::features::FeaturesCommand;
use crate::cmd::interactive::{EarlierArgs, ScreenFlags};
use crate::cmd::login::{LoginCommand, LogoutArgs};
use crate::cmd::mcp::McpCommand;
use crate::cmd::mcp_server::McpServerArgs;
use crate::cmd::redo::RedoArgs;
use crate::cmd::rules::RulesCommand;
use crate::cmd::sandbox::SandboxCommand;
use crate::cmd::sessions::SessionsCommand;
use crate::cmd::unarchive::UnarchiveArgs;
use crate::cmd::undo::UndoArgs;
use crate::everywhere;
use crate::failure::Failure;
use crate::suggest::misspelt;

/// Lines of usage: a conversation, or a subcommand.
const USAGE: &str = "codex [OPTIONS] [PROMPT]\n       codex [OPTIONS] <COMMAND> [ARGS]";

/// What `codex --help` ends with.
const AFTER_HELP: &str = "\
Examples:
  codex exec \"make the tests pass\"          one task, no questions
  codex exec --json \"...\" | jq .type        its events for a program
  codex review --uncommitted                 what is wrong with my changes?
  codex doctor                               is everything set up?

`codex help COMMAND` and `codex COMMAND --help` tell more.";

/// A coding agent for your terminal and your scripts.
///
/// Without a command it starts a conversation on the screen.
#[derive(Debug, Parser)]
#[command(name = "codex-cli", bin_name = "codex", version, override_usage = USAGE, after_help = AFTER_HELP, subcommand_negates_reqs = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    config: ConfigFlags,

    #[command(flatten)]
    pub(crate) screen: ScreenFlags,

    #[command(flatten)]
    pub(crate) older: OlderForms,

    /// End with an error when a setting has a name that nobody knows
    #[arg(long, global = true)]
    strict_config: bool,

    /// What to say first
    #[arg(value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// What stands behind a subcommand that defines no such flags itself.
    #[arg(skip)]
    behind: Overrides,
}

/// What `codex` can be told to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do one task and ask nobody, for scripts and CI
    #[command(visible_alias = "e", version)]
    Exec(Box<ExecArgs>),

    /// Review changes: uncommitted ones, a branch or a commit
    Review(Box<ReviewArgs>),

    /// Go on with an earlier conversation
    Resume(Box<EarlierArgs>),

    /// Start a copy of an earlier conversation
    Fork(Box<EarlierArgs>),

    /// List, show and search sessions
    #[command(disable_help_subcommand = true)]
    Sessions(SessionsCommand),

    /// Put a session away
    Archive(ArchiveArgs),

    /// Take a session back out
    Unarchive(UnarchiveArgs),

    /// Remove a session for good
    Delete(DeleteArgs),

    /// Take back what a turn changed in files
    Undo(UndoArgs),

    /// Bring back what was undone
    Redo(RedoArgs),

    /// Apply the last diff of a session to the working tree
    #[command(visible_alias = "a")]
    Apply(ApplyArgs),

    /// Sign in, and say how you are signed in
    Login(LoginCommand),

    /// Forget the stored credentials
    Logout(LogoutArgs),

    /// Manage the MCP servers whose tools the model may use
    #[command(disable_help_subcommand = true)]
    Mcp(McpCommand),

    /// Serve as an MCP server on standard input and output
    McpServer(McpServerArgs),

    /// Serve editors and other front-ends
    #[command(disable_help_subcommand = true)]
    AppServer(AppServerCommand),

    /// Connect standard input and output with the socket of an app server
    #[command(hide = true)]
    StdioToUds(StdioToUds),

    /// Show settings, where they come from, and what is wrong with them
    #[command(disable_help_subcommand = true)]
    Config(ConfigCommand),

    /// List features, turn them on and off
    #[command(disable_help_subcommand = true)]
    Features(FeaturesCommand),

    /// See and remove the rules that commands are judged by
    #[command(disable_help_subcommand = true)]
    Rules(RulesCommand),

    /// Try rule files on a command
    #[command(disable_help_subcommand = true)]
    Execpolicy(ExecpolicyCommand),

    /// Run a command in the sandbox that commands of the model run in
    Sandbox(SandboxCommand),

    /// Check what a run needs: settings, key, sandbox, network, ...
    Doctor(Box<DoctorArgs>),

    /// Show a whole run on a small example: no key, no network
    Demo(DemoArgs),

    /// Print a completion script for a shell, or the manual
    Completion(CompletionArgs),

    /// Tools for those who look into the program
    Debug(DebugCommand),
}

impl Cli {
    /// The flags before the subcommand, as the subcommand takes them over.
    pub(crate) fn config_flags(&self) -> ConfigFlags {
        let mut flags = self.config.clone();
        flags.strict_config = self.strict_config;
        if self.screen.search {
            flags.overrides.config.push("web_search=\"live\"".to_owned());
        }
        if let Some(policy) = self.screen.ask_for_approval.and_then(|policy| policy.to_possible_value()) {
            flags.overrides.config.push(format!("approval_policy=\"{}\"", policy.get_name()));
        }
        flags.overrides = self.behind.clone().behind(flags.overrides);
        flags
    }

    /// Whether the subcommand does its work without settings. The flags for them are checked then, and have no other effect.
    pub(crate) fn asks_no_settings(&self) -> bool {
        use Command::{Apply, Completion, Demo, Execpolicy, Redo, StdioToUds, Undo};
        match &self.command {
            Some(Undo(_) | Redo(_) | Apply(_) | StdioToUds(_) | Execpolicy(_) | Demo(_) | Completion(_)) => true,
            Some(Command::Debug(command)) => command.asks_no_settings(),
            _ => false,
        }
    }

    /// Refuses what stands before a subcommand that has no use for it. `words` is the command line.
    ///
    /// # Errors
    /// With what is not for it, and where that belongs.
    pub(crate) fn check_strays(&self, words: impl Iterator<Item = OsString>) -> Result<(), Failure> {
        if matches!(&self.command, None | Some(Command::Resume(_) | Command::Fork(_))) {
            return Ok(());
        }
        let whole = Self::command();
        let mut words = words.filter_map(|word| word.into_string().ok());
        let name = words.find(|word| whole.find_subcommand(word).is_some()).unwrap_or_default();
        if let Some(remote) = &self.screen.remote {
            return Err(Failure::new(format!(
                "Error: `--remote {remote}` is only supported for interactive TUI commands, not `codex {name}`"
            )));
        }
        if !self.screen.images.is_empty() {
            return Err(Failure::new(format!("Error: `--image` before `{name}` would be lost"))
                .hint("put it behind: `codex exec --image FILE ...`"));
        }
        match &self.prompt {
            Some(prompt) => Err(Failure::new(format!("Error: the prompt `{prompt}` before `{name}` would be lost")).hint("put it behind")),
            None => Ok(()),
        }
    }
}

/// Takes the command line of this process apart.
///
/// # Errors
/// With what clap has to say, and when a lone word looks like a misspelt subcommand.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let parsed = parsed_from(std::env::args_os());
    match misspelt(&parsed, &words) {
        Some(complaint) => Err(complaint),
        None => parsed,
    }
}

fn parsed_from(words: impl Iterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = everywhere::understood(Cli::command());
    let matches = command.try_get_matches_from_mut(words)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok(Cli { behind: everywhere::behind(&matches), ..cli })
}

#[cfg(test)]
mod tests {
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
        let request = exec.into_request(outer);
        assert_eq!(request.config.model.as_deref(), Some("m"));
        assert_eq!(request.config.overrides.config, ["a=1", "web_search=\"live\"", "approval_policy=\"on-request\"", "b=2"]);
    }
}
