//! Questions to the server.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::error::OllamaError;
use crate::lines::Lines;
use crate::pull::{self, Line, PullStep};
use crate::version::{OLDEST, Version};

/// How long the server may take to say anything. It is on this machine.
const PROBE: Duration = Duration::from_secs(5);
/// How long a pull may stay silent.
const SILENCE: Duration = Duration::from_secs(300);
/// What is read of an answer that is no stream.
const ANSWER_CAP: usize = 8 * 1024 * 1024;

/// What the server says of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// Tokens that the model can take; the server may be told to use fewer.
    pub context_length: Option<i64>,
    /// Such as `tools`, `vision`, `thinking`.
    pub capabilities: Vec<String>,
}

/// A server, which may or may not be there.
#[derive(Clone, Debug)]
pub struct Ollama {
    http: Client,
    root: String,
}

impl Ollama {
    /// The server behind a base address; a `/v1` at its end is not part of its own interface.
    pub fn new(http: Client, base_url: &str) -> Self {
        let base = base_url.trim_end_matches('/');
        Self { http, root: base.strip_suffix("/v1").unwrap_or(base).to_owned() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// Asks for the server's version, and refuses one that is too old.
    ///
    /// # Errors
    /// [`OllamaError::NotRunning`], [`OllamaError::TooOld`].
    pub async fn check_version(&self) -> Result<Version, OllamaError> {
        let answer = self.json(self.http.get(self.url("/api/version")), "/api/version").await?;
        let text = answer.get("version").and_then(Value::as_str).unwrap_or_default();
        // A version without numbers is one that somebody built: it is not refused.
        let found = Version::parse(text).unwrap_or(OLDEST);
        if found < OLDEST { Err(OllamaError::TooOld { found }) } else { Ok(found) }
    }

    /// Names of the models that are there.
    ///
    /// # Errors
    /// [`OllamaError::NotRunning`], [`OllamaError::Unexpected`].
    pub async fn models(&self) -> Result<Vec<String>, OllamaError> {
        let answer = self.json(self.http.get(self.url("/api/tags")), "/api/tags").await?;
        let list = answer.get("models").and_then(Value::as_array).into_iter().flatten();
        Ok(list.filter_map(|model| model.get("name").or_else(|| model.get("model"))?.as_str()).map(str::to_owned).collect())
    }

    /// Whether a model is there; a name without a tag means `latest`.
    ///
    /// # Errors
    /// As [`models`](Self::models).
    pub async fn has_model(&self, model: &str) -> Result<bool, OllamaError> {
        let latest = format!("{model}:latest");
        Ok(self.models().await?.iter().any(|name| name == model || *name == latest))
    }

    /// What the server knows of a model; nothing where it does not say.
    ///
    /// # Errors
    /// [`OllamaError::NotRunning`], [`OllamaError::Unexpected`].
    pub async fn facts(&self, model: &str) -> Result<ModelFacts, OllamaError> {
        let answer = self.json(self.http.post(self.url("/api/show")).json(&json!({"model": model})), "/api/show").await?;
        let info = answer.get("model_info").and_then(Value::as_object);
        let context_length =
            info.and_then(|info| info.iter().find(|(key, _)| key.ends_with(".context_length"))).and_then(|(_, length)| length.as_i64());
        let capabilities = answer.get("capabilities").and_then(Value::as_array).into_iter().flatten();
        Ok(ModelFacts { context_length, capabilities: capabilities.filter_map(|word| Some(word.as_str()?.to_owned())).collect() })
    }

    /// Pulls a model and tells every step. Dropping the future stops the pull; the server keeps what it has.
    ///
    /// # Errors
    /// [`OllamaError::Pull`] with the server's words, [`OllamaError::NotRunning`].
    pub async fn pull(&self, model: &str, mut tell: impl FnMut(PullStep)) -> Result<(), OllamaError> {
        let failed = |why: String| OllamaError::Pull { model: model.to_owned(), why };
        let request = self.http.post(self.url("/api/pull")).json(&json!({"model": model, "stream": true}));
        let mut response = self.send(request).await?;
        let status = response.status();
        let (mut lines, mut error, mut whole) = (Lines::default(), None, false);
        let mut take = |line: &[u8]| match pull::read(line) {
            Line::Step(step) => {
                whole |= step == PullStep::Status("success".to_owned());
                tell(step);
            }
            Line::Error(why) => error = Some(why),
            Line::Nothing => {}
        };
        loop {
            match within(SILENCE, response.chunk()).await {
                Some(Ok(Some(bytes))) => lines.push(&bytes, &mut take),
                Some(Ok(None)) => break,
                Some(Err(cause)) => return Err(failed(format!("the connection broke off: {cause}"))),
                None => return Err(failed("the server said nothing for five minutes".to_owned())),
            }
        }
        lines.finish(&mut take);
        match error {
            Some(why) => Err(failed(why)),
            None if !status.is_success() => Err(failed(format!("status {status}"))),
            None if !whole => Err(failed("the server stopped before it was done".to_owned())),
            None => Ok(()),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, OllamaError> {
        let not_running = || OllamaError::NotRunning { url: self.root.clone() };
        match within(PROBE, request.send()).await {
            Some(Ok(response)) => Ok(response),
            Some(Err(_)) | None => Err(not_running()),
        }
    }

    async fn json(&self, request: RequestBuilder, path: &str) -> Result<Value, OllamaError> {
        let unexpected = |what: String| OllamaError::Unexpected { url: self.url(path), what };
        let mut response = self.send(request).await?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(Ok(Some(bytes))) = within(PROBE, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > ANSWER_CAP {
                return Err(unexpected("the answer is too long".to_owned()));
            }
        }
        if !status.is_success() {
            return Err(unexpected(format!("status {status}")));
        }
        serde_json::from_slice(&body).map_err(|error| unexpected(error.to_string()))
    }
}

async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, future).await.ok()
}
