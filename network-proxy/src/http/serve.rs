//! One HTTP connection: a tunnel, or one plain request and its answer.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::body::Body;
use super::head::{BodyLength, Request, head_end, parse_answer, parse_request};
use crate::audit::{Failure, Protocol, Verdict};
use crate::proxy::Shared;
use crate::reach::reach;
use crate::relay::{Counts, pump, until_idle};
use crate::visit::{Visit, linger};

/// Bytes of a buffer at first, and of each piece of a body.
const PIECE: usize = 8 * 1024;
/// Answers that may come before the final one (100, 102, 103).
const INTERIM_ANSWERS: usize = 16;

/// Serves a connection to its end.
pub(crate) async fn serve(shared: &Shared, mut client: TcpStream, visit: &mut Visit) {
    let mut bytes = Vec::new();
    let head = timeout(shared.limits.handshake, read_head(&mut client, &mut bytes, shared.limits.head_bytes)).await;
    let end = match head {
        Ok(Ok(end)) => end,
        Ok(Err(NoHead::Closed)) if bytes.is_empty() => return,
        Ok(Err(NoHead::Closed)) => return visit.malformed("the request broke off"),
        Ok(Err(NoHead::Garbage)) => return reject(client, visit, "400 Bad Request", "this is no HTTP request").await,
        Ok(Err(NoHead::Large)) => return reject(client, visit, "431 Request Header Fields Too Large", "the head is too large").await,
        Err(_) if bytes.is_empty() => return,
        Err(_) => return reject(client, visit, "408 Request Timeout", "the request did not come in time").await,
    };
    match parse_request(&bytes[..end]) {
        Err(error) => reject(client, visit, "400 Bad Request", error.0).await,
        Ok(Request::Connect(target)) => {
            visit.wants(Protocol::Connect, target);
            tunnel(shared, client, &bytes[end..], visit).await;
        }
        Ok(Request::Plain { target, head, body }) => {
            visit.wants(Protocol::Http, target);
            plain(shared, client, &head, (body, &bytes[end..]), visit).await;
        }
    }
}

enum NoHead {
    Closed,
    Garbage,
    Large,
}

/// Reads until an empty line and returns where it ends. Nothing is set aside before it has come.
async fn read_head(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>, most: usize) -> Result<usize, NoHead> {
    loop {
        let searched = bytes.len();
        if searched >= most {
            return Err(NoHead::Large);
        }
        bytes.reserve(PIECE.min(most - searched));
        match stream.take((most - searched) as u64).read_buf(bytes).await {
            Ok(0) | Err(_) => return Err(NoHead::Closed),
            Ok(_) => {}
        }
        if !bytes[0].is_ascii_alphabetic() {
            return Err(NoHead::Garbage);
        }
        if let Some(end) = head_end(bytes, searched) {
            return Ok(end);
        }
    }
}

async fn reject(mut client: TcpStream, visit: &mut Visit, status: &str, why: &'static str) {
    visit.malformed(why);
    answer(&mut client, status, why).await;
}

/// A whole answer of our own, in one line; then the connection ends.
async fn answer(client: &mut TcpStream, status: &str, line: &str) {
    let body = format!("codex network proxy: {line}\n");
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    linger(client, head.as_bytes()).await;
}

/// Turns away a connection for which there is no room.
pub(crate) async fn turn_away(mut client: TcpStream) {
    answer(&mut client, "503 Service Unavailable", "too many connections").await;
}

/// Connects, or tells the client why not.
async fn connected(shared: &Shared, client: &mut TcpStream, visit: &mut Visit) -> Option<TcpStream> {
    let target = visit.target.clone()?;
    match reach(shared, &visit.client, visit.protocol, &target).await {
        Ok(reached) => {
            visit.allowed(&reached);
            Some(reached.stream)
        }
        Err(not) => {
            let verdict = not.verdict.clone();
            visit.not_reached(not);
            visit.tell(shared).await;
            match &verdict {
                Verdict::Refused(refusal) => answer(client, "403 Forbidden", &refusal.explain(&target, &shared.setting)).await,
                Verdict::Failed(Failure::TimedOut) => answer(client, "504 Gateway Timeout", &format!("`{target}`: timed out")).await,
                Verdict::Failed(failure) => answer(client, "502 Bad Gateway", &format!("`{target}`: {failure}")).await,
                Verdict::Allowed | Verdict::Malformed(_) => {}
            }
            None
        }
    }
}

