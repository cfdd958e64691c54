//! The stand-alone `apply_patch` tool.
//!
//! Takes the patch as its only argument or from standard input, applies it in the working directory and says what it
//! did. No options, no configuration, no roots: whoever may run it may write what it writes.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::apply::{Reach, summary};
use crate::parse::parse;
use crate::plan::plan;

const USAGE: &str = "Usage: apply_patch 'PATCH'\n       echo 'PATCH' | apply_patch";

/// Exit status of a call that was made wrongly.
const MISUSED: u8 = 2;
/// Exit status of a patch that was not applied.
const FAILED: u8 = 1;

/// A message for standard error and the exit status.
struct Failure {
    status: u8,
    message: String,
}

/// Runs the tool and returns its exit status: 0 applied, 1 not applied, 2 called wrongly.
///
/// `args` come without the program's name; `stdin` is read only when there are none.
pub fn run_executable(
    args: impl Iterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    cwd: &Path,
) -> u8 {
    // The status tells what became of the files; a reader that went away does not change that.
    match patch_text(args, stdin).and_then(|text| apply_text(&text, cwd)) {
        Ok(report) => {
            let _ = stdout.write_all(report.as_bytes()).and_then(|()| stdout.flush());
            0
        }
        Err(Failure { status, message }) => {
            let _ = writeln!(stderr, "{message}").and_then(|()| stderr.flush());
            status
        }
    }
}

fn failed(message: impl Into<String>) -> Failure {
    Failure { status: FAILED, message: message.into() }
}

fn misused(message: &str) -> Failure {
    Failure { status: MISUSED, message: message.to_owned() }
}

fn patch_text(mut args: impl Iterator<Item = OsString>, stdin: &mut dyn Read) -> Result<String, Failure> {
    match (args.next(), args.next()) {
        (Some(_), Some(_)) => Err(misused("Error: apply_patch accepts exactly one argument.")),
        (Some(patch), None) => patch.into_string().map_err(|_| failed("Error: apply_patch requires a UTF-8 PATCH argument.")),
        (None, _) => match from_stdin(stdin) {
            Ok(text) if text.is_empty() => Err(misused(USAGE)),
            Ok(text) => Ok(text),
            Err(error) => Err(failed(format!("Error: Failed to read PATCH from stdin.\n{error}"))),
        },
    }
}

fn from_stdin(stdin: &mut dyn Read) -> io::Result<String> {
    let mut text = String::new();
    stdin.read_to_string(&mut text)?;
    Ok(text)
}

fn apply_text(text: &str, cwd: &Path) -> Result<String, Failure> {
    let patch = parse(text).map_err(|error| failed(error.executable_message()))?;
    if patch.sections.is_empty() {
        return Err(failed("No files were modified."));
    }
    let plan = plan(&patch, cwd).map_err(|error| failed(error.executable_message()))?;
    let applied = plan.apply(&Reach::Anywhere).map_err(|error| failed(error.to_string()))?;
    Ok(summary(&applied))
}
