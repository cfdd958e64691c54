//! The command line of `codex sandbox`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use codex_exec::args::{ConfigFlags, Overrides};

/// `codex sandbox`: a command, a command behind the name of a platform, or `explain`.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SandboxCommand {
    #[command(subcommand)]
    form: Option<SandboxForm>,

    #[command(flatten)]
    args: SandboxArgs,
}

#[derive(Debug, Subcommand)]
enum SandboxForm {
    /// Say what commands may do in a folder, and what this machine can enforce
    Explain(ExplainArgs),

    /// The older spelling: read-only unless --full-auto, whatever `sandbox_mode` says
    #[command(alias = "landlock")]
    Linux(SandboxArgs),

    /// The older spelling on macOS
    #[command(alias = "seatbelt")]
    Macos(SandboxArgs),

    /// Not built: there is no sandbox for Windows
    #[command(hide = true)]
    Windows(SandboxArgs),
}

/// Flags that choose what is allowed.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    overrides: Overrides,

    /// Let the command write in this folder, in temporary folders and where the configuration says
    #[arg(long)]
    pub(crate) full_auto: bool,

    /// Folder to work in
    #[arg(short = 'C', long = "cd", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    cd: Option<PathBuf>,

    /// Further folder that may be written to (repeatable)
    #[arg(long = "add-dir", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    add_dirs: Vec<PathBuf>,
}

/// What is run, and with what permission.
#[derive(Args, Debug)]
pub(crate) struct SandboxArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// List on standard error, after the command, what it was refused, by which rule, and what would allow it
    #[arg(long)]
    pub(crate) log_denials: bool,

    /// The command and its words; no shell in between
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true, value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

/// `codex sandbox explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a command was asked to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `codex sandbox CMD`: as the configuration says.
    Plain,
    /// `codex sandbox linux CMD` and its like: read-only unless `--full-auto`. Holds `std::env::consts::OS` of the platform.
    Platform(&'static str),
}

/// What is asked for, the spellings folded into one.
#[derive(Debug)]
pub(crate) enum Asked {
    Run(Spelling, SandboxArgs),
    Explain(ExplainArgs),
}

impl From<SandboxCommand> for Asked {
    fn from(command: SandboxCommand) -> Self {
        match command.form {
            None => Self::Run(Spelling::Plain, command.args),
            Some(SandboxForm::Explain(args)) => Self::Explain(args),
            Some(SandboxForm::Linux(args)) => Self::Run(Spelling::Platform("linux"), args),
            Some(SandboxForm::Macos(args)) => Self::Run(Spelling::Platform("macos"), args),
            Some(SandboxForm::Windows(args)) => Self::Run(Spelling::Platform("windows"), args),
        }
    }
}

impl Asked {
    /// A command under the older spelling of a platform.
    pub(crate) fn on_platform(platform: &'static str, args: SandboxArgs) -> Self {
        Self::Run(Spelling::Platform(platform), args)
    }
}

impl PolicyArgs {
    /// These flags behind those that stood before the subcommand.
    pub(crate) fn behind(self, outer: ConfigFlags) -> ConfigFlags {
        let inner = ConfigFlags {
            overrides: self.overrides,
            full_auto: self.full_auto,
            cd: self.cd,
            add_dirs: self.add_dirs,
            ..ConfigFlags::default()
        };
        inner.behind(outer)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::args::{Cli, Command};

    fn asked(line: &[&str]) -> Option<Asked> {
        let words = ["codex"].iter().chain(line);
        match Cli::try_parse_from(words).ok()?.command? {
            Command::Sandbox(command) => Some(command.into()),
            _ => None,
        }
    }

    #[test]
    fn every_spelling_finds_its_command() {
        let (linux, macos) = (Spelling::Platform("linux"), Spelling::Platform("macos"));
        for (line, spelling, command) in [
            (&["sandbox", "ls", "--full-auto"][..], Spelling::Plain, &["ls", "--full-auto"][..]),
            (&["sandbox", "--full-auto", "--log-denials", "-c", "a=1", "ls"], Spelling::Plain, &["ls"]),
            (&["sandbox", "--", "linux", "-x"], Spelling::Plain, &["linux", "-x"]),
            (&["sandbox", "--", "explain"], Spelling::Plain, &["explain"]),
            (&["sandbox", "linux", "--enable", "x", "--", "explain"], linux, &["explain"]),
            (&["sandbox", "landlock", "ls"], linux, &["ls"]),
            (&["sandbox", "macos", "--log-denials", "ls"], macos, &["ls"]),
            (&["sandbox", "seatbelt", "ls"], macos, &["ls"]),
            (&["sandbox", "windows", "dir"], Spelling::Platform("windows"), &["dir"]),
        ] {
            let Some(Asked::Run(found, args)) = asked(line) else { panic!("{line:?}") };
            assert_eq!((found, args.command), (spelling, command.iter().map(OsString::from).collect()), "{line:?}");
        }
        assert!(matches!(asked(&["sandbox", "explain", "--json"]), Some(Asked::Explain(args)) if args.json));
        for line in [&["sandbox"][..], &["sandbox", "linux"], &["sandbox", "--full-auto"]] {
            assert!(asked(line).is_none(), "{line:?}");
        }
    }
}
