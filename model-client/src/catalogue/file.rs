//! The user's own catalogue, `model_catalog_json`.

use codex_config::model_catalog::{CatalogModel, CatalogTruncation};
use codex_protocol::rollout::TruncationPolicy;

use super::{ModelInfo, ShellTool, compact_ceiling, lookup as built_in, usable};

/// What the user's catalogue says of a model: an entry of that name, else the one with the longest beginning of it.
/// What the entry leaves open is as the built-in table has it.
pub(super) fn lookup(catalogue: &[CatalogModel], slug: &str) -> Option<ModelInfo> {
    let bare = slug.rsplit('/').next().unwrap_or(slug);
    let entry = catalogue
        .iter()
        .filter(|model| slug.starts_with(&model.slug) || bare.starts_with(&model.slug))
        .max_by_key(|model| model.slug.len())?;
    let mut info = ModelInfo { known: true, ..built_in(slug) };
    if let Some(window) = entry.context_window.filter(|window| *window > 0) {
        info.max_window = window;
        info.context_window = usable(window);
        info.auto_compact_limit = compact_ceiling(window);
    }
    if let Some(limit) = entry.auto_compact_token_limit.filter(|limit| *limit > 0) {
        info.auto_compact_limit = limit.min(compact_ceiling(info.max_window));
    }
    info.truncation = match entry.truncation_policy {
        Some(CatalogTruncation::Bytes(limit)) => TruncationPolicy::Bytes(limit),
        Some(CatalogTruncation::Tokens(limit)) => TruncationPolicy::Tokens(limit),
        None => info.truncation,
    };
    info.max_output_tokens = entry.max_output_tokens.or(info.max_output_tokens);
    info.parallel_tools = entry.supports_parallel_tool_calls.unwrap_or(info.parallel_tools);
    info.reasons = entry.supports_reasoning.unwrap_or(info.reasons);
    info.default_effort = entry.default_reasoning_effort.or(info.default_effort);
    info.efforts = entry.reasoning_efforts.clone().unwrap_or(info.efforts);
    info.default_summary = entry.default_reasoning_summary.unwrap_or(info.default_summary);
    info.supports_verbosity = entry.supports_verbosity.unwrap_or(info.supports_verbosity);
    info.default_verbosity = entry.default_verbosity.clone().or(info.default_verbosity);
    info.supports_images = entry.supports_images.unwrap_or(info.supports_images);
    info.apply_patch_freeform = entry.apply_patch_freeform.unwrap_or(info.apply_patch_freeform);
    info.takes_personality = entry.supports_personality.unwrap_or(info.takes_personality);
    if let Some(line) = entry.shell_command_line {
        info.shell_tool = if line { ShellTool::CommandLine } else { ShellTool::Argv };
    }
    Some(info)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_users_entry_wins_and_the_table_fills_in() {
        let entry = CatalogModel {
            slug: "gpt-5.2".into(),
            context_window: Some(50_000),
            supports_images: Some(false),
            truncation_policy: Some(CatalogTruncation::Tokens(7)),
            ..CatalogModel::default()
        };
        let info = lookup(&[CatalogModel { slug: "gpt".into(), ..CatalogModel::default() }, entry], "ns/gpt-5.2-x").unwrap();
        assert_eq!((info.max_window, info.context_window, info.supports_images), (50_000, 47_500, false));
        assert_eq!((info.truncation, info.parallel_tools), (TruncationPolicy::Tokens(7), true));
        assert_eq!(lookup(&[], "gpt-5.2"), None);
    }
}
