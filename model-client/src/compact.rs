//! The endpoint by which a server shortens a conversation itself: `POST {base_url}/responses/compact`.
//!
//! The built-in provider has it. A server that answers that there is no such thing is not asked again; the caller then asks the
//! model for notes instead. **Not here:** what becomes of the items (`codex-core`).

use std::sync::atomic::{AtomicBool, Ordering};

use codex_config::provider::{ProviderInfo, WireApi};
use codex_protocol::{ResponseItem, TokenUsage};
use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, ModelError};
use crate::prompt::{Prompt, ShortConversation};
use crate::wire::responses::Usage;

/// Where it is, behind the provider's address.
pub(crate) const PATH: &str = "/responses/compact";

/// What is read of an answer.
pub(crate) const ANSWER_CAP: usize = 64 * 1024 * 1024;

/// Whether a server has the endpoint, as far as is known.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    missing: AtomicBool,
}

impl Endpoint {
    /// Whether it is worth asking.
    pub(crate) fn may_be_at(&self, provider: &ProviderInfo) -> bool {
        provider.is_builtin_openai && provider.wire_api == WireApi::Responses && !self.missing.load(Ordering::Relaxed)
    }

    /// The server says that it is not there.
    pub(crate) fn is_missing(&self) {
        self.missing.store(true, Ordering::Relaxed);
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    input: &'a [ResponseItem],
    instructions: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    output: Vec<ResponseItem>,
    #[serde(default)]
    usage: Option<Usage>,
}

/// The request.
pub(crate) fn body(prompt: &Prompt) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "strings, numbers and JSON values always serialise")]
    serde_json::to_vec(&Body { model: &prompt.model, input: &prompt.input, instructions: &prompt.instructions })
        .expect("a body of plain values serialises")
}

/// Reads an answer. One without an item of the server's own making stands for nothing.
pub(crate) fn read(body: &[u8]) -> Result<ShortConversation, ModelError> {
    let unusable = || ModelError::new(ErrorKind::BadRequest, "the server's compaction is in a form that is not known");
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unusable())?;
    let has_summary = answer.output.iter().any(|item| matches!(item, ResponseItem::Compaction { .. }));
    if !has_summary {
        return Err(unusable());
    }
    let kept = answer.output.into_iter().filter(|item| !matches!(item, ResponseItem::Other));
    let items = kept.map(without_id).collect();
    Ok(ShortConversation { items, usage: answer.usage.map(TokenUsage::from) })
}

/// The server's own ids are of no use later.
fn without_id(mut item: ResponseItem) -> ResponseItem {
    if let ResponseItem::Message { id, .. } = &mut item {
        *id = None;
    }
    item
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_its_items_and_counts() {
        let message = json!({"type": "message", "id": "msg_1", "status": "completed", "role": "user", "content": [{"type": "input_text", "text": "one"}]});
        let summary = json!({"type": "compaction", "id": "cmp_1", "encrypted_content": "SEALED"});
        let answer = json!({"id": "resp_1", "object": "response.compaction", "output": [message, summary, {"type": "hologram"}],
            "usage": {"input_tokens": 139, "output_tokens": 11, "total_tokens": 150}});
        let short = read(answer.to_string().as_bytes()).unwrap();
        assert_eq!(short.items, [ResponseItem::user_text("one"), ResponseItem::Compaction { encrypted_content: "SEALED".into() }]);
        assert_eq!(short.usage.unwrap().total_tokens, 150);
        for useless in [json!({"output": [message]}), json!({"output": []}), json!({}), json!([])] {
            assert_eq!(read(useless.to_string().as_bytes()).unwrap_err().kind, ErrorKind::BadRequest, "{useless}");
        }
    }
}
