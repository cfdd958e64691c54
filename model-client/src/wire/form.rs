//! One wire, as one provider speaks it.

use codex_config::WireApi;
use codex_config::provider::ProviderInfo;
use codex_protocol::ToolSpec;
use serde_json::Value;

use super::caps::Caps;
use super::decoder::Decoder;
use super::{chat, messages, responses};
use crate::downgrade::{Adjustments, Feature};
use crate::prompt::Prompt;

/// How requests to a provider are written and its answers read.
#[derive(Clone, Debug)]
pub struct WireForm {
    api: WireApi,
    caps: Caps,
    provider: String,
    max_output_tokens: Option<u64>,
}

impl WireForm {
    /// The form that a provider takes.
    pub fn of(provider: &ProviderInfo) -> Self {
        Self {
            api: provider.wire_api,
            caps: Caps::of(provider),
            provider: provider.id.clone(),
            max_output_tokens: provider.max_output_tokens,
        }
    }

    /// Which wire it is.
    pub fn api(&self) -> WireApi {
        self.api
    }

    /// What is left out from the start.
    pub fn adjustments(&self) -> &Adjustments {
        &self.caps.without
    }

    /// The body of a request without what the server was found not to take.
    pub fn encode(&self, prompt: &Prompt, adjustments: &Adjustments) -> Vec<u8> {
        let mark = self.mark(prompt);
        match self.api {
            WireApi::Responses => responses::encode_adjusted(prompt, adjustments),
            WireApi::Chat => {
                let is_own = |state: &Value| is_own(state, "chat", &mark);
                chat::encode(prompt, &self.caps, self.max_output_tokens, adjustments, &is_own)
            }
            WireApi::Messages => {
                let is_own = |state: &Value| is_own(state, "messages", &mark);
                messages::encode(prompt, &self.caps, self.max_output_tokens, adjustments, &is_own)
            }
        }
    }

    /// What reads the answer to a request.
    pub fn decoder(&self, prompt: &Prompt, adjustments: &Adjustments) -> Decoder {
        let mark = Some(self.mark(prompt));
        match self.api {
            WireApi::Responses => Decoder::Responses(responses::Decoder::new(freeform_names(prompt, adjustments))),
            WireApi::Chat => Decoder::Chat(Box::new(chat::Decoder::new(&prompt.tools, &self.caps, mark))),
            WireApi::Messages => Decoder::Messages(Box::new(messages::Decoder::new(&prompt.tools, mark))),
        }
    }

    /// Whose state an item keeps: a signature of another provider or model is refused.
    fn mark(&self, prompt: &Prompt) -> String {
        format!("{}/{}", self.provider, prompt.model)
    }
}

fn is_own(state: &Value, wire: &str, mark: &str) -> bool {
    state.get("wire").and_then(Value::as_str) == Some(wire) && state.get("by").and_then(Value::as_str).is_none_or(|by| by == mark)
}

/// Freeform tools that were offered as functions.
fn freeform_names(prompt: &Prompt, adjustments: &Adjustments) -> Vec<String> {
    if !adjustments.without(Feature::ToolTypes) {
        return Vec::new();
    }
    let custom = prompt.tools.iter().filter(|tool| matches!(tool, ToolSpec::Custom { .. }));
    custom.map(|tool| tool.name().to_owned()).collect()
}
