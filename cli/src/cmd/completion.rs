//! `codex completion`: scripts for shells, and the manual, made from the definitions of the command line.

use clap::builder::PossibleValue;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::args::Cli;
use crate::cmd::man;
use crate::output::print_bytes;

/// `codex completion`.
#[derive(Args, Debug)]
pub(crate) struct CompletionArgs {
    /// Which shell; `man` prints the manual page instead
    #[arg(value_name = "SHELL", value_enum, default_value_t)]
    target: Target,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Shell(Shell),
    Man,
}

impl Default for Target {
    fn default() -> Self {
        Self::Shell(Shell::Bash)
    }
}

impl ValueEnum for Target {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Shell(Shell::Bash),
            Self::Shell(Shell::Zsh),
            Self::Shell(Shell::Fish),
            Self::Shell(Shell::Elvish),
            Self::Shell(Shell::PowerShell),
            Self::Man,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Shell(shell) => shell.to_possible_value(),
            Self::Man => Some(PossibleValue::new("man").help("The manual page")),
        }
    }
}

/// Prints it.
pub(crate) fn run(args: &CompletionArgs) -> u8 {
    let mut text = Vec::new();
    match args.target {
        Target::Shell(shell) => clap_complete::generate(shell, &mut Cli::command(), "codex", &mut text),
        Target::Man => man::whole(&mut text),
    }
    print_bytes(&text);
    0
}
