//! Asks an address which version of this program is the newest. Nothing of the user or of this machine is told there.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use reqwest::Url;
use serde::Deserialize;

/// Nobody waits for the answer, but it shall not take for ever.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longer answers are none.
const MOST: usize = 256 * 1024;

/// Why the newest version is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The address is none, or the connection cannot be set up.
    #[error("{0}")]
    Address(String),
    /// The request failed.
    #[error("the request failed")]
    Request(#[from] reqwest::Error),
    /// The answer names no version.
    #[error("the answer names no version")]
    Answer,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "tag_name")]
    version: String,
}

/// The newest version as the address names it in the JSON field `tag_name` or `version`, without `v` or a name before the number.
///
/// # Errors
/// See [`ReleaseError`].
pub async fn newest_release(address: &str, env: &BTreeMap<String, String>) -> Result<String, ReleaseError> {
    let url = Url::parse(address).map_err(|error| ReleaseError::Address(format!("`{address}` is no address: {error}")))?;
    let builder = codex_login::client_builder(&url, env).map_err(|error| ReleaseError::Address(error.to_string()))?;
    let client = builder.timeout(PATIENCE).user_agent("codex").build()?;
    let response = client.get(url).header("accept", "application/json").send().await?.error_for_status()?;
    let mut body = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
        if body.len() > MOST {
            return Err(ReleaseError::Answer);
        }
    }
    let Answer { version } = serde_json::from_slice(&body).map_err(|_| ReleaseError::Answer)?;
    let from = version.find(|c: char| c.is_ascii_digit()).ok_or(ReleaseError::Answer)?;
    Ok(version[from..].trim().to_owned())
}
