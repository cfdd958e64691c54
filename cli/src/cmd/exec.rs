//! `codex exec`.

use codex_exec::args::{ConfigFlags, ExecArgs};

use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};
use crate::{logging, runtime};

/// Runs it and returns the exit code.
pub(crate) fn run(args: ExecArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    let rust_log = environment.text("RUST_LOG").map(str::to_owned);
    let ambient = gather(environment, &EXEC)?;
    logging::install(rust_log.as_deref(), &ambient);
    let code = runtime::block_on(codex_exec::run(args, outer, &ambient))?;
    Ok(code?)
}
