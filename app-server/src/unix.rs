//! Clients over a Unix socket, one message a line: whoever has this user's rights, and nobody else (L7).

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_app_server_protocol::line::{Line, LineReader};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatcher;
use crate::error::ServeError;
use crate::outbox::{Outgoing, outbox};
use crate::server::Server;
use crate::stdio::LONGEST_LINE;

/// The socket in `$CODEX_HOME`, when nobody names one.
const DEFAULT: &str = "app-server/app-server.sock";
/// Bytes written at once.
const CHUNK: usize = 128 * 1024;

/// A pause after the system had no room for a client.
const BREATH: std::time::Duration = std::time::Duration::from_millis(50);

/// Where clients of this user come in. Dropping it removes the socket.
pub(crate) struct Door {
    listener: UnixListener,
    pub(crate) path: PathBuf,
    user: u32,
}

impl Drop for Door {
    fn drop(&mut self) {
        // One that is gone already is as good as removed.
        let _ = fs::remove_file(&self.path);
    }
}

/// Where the socket is.
pub(crate) fn place(path: Option<&Path>, codex_home: &Path, cwd: &Path) -> PathBuf {
    path.map_or_else(|| codex_home.join(DEFAULT), |path| cwd.join(path))
}

impl Door {
    /// Opens it, in a folder that is this user's alone.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ServeError> {
        let system = |what| move |source| ServeError::System { what, source };
        let user = rustix::process::geteuid().as_raw();
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(system("make the folder of the socket"))?;
        let about = fs::metadata(folder).map_err(system("look at the folder of the socket"))?;
        if about.uid() != user || about.mode() & 0o077 != 0 {
            let text = format!("`{}` may be entered by others: a socket needs a folder of your own (`chmod 700`)", folder.display());
            return Err(ServeError::Flags(text));
        }
        match std::os::unix::net::UnixStream::connect(&path) {
            Ok(_) => return Err(ServeError::Flags(format!("another server listens at `{}` already", path.display()))),
            // A server that was killed leaves its socket behind.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(&path).map_err(system("remove an old socket"))?;
            }
            Err(_) => {}
        }
        let listener = UnixListener::bind(&path).map_err(system("listen at the socket"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(system("close the socket to others"))?;
        Ok(Self { listener, path, user })
    }

    /// The next one who knocks and is this user.
    pub(crate) async fn knock(&self) -> Option<UnixStream> {
        let stream = match self.listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a client could not be let in");
                tokio::time::sleep(BREATH).await;
                return None;
            }
        };
        let is_user = stream.peer_cred().is_ok_and(|peer| peer.uid() == self.user || peer.uid() == 0);
        is_user.then_some(stream)
    }
}

/// Serves a client.
pub(crate) async fn serve(server: Arc<Server>, stream: UnixStream, ending: CancellationToken) {
    let (input, output) = stream.into_split();
    let closed = ending.child_token();
    let (outbox, outgoing) = outbox(closed.clone());
    let connection = server.connect(outbox, closed.clone());
    let dispatcher = Dispatcher::new(Arc::clone(&server), Arc::clone(&connection));
    let read = async {
        let (mut input, mut reader) = (BufReader::new(input), LineReader::new(LONGEST_LINE));
        while let Some(line) = next_line(&mut input, &mut reader).await {
            match line {
                Line::Whole(line) => dispatcher.take(&line).await,
                Line::TooLong => dispatcher.too_long(LONGEST_LINE),
            }
        }
    };
    tokio::select! {
        biased;
        () = closed.cancelled() => {}
        () = read => {}
        () = write(outgoing, output) => {}
    }
    server.disconnect(&connection);
}

async fn write(mut outgoing: Outgoing, mut output: tokio::net::unix::OwnedWriteHalf) {
    let mut chunk = Vec::new();
    while let Some(message) = outgoing.next().await {
        chunk.clear();
        let mut next = Some(message);
        while let Some(message) = next {
            chunk.extend_from_slice(message.as_bytes());
            chunk.push(b'\n');
            next = if chunk.len() < CHUNK { outgoing.ready() } else { None };
        }
        if output.write_all(&chunk).await.is_err() {
            return;
        }
    }
}

/// The next line; `None` at the end of the input.
async fn next_line(input: &mut (impl AsyncBufRead + Unpin), reader: &mut LineReader) -> Option<Line> {
    loop {
        let bytes = input.fill_buf().await.ok()?;
        if bytes.is_empty() {
            return reader.end();
        }
        let (taken, line) = reader.take(bytes);
        input.consume(taken);
        if line.is_some() {
            return line;
        }
    }
}

/// Connects standard input and output with the socket of a server, until one of them ends.
///
/// # Errors
/// When nobody listens there.
pub async fn bridge(path: &Path) -> Result<(), ServeError> {
    let stream = UnixStream::connect(path).await.map_err(|source| ServeError::Connect { path: path.to_path_buf(), source })?;
    let (mut answers, mut requests) = stream.into_split();
    let send = async {
        let copied = tokio::io::copy(&mut tokio::io::stdin(), &mut requests).await;
        // The server hears the end; what it still has to say is waited for.
        let _ = requests.shutdown().await;
        copied
    };
    let receive = async { tokio::io::copy(&mut answers, &mut tokio::io::stdout()).await };
    tokio::pin!(receive);
    tokio::select! {
        _ = &mut receive => {}
        _ = send => {
            let _ = receive.await;
        }
    }
    Ok(())
}
