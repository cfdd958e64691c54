//! What goes to the client: results, errors, notifications, and questions with the answers that come back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

/// The way to the client. Cheap to share.
#[derive(Debug)]
pub(crate) struct Outgoing {
    messages: mpsc::Sender<String>,
    next: AtomicU64,
    /// Questions of ours that wait, by their id.
    asked: Mutex<HashMap<u64, oneshot::Sender<Option<Value>>>>,
}

/// A question that waits; dropping it forgets it.
#[derive(Debug)]
pub(crate) struct Asked<'o> {
    id: u64,
    answer: oneshot::Receiver<Option<Value>>,
    home: &'o Outgoing,
}

impl Outgoing {
    pub(crate) fn new(messages: mpsc::Sender<String>) -> Self {
        Self { messages, next: AtomicU64::new(0), asked: Mutex::default() }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Option<Value>>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, message: Value) {
        // A client that is gone needs nothing any more.
        let _ = self.messages.send(message.to_string()).await;
    }

    pub(crate) async fn result(&self, id: &Value, result: Value) {
        self.send(json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
    }

    pub(crate) async fn error(&self, id: &Value, code: i64, message: &str, data: Option<Value>) {
        let mut error = json!({ "code": code, "message": message });
        if let Some(data) = data {
            error["data"] = data;
        }
        self.send(json!({ "jsonrpc": "2.0", "id": id, "error": error })).await;
    }

    pub(crate) async fn notify(&self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Asks the client.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Asked<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.asked().insert(id, sender);
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        Asked { id, answer, home: self }
    }

    /// Takes an answer: the result, or nothing for an error. One to a question that is not open does nothing.
    pub(crate) fn answered(&self, id: &Value, result: Option<Value>) {
        let waiting = id.as_u64().and_then(|id| self.asked().remove(&id));
        match waiting {
            // The turn that asked may be over.
            Some(waiting) => drop(waiting.send(result)),
            None => tracing::debug!(%id, "an answer fits no open question"),
        }
    }
}

impl Asked<'_> {
    /// The result; nothing when the client answered with an error or is gone.
    pub(crate) async fn answer(mut self) -> Option<Value> {
        (&mut self.answer).await.ok().flatten()
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.home.asked().remove(&self.id);
    }
}
