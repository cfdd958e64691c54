//! Reads refusals: which kind of error a status, a body or an error event is, and what people are told.
//!
//! Pure, and the same for every wire. The order of the questions matters: money before rates, rates before the
//! window (a limit of tokens per minute must not trigger compaction), specific codes before the status.

use std::time::SystemTime;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::downgrade::Feature;
use crate::error::{ErrorKind, ModelError};
use crate::wait::{duration_prefix, in_words, named_wait, text_of, wait_in_text};

/// The longest part of a body that is told.
const TOLD_BODY: usize = 2000;

pub(crate) const OVERFLOW: &str =
    "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.";
const QUOTA: &str = "Quota exceeded. Check your plan and billing details.";
const NOT_INCLUDED: &str = "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.";
const AT_CAPACITY: &str = "Selected model is at capacity. Please try a different model.";
const HIGH_DEMAND: &str = "We're currently experiencing high demand, which may cause temporary errors.";
const DISCONNECTED: &str = "stream disconnected before completion: ";

/// What a server says went wrong, wherever it says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServerError {
    pub(crate) message: String,
    /// `code`, lower case; numbers as text.
    pub(crate) code: String,
    /// `type`, lower case.
    pub(crate) kind: String,
    pub(crate) param: String,
    plan: Option<String>,
    /// A status that was told beside the error.
    status: Option<u16>,
    /// A wait that was told beside the error.
    wait: Option<std::time::Duration>,
    resets: Option<f64>,
    resets_at: Option<i64>,
}

impl ServerError {
    /// Reads any of the shapes that servers use; `None` when this is no error.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Array(list) => list.first().and_then(Self::read_wrapped),
            _ => Self::read_wrapped(value).or_else(|| Self::read_flat(value)),
        }
    }

    /// Reads `error`, where there is one.
    pub(crate) fn read_wrapped(value: &Value) -> Option<Self> {
        match value.get("error")? {
            Value::Null => None,
            Value::String(message) => Some(Self { message: message.clone(), code: word(value, "code"), ..Self::default() }),
            error => Some(Self { status: status_in(value), wait: wait_in(value), ..Self::of(error) }),
        }
    }

    fn read_flat(value: &Value) -> Option<Self> {
        if value.get("object").and_then(Value::as_str) == Some("error") && value.get("message").is_some() {
            return Some(Self::of(value));
        }
        if let Some(detail) = value.get("detail") {
            let message = detail.as_str().map_or_else(|| detail.to_string(), str::to_owned);
            return Some(Self { message, ..Self::default() });
        }
        let message = value.get("error_message").and_then(Value::as_str)?;
        Some(Self { message: message.to_owned(), kind: word(value, "error_type"), ..Self::default() })
    }

    /// Reads the object that holds `message`, `code` and so on.
    pub(crate) fn of(error: &Value) -> Self {
        let upstream = error.pointer("/metadata/raw").and_then(Value::as_str);
        let message = error.get("message").and_then(Value::as_str).or(upstream).unwrap_or_default();
        let message = match upstream {
            Some(raw) if raw != message => format!("{message}: {raw}"),
            _ => message.to_owned(),
        };
        Self {
            message,
            code: word(error, "code"),
            kind: word(error, "type"),
            param: word(error, "param"),
            plan: error.get("plan_type").and_then(Value::as_str).map(str::to_owned),
            resets: error.get("resets_in_seconds").and_then(Value::as_f64),
            resets_at: error.get("resets_at").and_then(Value::as_i64),
            status: None,
            wait: None,
        }
    }

    fn is(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.code == *name || self.kind == *name)
    }
}

/// The status beside an error that came in the place of an answer's head.
fn status_in(value: &Value) -> Option<u16> {
    let status = value.get("status").or_else(|| value.get("status_code"))?.as_u64()?;
    u16::try_from(status).ok()
}

/// The wait in the headers beside an error.
fn wait_in(value: &Value) -> Option<std::time::Duration> {
    let mut headers = HeaderMap::new();
    for (name, value) in value.get("headers")?.as_object()? {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let (Ok(name), Ok(value)) =
            (reqwest::header::HeaderName::from_bytes(name.as_bytes()), reqwest::header::HeaderValue::from_str(&text))
        {
            headers.insert(name, value);
        }
    }
    named_wait(&headers, "", SystemTime::now())
}

