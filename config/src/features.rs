//! Feature flags: names, how settled each is, and whether it is on when nobody says anything.
//!
//! A new flag is one entry in [`FEATURES`]. Names that were renamed live in [`RENAMED`]; they still work and
//! bring a notice. Unknown names in a file are ignored, on the command line they are an error.

use std::collections::BTreeMap;

use codex_protocol::event::DeprecationNotice;

/// How settled a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureStage {
    /// Here to stay.
    Stable,
    /// For people who like to try.
    Experimental,
    /// Unfinished.
    UnderDevelopment,
    /// On its way out.
    Deprecated,
    /// Without effect; the name is still accepted.
    Removed,
}

impl FeatureStage {
    /// The word a listing shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Experimental => "experimental",
            Self::UnderDevelopment => "under development",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
        }
    }
}

/// One feature flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Key under `[features]`.
    pub name: &'static str,
    /// How settled it is.
    pub stage: FeatureStage,
    /// Whether it is on by default.
    pub default: bool,
}

const fn on(name: &'static str, stage: FeatureStage) -> Feature {
    Feature { name, stage, default: true }
}

const fn off(name: &'static str, stage: FeatureStage) -> Feature {
    Feature { name, stage, default: false }
}

/// All feature flags, by name.
pub const FEATURES: &[Feature] = {
    use FeatureStage::{Deprecated, Experimental, Removed, Stable, UnderDevelopment};
    &[
        off("apply_patch_freeform", UnderDevelopment),
        on("apps", Stable),
        off("artifact", UnderDevelopment),
        off("child_agents_md", UnderDevelopment),
        off("code_mode", UnderDevelopment),
        off("code_mode_only", UnderDevelopment),
        off("codex_git_commit", UnderDevelopment),
        off("codex_hooks", UnderDevelopment),
        on("collaboration_modes", Removed),
        off("default_mode_request_user_input", UnderDevelopment),
        off("elevated_windows_sandbox", Removed),
        off("enable_fanout", UnderDevelopment),
        on("enable_request_compression", Stable),
        off("exec_permission_approvals", UnderDevelopment),
        off("experimental_windows_sandbox", Removed),
        on("fast_mode", Stable),
        off("guardian_approval", Experimental),
        off("image_detail_original", UnderDevelopment),
        off("image_generation", UnderDevelopment),
        off("js_repl", Experimental),
        off("js_repl_tools_only", UnderDevelopment),
        off("memories", UnderDevelopment),
        on("multi_agent", Stable),
        off("multi_agent_v2", UnderDevelopment),
        on("personality", Stable),
        on("plugins", Stable),
        off("prevent_idle_sleep", Experimental),
        off("realtime_conversation", UnderDevelopment),
        off("remote_models", Removed),
        off("request_permissions_tool", UnderDevelopment),
        off("request_rule", Removed),
        off("responses_websockets", Removed),
        off("responses_websockets_v2", Removed),
        off("runtime_metrics", UnderDevelopment),
        off("search_tool", Removed),
        on("shell_snapshot", Stable),
        on("shell_tool", Stable),
        off("shell_zsh_fork", UnderDevelopment),
        off("skill_env_var_dependency_prompt", UnderDevelopment),
        on("skill_mcp_dependency_install", Stable),
        on("sqlite", Removed),
        on("steer", Removed),
        on("tool_call_mcp_elicitation", Stable),
        off("tool_search", UnderDevelopment),
        on("tool_suggest", Stable),
        on("tui_app_server", Stable),
        off("undo", Stable),
        on("unified_exec", Stable),
        off("use_legacy_landlock", Stable),
        off("use_linux_sandbox_bwrap", Removed),
        off("voice_transcription", UnderDevelopment),
        off("web_search_cached", Deprecated),
        off("web_search_request", Deprecated),
    ]
};

/// Old names, in the order their notices are given, with the present one.
const RENAMED: &[(&str, &str)] = &[
    ("collab", "multi_agent"),
    ("enable_experimental_windows_sandbox", "experimental_windows_sandbox"),
    ("experimental_use_freeform_apply_patch", "apply_patch_freeform"),
    ("experimental_use_unified_exec_tool", "unified_exec"),
];

/// Flags whose job a key of its own has taken over.
const SEARCH_FLAGS: &[&str] = &["web_search_cached", "web_search_request", "web_search"];

/// Whether `--enable NAME` makes sense.
pub fn is_known(name: &str) -> bool {
    FEATURES.iter().any(|feature| feature.name == name) || RENAMED.iter().any(|(old, _)| *old == name) || SEARCH_FLAGS.contains(&name)
}

