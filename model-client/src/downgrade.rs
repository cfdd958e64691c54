//! Request features that a server may refuse, and which of them are left out.
//!
//! A 400 or 422 that names a feature is answered by one change and an immediate repeat. The finding is kept per
//! model for the life of the client. The changes themselves are made where a wire encodes. Where a request has nothing of
//! what the server names, everything that is not needed goes at once: a gateway in between may have added it.

use std::collections::BTreeMap;

use crate::failure::ServerError;

/// A part of the request that some servers do not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Tools that are no functions.
    ToolTypes,
    /// Tool descriptions that the server takes for empty.
    EmptyDescription,
    /// `parallel_tool_calls`.
    ParallelToolCalls,
    /// `prompt_cache_key`.
    PromptCacheKey,
    /// `strict` of a tool.
    Strict,
    /// `tool_choice`.
    ToolChoice,
    /// `service_tier`.
    ServiceTier,
    /// The role `developer`.
    DeveloperRole,
    /// `reasoning.effort`, then all of `reasoning`.
    ReasoningEffort,
    /// `include` and encrypted reasoning items.
    EncryptedReasoning,
    /// `text.verbosity`.
    Verbosity,
    /// The schema of the final message.
    OutputSchema,
    /// Images.
    Images,
    /// The key of the output limit; the other of the two names is used instead.
    MaxTokensName,
    /// `temperature`, which is never sent.
    Temperature,
    /// `stream_options`.
    StreamOptions,
    /// System messages behind the first, then any.
    LateSystem,
    /// Two neighbouring messages of one role.
    Alternation,
    /// Reasoning that has to come back; it is sent with every message.
    ReasoningEcho,
    /// Calls without the signature that Gemini gave them.
    ThoughtSignature,
    /// Signed thoughts of earlier answers, then all of them.
    ThinkingSignature,
    /// Cache marks: one is left, then none.
    CacheControl,
    /// Ids of calls that are not nine letters and digits.
    CallIdFormat,
    /// Calls whose results the server does not find: they go as text.
    Pairing,
    /// Everything that a request can do without.
    Extras,
}

impl Feature {
    /// The feature that a refusal is about; `None` when it names none of them.
    pub(crate) fn refused_by(said: &ServerError) -> Option<Self> {
        let text = format!("{} {} {}", said.message, said.code, said.param).to_ascii_lowercase();
        RULES.iter().find(|(_, fits)| fits(&text)).map(|(feature, _)| *feature)
    }

    /// How far a feature can be turned down: one step for most, two where something milder comes first.
    fn steps(self) -> u8 {
        match self {
            Self::ReasoningEffort | Self::DeveloperRole | Self::LateSystem | Self::ThinkingSignature | Self::CacheControl => 2,
            _ => 1,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::ToolTypes => "tools that are no functions",
            Self::EmptyDescription => "these tool descriptions",
            Self::ParallelToolCalls => "parallel_tool_calls",
            Self::PromptCacheKey => "prompt_cache_key",
            Self::Strict => "strict in tools",
            Self::ToolChoice => "tool_choice",
            Self::ServiceTier => "service_tier",
            Self::DeveloperRole => "the developer role",
            Self::ReasoningEffort => "this reasoning effort",
            Self::EncryptedReasoning => "encrypted reasoning",
            Self::Verbosity => "verbosity",
            Self::OutputSchema => "an output schema",
            Self::Images => "images",
            Self::MaxTokensName => "this name of the output limit",
            Self::Temperature => "temperature",
            Self::StreamOptions => "stream_options",
            Self::LateSystem => "system messages here",
            Self::Alternation => "neighbouring messages of one role",
            Self::ReasoningEcho => "messages without their reasoning",
            Self::ThoughtSignature => "calls without a thought signature",
            Self::ThinkingSignature => "thoughts of earlier answers",
            Self::CacheControl => "these cache marks",
            Self::CallIdFormat => "these call ids",
            Self::Pairing => "these calls and results",
            Self::Extras => "the request as it is",
        }
    }
}

