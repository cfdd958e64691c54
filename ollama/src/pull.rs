//! One line of a pull's progress.

use serde_json::Value;

/// How far a pull is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullStep {
    /// What the server does now, such as `pulling manifest` or `success`.
    Status(String),
    /// Bytes of one file.
    Bytes {
        /// The file.
        digest: String,
        /// Bytes that are there.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
}

/// What a line says.
pub(crate) enum Line {
    Step(PullStep),
    Error(String),
    Nothing,
}

/// Reads a line of the server's answer.
pub(crate) fn read(line: &[u8]) -> Line {
    let Ok(value) = serde_json::from_slice::<Value>(line) else { return Line::Nothing };
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if let Some(error) = text("error") {
        return Line::Error(error.to_owned());
    }
    let total = value.get("total").and_then(Value::as_u64).filter(|total| *total > 0);
    match (text("digest"), total, text("status")) {
        (Some(digest), Some(total), _) => {
            let done = value.get("completed").and_then(Value::as_u64).unwrap_or(0).min(total);
            Line::Step(PullStep::Bytes { digest: digest.to_owned(), done, total })
        }
        (_, _, Some(status)) => Line::Step(PullStep::Status(status.to_owned())),
        _ => Line::Nothing,
    }
}
