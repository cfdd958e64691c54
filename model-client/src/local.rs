//! Makes a local server ready for a run: is it there, has it the model, how long is the model's window.
//!
//! Everything here is asked for by `--oss`, or when somebody who signs in wants such a model, before the first request. Progress is told step by step; how it is
//! shown is the front end's affair.

use std::collections::BTreeMap;
use std::path::Path;

use codex_config::provider::ProviderInfo;
use codex_lmstudio::{Download, LmStudio, LmStudioError, find_lms};
use codex_ollama::{Ollama, OllamaError, PullStep};
use reqwest::Url;

use crate::client::HttpOptions;
use crate::error::ModelError;
use crate::http::{client, configuration};

/// A step on the way, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalStep {
    /// The model is not there and is fetched now.
    Fetching {
        /// The model.
        model: String,
    },
    /// What the server or its tool does now.
    Status(String),
    /// Bytes of one file.
    Bytes {
        /// Names the file.
        file: String,
        /// Bytes that are there.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The model is there now.
    Fetched {
        /// The model.
        model: String,
    },
}

/// What was found out on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalFacts {
    /// Tokens that the model can take, where the server says.
    pub context_window: Option<i64>,
}

/// Why a local server cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// Ollama.
    #[error("OSS setup failed: {0}")]
    Ollama(#[from] OllamaError),
    /// LM Studio.
    #[error("OSS setup failed: {0}")]
    LmStudio(#[from] LmStudioError),
    /// The address or a proxy cannot be used.
    #[error("OSS setup failed: {0}")]
    Client(#[from] ModelError),
    /// Another provider than the local ones.
    #[error("model provider `{0}` is no local server; --oss takes `ollama` and `lmstudio`")]
    NotLocal(String),
}

/// The models that the server of a built-in local provider has.
///
/// # Errors
/// See [`LocalError`]; its text says how to start the server.
pub async fn models(provider: &ProviderInfo, env: &BTreeMap<String, String>) -> Result<Vec<String>, LocalError> {
    let http = http(provider, env)?;
    match provider.id.as_str() {
        "ollama" => Ok(Ollama::new(http, &provider.base_url).models().await?),
        "lmstudio" => Ok(LmStudio::new(http, &provider.base_url).models().await?),
        other => Err(LocalError::NotLocal(other.to_owned())),
    }
}

fn http(provider: &ProviderInfo, env: &BTreeMap<String, String>) -> Result<reqwest::Client, LocalError> {
    let url = Url::parse(&provider.base_url).map_err(|error| configuration(format!("`{}`: {error}", provider.base_url)))?;
    Ok(client(&url, &HttpOptions { env: env.clone(), ..HttpOptions::default() })?)
}

/// Looks for the server of a built-in local provider, and fetches the model where it is missing.
///
/// `cwd` is where LM Studio's tool runs; not a folder of a repository.
///
/// # Errors
/// See [`LocalError`]; its text says how to start the server.
pub async fn make_ready(
    provider: &ProviderInfo,
    model: &str,
    env: &BTreeMap<String, String>,
    cwd: &Path,
    tell: impl FnMut(LocalStep),
) -> Result<LocalFacts, LocalError> {
    let http = http(provider, env)?;
    match provider.id.as_str() {
        "ollama" => ollama(&Ollama::new(http, &provider.base_url), model, tell).await,
        "lmstudio" => lmstudio(LmStudio::new(http, &provider.base_url), model, env, cwd, tell).await,
        other => Err(LocalError::NotLocal(other.to_owned())),
    }
}

async fn ollama(server: &Ollama, model: &str, mut tell: impl FnMut(LocalStep)) -> Result<LocalFacts, LocalError> {
    server.check_version().await?;
    if !server.has_model(model).await? {
        tell(LocalStep::Fetching { model: model.to_owned() });
        let pulled = server.pull(model, |step| {
            tell(match step {
                PullStep::Status(status) => LocalStep::Status(status),
                PullStep::Bytes { digest, done, total } => LocalStep::Bytes { file: digest, done, total },
            });
        });
        pulled.await?;
        tell(LocalStep::Fetched { model: model.to_owned() });
    }
    // A server that does not say is as good as one without the question.
    let facts = server.facts(model).await.unwrap_or_default();
    Ok(LocalFacts { context_window: facts.context_length })
}

async fn lmstudio(
    server: LmStudio,
    model: &str,
    env: &BTreeMap<String, String>,
    cwd: &Path,
    mut tell: impl FnMut(LocalStep),
) -> Result<LocalFacts, LocalError> {
    if !server.models().await?.iter().any(|id| id == model) {
        let lms = find_lms(env).ok_or_else(|| LmStudioError::NoTool { model: model.to_owned() })?;
        tell(LocalStep::Fetching { model: model.to_owned() });
        let download = Download { lms, env: env.clone(), cwd: cwd.to_path_buf() };
        download.run(model, |line| tell(LocalStep::Status(line.to_owned()))).await?;
        tell(LocalStep::Fetched { model: model.to_owned() });
    }
    let facts = server.facts(model).await.unwrap_or_default();
    let model = model.to_owned();
    // The first request would wait for the model to load: it begins now.
    tokio::spawn(async move { server.warm_up(&model).await });
    Ok(LocalFacts { context_window: facts.context_length })
}
