//! Web search: whether it is offered, and with which options; and tools offered on request.

use std::collections::BTreeMap;

use codex_protocol::policy::SandboxPolicy;
use serde_json::{Map, Value, json};

use crate::config::{Config, WebSearchMode};
use crate::features;
use crate::schema::{ConfigToml, WebSearchToml, WebSearchToolConfigInput};

/// Needs the sandbox policy to be resolved.
pub(super) fn resolve(config: &mut Config, keys: &ConfigToml, flags: &features::Resolved) {
    let tool = keys.tools.as_ref().and_then(|tools| tools.web_search.as_ref());
    let extra = keys.tools.as_ref().and_then(|tools| tools.extra.as_deref()).unwrap_or_default();
    config.extra_tools = extra.iter().map(|tool| tool.as_str().to_owned()).collect();
    config.web_search = match keys.web_search.unwrap_or_else(|| default_mode(tool, flags)) {
        // Commands reach every page anyway.
        WebSearchMode::Cached if config.sandbox_policy == SandboxPolicy::DangerFullAccess => WebSearchMode::Live,
        mode => mode,
    };
    config.web_search_options = match tool {
        Some(WebSearchToolConfigInput::Options(options)) => wire_options(options),
        Some(WebSearchToolConfigInput::Switch(_)) | None => BTreeMap::new(),
    };
}

fn default_mode(tool: Option<&WebSearchToolConfigInput>, flags: &features::Resolved) -> WebSearchMode {
    if matches!(tool, Some(WebSearchToolConfigInput::Switch(false))) {
        return WebSearchMode::Disabled;
    }
    let asked = |name: &str| flags.chosen.get(name) == Some(&true);
    if asked("web_search_request") && !asked("web_search_cached") { WebSearchMode::Live } else { WebSearchMode::Cached }
}

/// The options under their wire names.
fn wire_options(options: &WebSearchToml) -> BTreeMap<String, Value> {
    let mut wire = BTreeMap::new();
    if let Some(domains) = &options.allowed_domains {
        wire.insert("filters".to_owned(), json!({ "allowed_domains": domains }));
    }
    if let Some(location) = &options.location {
        let mut place = Map::from_iter([("type".to_owned(), json!("approximate"))]);
        let parts =
            [("country", &location.country), ("region", &location.region), ("city", &location.city), ("timezone", &location.timezone)];
        place.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
        wire.insert("user_location".to_owned(), Value::Object(place));
    }
    if let Some(size) = options.context_size {
        wire.insert("search_context_size".to_owned(), json!(size.as_str()));
    }
    wire
}
