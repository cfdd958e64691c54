//! What servers of one dialect can and cannot do, before one of them refuses anything.
//!
//! The careful defaults are those of a server that renders a chat template: one system message, function tools, calls
//! that may come out as text. What the configuration says of a provider comes on top.

use codex_config::WireApi;
use codex_config::provider::{Dialect, ProviderInfo, ReasoningEcho};

use crate::downgrade::{Adjustments, Feature};

/// The capabilities of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Which kind of server.
    pub dialect: Dialect,
    /// The role `developer` instead of `system`.
    pub developer_role: bool,
    /// System or developer messages anywhere.
    pub late_system: bool,
    /// Neighbouring messages of one role are merged.
    pub merge_neighbours: bool,
    /// A message that only calls has `null` instead of an empty text.
    pub null_content: bool,
    /// `prompt_cache_key` and `verbosity` are sent over the Chat wire.
    pub openai_keys: bool,
    /// The Chat wire's output limit is `max_completion_tokens` rather than `max_tokens`.
    pub max_completion_tokens: bool,
    /// Call ids are hashed to nine letters and digits.
    pub short_call_ids: bool,
    /// Which reasoning goes back over the Chat wire.
    pub reasoning_echo: ReasoningEcho,
    /// Calls written as text are calls.
    pub text_tool_calls: bool,
    /// Thoughts between `<think>` tags are reasoning.
    pub think_tags: bool,
    /// Cache marks of the Messages wire.
    pub cache_marks: bool,
    /// Cache marks that last an hour.
    pub long_cache: bool,
    /// What is left out of every request from the start.
    pub without: Adjustments,
}

impl Caps {
    /// What is known of a provider.
    pub fn of(provider: &ProviderInfo) -> Self {
        let mut caps = Self::of_dialect(provider.dialect, provider.wire_api);
        let said = &provider.capabilities;
        let set = |place: &mut bool, value: Option<bool>| *place = value.unwrap_or(*place);
        set(&mut caps.developer_role, said.developer_role);
        set(&mut caps.late_system, said.late_system);
        set(&mut caps.merge_neighbours, said.alternation);
        set(&mut caps.openai_keys, said.prompt_cache_key);
        set(&mut caps.max_completion_tokens, said.max_completion_tokens);
        set(&mut caps.short_call_ids, said.short_call_ids);
        set(&mut caps.text_tool_calls, said.text_tool_calls);
        set(&mut caps.cache_marks, said.cache_control);
        caps.long_cache = said.cache_ttl == Some(codex_config::schema::provider::CacheTtl::OneHour);
        caps.reasoning_echo = said.reasoning_echo.unwrap_or(caps.reasoning_echo);
        let off = [
            (said.parallel_tool_calls, Feature::ParallelToolCalls),
            (said.tool_choice, Feature::ToolChoice),
            (said.stream_options, Feature::StreamOptions),
            (said.prompt_cache_key, Feature::PromptCacheKey),
            (said.reasoning_effort, Feature::ReasoningEffort),
            (said.output_schema, Feature::OutputSchema),
            (said.images, Feature::Images),
            (said.encrypted_reasoning, Feature::EncryptedReasoning),
            (said.tool_types, Feature::ToolTypes),
        ];
        for (said, feature) in off {
            if said == Some(false) {
                caps.without.turn_off(feature);
            }
        }
        if provider.wire_api == WireApi::Responses && said.developer_role == Some(false) {
            caps.without.turn_off(Feature::DeveloperRole);
        }
        caps
    }

    /// What is known of servers of a dialect.
    pub fn of_dialect(dialect: Dialect, wire: WireApi) -> Self {
        use Dialect::{
            Anthropic, Azure, Bedrock, Gemini, Generic, Groq, Litellm, Llamacpp, Lmstudio, Mistral, Ollama, Openai, Openrouter, Sglang,
            Vertex, Vllm, Xai,
        };
        let openai = matches!(dialect, Openai | Azure);
        let local = matches!(dialect, Ollama | Lmstudio | Llamacpp | Vllm | Sglang | Generic);
        Self {
            dialect,
            developer_role: openai,
            late_system: openai,
            merge_neighbours: matches!(dialect, Lmstudio | Ollama | Llamacpp | Mistral),
            null_content: openai,
            openai_keys: openai,
            max_completion_tokens: openai || matches!(dialect, Groq | Xai | Gemini | Openrouter),
            short_call_ids: dialect == Mistral,
            reasoning_echo: ReasoningEcho::Calls,
            text_tool_calls: wire == WireApi::Chat && (local || dialect == Litellm),
            think_tags: wire == WireApi::Chat && !openai,
            cache_marks: matches!(dialect, Anthropic | Vertex | Generic | Litellm | Openrouter | Bedrock),
            long_cache: false,
            without: Adjustments::default(),
        }
    }
}
