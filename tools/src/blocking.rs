//! Runs file work off the runtime's workers, a few pieces at a time.

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::handler::ToolError;

/// As many as keep a disk busy; more would only take memory.
static SLOTS: Semaphore = Semaphore::const_new(4);

/// Runs `work` on a thread of its own. The work looks at the token it is given and stops early; a
/// cancelled call does not wait for it.
pub(crate) async fn run<T: Send + 'static>(
    cancel: &CancellationToken,
    work: impl FnOnce(&CancellationToken) -> Result<T, ToolError> + Send + 'static,
) -> Result<T, ToolError> {
    let token = cancel.clone();
    let done = async {
        let slot = SLOTS.acquire().await.map_err(|_| ToolError::Cancelled)?;
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(&token)
        });
        task.await.map_err(|error| ToolError::Refused(format!("the tool failed: {error}")))?
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ToolError::Cancelled),
        result = done => result,
    }
}