type Rule = (Feature, fn(&str) -> bool);

/// Asked in this order: a message may hold the words of several.
const RULES: &[Rule] = &[
    (Feature::EmptyDescription, |text| text.contains("description") && text.contains("empty string")),
    (Feature::ToolTypes, is_about_tool_types),
    (Feature::CallIdFormat, |text| text.contains("a-z, a-z, 0-9") && text.contains("length of 9")),
    (Feature::Pairing, |text| {
        text.contains("must be followed by tool messages")
            || (text.contains("tool_use")
                && text.contains("tool_result")
                && ["without", "corresponding", "unexpected"].iter().any(|word| text.contains(word)))
            || text.contains("must be a response to a preceding message with 'tool_calls'")
    }),
    (Feature::ThoughtSignature, |text| text.contains("thought_signature")),
    (Feature::ThinkingSignature, |text| {
        (text.contains("signature") && text.contains("thinking")) || (text.contains("thinking") && text.contains("cannot be modified"))
    }),
    (Feature::ReasoningEcho, |text| {
        text.contains("reasoning_content") && ["passed back", "missing", "must be"].iter().any(|words| text.contains(words))
    }),
    (Feature::Alternation, |text| text.contains("roles must alternate")),
    (Feature::LateSystem, |text| text.contains("system message must be") || text.contains("system message should be")),
    (Feature::MaxTokensName, |text| text.contains("max_tokens") || text.contains("max_completion_tokens")),
    (Feature::Temperature, |text| text.contains("temperature")),
    (Feature::StreamOptions, |text| text.contains("stream_options")),
    (Feature::CacheControl, |text| text.contains("cache_control")),
    (Feature::ParallelToolCalls, |text| text.contains("parallel_tool_calls")),
    (Feature::PromptCacheKey, |text| text.contains("prompt_cache_key")),
    (Feature::ToolChoice, |text| text.contains("tool_choice")),
    (Feature::ServiceTier, |text| text.contains("service_tier")),
    (Feature::EncryptedReasoning, |text| text.contains("encrypted_content") || names_key(text, "include")),
    (Feature::Verbosity, |text| text.contains("verbosity")),
    (Feature::OutputSchema, |text| {
        ["response_format", "json_schema", "text.format", "output_config.format", "output_format"].iter().any(|words| text.contains(words))
    }),
    (Feature::ReasoningEffort, |text| {
        ["reasoning_effort", "reasoning.effort", "reasoning.summary", "thinking.type", "adaptive", "output_config"]
            .iter()
            .any(|words| text.contains(words))
            || names_key(text, "reasoning")
    }),
    (Feature::DeveloperRole, |text| {
        text.contains("developer") && text.contains("role") || text.contains("unexpected message role") || text.contains("incorrect role")
    }),
    (Feature::Strict, |text| names_key(text, "strict") || text.contains(".strict")),
    (Feature::Images, |text| {
        ["image", "vision", "multimodal"].iter().any(|words| text.contains(words))
            && ["support", "not allowed", "unknown", "invalid type"].iter().any(|words| text.contains(words))
    }),
];

fn is_about_tool_types(text: &str) -> bool {
    text.contains("'type' of tool must be 'function'")
        || (text.contains("tools[") && text.contains("].type"))
        || ["unknown tool type", "unsupported tool type", "tool type"].iter().any(|words| text.contains(words))
}

/// Whether a key stands in quotes, as servers name keys they refuse.
fn names_key(text: &str, key: &str) -> bool {
    ['\'', '"', '`'].iter().any(|quote| text.contains(&format!("{quote}{key}{quote}")))
}

/// What is left out for one model. The empty set is the request as the contract says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adjustments {
    steps: BTreeMap<Feature, u8>,
}

