//! `codex sandbox`: runs one command the way a command of the model runs, to see what it may do; `explain` says it in words.

mod args;
mod explain;
mod proxied;
mod run;
mod settle;

use codex_exec::args::ConfigFlags;

use args::Spelling;
pub(crate) use args::{Asked, SandboxArgs, SandboxCommand};

use crate::failure::Failure;

/// Does what was asked. For a command it returns only when it could not become it, or was to look on.
pub(crate) fn run(asked: Asked, outer: ConfigFlags) -> Result<u8, Failure> {
    match asked {
        Asked::Explain(args) => {
            let json = args.json;
            let settled = settle::settle(&args.policy.behind(outer), Spelling::Plain)?;
            explain::explain(&settled, json)
        }
        Asked::Run(spelling, args) => {
            if let Some(refusal) = settle::not_here(spelling, std::env::consts::OS) {
                return Err(Failure::new(refusal));
            }
            let settled = settle::settle(&args.policy.behind(outer), spelling)?;
            run::run(settled, &args.command, args.log_denials)
        }
    }
}
