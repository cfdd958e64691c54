//! Calls under way, by the request id under which a client may cancel them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// The calls of a connection.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<HashMap<String, CancellationToken>>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins; `None` when another one of this id is under way.
    pub(crate) fn begin(&self, id: &Value, parent: &CancellationToken) -> Option<CancellationToken> {
        match self.lock().entry(id.to_string()) {
            std::collections::hash_map::Entry::Occupied(_) => None,
            std::collections::hash_map::Entry::Vacant(free) => Some(free.insert(parent.child_token()).clone()),
        }
    }

    /// A call has ended.
    pub(crate) fn end(&self, id: &Value) {
        self.lock().remove(&id.to_string());
    }

    /// Cancels a call; one that is unknown is none.
    pub(crate) fn cancel(&self, id: &Value) {
        if let Some(call) = self.lock().get(&id.to_string()) {
            call.cancel();
        }
    }
}
