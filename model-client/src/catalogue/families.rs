//! The built-in table: families of models, each by the beginning of its names.
//!
//! Windows are the ones that the maker states for its own service, or the smaller one where hosts differ: history that
//! is compacted early does less harm than a prompt that is cut. Whoever knows better says so in the configuration.

use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::rollout::TruncationPolicy;

use super::ShellTool;

use ReasoningEffort::{High, Low, Medium, Minimal, Xhigh};

const THREE: &[ReasoningEffort] = &[Low, Medium, High];
const FOUR: &[ReasoningEffort] = &[Low, Medium, High, Xhigh];
const WITH_MINIMAL: &[ReasoningEffort] = &[Minimal, Low, Medium, High];
const SMALL: &[ReasoningEffort] = &[Medium, High];

/// One family of the table.
#[derive(Debug)]
pub(super) struct Family {
    prefix: &'static str,
    pub(super) window: i64,
    pub(super) max_output: Option<i64>,
    pub(super) truncation: TruncationPolicy,
    pub(super) parallel_tools: bool,
    pub(super) reasons: bool,
    pub(super) summary: ReasoningSummaryMode,
    pub(super) efforts: &'static [ReasoningEffort],
    pub(super) default_verbosity: Option<&'static str>,
    pub(super) supports_verbosity: bool,
    pub(super) apply_patch: bool,
    pub(super) images: bool,
    pub(super) personality: bool,
    pub(super) shell: ShellTool,
}

const TOKENS: TruncationPolicy = TruncationPolicy::Tokens(10_000);
const BYTES: TruncationPolicy = TruncationPolicy::Bytes(10_000);

/// The codex models of the 5.1 generation; the others are told by how they differ.
const BASE: Family = Family {
    prefix: "gpt-5.1-codex",
    window: 272_000,
    max_output: None,
    truncation: TOKENS,
    parallel_tools: false,
    reasons: true,
    summary: ReasoningSummaryMode::Auto,
    efforts: THREE,
    default_verbosity: None,
    supports_verbosity: false,
    apply_patch: true,
    images: true,
    personality: false,
    shell: ShellTool::CommandLine,
};

const TALKATIVE: Family = Family { parallel_tools: true, default_verbosity: Some("low"), supports_verbosity: true, ..BASE };
const OSS: Family = Family { window: 128_000, truncation: BYTES, images: false, shell: ShellTool::Argv, ..BASE };

/// A model that nobody knows.
pub(super) const UNKNOWN: Family =
    Family { prefix: "", truncation: BYTES, reasons: false, efforts: &[], apply_patch: false, shell: ShellTool::Argv, ..BASE };

/// Models of OpenAI before the fifth generation: asked as unknown ones are, but of a known size.
const EARLIER: Family = Family { max_output: Some(100_000), window: 200_000, ..UNKNOWN };
const CLAUDE: Family = Family {
    prefix: "claude-",
    window: 200_000,
    max_output: Some(64_000),
    truncation: TOKENS,
    parallel_tools: true,
    apply_patch: false,
    efforts: FOUR,
    ..BASE
};
const OLD_CLAUDE: Family = Family { max_output: Some(8_192), reasons: false, efforts: &[], ..CLAUDE };
const GEMINI: Family = Family { prefix: "gemini-", window: 1_048_576, max_output: Some(65_536), efforts: THREE, ..CLAUDE };
/// Open weights, and models that are sold like them.
const OPEN: Family = Family { window: 131_072, images: false, ..UNKNOWN };
const THINKING: Family = Family { reasons: true, efforts: THREE, ..OPEN };

