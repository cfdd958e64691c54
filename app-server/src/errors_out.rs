//! Why a turn failed, in the words programs know.

use codex_app_server_protocol::types as wire;
use codex_protocol::event::StreamError;

/// Why a turn failed.
#[derive(Clone, Debug)]
pub(crate) struct TurnFault {
    pub(crate) error: wire::TurnError,
}

impl TurnFault {
    /// From the agent's message and stable code.
    pub(crate) fn of(message: &str, code: &str) -> Self {
        let error = wire::TurnError { additional_details: None, codex_error_info: Some(info(code)), message: message.to_owned() };
        Self { error }
    }
}

/// A request that is tried again.
pub(crate) fn retry(error: &StreamError) -> wire::TurnError {
    wire::TurnError {
        additional_details: error.additional_details.clone(),
        codex_error_info: Some(wire::CodexErrorInfo::ResponseStreamDisconnected { http_status_code: None }),
        message: error.message.clone(),
    }
}

fn info(code: &str) -> wire::CodexErrorInfo {
    match code {
        "context_window_exceeded" => wire::CodexErrorInfo::ContextWindowExceeded,
        "quota_exceeded" => wire::CodexErrorInfo::UsageLimitExceeded,
        "overloaded" => wire::CodexErrorInfo::ServerOverloaded,
        "server_error" => wire::CodexErrorInfo::InternalServerError,
        "connection_failed" => wire::CodexErrorInfo::HttpConnectionFailed { http_status_code: None },
        "stream_cut" => wire::CodexErrorInfo::ResponseStreamDisconnected { http_status_code: None },
        "sandbox_unavailable" => wire::CodexErrorInfo::SandboxError,
        _ => wire::CodexErrorInfo::Other,
    }
}
