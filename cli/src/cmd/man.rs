//! Manual pages: one for `codex` and one for each subcommand, `codex-exec.1`, `codex-exec-resume.1` and so on.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};

use crate::args::Cli;
use crate::failure::Failure;
use crate::output::print_bytes;

/// `codex debug man`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Folder to write the pages to; it is made where it is missing. Without it the first page is printed
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

/// Writes or prints.
pub(crate) fn run(args: &ManArgs) -> Result<u8, Failure> {
    match &args.folder {
        Some(folder) => {
            write_all(folder).map_err(|error| Failure::new(format!("Error: cannot write to `{}`: {error}", folder.display())))?
        }
        None => {
            let mut text = Vec::new();
            whole(&mut text);
            print_bytes(&text);
        }
    }
    Ok(0)
}

/// The page of `codex` itself.
pub(crate) fn whole(text: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(command()).render(text);
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command(), folder)
}

/// The definitions, under the name that people type.
fn command() -> Command {
    Cli::command().name("codex").display_name("codex").disable_help_subcommand(true)
}