async fn tunnel(shared: &Shared, mut client: TcpStream, early: &[u8], visit: &mut Visit) {
    let Some(host) = connected(shared, &mut client, visit).await else { return };
    if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
        join(client, host, early, &visit.counts, shared.limits.idle).await;
    }
}

/// Joins two connections until both are done. `early` is what the client has sent already.
pub(crate) async fn join(mut client: TcpStream, mut host: TcpStream, early: &[u8], counts: &Counts, idle: std::time::Duration) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_host, mut to_host) = host.split();
    let up = async {
        to_host.write_all(early).await?;
        counts.add_sent(early.len());
        pump(&mut from_client, &mut to_host, |bytes| counts.add_sent(bytes)).await
    };
    let down = pump(&mut from_host, &mut to_client, |bytes| counts.add_received(bytes));
    // One that fails ends both; one that is done leaves the other to finish.
    let _ = until_idle(counts, idle, async { tokio::try_join!(up, down) }).await;
}

async fn plain(shared: &Shared, mut client: TcpStream, head: &[u8], body: (BodyLength, &[u8]), visit: &mut Visit) {
    let Some(mut host) = connected(shared, &mut client, visit).await else { return };
    let counts = &visit.counts;
    let outcome = {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_host, mut to_host) = host.split();
        let upload = async {
            match upload(&mut from_client, &mut to_host, head, body, counts).await {
                // The host may have stopped reading because it has answered: that answer decides.
                Ok(()) | Err(Upload::Host) => std::future::pending().await,
                Err(Upload::Client) => {}
            }
        };
        let exchange = async {
            tokio::select! {
                done = download(&mut from_host, &mut to_client, shared.limits.head_bytes, counts) => done,
                () = upload => Ok(()),
            }
        };
        until_idle(counts, shared.limits.idle, exchange).await
    };
    match outcome {
        Some(Ok(())) => {}
        Some(Err(BadAnswer)) => {
            visit.failed(Failure::BadAnswer);
            answer(&mut client, "502 Bad Gateway", "the host's answer is no HTTP").await;
        }
        None if counts.received() == 0 => {
            visit.failed(Failure::TimedOut);
            answer(&mut client, "504 Gateway Timeout", "the host did not answer in time").await;
        }
        None => {}
    }
}

enum Upload {
    /// The client sent what is no body, or went away.
    Client,
    /// The host reads no more.
    Host,
}

async fn upload(
    client: &mut ReadHalf<'_>,
    host: &mut WriteHalf<'_>,
    head: &[u8],
    (length, early): (BodyLength, &[u8]),
    counts: &Counts,
) -> Result<(), Upload> {
    let mut send = async |bytes: &[u8]| -> Result<(), Upload> {
        host.write_all(bytes).await.map_err(|_| Upload::Host)?;
        counts.add_sent(bytes.len());
        Ok(())
    };
    send(head).await?;
    let mut body = Body::new(length);
    let belongs = body.take(early).map_err(|_| Upload::Client)?;
    send(&early[..belongs]).await?;
    let mut piece = vec![0; if body.is_done() { 0 } else { PIECE }];
    while !body.is_done() {
        let read = client.read(&mut piece).await.map_err(|_| Upload::Client)?;
        if read == 0 {
            return Err(Upload::Client);
        }
        let belongs = body.take(&piece[..read]).map_err(|_| Upload::Client)?;
        send(&piece[..belongs]).await?;
    }
    Ok(())
}

/// The host sent no answer of which the client has seen anything.
struct BadAnswer;

async fn download(host: &mut ReadHalf<'_>, client: &mut WriteHalf<'_>, most: usize, counts: &Counts) -> Result<(), BadAnswer> {
    let mut bytes = Vec::new();
    for _ in 0..INTERIM_ANSWERS {
        let end = match head_end(&bytes, 0) {
            Some(end) => end,
            None => read_head(host, &mut bytes, most).await.map_err(|_| BadAnswer)?,
        };
        let head = parse_answer(&bytes[..end]).map_err(|_| BadAnswer)?;
        // Upgrades are not asked for, so nobody may grant one.
        if head.status == 101 {
            return Err(BadAnswer);
        }
        counts.add_received(end);
        let sent: io::Result<()> = client.write_all(&head.head).await;
        bytes.drain(..end);
        if sent.is_err() {
            return Ok(());
        }
        if head.status >= 200 {
            let rest = async {
                client.write_all(&bytes).await?;
                counts.add_received(bytes.len());
                pump(host, client, |bytes| counts.add_received(bytes)).await
            };
            let _ = rest.await;
            return Ok(());
        }
    }
    Err(BadAnswer)
}
