//! The `apply_patch` tool as a program of its own, to try this crate by hand.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "a program's own entry is where the working directory comes from")]
    let cwd = match std::env::current_dir() {
        Ok(cwd) => cwd,
        Err(_) => return ExitCode::FAILURE,
    };
    let args = std::env::args_os().skip(1);
    codex_apply_patch::run_executable(args, &mut io::stdin(), &mut io::stdout(), &mut io::stderr(), &cwd).into()
}
