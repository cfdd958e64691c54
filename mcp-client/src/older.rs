//! The older HTTP form (protocol 2024-11-05): a GET opens an event stream, its first event names the address for messages.
//!
//! Every message is a POST of its own and every answer comes over the stream. The address named must be of the same
//! origin: a server cannot have credentials sent elsewhere (M5, X5).

use std::collections::HashMap;

use futures::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use url::Url;

use crate::line::{Fault, LONGEST_LINE};

/// Messages that wait to be read.
const WAITING: usize = 32;

/// A connection.
pub(crate) struct OlderTransport {
    client: reqwest::Client,
    address: Url,
    headers: HeaderMap,
    messages: mpsc::Receiver<RxJsonRpcMessage<RoleClient>>,
    reader: AbortHandle,
}

impl OlderTransport {
    /// Opens the stream and waits for the address.
    pub(crate) async fn open(
        client: reqwest::Client,
        url: Url,
        headers: HashMap<HeaderName, HeaderValue>,
        token: Option<String>,
        fault: Fault,
    ) -> Result<Self, String> {
        let mut all: HeaderMap = headers.into_iter().collect();
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "the token cannot be sent".to_owned())?;
            value.set_sensitive(true);
            all.insert(reqwest::header::AUTHORIZATION, value);
        }
        let request = client.get(url.clone()).headers(all.clone()).header(ACCEPT, "text/event-stream");
        let response = request.send().await.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("it knows neither streamable HTTP nor the older form: {}", response.status()));
        }
        let mut events = Events { stream: Box::pin(response.bytes_stream()), buffer: Vec::new(), fault: fault.clone() };
        let address = loop {
            match events.next().await {
                Some(event) if event.name == "endpoint" => {
                    break url.join(event.data.trim()).map_err(|_| "it names no address for messages".to_owned())?;
                }
                Some(_) => {}
                None => return Err(fault.get().unwrap_or_else(|| "its event stream ended before it named an address".to_owned())),
            }
        };
        if address.origin() != url.origin() {
            return Err("it wants messages sent to another server".to_owned());
        }
        let (sender, messages) = mpsc::channel(WAITING);
        let reader = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                match serde_json::from_str(&event.data) {
                    Ok(message) if event.name.is_empty() || event.name == "message" => {
                        if sender.send(message).await.is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => tracing::debug!(%error, "an event of an MCP server is no message"),
                }
            }
        });
        Ok(Self { client, address, headers: all, messages, reader: reader.abort_handle() })
    }
}

impl Drop for OlderTransport {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Transport<RoleClient> for OlderTransport {
    type Error = std::io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleClient>) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let request = self.client.post(self.address.clone()).headers(self.headers.clone()).header(CONTENT_TYPE, "application/json");
        async move {
            let body = serde_json::to_vec(&item)?;
            let response = request.body(body).send().await.map_err(|error| std::io::Error::other(error.without_url()))?;
            if response.status().is_success() { Ok(()) } else { Err(std::io::Error::other(format!("HTTP status {}", response.status()))) }
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        self.messages.recv().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.reader.abort();
        Ok(())
    }
}

/// One event of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct ServerEvent {
    name: String,
    data: String,
}

struct Events {
    stream: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<tokio_util::bytes::Bytes>> + Send>>,
    buffer: Vec<u8>,
    fault: Fault,
}

impl Events {
    async fn next(&mut self) -> Option<ServerEvent> {
        loop {
            if let Some(event) = take_event(&mut self.buffer) {
                if !event.data.is_empty() {
                    return Some(event);
                }
                continue;
            }
            if self.buffer.len() > LONGEST_LINE {
                self.fault.set(format!("it sent a message of more than {} MiB", LONGEST_LINE / (1024 * 1024)));
                return None;
            }
            let piece = self.stream.next().await?.ok()?;
            self.buffer.extend_from_slice(&piece);
        }
    }
}

/// Takes a whole event off the front, up to the empty line behind it.
fn take_event(buffer: &mut Vec<u8>) -> Option<ServerEvent> {
    let (mut at, mut event, mut data) = (0, ServerEvent::default(), Vec::new());
    loop {
        let length = buffer[at..].iter().position(|byte| *byte == b'\n')?;
        let line = &buffer[at..at + length];
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        at += length + 1;
        if line.is_empty() {
            break;
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut event.name),
            "data" => data.push(value.to_owned()),
            _ => {}
        }
    }
    buffer.drain(..at);
    event.data = data.join("\n");
    Some(event)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn events_are_taken_whole() {
        let mut buffer = b"event: endpoint\r\ndata: /messages?id=1\r\n\r\n: ping\n\ndata: {\"a\":\ndata: 1}\n\ndata: half".to_vec();
        let event = |name: &str, data: &str| Some(ServerEvent { name: name.into(), data: data.into() });
        assert_eq!(take_event(&mut buffer), event("endpoint", "/messages?id=1"));
        assert_eq!(take_event(&mut buffer), event("", ""));
        assert_eq!(take_event(&mut buffer), event("", "{\"a\":\n1}"));
        assert_eq!(take_event(&mut buffer), None);
        assert_eq!(buffer, b"data: half");
    }
}
