//! The sandbox helper with a broker, and the stand-in for git, as one program, for tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    if codex_git_broker::inside() {
        return ExitCode::from(codex_git_broker::run_main(&name, words));
    }
    ExitCode::from(codex_linux_sandbox::run_main_with(words, Some(codex_git_broker::serve)))
}
