//! `codex debug`: tools for those who look into the program, and older spellings of `codex sandbox`.

use clap::{Args, Subcommand};
use codex_exec::args::ConfigFlags;

use crate::cmd::man::{self, ManArgs};
use crate::cmd::sandbox::{self, Asked, SandboxArgs};
use crate::failure::Failure;

/// `codex debug`.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true)]
pub(crate) struct DebugCommand {
    #[command(subcommand)]
    command: DebugForm,
}

#[derive(Debug, Subcommand)]
enum DebugForm {
    /// The same as `codex sandbox linux`
    Landlock(SandboxArgs),

    /// The same as `codex sandbox macos`
    Seatbelt(SandboxArgs),

    /// Write the manual pages of all commands to a folder
    Man(ManArgs),
}

impl DebugCommand {
    /// Whether it works without settings.
    pub(crate) fn asks_no_settings(&self) -> bool {
        matches!(self.command, DebugForm::Man(_))
    }
}

/// Does what was asked.
pub(crate) fn run(command: DebugCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    match command.command {
        DebugForm::Landlock(args) => sandbox::run(Asked::on_platform("linux", args), outer),
        DebugForm::Seatbelt(args) => sandbox::run(Asked::on_platform("macos", args), outer),
        DebugForm::Man(args) => man::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Cli;

    #[test]
    fn the_older_spellings_are_understood() {
        for (line, understood) in [
            (&["debug", "landlock", "--full-auto", "ls"][..], true),
            (&["debug", "seatbelt", "ls"], true),
            (&["debug", "man", "folder"], true),
            (&["debug"], false),
            (&["debug", "landlock"], false),
        ] {
            assert_eq!(Cli::try_parse_from(["codex"].iter().chain(line)).is_ok(), understood, "{line:?}");
        }
    }
}
