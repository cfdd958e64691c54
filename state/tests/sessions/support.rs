//! Sessions made for tests.

use std::path::{Path, PathBuf};

use codex_protocol::rollout::{RolloutItem, SessionMeta};
use codex_protocol::{ResponseItem, ThreadId};
use codex_state::RolloutRecorder;
use jiff::Zoned;
use serde_json::json;

pub(crate) fn meta(id: ThreadId, cwd: &str) -> SessionMeta {
    serde_json::from_value(json!({
        "id": id, "timestamp": "2026-11-20T23:28:36.323Z", "cwd": cwd, "originator": "codex_exec", "cli_version": "0.1.0",
        "source": "exec", "model_provider": "mock", "base_instructions": {"text": "Be kind."},
    }))
    .unwrap()
}

pub(crate) fn said(text: &str) -> RolloutItem {
    RolloutItem::ResponseItem(ResponseItem::user_text(text))
}

pub(crate) fn at(local: &str) -> Zoned {
    local.parse::<jiff::civil::DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// Records a session of the given texts and returns its file.
pub(crate) fn recorded(home: &Path, meta: SessionMeta, began: &Zoned, texts: &[&str]) -> PathBuf {
    let recorder = RolloutRecorder::create(home, meta, began).unwrap();
    runtime().block_on(async {
        for text in texts {
            recorder.record(said(text)).await;
        }
        recorder.flush().await.unwrap();
    });
    recorder.path().to_owned()
}
