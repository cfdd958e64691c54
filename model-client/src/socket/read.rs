//! Moves one answer from the socket into a channel, and puts the socket back when the answer was whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use codex_protocol::ResponseItem;
use codex_protocol::usage::{RateLimitWindow, RateLimits};
use futures::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc::Sender;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::{Open, Place, Request};
use crate::error::{ErrorKind, ModelError};
use crate::failure;
use crate::prompt::ResponseEvent;
use crate::secrets::Secrets;
use crate::wire::Decoder;

type Event = Result<ResponseEvent, ModelError>;

/// Everything that the task owns.
pub(crate) struct SocketPump {
    pub(crate) sender: Sender<Event>,
    pub(crate) cancel: CancellationToken,
    pub(crate) idle: Duration,
    pub(crate) decoder: Decoder,
    pub(crate) secrets: Secrets,
    pub(crate) cuts: Arc<AtomicU64>,
    pub(crate) request: Request,
    /// Goes out first.
    pub(crate) head: Vec<ResponseEvent>,
}

impl SocketPump {
    /// Reads the answer to its end. The place is held for so long, so that a socket carries one answer at a time.
    pub(crate) async fn run(mut self, mut place: Place, mut open: Box<Open>) {
        let mut events: Vec<Event> = std::mem::take(&mut self.head).into_iter().map(Ok).collect();
        let mut items = Vec::new();
        loop {
            let last = if self.decoder.ended() { events.pop() } else { None };
            for event in events.drain(..) {
                if let Ok(ResponseEvent::ItemDone(item)) = &event {
                    items.extend(as_input(item));
                }
                if !self.give(event).await {
                    return;
                }
            }
            if let Some(last) = last {
                self.ended(&last);
                if let Ok(ResponseEvent::Completed { response_id, .. }) = &last {
                    open.chain = self.request.clone().answered(items, response_id);
                    *place = Some(*open);
                }
                drop(place);
                self.give(last).await;
                return;
            }
            let frame = tokio::select! {
                biased;
                () = self.cancel.cancelled() => {
                    let _ = self.sender.send(Err(ModelError::cancelled())).await;
                    return;
                }
                () = self.sender.closed() => return,
                frame = tokio::time::timeout(self.idle, open.stream.next()) => frame,
            };
            match frame {
                Ok(Some(Ok(Message::Text(text)))) => match rate_limits(&text) {
                    Some(limits) => events.push(Ok(ResponseEvent::RateLimits(limits))),
                    None => self.decoder.push("", &text, &mut events),
                },
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
                Ok(Some(Ok(Message::Binary(_)))) => self.decoder.end_with(failure::binary_frame(), &mut events),
                // A closing frame is answered by the next look at the socket.
                Ok(Some(Ok(Message::Close(_)))) => {
                    let _ = tokio::time::timeout(Duration::from_millis(100), open.stream.next()).await;
                    self.decoder.finish(&mut events);
                }
                Ok(Some(Err(_)) | None) => self.decoder.finish(&mut events),
                Err(_) => self.decoder.end_with(failure::idle().in_stream(), &mut events),
            }
        }
    }

    fn ended(&self, last: &Event) {
        match last {
            Err(error) if error.kind == ErrorKind::StreamCut => {
                self.cuts.fetch_add(1, Ordering::Relaxed);
            }
            _ => self.cuts.store(0, Ordering::Relaxed),
        }
    }

    /// Hands an event over; false when nobody wants it.
    async fn give(&self, event: Event) -> bool {
        let event = event.map_err(|error| self.secrets.out_of(error));
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {
                let _ = self.sender.send(Err(ModelError::cancelled())).await;
                false
            }
            sent = self.sender.send(event) => sent.is_ok(),
        }
    }
}

/// An item as the next request would have it in its input.
fn as_input(item: &ResponseItem) -> Option<Value> {
    serde_json::to_value(item).ok()
}

/// The limits in a frame of their own; `None` when it is another frame.
fn rate_limits(text: &str) -> Option<RateLimits> {
    if !text.contains("codex.rate_limits") {
        return None;
    }
    let frame: Value = serde_json::from_str(text).ok()?;
    if frame["type"] != "codex.rate_limits" {
        return None;
    }
    let window = |name: &str| {
        let window = frame["rate_limits"].get(name)?;
        Some(RateLimitWindow {
            used_percent: window.get("used_percent")?.as_f64()?,
            window_minutes: window.get("window_minutes").and_then(Value::as_i64),
            resets_at: window.get("reset_at").and_then(Value::as_i64),
        })
    };
    Some(RateLimits {
        primary: window("primary"),
        secondary: window("secondary"),
        plan_type: frame["plan_type"].as_str().map(str::to_owned),
        ..RateLimits::default()
    })
}
