//! A client that writes down what another client is asked and answers.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use codex_protocol::ResponseItem;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::event::{RecordedError, RecordedEvent};
use super::file::{Exchange, Header, RecordError};
use super::normalise::{Normaliser, Surroundings};
use crate::error::{ErrorKind, ModelError};
use crate::prompt::{ModelClient, Prompt, RequestContext, ResponseEvent, ResponseStream, STREAM_BOUND};
use crate::wire::responses::encode;

/// Passes everything through to another client, and writes one line for each request when its answer has ended.
pub struct RecordingClient {
    inner: Arc<dyn ModelClient>,
    tape: Arc<Mutex<Tape>>,
}

/// The file and what is needed to write the next line.
struct Tape {
    file: File,
    path: PathBuf,
    requests: Requests,
}

/// Turns prompts into normalised requests, each item of the history only once.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) normaliser: Normaliser,
    count: usize,
    seen: Vec<ResponseItem>,
    input: Vec<Value>,
}

/// A normalised request.
#[derive(Debug)]
pub(super) struct Request {
    /// From 1.
    pub(super) n: usize,
    /// Without the first `kept` items of its input.
    pub(super) body: Value,
    /// How many items of the previous input this one begins with.
    pub(super) kept: usize,
}

impl Requests {
    pub(super) fn new(around: &Surroundings) -> Self {
        Self { normaliser: Normaliser::new(around), count: 0, seen: Vec::new(), input: Vec::new() }
    }

    pub(super) fn next(&mut self, prompt: &Prompt) -> Request {
        self.count += 1;
        let items: Vec<&ResponseItem> = prompt.input.iter().filter(|item| **item != ResponseItem::Other).collect();
        let kept = self.seen.iter().zip(&items).take_while(|(seen, item)| seen == *item).count();
        let fresh = items[kept..].iter().map(|item| (*item).clone()).collect();
        let mut body: Value = serde_json::from_slice(&encode(&Prompt { input: fresh, ..prompt.clone() })).unwrap_or_default();
        let names = prompt.tools.iter().map(|tool| Value::from(tool.name())).collect();
        body["tools"] = Value::Array(names);
        body["instructions"] = Value::String(self.normaliser.hash(&prompt.instructions));
        self.normaliser.request(&mut body["input"]);
        self.normaliser.request(&mut body["prompt_cache_key"]);
        self.seen.truncate(kept);
        self.seen.extend(items[kept..].iter().map(|item| (*item).clone()));
        self.input.truncate(kept);
        self.input.extend(body["input"].as_array().into_iter().flatten().cloned());
        Request { n: self.count, body, kept }
    }

    /// The whole normalised input of the last request.
    pub(super) fn whole_input(&self) -> Value {
        Value::Array(self.input.clone())
    }
}

impl RecordingClient {
    /// Begins a recording in a file that only its owner may read. An older file is replaced.
    ///
    /// # Errors
    /// [`RecordError::Write`].
    pub fn create(path: &Path, inner: Arc<dyn ModelClient>, around: &Surroundings) -> Result<Self, RecordError> {
        let failed = |source| RecordError::Write { path: path.to_owned(), source };
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(failed)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
        let header = serde_json::to_string(&Header::present()).unwrap_or_default();
        file.write_all(format!("{header}\n").as_bytes()).map_err(failed)?;
        let tape = Tape { file, path: path.to_owned(), requests: Requests::new(around) };
        Ok(Self { inner, tape: Arc::new(Mutex::new(tape)) })
    }
}

fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tape {
    fn write(&mut self, request: Request, events: Vec<RecordedEvent>, error: Option<&ModelError>) -> Result<(), ModelError> {
        let Request { n, body, kept } = request;
        let exchange = Exchange { n, request: Some(body), kept, events, error: error.map(RecordedError::of) };
        let mut line = serde_json::to_value(&exchange).unwrap_or_default();
        self.requests.normaliser.answer(&mut line["events"]);
        if let Some(error) = line.get_mut("error") {
            self.requests.normaliser.answer(error);
        }
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.map_err(|source| {
            let error = RecordError::Write { path: self.path.clone(), source };
            ModelError::new(ErrorKind::Replay, error.to_string())
        })
    }
}

#[async_trait]
impl ModelClient for RecordingClient {
    async fn stream(&self, prompt: &Prompt, context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError> {
        let request = lock(&self.tape).requests.next(prompt);
        match self.inner.stream(prompt, context, cancel).await {
            Ok(answer) => {
                let (sender, receiver) = mpsc::channel(STREAM_BOUND);
                tokio::spawn(pass_on(answer, sender, request, Arc::clone(&self.tape)));
                Ok(receiver)
            }
            Err(error) => {
                lock(&self.tape).write(request, Vec::new(), Some(&error))?;
                Err(error)
            }
        }
    }
}

/// Passes an answer on. Its line is written before the last event is, so that it is there when the run ends.
async fn pass_on(
    mut answer: ResponseStream,
    sender: mpsc::Sender<Result<ResponseEvent, ModelError>>,
    request: Request,
    tape: Arc<Mutex<Tape>>,
) {
    let mut events = Vec::new();
    while let Some(event) = answer.recv().await {
        let error = match &event {
            Ok(event) => {
                RecordedEvent::append(&mut events, event);
                None
            }
            Err(error) => Some(error.clone()),
        };
        if error.is_some() || matches!(event, Ok(ResponseEvent::Completed { .. })) {
            let written = lock(&tape).write(request, events, error.as_ref());
            let _ = sender.send(written.and(event)).await;
            return;
        }
        if sender.send(event).await.is_err() {
            break;
        }
    }
    let _ = lock(&tape).write(request, events, Some(&ModelError::cancelled().in_stream()));
}
