//! Which kind of server a provider is, as far as servers of one wire differ from each other.
//!
//! Only names and addresses are here. What a dialect means for a request is in `codex-model-client`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of model server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// OpenAI itself.
    Openai,
    /// Azure OpenAI.
    Azure,
    /// OpenRouter.
    Openrouter,
    /// Groq.
    Groq,
    /// DeepSeek.
    Deepseek,
    /// Mistral.
    Mistral,
    /// xAI.
    Xai,
    /// Google's Gemini over Chat Completions.
    Gemini,
    /// Together.
    Together,
    /// Fireworks.
    Fireworks,
    /// Ollama.
    Ollama,
    /// LM Studio.
    Lmstudio,
    /// The server of llama.cpp.
    Llamacpp,
    /// vLLM.
    Vllm,
    /// SGLang.
    Sglang,
    /// A LiteLLM gateway.
    Litellm,
    /// Amazon Bedrock.
    Bedrock,
    /// Anthropic's models on Google Cloud.
    Vertex,
    /// Anthropic itself.
    Anthropic,
    /// GitHub Copilot.
    Copilot,
    /// GitHub Models.
    Github,
    /// A server of which nothing is known: careful defaults.
    #[default]
    Generic,
}

/// Ends of host names, each with the dialect that is spoken there.
const HOSTS: &[(&str, Dialect)] = &[
    ("api.openai.com", Dialect::Openai),
    (".openai.azure.com", Dialect::Azure),
    (".cognitiveservices.azure.com", Dialect::Azure),
    (".services.ai.azure.com", Dialect::Azure),
    ("openrouter.ai", Dialect::Openrouter),
    ("api.groq.com", Dialect::Groq),
    ("api.deepseek.com", Dialect::Deepseek),
    (".mistral.ai", Dialect::Mistral),
    ("api.x.ai", Dialect::Xai),
    ("generativelanguage.googleapis.com", Dialect::Gemini),
    ("api.together.xyz", Dialect::Together),
    ("api.together.ai", Dialect::Together),
    ("api.fireworks.ai", Dialect::Fireworks),
    ("aiplatform.googleapis.com", Dialect::Vertex),
    (".amazonaws.com", Dialect::Bedrock),
    (".api.aws", Dialect::Bedrock),
    ("api.anthropic.com", Dialect::Anthropic),
    (".githubcopilot.com", Dialect::Copilot),
    ("models.github.ai", Dialect::Github),
];

impl Dialect {
    /// The dialect that is spoken at an address: by its host, else by the usual port of a local server.
    pub fn of_address(base_url: &str) -> Self {
        let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (authority.as_str(), ""),
        };
        if let Some((_, dialect)) = HOSTS.iter().find(|(end, _)| host.ends_with(end)) {
            return *dialect;
        }
        match port {
            "11434" => Self::Ollama,
            "1234" => Self::Lmstudio,
            _ => Self::Generic,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_which_dialect_is_spoken() {
        let cases = [
            ("https://api.openai.com/v1", Dialect::Openai),
            ("https://mine.openai.azure.com/openai/v1", Dialect::Azure),
            ("https://user:key@api.GROQ.com/openai/v1", Dialect::Groq),
            ("https://europe-west1-aiplatform.googleapis.com/v1/projects/p", Dialect::Vertex),
            ("http://127.0.0.1:11434/v1", Dialect::Ollama),
            ("http://localhost:1234/v1", Dialect::Lmstudio),
            ("http://[::1]:8000/v1", Dialect::Generic),
            ("https://evil.example/api.openai.com", Dialect::Generic),
            ("", Dialect::Generic),
        ];
        for (address, dialect) in cases {
            assert_eq!(Dialect::of_address(address), dialect, "{address}");
        }
    }

    #[test]
    fn a_dialect_is_written_as_it_is_read() {
        assert_eq!(Dialect::Lmstudio.to_string(), "lmstudio");
    }
}
