//! The async runtime of a front-end.
//!
//! One thread: a run waits for the model and for commands nearly all of its time, and a second worker
//! costs more at the start than it ever gives back. Blocking work has threads of its own.

use std::future::Future;
use std::time::Duration;

use crate::failure::Failure;

/// How long work that is still blocked, such as a slow disk, may hold up the end of the program.
const BLOCKED_GRACE: Duration = Duration::from_millis(200);

/// Runs a future to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("Error: cannot start the runtime: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(BLOCKED_GRACE);
    Ok(result)
}
