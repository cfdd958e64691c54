//! The server from its start to its exit code.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatcher;
use crate::error::ServeError;
use crate::listen::Listen;
use crate::outbox::outbox;
use crate::server::Server;
use crate::stdio::{self, LONGEST_LINE, Line};
use crate::surroundings::Surroundings;

/// Exit code after SIGTERM.
const TERMINATED: u8 = 143;

/// Serves until its clients are gone or it is told to end, and returns the exit code.
///
/// Needs a tokio runtime with time, I/O and signals.
///
/// # Errors
/// When it cannot start.
pub async fn run(listen: Listen, surroundings: Surroundings) -> Result<u8, ServeError> {
    match listen {
        Listen::Stdio => over_stdio(surroundings).await,
        Listen::WebSocket(_) | Listen::Unix(_) => Err(ServeError::Flags("this transport is not built yet".to_owned())),
    }
}

async fn over_stdio(surroundings: Surroundings) -> Result<u8, ServeError> {
    let system = |what| move |source| ServeError::System { what, source };
    let mut terminate = signal(SignalKind::terminate()).map_err(system("listen for signals"))?;
    // A key press in the terminal the client runs in is not for the server.
    let _interrupt = signal(SignalKind::interrupt()).map_err(system("listen for signals"))?;
    let server = Server::new(surroundings);
    let closed = CancellationToken::new();
    let (outbox, outgoing) = outbox(closed.clone());
    let connection = server.connect(outbox, closed.clone());
    let mut lines = stdio::read_lines()?;
    let written = stdio::write_lines(outgoing)?;
    let dispatcher = Dispatcher::new(Arc::clone(&server), Arc::clone(&connection));
    let code = loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break TERMINATED,
            () = closed.cancelled() => break 0,
            line = lines.recv() => match line {
                None => break 0,
                Some(Line::Whole(line)) => dispatcher.take(&line).await,
                Some(Line::TooLong) => dispatcher.too_long(LONGEST_LINE),
            },
        }
    };
    server.disconnect(&connection);
    server.end().await;
    drop((dispatcher, connection, server));
    // What was put out before the end is still written, as long as somebody reads.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), written).await;
    Ok(code)
}
