//! Questions to the server.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::error::LmStudioError;

/// How long the server may take to say anything. It is on this machine.
const PROBE: Duration = Duration::from_secs(5);
/// What is read of an answer.
const ANSWER_CAP: usize = 8 * 1024 * 1024;

/// What the server says of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// Tokens that the model can take; fewer where it is loaded with fewer.
    pub context_length: Option<i64>,
}

/// A server, which may or may not be there.
#[derive(Clone, Debug)]
pub struct LmStudio {
    http: Client,
    base: String,
}

impl LmStudio {
    /// The server at a base address, which ends in `/v1`.
    pub fn new(http: Client, base_url: &str) -> Self {
        Self { http, base: base_url.trim_end_matches('/').to_owned() }
    }

    /// Ids of the models that are there. Tells at once whether the server is.
    ///
    /// # Errors
    /// [`LmStudioError::NotRunning`], [`LmStudioError::Unexpected`].
    pub async fn models(&self) -> Result<Vec<String>, LmStudioError> {
        let url = format!("{}/models", self.base);
        let answer = self.json(self.http.get(&url), &url).await?;
        let list = answer.get("data").and_then(Value::as_array).into_iter().flatten();
        Ok(list.filter_map(|model| Some(model.get("id")?.as_str()?.to_owned())).collect())
    }

    /// What the server's own interface says of a model; nothing where it does not say.
    ///
    /// # Errors
    /// [`LmStudioError::NotRunning`], [`LmStudioError::Unexpected`].
    pub async fn facts(&self, model: &str) -> Result<ModelFacts, LmStudioError> {
        let url = format!("{}/api/v0/models", self.base.strip_suffix("/v1").unwrap_or(&self.base));
        let answer = self.json(self.http.get(&url), &url).await?;
        let found = answer.get("data").and_then(Value::as_array).into_iter().flatten().find(|entry| entry["id"] == model);
        let length = found.and_then(|entry| entry.get("loaded_context_length").or_else(|| entry.get("max_context_length"))?.as_i64());
        Ok(ModelFacts { context_length: length })
    }

    /// Lets the server load a model, by a request for as little as can be. What comes of it does not matter.
    pub async fn warm_up(&self, model: &str) {
        let body = json!({"model": model, "input": "", "max_output_tokens": 1});
        let _ = self.http.post(format!("{}/responses", self.base)).json(&body).send().await;
    }

    async fn json(&self, request: RequestBuilder, url: &str) -> Result<Value, LmStudioError> {
        let unexpected = |what: String| LmStudioError::Unexpected { url: url.to_owned(), what };
        let mut response = match tokio::time::timeout(PROBE, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) | Err(_) => return Err(LmStudioError::NotRunning { url: self.base.clone() }),
        };
        let status = response.status();
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = tokio::time::timeout(PROBE, response.chunk()).await {
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
