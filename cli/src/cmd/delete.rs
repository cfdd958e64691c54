//! `codex delete`: removes sessions for good, after a question.

use std::io::{BufRead, Write};

use clap::Args;
use codex_exec::StreamKind;
use codex_exec::args::ConfigFlags;

use crate::cmd::sessions::target::{Stored, Targets, failed, one_line, say};
use crate::failure::Failure;

/// `codex delete`.
#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    targets: Targets,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Removes them.
pub(crate) fn run(args: &DeleteArgs, flags: &ConfigFlags) -> Result<u8, Failure> {
    let stored = Stored::of_this_process(flags)?;
    let files = stored.targets(&args.targets)?;
    if !args.yes && stored.ambient.stdin != StreamKind::Terminal {
        return Err(Failure::new("Error: nobody is there to ask whether sessions may be removed").hint("`--yes` removes without asking"));
    }
    for file in files {
        // A session that tells nothing of itself can be removed all the same.
        let title = stored.store.summary(file.id).map(|summary| one_line(summary.title(), 60)).unwrap_or_default();
        if !args.yes && !is_wanted(&format!("Remove session {} ({title}) for good? [y/N] ", file.id)) {
            say(&format!("kept {}\n", file.id));
            continue;
        }
        stored.store.delete(file.id).map_err(failed)?;
        say(&format!("removed {}\n", file.id));
    }
    Ok(0)
}

fn is_wanted(question: &str) -> bool {
    let mut screen = std::io::stderr();
    let asked = screen.write_all(question.as_bytes()).and_then(|()| screen.flush());
    let mut answer = String::new();
    let heard = std::io::stdin().lock().read_line(&mut answer);
    asked.is_ok() && heard.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
