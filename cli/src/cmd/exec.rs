//! `codex exec`.

use codex_exec::args::{ConfigFlags, ExecArgs};

use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};
use crate::{logging, runtime};

/// Runs it and returns the exit code.
pub(crate) fn run(args: ExecArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    logging::install(environment.text("RUST_LOG"));
    let ambient = gather(environment, &EXEC)?;
    let code = runtime::block_on(codex_exec::run(args, outer, &ambient))?;
    Ok(code?)
}
