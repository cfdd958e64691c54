//! `codex completion`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionArgs};

/// Prints the script.
pub(crate) fn run(args: &CompletionArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "codex", &mut script);
    // A reader that has seen enough is no failure.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
}
