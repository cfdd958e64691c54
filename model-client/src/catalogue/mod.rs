//! What is known of models: windows, truncation, reasoning, which tools they take.
//!
//! A table looked up by longest prefix, so a dated slug finds its family. An unknown slug is no error: it gets
//! careful defaults and the server decides. [`resolve`] lays the user's own catalogue and keys over the table.

use codex_config::config::Config;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::rollout::TruncationPolicy;

use self::families::Family;
use crate::prompt::Reasoning;

mod families;
mod file;

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
    pub efforts: Vec<ReasoningEffort>,
    /// Verbosity when the configuration names none.
    pub default_verbosity: Option<String>,
    /// Whether a configured verbosity is sent.
    pub supports_verbosity: bool,
    /// Whether `apply_patch` is offered as a freeform tool.
    pub apply_patch_freeform: bool,
    /// Whether images may be sent.
    pub supports_images: bool,
    /// Whether its instructions have a tone (`personality`).
    pub takes_personality: bool,
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
        configured.or(self.default_verbosity.as_deref()).map(str::to_owned)
    }
}

/// Returns what the table says of a slug. Namespaces before the last `/` are ignored for the lookup.
pub fn lookup(slug: &str) -> ModelInfo {
    match families::find(slug) {
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
        reasons: family.reasons,
        default_effort: family.reasons.then_some(ReasoningEffort::Medium),
        default_summary: family.summary,
        efforts: family.efforts.to_vec(),
        default_verbosity: family.default_verbosity.map(str::to_owned),
        supports_verbosity: family.supports_verbosity,
        apply_patch_freeform: family.apply_patch,
        supports_images: family.images,
        takes_personality: family.personality,
        shell_tool: family.shell,
        max_output_tokens: family.max_output,
        known: true,
    }
}

/// Careful values for a model that nobody knows: the server decides what it takes.
fn unknown(slug: &str) -> ModelInfo {
    ModelInfo { known: false, ..known(slug, &families::UNKNOWN) }
}

/// Returns what is known of the configured model, with the configuration's own values laid over it.
pub fn resolve(config: &Config) -> ModelInfo {
    let mut info = file::lookup(&config.model_catalog, &config.model).unwrap_or_else(|| lookup(&config.model));
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
            ("gpt-5.2-codex-foo", TruncationPolicy::Tokens(10_000), true, None),
            ("ns/gpt-5.2", TruncationPolicy::Bytes(10_000), true, Some("low")),
            ("gpt-5.4-mini-2026", TruncationPolicy::Tokens(10_000), true, Some("low")),
            ("gpt-5.1-codex-mini", TruncationPolicy::Tokens(10_000), false, None),
            ("gpt-5", TruncationPolicy::Bytes(10_000), false, None),
        ];
        for (slug, truncation, parallel, verbosity) in cases {
            let info = lookup(slug);
            assert_eq!(
                (info.truncation, info.parallel_tools, info.default_verbosity.as_deref()),
                (truncation, parallel, verbosity),
                "{slug}"
            );
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
    fn families_of_other_makers_are_known_however_they_are_spelt() {
        let cases = [
            ("claude-opus-4-6", 200_000, true),
            ("anthropic/claude-sonnet-4.5", 200_000, true),
            ("us.anthropic.claude-3-5-haiku-20241022-v1:0", 200_000, false),
            ("google/gemini-2.5-pro", 1_048_576, true),
            ("Qwen/Qwen3-Coder-480B-A35B-Instruct", 262_144, false),
            ("accounts/fireworks/models/deepseek-v3p1", 131_072, false),
            ("deepseek-reasoner", 131_072, true),
            ("devstral-medium-2507", 131_072, false),
            ("llama3.3:70b", 131_072, false),
            ("meta-llama/Llama-4-Maverick-17B", 131_072, false),
            ("gpt-4.1-mini", 1_047_576, false),
        ];
        for (slug, window, reasons) in cases {
            let info = lookup(slug);
            assert_eq!((info.known, info.max_window, info.reasons), (true, window, reasons), "{slug}");
        }
        assert!(lookup("claude-opus-4-6").max_output_tokens.is_some() && lookup("gemini-2.5-flash").supports_images);
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
