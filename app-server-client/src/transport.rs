//! Ways to a server. Each gives a sender of messages and a receiver of them; a task of its own carries them.

use std::path::Path;
use std::process::Stdio;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::error::ClientError;

/// Messages that may wait for the wire.
const QUEUE: usize = 256;

/// Both directions of a connection.
pub(crate) struct Wire {
    pub(crate) outgoing: mpsc::Sender<String>,
    pub(crate) incoming: mpsc::Receiver<String>,
}

fn failed(error: impl std::fmt::Display) -> ClientError {
    ClientError::Connect(error.to_string())
}

/// Why there is no WebSocket; a server that wants to know who asks is told apart.
fn refused(error: &tungstenite::Error, had_token: bool) -> ClientError {
    match error {
        tungstenite::Error::Http(answer) if matches!(answer.status().as_u16(), 401 | 403) => {
            let why = if had_token { "the server refused the token" } else { "the server wants a token" };
            ClientError::Connect(format!("{why} ({}); --remote-auth-token-env names the variable that holds it", answer.status()))
        }
        other => failed(other),
    }
}

/// One message a line over a pair of streams.
pub(crate) fn lines(
    input: impl AsyncRead + Unpin + Send + 'static,
    mut output: impl AsyncWrite + Unpin + Send + 'static,
    program: Option<Child>,
) -> Wire {
    let (outgoing, mut messages) = mpsc::channel::<String>(QUEUE);
    let (sender, incoming) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        while let Some(mut message) = messages.recv().await {
            message.push('\n');
            if output.write_all(message.as_bytes()).await.is_err() || output.flush().await.is_err() {
                break;
            }
        }
        // The server ends when its input does; a writer that is gone needs no end.
        let _ = output.shutdown().await;
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(input).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if sender.send(line).await.is_err() {
                break;
            }
        }
        if let Some(mut program) = program {
            // Its exit code tells nothing that the end of its output did not.
            let _ = program.wait().await;
        }
    });
    Wire { outgoing, incoming }
}

/// A server that is started for this client and ends with it.
pub(crate) fn program(program: &str, args: &[&str]) -> Result<Wire, ClientError> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(output), Some(input)) => Ok(lines(output, input, Some(child))),
        _ => Err(ClientError::Connect("the server has no standard streams".to_owned())),
    }
}

/// A server at a Unix socket.
pub(crate) async fn unix(path: &Path) -> Result<Wire, ClientError> {
    let (input, output) = tokio::net::UnixStream::connect(path).await.map_err(failed)?.into_split();
    Ok(lines(input, output, None))
}

/// A server at `ws://...`.
pub(crate) async fn websocket(url: &str, token: Option<&str>) -> Result<Wire, ClientError> {
    let mut request = url.into_client_request().map_err(failed)?;
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().map_err(failed)?;
        request.headers_mut().insert("authorization", value);
    }
    let (socket, _) = tokio_tungstenite::connect_async(request).await.map_err(|error| refused(&error, token.is_some()))?;
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut messages) = mpsc::channel::<String>(QUEUE);
    let (sender, incoming) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if sink.send(Message::text(message)).await.is_err() {
                break;
            }
        }
        // A server that is gone needs no good-bye.
        let _ = sink.close().await;
    });
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message
                && sender.send(text.to_string()).await.is_err()
            {
                break;
            }
        }
    });
    Ok(Wire { outgoing, incoming })
}
