//! The callback port: connections in, one right answer out.
//!
//! Bounded everywhere (L4): so many connections at a time, so many bytes, so many seconds each.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::browser::answer::{Code, Expected};
use crate::browser::page::Page;
use crate::error::LoginError;

const MOST_CONNECTIONS: usize = 64;
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a request may take to come.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long an answer may take to go.
const REPLY_TIME: Duration = Duration::from_secs(2);

/// The right answer, and the browser that waits for a page.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) code: Code,
    pub(super) reply: Reply,
}

/// A browser that waits.
#[derive(Debug)]
pub(super) struct Reply(TcpStream);

impl Reply {
    /// Shows a page; a browser that went away is no failure.
    pub(super) async fn show(mut self, page: Page) {
        let _ = timeout(REPLY_TIME, write(&mut self.0, page)).await;
    }
}

/// Waits for the right answer. The port is closed then.
pub(super) async fn wait(listener: TcpListener, expected: Expected) -> Result<Answered, LoginError> {
    let expected = Arc::new(expected);
    let (sender, mut receiver) = mpsc::channel(1);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(answered) = receiver.recv() => return Ok(answered),
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                // Most failures are of the one connection; a pause keeps a lasting one from turning the processor hot.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (expected, sender) = (Arc::clone(&expected), sender.clone());
                connections.spawn(async move {
                    if let Some(answered) = serve(stream, &expected).await {
                        // A second right answer comes too late; its connection is closed.
                        let _ = sender.try_send(answered);
                    }
                });
            }
        }
    }
}

async fn serve(mut stream: TcpStream, expected: &Expected) -> Option<Answered> {
    let page = match timeout(HEAD_TIME, head(&mut stream)).await {
        Ok(Ok(head)) => match expected.judge(&head) {
            Ok(code) => return Some(Answered { code, reply: Reply(stream) }),
            Err(page) => page,
        },
        Ok(Err(page)) => page?,
        Err(_) => Page::TooSlow,
    };
    let _ = timeout(REPLY_TIME, write(&mut stream, page)).await;
    None
}

/// Everything up to the empty line; `None` in the error when nobody is there to be told.
async fn head(stream: &mut TcpStream) -> Result<Vec<u8>, Option<Page>> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    loop {
        let read = stream.read(&mut piece).await.map_err(|_| None)?;
        if read == 0 {
            return Err(None);
        }
        head.extend_from_slice(&piece[..read]);
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            head.truncate(end);
            return Ok(head);
        }
        if head.len() > LONGEST_HEAD {
            return Err(Some(Page::TooLong));
        }
    }
}

async fn write(stream: &mut TcpStream, page: Page) -> std::io::Result<()> {
    stream.write_all(page.response().as_bytes()).await?;
    stream.shutdown().await?;
    // What is left unread would make the system drop the answer with the connection.
    let mut rest = [0; 2048];
    for _ in 0..LONGEST_HEAD / rest.len() {
        if stream.read(&mut rest).await? == 0 {
            break;
        }
    }
    Ok(())
}