const FAMILIES: &[Family] = &[
    Family { prefix: "gpt-5.4-mini", personality: true, summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.4", personality: true, summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.3-codex", personality: true, summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.2-codex", personality: true, parallel_tools: true, efforts: FOUR, ..BASE },
    Family { prefix: "gpt-5.2", truncation: BYTES, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.1-codex-mini", efforts: SMALL, ..BASE },
    Family { prefix: "gpt-5.1-codex-max", efforts: FOUR, ..BASE },
    BASE,
    Family { prefix: "gpt-5.1", truncation: BYTES, ..TALKATIVE },
    Family { prefix: "gpt-5-codex-mini", efforts: SMALL, ..BASE },
    Family { prefix: "gpt-5-codex", ..BASE },
    Family {
        prefix: "gpt-5",
        truncation: BYTES,
        efforts: WITH_MINIMAL,
        supports_verbosity: true,
        apply_patch: false,
        shell: ShellTool::Argv,
        ..BASE
    },
    Family { prefix: "gpt-oss-120b", ..OSS },
    Family { prefix: "gpt-oss-20b", ..OSS },
    Family { prefix: "o1", ..EARLIER },
    Family { prefix: "o3", ..EARLIER },
    Family { prefix: "o4-mini", ..EARLIER },
    Family { prefix: "gpt-4.1", window: 1_047_576, max_output: Some(32_768), ..EARLIER },
    Family { prefix: "gpt-4o", window: 128_000, max_output: Some(16_384), ..EARLIER },
    CLAUDE,
    Family { prefix: "claude-opus-4-6", max_output: Some(128_000), ..CLAUDE },
    Family { prefix: "claude-opus-4-1", max_output: Some(32_000), ..CLAUDE },
    Family { prefix: "claude-opus-4-2", max_output: Some(32_000), ..CLAUDE },
    Family { prefix: "claude-3-5", ..OLD_CLAUDE },
    Family { prefix: "claude-3-opus", max_output: Some(4_096), ..OLD_CLAUDE },
    Family { prefix: "claude-3-haiku", max_output: Some(4_096), ..OLD_CLAUDE },
    GEMINI,
    Family { prefix: "gemini-2.0", max_output: Some(8_192), reasons: false, efforts: &[], ..GEMINI },
    Family { prefix: "gemini-1.5", max_output: Some(8_192), reasons: false, efforts: &[], ..GEMINI },
    Family { prefix: "gemma", images: true, ..OPEN },
    Family { prefix: "qwen3-coder", window: 262_144, ..OPEN },
    Family { prefix: "qwen3-max", window: 262_144, ..OPEN },
    Family { prefix: "qwen3-vl", images: true, ..OPEN },
    Family { prefix: "qwen3", ..OPEN },
    Family { prefix: "qwen2.5-vl", window: 32_768, images: true, ..OPEN },
    Family { prefix: "qwen2.5", window: 32_768, ..OPEN },
    Family { prefix: "qwq", window: 32_768, ..OPEN },
    Family { prefix: "deepseek-reasoner", parallel_tools: true, max_output: Some(65_536), ..THINKING },
    Family { prefix: "deepseek-chat", parallel_tools: true, max_output: Some(8_192), ..OPEN },
    Family { prefix: "deepseek", ..OPEN },
    Family { prefix: "codestral", window: 256_000, parallel_tools: true, ..OPEN },
    Family { prefix: "devstral", parallel_tools: true, ..OPEN },
    Family { prefix: "magistral", window: 40_960, parallel_tools: true, ..OPEN },
    Family { prefix: "ministral", parallel_tools: true, ..OPEN },
    Family { prefix: "mistral", parallel_tools: true, ..OPEN },
    Family { prefix: "mistral-medium", parallel_tools: true, images: true, ..OPEN },
    Family { prefix: "mistral-small", parallel_tools: true, images: true, ..OPEN },
    Family { prefix: "mixtral", window: 32_768, ..OPEN },
    Family { prefix: "pixtral", parallel_tools: true, images: true, ..OPEN },
    Family { prefix: "llama-4", images: true, ..OPEN },
    Family { prefix: "llama4", images: true, ..OPEN },
    Family { prefix: "llama", ..OPEN },
    Family { prefix: "llama-3-", window: 8_192, ..OPEN },
    Family { prefix: "llama3:", window: 8_192, ..OPEN },
    Family { prefix: "meta-llama-3", ..OPEN },
    Family { prefix: "grok-4", window: 256_000, parallel_tools: true, images: true, ..OPEN },
    Family { prefix: "grok-code", window: 256_000, parallel_tools: true, ..OPEN },
    Family { prefix: "grok-3", parallel_tools: true, ..OPEN },
    Family { prefix: "kimi-k2", parallel_tools: true, ..OPEN },
    Family { prefix: "glm-4.6", window: 200_000, ..OPEN },
    Family { prefix: "glm-4", ..OPEN },
    Family { prefix: "minimax-m2", window: 196_608, ..OPEN },
    Family { prefix: "phi-4", window: 16_384, ..OPEN },
];

/// The family of a model, by the longest beginning of its name.
pub(super) fn find(slug: &str) -> Option<&'static Family> {
    let bare = slug.rsplit('/').next().unwrap_or(slug).to_ascii_lowercase();
    // Bedrock puts region and maker before the name; other hosts write `4.5` where the maker writes `4-5`.
    let claude = bare.find("claude-").map(|at| bare[at..].replace('.', "-"));
    let name = claude.unwrap_or(bare);
    FAMILIES.iter().filter(|family| name.starts_with(family.prefix)).max_by_key(|family| family.prefix.len())
}