/// The present name of a feature that was renamed; `None` for every other name.
pub fn renamed_to(name: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == name).map(|(_, present)| *present)
}

/// Names that still work but are not the present ones.
pub(crate) fn former_names() -> impl Iterator<Item = &'static str> {
    let present = |name: &str| FEATURES.iter().any(|feature| feature.name == name);
    RENAMED.iter().map(|(old, _)| *old).chain(SEARCH_FLAGS.iter().copied()).filter(move |name| !present(name))
}

/// What the flags come to.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// Every feature, on or off.
    pub(crate) effective: BTreeMap<String, bool>,
    /// Features somebody set, under their present names.
    pub(crate) chosen: BTreeMap<&'static str, bool>,
    /// Notices for old names.
    pub(crate) deprecations: Vec<DeprecationNotice>,
}

/// Lays what was `set` (present and old names) over the defaults. A present name beats its old one.
pub(crate) fn resolve(set: &BTreeMap<String, bool>) -> Resolved {
    let mut chosen = BTreeMap::new();
    let mut deprecations = Vec::new();
    for (old, present) in RENAMED {
        if let Some(on) = set.get(*old) {
            chosen.insert(*present, *on);
            deprecations.push(renamed_notice(old, present));
        }
    }
    for flag in SEARCH_FLAGS.iter().filter(|flag| set.contains_key(**flag)) {
        deprecations.push(search_notice(flag));
    }
    if let Some(on) = set.get("web_search") {
        chosen.insert("web_search_request", *on);
    }
    for feature in FEATURES {
        if let Some(on) = set.get(feature.name) {
            chosen.insert(feature.name, *on);
        }
    }
    let state = |feature: &Feature| (feature.name.to_owned(), chosen.get(feature.name).copied().unwrap_or(feature.default));
    Resolved { effective: FEATURES.iter().map(state).collect(), chosen, deprecations }
}

fn renamed_notice(old: &str, present: &str) -> DeprecationNotice {
    DeprecationNotice {
        summary: format!("`[features].{old}` is deprecated. Use `[features].{present}` instead."),
        details: Some(format!(
            "Enable it with `--enable {present}` or `[features].{present}` in config.toml. \
             See https://developers.openai.com/codex/config-basic#feature-flags for details."
        )),
    }
}

fn search_notice(flag: &str) -> DeprecationNotice {
    DeprecationNotice {
        summary: format!("`[features].{flag}` is deprecated because web search is enabled by default."),
        details: Some(
            "Set `web_search` to `\"live\"`, `\"cached\"`, or `\"disabled\"` at the top level (or under a profile) in config.toml \
             if you want to override it."
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn set(names: &[(&str, bool)]) -> Resolved {
        resolve(&names.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect())
    }

    #[test]
    fn the_table_is_sorted_and_says_what_is_on() {
        assert!(FEATURES.windows(2).all(|pair| pair[0].name < pair[1].name));
        let resolved = set(&[]);
        assert_eq!(resolved.effective.len(), FEATURES.len());
        for name in ["apps", "enable_request_compression", "multi_agent", "shell_tool", "unified_exec"] {
            assert_eq!(resolved.effective.get(name), Some(&true), "{name}");
        }
        for name in ["undo", "use_legacy_landlock", "js_repl"] {
            assert_eq!(resolved.effective.get(name), Some(&false), "{name}");
        }
        assert!(resolved.deprecations.is_empty());
    }

    #[test]
    fn an_old_name_works_and_is_noted() {
        let resolved = set(&[("collab", false), ("unknown", true)]);
        assert_eq!(resolved.effective.get("multi_agent"), Some(&false));
        assert_eq!(resolved.effective.get("unknown"), None);
        let [notice] = resolved.deprecations.as_slice() else { panic!("{:?}", resolved.deprecations) };
        assert_eq!(notice.summary, "`[features].collab` is deprecated. Use `[features].multi_agent` instead.");
    }

    #[test]
    fn the_present_name_beats_the_old_one() {
        assert_eq!(set(&[("collab", false), ("multi_agent", true)]).effective.get("multi_agent"), Some(&true));
    }

    #[test]
    fn search_flags_point_to_the_key() {
        let resolved = set(&[("web_search", true), ("web_search_request", true)]);
        let summaries: Vec<_> = resolved.deprecations.iter().map(|notice| notice.summary.as_str()).collect();
        assert_eq!(
            summaries,
            [
                "`[features].web_search_request` is deprecated because web search is enabled by default.",
                "`[features].web_search` is deprecated because web search is enabled by default.",
            ]
        );
    }
}
