//! JSON-RPC over the standard streams of a process: one message a line, each bounded.
//!
//! A server that prints what is no message is told apart from one that is silent: stray lines are skipped, and when
//! there are too many of them, or one line is too long, the connection ends with a named fault instead of waiting for its time-out.

use std::sync::{Arc, Mutex, PoisonError};

use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;

/// Most bytes of one message.
pub(crate) const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// Most bytes of stray output before the first message, and between two.
const MOST_STRAY: usize = 1024 * 1024;

/// Why a connection ended, where this side ended it. The first fault stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    pub(crate) fn set(&self, text: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| text.into());
    }

    pub(crate) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The two pipes of a server.
pub(crate) struct Lines {
    output: BufReader<pipe::Receiver>,
    line: Vec<u8>,
    stray: usize,
    input: Arc<tokio::sync::Mutex<Option<pipe::Sender>>>,
    fault: Fault,
}

impl Lines {
    pub(crate) fn new(input: pipe::Sender, output: pipe::Receiver, fault: Fault) -> Self {
        Self {
            output: BufReader::with_capacity(64 * 1024, output),
            line: Vec::new(),
            stray: 0,
            input: Arc::new(tokio::sync::Mutex::new(Some(input))),
            fault,
        }
    }

    /// A whole line without its end; `None` when no more will come. May be dropped at any await and called again.
    async fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            let available = self.output.fill_buf().await.ok()?;
            if available.is_empty() {
                return None;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let take = end.map_or(available.len(), |end| end + 1);
            if self.line.len() + take > LONGEST_LINE {
                self.fault.set(format!("it sent a message of more than {} MiB", LONGEST_LINE / (1024 * 1024)));
                return None;
            }
            self.line.extend_from_slice(&available[..take]);
            self.output.consume(take);
            if end.is_some() {
                return Some(std::mem::take(&mut self.line));
            }
        }
    }

    /// Notes a line that is no message; false when there were too many.
    fn skip(&mut self, line: &[u8]) -> bool {
        self.stray += line.len();
        if self.stray <= MOST_STRAY {
            return true;
        }
        let shown = crate::text::clean(&String::from_utf8_lossy(&line[..line.len().min(400)]), 80);
        self.fault.set(format!("it prints what is not JSON-RPC to standard output, such as `{}`", shown.trim()));
        false
    }
}

impl Transport<RoleClient> for Lines {
    type Error = std::io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleClient>) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let input = Arc::clone(&self.input);
        async move {
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            match input.lock().await.as_mut() {
                Some(pipe) => pipe.write_all(&line).await,
                None => Err(std::io::ErrorKind::NotConnected.into()),
            }
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let line = self.line().await?;
            match serde_json::from_slice::<RxJsonRpcMessage<RoleClient>>(&line) {
                Ok(message) => {
                    self.stray = 0;
                    return Some(message);
                }
                Err(error) => {
                    tracing::debug!(%error, "a line of an MCP server is no message");
                    if !self.skip(&line) {
                        return None;
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        // A write that hangs holds the lock; then the process is ended and the write with it.
        if let Ok(mut input) = self.input.try_lock() {
            input.take();
        }
        Ok(())
    }
}
