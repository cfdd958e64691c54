//! What is known of models: windows, truncation, reasoning, which tools they take.
//!
//! A table looked up by longest prefix, so a dated slug finds its family. An unknown slug is no error: it gets
//! careful defaults and the server decides. [`resolve`] lays the configuration over the table.

use codex_config::config::Config;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::rollout::TruncationPolicy;

use crate::prompt::Reasoning;

/// Which command tool a model is offered when unified exec is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellTool {
    /// `shell`, an argv.
    Argv,
    /// `shell_command`, one line.
    CommandLine,
}

/// What is known of one model, configuration included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// As the user gave it.
    pub slug: String,
    /// Usable tokens: 95 % of `max_window`.
    pub context_window: i64,
    /// All tokens of the window.
    pub max_window: i64,
    /// History is compacted from so many tokens on; at most 90 % of `max_window`.
    pub auto_compact_limit: i64,
    /// How tool output is shortened.
    pub truncation: TruncationPolicy,
    /// Whether the model may call several tools at once.
    pub parallel_tools: bool,
    /// Whether `reasoning` is sent at all.
    pub reasons: bool,
    /// Effort when the configuration names none.
    pub default_effort: Option<ReasoningEffort>,
    /// Summary when the configuration names none.
    pub default_summary: ReasoningSummaryMode,
    /// Efforts that the model takes; empty when unknown.
    pub efforts: &'static [ReasoningEffort],
    /// Verbosity when the configuration names none.
    pub default_verbosity: Option<&'static str>,
    /// Whether a configured verbosity is sent.
    pub supports_verbosity: bool,
    /// Whether `apply_patch` is offered as a freeform tool.
    pub apply_patch_freeform: bool,
    /// Whether images may be sent.
    pub supports_images: bool,
    /// The command tool when unified exec is off.
    pub shell_tool: ShellTool,
    /// Most tokens of one answer, where known.
    pub max_output_tokens: Option<i64>,
    /// Whether the table knows the model.
    pub known: bool,
}

impl ModelInfo {
    /// What is sent as `reasoning` for a configured effort and summary; `None` when the model does not reason.
    pub fn reasoning(&self, effort: Option<ReasoningEffort>, summary: Option<ReasoningSummaryMode>) -> Option<Reasoning> {
        if !self.reasons {
            return None;
        }
        let summary = summary.unwrap_or(self.default_summary);
        let summary = (summary != ReasoningSummaryMode::None).then_some(summary);
        Some(Reasoning { effort: effort.or(self.default_effort), summary })
    }

    /// What is sent as `text.verbosity` for a configured verbosity.
    pub fn verbosity(&self, configured: Option<&str>) -> Option<String> {
        if !self.supports_verbosity {
            return None;
        }
        configured.or(self.default_verbosity).map(str::to_owned)
    }
}

use ReasoningEffort::{High, Low, Medium, Minimal, Xhigh};

const THREE: &[ReasoningEffort] = &[Low, Medium, High];
const FOUR: &[ReasoningEffort] = &[Low, Medium, High, Xhigh];
const WITH_MINIMAL: &[ReasoningEffort] = &[Minimal, Low, Medium, High];
const SMALL: &[ReasoningEffort] = &[Medium, High];

/// One family of the table.
struct Family {
    prefix: &'static str,
    window: i64,
    truncation: TruncationPolicy,
    parallel_tools: bool,
    summary: ReasoningSummaryMode,
    efforts: &'static [ReasoningEffort],
    default_verbosity: Option<&'static str>,
    supports_verbosity: bool,
    apply_patch: bool,
    images: bool,
    shell: ShellTool,
}

const TOKENS: TruncationPolicy = TruncationPolicy::Tokens(10_000);
const BYTES: TruncationPolicy = TruncationPolicy::Bytes(10_000);

/// The codex models of the 5.1 generation; the others are told by how they differ.
const BASE: Family = Family {
    prefix: "gpt-5.1-codex",
    window: 272_000,
    truncation: TOKENS,
    parallel_tools: false,
    summary: ReasoningSummaryMode::Auto,
    efforts: THREE,
    default_verbosity: None,
    supports_verbosity: false,
    apply_patch: true,
    images: true,
    shell: ShellTool::CommandLine,
};

const TALKATIVE: Family = Family { parallel_tools: true, default_verbosity: Some("low"), supports_verbosity: true, ..BASE };
const OSS: Family = Family { window: 128_000, truncation: BYTES, images: false, shell: ShellTool::Argv, ..BASE };

const FAMILIES: &[Family] = &[
    Family { prefix: "gpt-5.4-mini", summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.4", summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.3-codex", summary: ReasoningSummaryMode::None, efforts: FOUR, ..TALKATIVE },
    Family { prefix: "gpt-5.2-codex", parallel_tools: true, efforts: FOUR, ..BASE },
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
];

/// Returns what the table says of a slug. A leading `name/` is ignored for the lookup.
pub fn lookup(slug: &str) -> ModelInfo {
    let bare = slug.split_once('/').map_or(slug, |(_, bare)| bare);
    let family = FAMILIES.iter().filter(|family| bare.starts_with(family.prefix)).max_by_key(|family| family.prefix.len());
    match family {
        Some(family) => known(slug, family),
        None => unknown(slug),
    }
}

