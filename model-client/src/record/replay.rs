//! A client that answers from a recording.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::compare::first_difference;
use super::event::RecordedEvent;
use super::file::{Exchange, Recording};
use super::normalise::Surroundings;
use super::recorder::Requests;
use crate::error::{ErrorKind, ModelError};
use crate::prompt::{ModelClient, Prompt, RequestContext, ResponseStream};

/// What happens when a request is not the recorded one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayMode {
    /// The request fails, and the error names the first difference.
    #[default]
    Strict,
    /// The recorded answer is given all the same.
    Lenient,
}

/// Answers the n-th request with the n-th recorded answer, without any network.
pub struct ReplayClient {
    recording: Recording,
    mode: ReplayMode,
    state: Mutex<State>,
}

struct State {
    requests: Requests,
    answered: usize,
}

impl ReplayClient {
    /// A client at the start of a recording.
    pub fn new(recording: Recording, around: &Surroundings, mode: ReplayMode) -> Self {
        Self { recording, mode, state: Mutex::new(State { requests: Requests::new(around), answered: 0 }) }
    }

    /// How many recorded requests were not asked yet.
    pub fn remaining(&self) -> usize {
        self.recording.requests() - self.state().answered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The recorded answer to a request, with present values.
    fn answer(&self, prompt: &Prompt) -> Result<Exchange, ModelError> {
        let mut state = self.state();
        let request = state.requests.next(prompt);
        let Some(exchange) = self.recording.exchanges.get(state.answered) else {
            let count = self.recording.requests();
            return Err(mismatch(format!("the recording has only {count} requests, and this run makes another")));
        };
        if let Some(recorded) = &exchange.request {
            let mut present = request.body;
            present["input"] = state.requests.whole_input();
            if let Some(difference) = first_difference(recorded, &present) {
                let message = format!("request {} is not the recorded one: {difference}", request.n);
                match self.mode {
                    ReplayMode::Strict => return Err(mismatch(message)),
                    ReplayMode::Lenient => warn!(message, "going on with the recorded answer"),
                }
            }
        }
        state.answered += 1;
        let mut events = serde_json::to_value(&exchange.events).unwrap_or(Value::Null);
        state.requests.normaliser.revive(&mut events);
        let events = serde_json::from_value(events).map_err(|error| mismatch(format!("recorded answer {}: {error}", request.n)))?;
        Ok(Exchange { events, ..exchange.clone() })
    }
}

fn mismatch(message: String) -> ModelError {
    ModelError::new(ErrorKind::Replay, message)
}

#[async_trait]
impl ModelClient for ReplayClient {
    async fn stream(&self, prompt: &Prompt, _context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError> {
        if cancel.is_cancelled() {
            return Err(ModelError::cancelled());
        }
        let Exchange { events, error, n, .. } = self.answer(prompt)?;
        let mut last = error.map(super::event::RecordedError::revive);
        if last.is_none() && !matches!(events.last(), Some(RecordedEvent::Completed { .. })) {
            last = Some(mismatch(format!("recorded answer {n} has no end")));
        }
        if let Some(error) = last.take_if(|error| events.is_empty() && !error.in_stream) {
            return Err(error);
        }
        // Room for all of it: nothing waits, so a replay has one order of events only.
        let (sender, receiver) = mpsc::channel(events.len() + 1);
        for event in events.into_iter().map(|event| Ok(event.revive())).chain(last.map(Err)) {
            let _ = sender.try_send(event);
        }
        Ok(receiver)
    }
}
