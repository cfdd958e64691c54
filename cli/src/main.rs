//! The `codex` binary: finds out under which name it was started, reads the command line, gathers what
//! it was started in, and hands over to the crate that does the work.
//!
//! **Not here:** anything worth testing without a process. Start-up is kept bare: `--version`, `--help`
//! and `completion` build no runtime, read no configuration and open no file.

mod address;
mod arg0;
mod args;
mod browser;
mod cmd;
mod env_file;
mod everywhere;
mod failure;
mod home;
mod logging;
mod output;
mod runtime;
mod suggest;
mod surroundings;

use std::io::Write;
use std::process::ExitCode;

use crate::arg0::Role;
use crate::args::{Cli, Command};
use crate::cmd::earlier::{Going, Outer};
use crate::cmd::interactive::Opening;
use crate::failure::Failure;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let role = arg0::role_of(&name);
    if role != Some(Role::Git) {
        // What stands for git hands its surroundings on as they are.
        codex_process_hardening::harden();
    }
    if let Some(role) = role {
        return ExitCode::from(role.play(&name, words));
    }
    if is_version(words) {
        // Asked by scripts and prompts all the time; needs no command line to be taken apart.
        output::print(concat!("codex-cli ", env!("CARGO_PKG_VERSION"), "\n"));
        return ExitCode::from(told_all(0));
    }
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(usage) => {
            if let Err(error) = usage.print().and_then(|()| std::io::stdout().flush()) {
                output::remember(error);
            }
            return ExitCode::from(told_all(u8::try_from(usage.exit_code()).unwrap_or(2)));
        }
    };
    match dispatch(cli) {
        Ok(code) => ExitCode::from(told_all(code)),
        Err(failure) => ExitCode::from(tell(&failure)),
    }
}

/// Tells what went wrong and returns the exit code of that.
fn tell(failure: &Failure) -> u8 {
    // Nobody can be told when this fails; the exit code still tells.
    let _ = std::io::stderr().write_all(codex_exec::sanitize(&failure.to_string()).as_bytes());
    failure.exit_code()
}

/// The exit code of a command that has ended with this one: another where its output was lost.
fn told_all(code: u8) -> u8 {
    output::lost().map_or(code, |failure| tell(&failure))
}

/// Whether `--version` or `-V` is all that is said.
fn is_version(mut words: std::env::ArgsOs) -> bool {
    let first = words.next();
    first.is_some_and(|word| word == "--version" || word == "-V") && words.next().is_none()
}

fn dispatch(cli: Cli) -> Result<u8, Failure> {
    cli.check_strays(std::env::args_os().skip(1))?;
    let flags = cli.config_flags();
    if cli.asks_no_settings() {
        cmd::config_options::check_idle(&flags)?;
    }
    match cli.command {
        None => {
            let outer = Outer { config: flags, screen: cli.screen };
            cmd::earlier::run_older(&cli.older, outer.clone()).unwrap_or_else(|| {
                let Outer { config, screen } = outer;
                cmd::interactive::run(Opening { config, screen, conversation: codex_tui::Conversation::New, prompt: cli.prompt })
            })
        }
        Some(Command::Exec(exec)) => cmd::exec::run(*exec, flags),
        Some(Command::Review(review)) => cmd::review::run(*review, flags),
        Some(Command::Resume(args)) => cmd::earlier::run(*args, Outer { config: flags, screen: cli.screen }, Going::On),
        Some(Command::Fork(args)) => cmd::earlier::run(*args, Outer { config: flags, screen: cli.screen }, Going::OnInACopy),
        Some(Command::Sessions(command)) => cmd::sessions::run(&command, &flags),
        Some(Command::Archive(args)) => cmd::archive::run(&args, &flags),
        Some(Command::Unarchive(args)) => cmd::unarchive::run(&args, &flags),
        Some(Command::Delete(args)) => cmd::delete::run(&args, &flags),
        Some(Command::Undo(args)) => cmd::undo::run(&args),
        Some(Command::Redo(args)) => cmd::redo::run(&args),
        Some(Command::Apply(args)) => cmd::apply::run(&args),
        Some(Command::Login(command)) => cmd::login::run(command, flags),
        Some(Command::Logout(args)) => cmd::login::log_out(args, flags),
        Some(Command::Mcp(command)) => cmd::mcp::run(command, flags),
        Some(Command::McpServer(args)) => cmd::mcp_server::run(args, flags),
        Some(Command::StdioToUds(args)) => cmd::app_server::stdio_to_uds(&args),
        Some(Command::AppServer(command)) => cmd::app_server::run(command, flags),
        Some(Command::Config(command)) => cmd::config::run(command, flags),
        Some(Command::Features(command)) => cmd::features::run(command, flags),
        Some(Command::Rules(command)) => cmd::rules::run(&command, flags),
        Some(Command::Execpolicy(command)) => cmd::execpolicy::run(&command),
        Some(Command::Sandbox(command)) => cmd::sandbox::run(command.into(), flags),
        Some(Command::Doctor(args)) => cmd::doctor::run(*args, flags),
        Some(Command::Demo(demo)) => cmd::demo::run(&demo),
        Some(Command::Completion(completion)) => Ok(cmd::completion::run(&completion)),
        Some(Command::Debug(command)) => cmd::debug::run(command, flags),
    }
}