fn known(slug: &str, family: &Family) -> ModelInfo {
    ModelInfo {
        slug: slug.to_owned(),
        context_window: usable(family.window),
        max_window: family.window,
        auto_compact_limit: compact_ceiling(family.window),
        truncation: family.truncation,
        parallel_tools: family.parallel_tools,
        reasons: true,
        default_effort: Some(Medium),
        default_summary: family.summary,
        efforts: family.efforts,
        default_verbosity: family.default_verbosity,
        supports_verbosity: family.supports_verbosity,
        apply_patch_freeform: family.apply_patch,
        supports_images: family.images,
        shell_tool: family.shell,
        max_output_tokens: None,
        known: true,
    }
}

fn unknown(slug: &str) -> ModelInfo {
    ModelInfo {
        truncation: BYTES,
        parallel_tools: false,
        reasons: false,
        default_effort: None,
        default_summary: ReasoningSummaryMode::Auto,
        efforts: &[],
        apply_patch_freeform: false,
        shell_tool: ShellTool::Argv,
        known: false,
        ..known(slug, &BASE)
    }
}

/// Returns what is known of the configured model, with the configuration's own values laid over it.
pub fn resolve(config: &Config) -> ModelInfo {
    let mut info = lookup(&config.model);
    if let Some(window) = config.model_context_window.filter(|window| *window > 0) {
        info.max_window = window;
        info.context_window = usable(window);
        info.auto_compact_limit = compact_ceiling(window);
    }
    if let Some(limit) = config.auto_compact_token_limit.filter(|limit| *limit > 0) {
        info.auto_compact_limit = limit.min(compact_ceiling(info.max_window));
    }
    if let Some(tokens) = config.tool_output_token_limit {
        // The limit is in tokens; models whose policy counts bytes get it in their own unit.
        info.truncation = match info.truncation {
            TruncationPolicy::Tokens(_) => TruncationPolicy::Tokens(tokens),
            TruncationPolicy::Bytes(_) => TruncationPolicy::Bytes(tokens.saturating_mul(4)),
        };
    }
    if config.model_supports_reasoning == Some(true) {
        info.reasons = true;
    }
    if let Some(freeform) = config.freeform_apply_patch {
        info.apply_patch_freeform |= freeform;
    }
    info
}

fn usable(window: i64) -> i64 {
    percent_of(window, 95)
}

fn compact_ceiling(window: i64) -> i64 {
    percent_of(window, 90)
}

fn percent_of(window: i64, percent: i64) -> i64 {
    window.saturating_mul(percent) / 100
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_longest_prefix_wins_and_a_namespace_is_ignored() {
        let cases = [
            ("gpt-5.2-codex-foo", TOKENS, true, None),
            ("ns/gpt-5.2", BYTES, true, Some("low")),
            ("gpt-5.4-mini-2026", TOKENS, true, Some("low")),
            ("gpt-5.1-codex-mini", TOKENS, false, None),
            ("gpt-5", BYTES, false, None),
        ];
        for (slug, truncation, parallel, verbosity) in cases {
            let info = lookup(slug);
            assert_eq!((info.truncation, info.parallel_tools, info.default_verbosity), (truncation, parallel, verbosity), "{slug}");
            assert!(info.known && info.slug == slug, "{slug}");
        }
    }

    #[test]
    fn windows_are_95_and_90_percent() {
        let info = lookup("gpt-5.1-codex");
        assert_eq!((info.max_window, info.context_window, info.auto_compact_limit), (272_000, 258_400, 244_800));
        assert_eq!(lookup("openai/gpt-oss-20b").context_window, 121_600);
        assert_eq!(lookup("my-model").context_window, 258_400);
    }

    #[test]
    fn an_unknown_model_does_not_reason_and_takes_no_freeform_patch() {
        let info = lookup("gpt-oss:20b");
        assert!(!info.known && !info.apply_patch_freeform && !info.parallel_tools && info.supports_images);
        assert_eq!(info.reasoning(Some(ReasoningEffort::High), None), None);
        assert_eq!(info.verbosity(Some("high")), None);
    }

    #[test]
    fn a_summary_of_none_is_left_out() {
        let quiet = lookup("gpt-5.4").reasoning(None, None);
        assert_eq!(quiet, Some(Reasoning { effort: Some(ReasoningEffort::Medium), summary: None }));
        let auto = lookup("gpt-5.1").reasoning(Some(ReasoningEffort::Low), None);
        assert_eq!(auto, Some(Reasoning { effort: Some(ReasoningEffort::Low), summary: Some(ReasoningSummaryMode::Auto) }));
    }

    #[test]
    fn gpt_5_takes_a_verbosity_but_has_none_of_its_own() {
        assert_eq!(lookup("gpt-5").verbosity(None), None);
        assert_eq!(lookup("gpt-5").verbosity(Some("high")).as_deref(), Some("high"));
        assert_eq!(lookup("gpt-5.1").verbosity(None).as_deref(), Some("low"));
    }
}