fn word(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.to_ascii_lowercase(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A refusal and the request feature it is about, if any.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: ModelError,
    pub(crate) feature: Option<Feature>,
}

/// An answer whose status is no success.
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    /// Without query and credentials.
    pub(crate) url: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Reads an answer whose status is no success.
pub(crate) fn of_answer(answer: &Answer<'_>, now: SystemTime) -> Refusal {
    let text = String::from_utf8_lossy(answer.body);
    let said = serde_json::from_slice::<Value>(answer.body).ok().and_then(|body| ServerError::read(&body));
    let known = said.is_some();
    let said = said.unwrap_or_else(|| ServerError { message: text.clone().into_owned(), ..ServerError::default() });
    let kind = kind_of(Some(answer.status), &said);
    let mut error = ModelError::new(kind, answer_message(answer, kind, &said, known, &text, now));
    if error.message != status_line(answer, told(&said, &text)) {
        let cause = format!("{}: {}", named_status(answer.status), told(&said, &text));
        error.cause = (kind != ErrorKind::ContextOverflow).then_some(cause);
    }
    error.retry_after = named_wait(answer.headers, &said.message, now);
    error.should_retry = match text_of(answer.headers, "x-should-retry") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let refused = matches!(answer.status.as_u16(), 400 | 422) && kind == ErrorKind::BadRequest;
    Refusal { feature: refused.then(|| Feature::refused_by(&said)).flatten(), error }
}

fn answer_message(answer: &Answer<'_>, kind: ErrorKind, said: &ServerError, known: bool, body: &str, now: SystemTime) -> String {
    match kind {
        ErrorKind::ContextOverflow => OVERFLOW.to_owned(),
        ErrorKind::Overloaded => AT_CAPACITY.to_owned(),
        ErrorKind::Quota => quota_message(said, now).unwrap_or_else(|| status_line(answer, told(said, body))),
        ErrorKind::RateLimited if answer.status == StatusCode::TOO_MANY_REQUESTS => {
            format!("exceeded retry limit, last status: {}", named_status(answer.status))
        }
        _ if answer.status == StatusCode::INTERNAL_SERVER_ERROR => HIGH_DEMAND.to_owned(),
        ErrorKind::BadRequest if answer.status == StatusCode::BAD_REQUEST && !body.trim().is_empty() => body.to_owned(),
        _ if known && !said.message.is_empty() => status_line(answer, &said.message),
        _ => status_line(answer, told(said, body)),
    }
}

fn told<'a>(said: &'a ServerError, body: &'a str) -> &'a str {
    let text = if said.message.is_empty() { body } else { &said.message };
    let text = if text.trim().is_empty() { "Unknown error" } else { text.trim() };
    &text[..text.floor_char_boundary(TOLD_BODY)]
}

fn named_status(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

fn status_line(answer: &Answer<'_>, message: &str) -> String {
    let mut line = format!("unexpected status {}: {message}, url: {}", named_status(answer.status), answer.url);
    if let Some(ray) = text_of(answer.headers, "cf-ray") {
        line.push_str(&format!(", cf-ray: {ray}"));
    }
    let ids = ["x-request-id", "request-id", "x-generation-id", "apim-request-id"];
    if let Some(id) = ids.iter().find_map(|name| text_of(answer.headers, name)) {
        line.push_str(&format!(", request id: {id}"));
    }
    line
}

fn quota_message(said: &ServerError, now: SystemTime) -> Option<String> {
    if said.is(&["usage_limit_reached"]) {
        return Some(usage_limit(said, now));
    }
    if said.is(&["usage_not_included"]) {
        return Some(NOT_INCLUDED.to_owned());
    }
    said.is(&["insufficient_quota"]).then(|| QUOTA.to_owned())
}

fn usage_limit(said: &ServerError, now: SystemTime) -> String {
    let present = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()) as f64;
    let left = said.resets.or_else(|| said.resets_at.map(|at| at as f64 - present)).filter(|left| *left > 0.0);
    let left = left.and_then(|left| std::time::Duration::try_from_secs_f64(left).ok());
    let when = left.map_or_else(|| "again later".to_owned(), |left| format!("again in {}", in_words(left)));
    match said.plan.as_deref() {
        Some("plus") => format!(
            "You've hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro), visit \
             https://chatgpt.com/codex/settings/usage to purchase more credits or try {when}."
        ),
        _ => format!("You've hit your usage limit. Try {when}."),
    }
}

/// Reads an error that came within an answer: an `error` event, `response.failed`, or a body with status 200.
pub(crate) fn of_event(said: &ServerError, now: SystemTime) -> ModelError {
    let status = said.code.parse::<u16>().ok().or(said.status);
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).filter(|code| code.as_u16() >= 400);
    let kind = kind_of(status, said);
    let words = if said.message.is_empty() { [said.code.as_str(), &said.kind].join(" ").trim().to_owned() } else { said.message.clone() };
    let words = if words.is_empty() { "the server gave no reason".to_owned() } else { words };
    let message = match kind {
        ErrorKind::ContextOverflow => OVERFLOW.to_owned(),
        ErrorKind::Overloaded => AT_CAPACITY.to_owned(),
        ErrorKind::Quota => quota_message(said, now).unwrap_or(words.clone()),
        ErrorKind::RateLimited | ErrorKind::Server => format!("{DISCONNECTED}{words}"),
        _ => words.clone(),
    };
    let mut error = ModelError::new(kind, message).in_stream();
    if kind == ErrorKind::Overloaded {
        error.cause = Some(words);
    }
    error.retry_after = said.wait.or_else(|| wait_in_text(&said.message));
    error
}

