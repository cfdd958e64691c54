//! What a server tells without being asked: how far a call is, and what it logs. Bounded in size and in number, so that a server
//! that talks without end neither fills the screen nor holds up whoever reads events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex_protocol::EventMsg;
use codex_protocol::event::McpServerLog;
use serde_json::Value;
use tokio::time::Instant;

use crate::host::McpHost;
use crate::text::clean;

/// How many notices of a server are told in a window.
const MOST: u32 = 40;
const WINDOW: Duration = Duration::from_secs(1);
/// Most bytes of a logged value.
const LOGGED: usize = 8 * 1024;

#[derive(Debug)]
struct Window {
    began: Instant,
    told: u32,
    left_out: u64,
}

/// The notices of one connection.
#[derive(Clone)]
pub(crate) struct Notices {
    server: String,
    host: Arc<dyn McpHost>,
    window: Arc<Mutex<Window>>,
}

impl Notices {
    pub(crate) fn new(server: &str, host: &Arc<dyn McpHost>) -> Self {
        let window = Window { began: Instant::now(), told: 0, left_out: 0 };
        Self { server: server.to_owned(), host: Arc::clone(host), window: Arc::new(Mutex::new(window)) }
    }

    /// Whether one more may be told, and how many were left out before it.
    fn admit(&self) -> Option<u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = 0;
        if window.began.elapsed() >= WINDOW {
            before = window.left_out;
            *window = Window { began: Instant::now(), told: 0, left_out: 0 };
        }
        if window.told >= MOST {
            window.left_out += 1;
            return None;
        }
        window.told += 1;
        Some(before)
    }

    /// Tells it, if there is room.
    pub(crate) async fn tell(&self, event: EventMsg) {
        let Some(left_out) = self.admit() else { return };
        if left_out > 0 {
            let data = Value::String(format!("{left_out} messages of this server were left out"));
            let log = McpServerLog { server: self.server.clone(), level: "warning".to_owned(), logger: None, data };
            self.host.tell(EventMsg::McpServerLog(log)).await;
        }
        self.host.tell(event).await;
    }

    /// Tells what the server logged.
    pub(crate) async fn log(&self, level: String, logger: Option<String>, data: Value) {
        let data = match data {
            Value::String(text) => Value::String(clean(&text, LOGGED)),
            other if other.to_string().len() <= LOGGED => other,
            other => Value::String(clean(&other.to_string(), LOGGED)),
        };
        let logger = logger.map(|logger| clean(&logger, 200));
        self.tell(EventMsg::McpServerLog(McpServerLog { server: self.server.clone(), level, logger, data })).await;
    }
}
