//! Receives listeners that were made in a command's own network.
//!
//! Each command gets a socket of its own that takes one connection and is gone with it. Whoever connects must be this
//! user (L7). What it sends is checked to be two listening TCP sockets before anything is accepted on them, and they are
//! served until its end of the connection closes, that is until the command has ended.

use std::io;
use std::mem::MaybeUninit;
use std::net::TcpListener as StdListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::net::{AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SocketType, recvmsg, sockopt};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::proxy::{Proxy, Shared, Wire, accept};

/// The one byte of the message and of its answer.
pub const HANDOVER: u8 = b'L';
/// Longest path of a socket, without the zero behind it.
const PATH_BYTES: usize = 107;

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// The system refused.
    #[error("cannot make a socket for the network proxy in `{folder}`: {source}")]
    Io {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A socket's path may have 107 bytes.
    #[error("`{folder}` is too long a name for sockets of the network proxy")]
    Long {
        /// The folder.
        folder: PathBuf,
    },
}

/// Where the listeners of one command are handed over. Dropping this changes nothing.
#[derive(Debug)]
pub struct Door {
    path: PathBuf,
    work: JoinHandle<()>,
}

impl Door {
    /// The socket, absolute if the folder for sockets is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the command has ended, or nobody came in time.
    pub async fn closed(self) {
        let _ = self.work.await;
    }
}

impl Proxy {
    /// Makes a socket to which listeners for one command are sent, and serves them for as long as the command runs. It is
    /// good for one connection, and for [`Limits::door`](crate::Limits::door). `client` names the command in audits.
    ///
    /// Must be called on a tokio runtime.
    pub fn door(&self, client: &str) -> Result<Door, DoorError> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let shared = &self.shared;
        let io_error = |source| DoorError::Io { folder: shared.sockets.clone(), source };
        let path = folder(shared).map_err(io_error)?.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
        if path.as_os_str().len() > PATH_BYTES {
            return Err(DoorError::Long { folder: shared.sockets.clone() });
        }
        let listener = listen(&path).map_err(io_error)?;
        let opening = Opening { shared: Arc::clone(shared), client: client.into(), path: SocketFile(path.clone()) };
        Ok(Door { path, work: tokio::spawn(opening.open(listener)) })
    }
}

fn folder(shared: &Shared) -> io::Result<&Path> {
    if shared.folder.get().is_none() {
        let private = std::fs::Permissions::from_mode(0o700);
        let made = tempfile::Builder::new().prefix("net-").permissions(private).tempdir_in(&shared.sockets)?;
        // A second one, made at the same time, goes with this drop.
        drop(shared.folder.set(made));
    }
    shared.folder.get().map(TempDir::path).ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let listener = StdUnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// Goes when it is dropped.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Opening {
    shared: Arc<Shared>,
    client: Arc<str>,
    path: SocketFile,
}

impl Opening {
    async fn open(self, listener: UnixListener) {
        let Self { shared, client, path } = self;
        let cancel = shared.cancel.clone();
        let arrival = async {
            let mut helper = timeout(shared.limits.door, first_of_this_user(&listener)).await.ok()?;
            drop((listener, path));
            match timeout(shared.limits.handshake, receive(&mut helper)).await {
                Ok(Ok(listeners)) => Some((helper, listeners)),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "no listeners came from the sandbox helper");
                    None
                }
                Err(_) => None,
            }
        };
        let arrived = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            arrived = arrival => arrived,
        };
        if let Some((helper, listeners)) = arrived {
            serve(shared, client, helper, listeners).await;
        }
    }
}

async fn first_of_this_user(listener: &UnixListener) -> UnixStream {
    let own = rustix::process::getuid().as_raw();
    loop {
        match listener.accept().await {
            Ok((stream, _)) if stream.peer_cred().is_ok_and(|peer| peer.uid() == own) => return stream,
            Ok(_) => tracing::warn!("another user came to a socket of the network proxy"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

async fn serve(shared: Arc<Shared>, client: Arc<str>, mut helper: UnixStream, listeners: [TcpListener; 2]) {
    let stop = CancellationToken::new();
    for (listener, wire) in listeners.into_iter().zip([Wire::Http, Wire::Socks5]) {
        tokio::spawn(accept(Arc::clone(&shared), listener, wire, Arc::clone(&client), stop.clone()));
    }
    let _stop_at_the_end = stop.drop_guard();
    if helper.write_all(&[HANDOVER]).await.is_err() {
        return;
    }
    tokio::select! {
        biased;
        () = shared.cancel.cancelled() => {}
        // The helper has nothing more to say: whatever comes is the end.
        _ = helper.read_u8() => {}
    }
}

async fn receive(helper: &mut UnixStream) -> io::Result<[TcpListener; 2]> {
    let (bytes, descriptors) = helper.async_io(Interest::READABLE, || receive_now(helper)).await?;
    let bad = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    if bytes != [HANDOVER] {
        return Err(bad("the message is another one"));
    }
    let [http, socks] = <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| bad("there are not two descriptors"))?;
    Ok([listener(http)?, listener(socks)?])
}

fn receive_now(helper: &UnixStream) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0; 1];
    let message = recvmsg(helper, &mut [io::IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let rights = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptors: Vec<OwnedFd> = rights.flatten().collect();
    if message.flags.contains(ReturnFlags::CTRUNC) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there are more than two descriptors"));
    }
    Ok((byte[..message.bytes].to_vec(), descriptors))
}

fn listener(descriptor: OwnedFd) -> io::Result<TcpListener> {
    let stream = sockopt::socket_type(&descriptor)? == SocketType::STREAM;
    let family = sockopt::socket_domain(&descriptor)?;
    if !(stream && matches!(family, AddressFamily::INET | AddressFamily::INET6) && sockopt::socket_acceptconn(&descriptor)?) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a descriptor is no TCP listener"));
    }
    let listener = StdListener::from(descriptor);
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
