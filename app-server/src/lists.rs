//! Lists that need no thread: models, features, modes.

use codex_app_server_protocol::types as wire;
use codex_config::Config;
use codex_config::features::{FEATURES, FeatureStage};
use codex_model_client::catalogue::resolve;
use codex_protocol::op::ReasoningEffort;

use crate::convert;
use crate::error::Failure;
use crate::server::Server;
use crate::settings;

/// Models that are offered, the usual one first: name, what it is for, whether it is shown without being asked for.
const MODELS: &[(&str, &str, bool)] = &[
    ("gpt-5.3-codex", "Made for coding; the usual choice.", true),
    ("gpt-5.4", "General, for coding and everything around it.", true),
    ("gpt-5.4-mini", "Small and quick.", true),
    ("gpt-5.2-codex", "Made for coding, one generation older.", true),
    ("gpt-5.1-codex-max", "Made for long coding tasks, older.", true),
    ("gpt-5.2", "General, one generation older.", true),
    ("gpt-5.1-codex", "Made for coding, older.", false),
    ("gpt-5.1-codex-mini", "Small, for coding, older.", false),
    ("gpt-5.1", "General, older.", false),
    ("gpt-5-codex", "Made for coding, first of its kind.", false),
    ("gpt-5-codex-mini", "Small, for coding, first of its kind.", false),
    ("gpt-5", "General, first of its kind.", false),
    ("gpt-oss-120b", "Open weights, for your own machine.", false),
    ("gpt-oss-20b", "Open weights, small, for your own machine.", false),
];

/// A page of a list whose cursors are offsets.
pub(crate) fn page<T>(all: Vec<T>, cursor: Option<&str>, limit: Option<u32>, what: &str) -> Result<(Vec<T>, Option<String>), Failure> {
    let total = all.len();
    let start = match cursor {
        Some(cursor) => cursor.parse::<usize>().map_err(|_| Failure::invalid(format!("invalid cursor: {cursor}")))?,
        None => 0,
    };
    if start > total {
        return Err(Failure::invalid(format!("cursor {start} exceeds total {what} {total}")));
    }
    let length = limit.map_or(usize::MAX, |limit| usize::try_from(limit.max(1)).unwrap_or(usize::MAX));
    let end = start.saturating_add(length).min(total);
    let next = (end < total).then(|| end.to_string());
    Ok((all.into_iter().skip(start).take(end - start).collect(), next))
}

fn model(config: &Config, name: &str, description: &str, hidden: bool) -> wire::Model {
    let known = resolve(&Config { model: name.to_owned(), ..config.clone() });
    let efforts = known.efforts.iter().map(|effort| wire::ReasoningEffortOption {
        description: effort_words(*effort).to_owned(),
        reasoning_effort: convert::effort_out(*effort),
    });
    let mut input_modalities = vec![wire::InputModality::Text];
    input_modalities.extend(known.supports_images.then_some(wire::InputModality::Image));
    wire::Model {
        availability_nux: None,
        default_reasoning_effort: convert::effort_out(known.default_effort.unwrap_or(ReasoningEffort::Medium)),
        description: description.to_owned(),
        display_name: name.to_owned(),
        hidden,
        id: name.to_owned(),
        input_modalities,
        is_default: name == codex_config::config::DEFAULT_MODEL,
        model: name.to_owned(),
        supported_reasoning_efforts: efforts.collect(),
        supports_personality: known.takes_personality && config.feature("personality"),
        upgrade: None,
        upgrade_info: None,
    }
}

fn effort_words(effort: ReasoningEffort) -> &'static str {
    match effort {
        ReasoningEffort::None => "Answers without thinking first",
        ReasoningEffort::Minimal => "Thinks as little as it can",
        ReasoningEffort::Low => "Thinks a little; quick",
        ReasoningEffort::Medium => "Thinks as long as most tasks need",
        ReasoningEffort::High => "Thinks long, for hard tasks",
        ReasoningEffort::Xhigh => "Thinks longest, for the hardest tasks",
    }
}

/// `collaborationMode/list`.
pub(crate) fn collaboration_modes() -> wire::CollaborationModeListResponse {
    let mode = |name: &str, mode, reasoning_effort| wire::CollaborationModeMask {
        mode: Some(mode),
        model: None,
        name: name.to_owned(),
        reasoning_effort,
    };
    wire::CollaborationModeListResponse {
        data: vec![mode("Plan", wire::ModeKind::Plan, Some(wire::ReasoningEffort::Medium)), mode("Default", wire::ModeKind::Default, None)],
    }
}

/// Features that clients may switch while the server runs.
const SWITCHABLE: [&str; 5] = ["apps", "plugins", "tool_search", "tool_suggest", "tool_call_mcp_elicitation"];

impl Server {
    /// `model/list`.
    pub(crate) fn models(&self, params: &wire::ModelListParams) -> Result<wire::ModelListResponse, Failure> {
        let config = settings::read(&self.load_options())?;
        let hidden_too = params.include_hidden == Some(true);
        let shown = MODELS.iter().filter(|(_, _, shown)| *shown || hidden_too);
        let all = shown.map(|(name, description, shown)| model(&config, name, description, !shown)).collect();
        let (data, next_cursor) = page(all, params.cursor.as_deref(), params.limit, "models")?;
        Ok(wire::ModelListResponse { data, next_cursor })
    }

    /// `experimentalFeature/enablement/set`: for threads that start from now on.
    pub(crate) fn features_switch(
        &self,
        params: wire::ExperimentalFeatureEnablementSetParams,
    ) -> Result<wire::ExperimentalFeatureEnablementSetResponse, Failure> {
        for name in params.enablement.keys() {
            if !FEATURES.iter().any(|feature| feature.name == name) {
                return Err(Failure::invalid(format!("invalid feature enablement `{name}`")));
            }
            if !SWITCHABLE.contains(&name.as_str()) {
                let supported = SWITCHABLE.join(", ");
                let message = format!("unsupported feature enablement `{name}`: currently supported features are {supported}");
                return Err(Failure::invalid(message));
            }
        }
        self.switch(&params.enablement);
        Ok(wire::ExperimentalFeatureEnablementSetResponse { enablement: params.enablement })
    }

    /// `experimentalFeature/list`.
    pub(crate) fn features(&self, params: &wire::ExperimentalFeatureListParams) -> Result<wire::ExperimentalFeatureListResponse, Failure> {
        let config = settings::read(&self.load_options())?;
        let feature = |feature: &codex_config::features::Feature| wire::ExperimentalFeature {
            announcement: None,
            default_enabled: feature.default,
            description: None,
            display_name: None,
            enabled: config.feature(feature.name),
            name: feature.name.to_owned(),
            stage: match feature.stage {
                FeatureStage::Stable => wire::ExperimentalFeatureStage::Stable,
                FeatureStage::Experimental => wire::ExperimentalFeatureStage::Beta,
                FeatureStage::UnderDevelopment => wire::ExperimentalFeatureStage::UnderDevelopment,
                FeatureStage::Deprecated => wire::ExperimentalFeatureStage::Deprecated,
                FeatureStage::Removed => wire::ExperimentalFeatureStage::Removed,
            },
        };
        let (data, next_cursor) = page(FEATURES.iter().map(feature).collect(), params.cursor.as_deref(), params.limit, "feature flags")?;
        Ok(wire::ExperimentalFeatureListResponse { data, next_cursor })
    }
}