fn kind_of(status: Option<StatusCode>, said: &ServerError) -> ErrorKind {
    let code = status.map(|status| status.as_u16());
    let message = said.message.to_ascii_lowercase();
    if is_quota(code, said, &message) {
        return ErrorKind::Quota;
    }
    let window_status = matches!(code, None | Some(400 | 413 | 422 | 500));
    if window_status && is_overflow(said, &message) {
        return ErrorKind::ContextOverflow;
    }
    named_kind(said).or_else(|| code.map(|code| kind_of_status(code, &message))).unwrap_or_else(|| unnamed_kind(said))
}

fn named_kind(said: &ServerError) -> Option<ErrorKind> {
    const NAMES: &[(ErrorKind, &[&str])] = &[
        (ErrorKind::Overloaded, &["overloaded_error", "server_is_overloaded", "slow_down"]),
        (ErrorKind::RateLimited, &["rate_limit_error", "rate_limit_exceeded", "resource_exhausted", "too_many_requests"]),
        (ErrorKind::ContentFilter, &["content_filter", "content_policy_violation"]),
        (ErrorKind::TooLarge, &["request_too_large"]),
        (ErrorKind::BadRequest, &["invalid_prompt"]),
        (ErrorKind::MalformedToolCall, &["tool_use_failed"]),
        (ErrorKind::ConnectionState, &["previous_response_not_found", "websocket_connection_limit_reached"]),
    ];
    NAMES.iter().find(|(_, names)| said.is(names)).map(|(kind, _)| *kind)
}

fn kind_of_status(code: u16, message: &str) -> ErrorKind {
    match code {
        401 => ErrorKind::Auth,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        529 => ErrorKind::Overloaded,
        408 | 409 | 425 | 500.. => ErrorKind::Server,
        // A proxy in between answers in HTML, whatever status it chooses.
        _ if message.trim_start().starts_with('<') => ErrorKind::Server,
        _ => ErrorKind::BadRequest,
    }
}

fn unnamed_kind(said: &ServerError) -> ErrorKind {
    const NAMES: &[(ErrorKind, &[&str])] = &[
        (ErrorKind::Auth, &["authentication_error", "invalid_api_key"]),
        (ErrorKind::Permission, &["permission_error"]),
        (ErrorKind::NotFound, &["not_found_error", "model_not_found"]),
        (ErrorKind::BadRequest, &["invalid_request_error"]),
    ];
    NAMES.iter().find(|(_, names)| said.is(names)).map_or(ErrorKind::Server, |(kind, _)| *kind)
}

fn is_quota(code: Option<u16>, said: &ServerError, message: &str) -> bool {
    code == Some(402)
        || said.code == "402"
        || said.is(&["insufficient_quota", "usage_limit_reached", "usage_not_included", "billing_error"])
        || message.contains("specified api usage limits")
        || message.contains("insufficient credits")
}

/// Texts that speak of tokens but mean a rate.
const RATES: &[&str] =
    &["rate limit", "too many requests", "tokens per min", "tokens per day", "tokens/min", "throttl", "quota", "please wait"];