impl Adjustments {
    /// Whether a feature was turned down at all.
    pub fn without(&self, feature: Feature) -> bool {
        self.steps.contains_key(&feature)
    }

    /// Leaves a feature out from the start.
    pub fn turn_off(&mut self, feature: Feature) {
        self.steps.insert(feature, feature.steps());
    }

    /// How many steps a feature was turned down.
    pub fn step(&self, feature: Feature) -> u8 {
        self.steps.get(&feature).copied().unwrap_or(0)
    }

    /// Turns a feature down by one step and says so for people; `None` when it cannot go lower.
    pub fn turn_down(&mut self, feature: Feature) -> Option<String> {
        let step = self.steps.entry(feature).or_insert(0);
        if *step >= feature.steps() {
            return None;
        }
        *step += 1;
        Some(match feature {
            Feature::EmptyDescription => "model server does not take these tool descriptions: going on with plainer ones".to_owned(),
            Feature::Extras => "model server does not take the request as it is: going on with a plainer one".to_owned(),
            _ => format!("model server does not take {}: going on without", feature.in_words()),
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_matched_to_the_feature_they_name() {
        let cases = [
            ("'type' of tool must be 'function'", Some(Feature::ToolTypes)),
            ("tools[3].type: unknown variant", Some(Feature::ToolTypes)),
            ("Invalid 'input[0].tools[0].description': empty string. Expected", Some(Feature::EmptyDescription)),
            ("Unknown parameter: 'prompt_cache_key'.", Some(Feature::PromptCacheKey)),
            ("Unsupported parameter: 'parallel_tool_calls' is not supported with this model.", Some(Feature::ParallelToolCalls)),
            ("Unsupported value: 'reasoning.effort' does not support 'xhigh'", Some(Feature::ReasoningEffort)),
            ("Unknown parameter: 'include'", Some(Feature::EncryptedReasoning)),
            ("Invalid role: developer", Some(Feature::DeveloperRole)),
            ("Unknown parameter: 'text.format'", Some(Feature::OutputSchema)),
            ("This model does not support image inputs", Some(Feature::Images)),
            ("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.", Some(Feature::MaxTokensName)),
            ("chat template rejected the request: Unexpected message role.", Some(Feature::DeveloperRole)),
            ("System message must be at the beginning.", Some(Feature::LateSystem)),
            ("Conversation roles must alternate user/assistant", Some(Feature::Alternation)),
            ("The reasoning_content in the thinking mode must be passed back", Some(Feature::ReasoningEcho)),
            ("Tool call id was x but must be a-z, A-Z, 0-9, with a length of 9.", Some(Feature::CallIdFormat)),
            ("Function call is missing a thought_signature in functionCall parts.", Some(Feature::ThoughtSignature)),
            ("messages.1.content.0: Invalid `signature` in `thinking` block", Some(Feature::ThinkingSignature)),
            ("`tool_use` ids were found without `tool_result` blocks immediately after: t", Some(Feature::Pairing)),
            ("thinking.type.enabled is not supported for this model", Some(Feature::ReasoningEffort)),
            ("A maximum of 4 blocks with cache_control may be provided", Some(Feature::CacheControl)),
            ("your message is bad", None),
        ];
        for (message, feature) in cases {
            let said = ServerError::of(&json!({"message": message}));
            assert_eq!(Feature::refused_by(&said), feature, "{message}");
        }
    }

    #[test]
    fn a_feature_is_turned_down_only_so_far() {
        let mut adjustments = Adjustments::default();
        assert!(adjustments.turn_down(Feature::Images).is_some());
        assert!(adjustments.turn_down(Feature::Images).is_none());
        assert!(adjustments.turn_down(Feature::ReasoningEffort).is_some());
        assert!(adjustments.turn_down(Feature::ReasoningEffort).is_some());
        assert!(adjustments.turn_down(Feature::ReasoningEffort).is_none());
    }
}
