//! The helper as a program of its own, for tests.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(codex_linux_sandbox::run_main(std::env::args_os().skip(1)))
}