/// Texts that mean the window; the words of one entry have to come in this order.
const OVERFLOWS: &[&[&str]] = &[
    &["prompt too long"],
    &["prompt is too long"],
    &["input is too long"],
    &["exceed the context window"],
    &["exceeds the context window"],
    &["context window exceeds limit"],
    &["input token count", "exceeds the maximum"],
    &["maximum prompt length is "],
    &["reduce the length of the messages"],
    &["maximum context length"],
    &["prompt token count of ", "exceeds the limit"],
    &["available context size"],
    &["context size has been exceeded"],
    &["greater than the context length"],
    &["exceeded model token limit"],
    &["too large for model with ", " maximum context length"],
    &["exceeds the maximum allowed input length"],
    &["tokens in request more than max tokens allowed"],
    &["prompt exceeds max length"],
    &["exceeds max_seq_len"],
    &["exceeds the max input token limit"],
    &["keep the first ", " tokens when context"],
    &["exceed context limit"],
];

fn is_overflow(said: &ServerError, message: &str) -> bool {
    if RATES.iter().any(|words| message.contains(words)) {
        return false;
    }
    said.is(&["context_length_exceeded"]) || OVERFLOWS.iter().any(|words| in_order(message, words))
}

fn in_order(text: &str, words: &[&str]) -> bool {
    let mut rest = text;
    words.iter().all(|word| match rest.find(word) {
        Some(at) => {
            rest = &rest[at + word.len()..];
            true
        }
        None => false,
    })
}

/// An answer that is no answer, with status 200: HTML or other text where a stream was asked for.
pub(crate) fn of_foreign_text(text: &str, url: &str) -> ModelError {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = &line[..line.floor_char_boundary(200)];
    ModelError::new(
        ErrorKind::Server,
        format!("{DISCONNECTED}the server at {url} answered with something that is no model answer: {shown}"),
    )
    .in_stream()
}

/// The connection failed before any answer.
pub(crate) fn of_connection(url: &str, error: &reqwest::Error) -> ModelError {
    let message = format!("{DISCONNECTED}error sending request for url ({url})");
    let mut reasons = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    let Some(last) = reasons.last() else { return ModelError::new(ErrorKind::Connect, message) };
    // A certificate does not get better by asking again.
    let hopeless = error.is_builder() || last.contains("invalid peer certificate");
    let kind = if hopeless { ErrorKind::Configuration } else { ErrorKind::Connect };
    let cause = format!("cannot reach {url}: {last}");
    match kind {
        ErrorKind::Configuration => ModelError::new(kind, cause),
        _ => ModelError::new(kind, message).with_cause(cause),
    }
}

pub(crate) fn closed_early() -> ModelError {
    ModelError::new(ErrorKind::StreamCut, format!("{DISCONNECTED}stream closed before response.completed")).in_stream()
}

/// A socket gave bytes where text was due.
pub(crate) fn binary_frame() -> ModelError {
    ModelError::new(ErrorKind::StreamCut, format!("{DISCONNECTED}unexpected binary websocket event")).in_stream()
}

/// The body ended before the answer was whole.
pub(crate) fn cut() -> ModelError {
    ModelError::new(ErrorKind::StreamCut, format!("{DISCONNECTED}the stream closed before the answer was whole")).in_stream()
}

/// The arguments of a call are longer than any tool takes.
pub(crate) fn too_long_call() -> ModelError {
    ModelError::new(ErrorKind::Server, format!("{DISCONNECTED}the arguments of a tool call are longer than 4 MiB")).in_stream()
}

pub(crate) fn idle() -> ModelError {
    ModelError::new(ErrorKind::StreamCut, format!("{DISCONNECTED}idle timeout waiting for SSE"))
}

pub(crate) fn incomplete(reason: &str) -> ModelError {
    let message = format!("{DISCONNECTED}Incomplete response returned, reason: {reason}");
    ModelError::new(ErrorKind::StreamCut, message).in_stream()
}

pub(crate) fn filtered() -> ModelError {
    ModelError::new(ErrorKind::ContentFilter, "the model server's content filter held back the answer").in_stream()
}

/// An answer that is whole and has nothing in it.
pub(crate) fn empty() -> ModelError {
    ModelError::new(ErrorKind::EmptyResponse, format!("{DISCONNECTED}the model server's answer was empty")).in_stream()
}

pub(crate) fn too_long() -> ModelError {
    ModelError::new(ErrorKind::Server, format!("{DISCONNECTED}{}", crate::sse::TooLong)).in_stream()
}

pub(crate) fn endless() -> ModelError {
    ModelError::new(ErrorKind::Server, format!("{DISCONNECTED}the answer is longer than 256 MiB")).in_stream()
}

/// The wait until a bucket of a rate limit resets, as a header tells it.
pub(crate) fn reset_wait(headers: &HeaderMap, name: &str) -> Option<std::time::Duration> {
    duration_prefix(text_of(headers, name)?)
}
