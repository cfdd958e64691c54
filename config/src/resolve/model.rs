//! The model and how it is asked.

use super::provider::local_model;
use crate::config::{Config, DEFAULT_MODEL, LoadOptions};
use crate::error::ConfigError;
use crate::model_catalog;
use crate::schema::{ConfigToml, ServiceTier};

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml, options: &LoadOptions) -> Result<(), ConfigError> {
    let local = if options.oss { local_model(&config.provider.id) } else { None };
    let named = options.model.clone().or_else(|| local.map(str::to_owned)).or_else(|| keys.model.clone());
    config.model = named.unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    config.review_model.clone_from(&keys.review_model);
    config.effort = keys.model_reasoning_effort;
    config.summary = keys.model_reasoning_summary;
    config.verbosity = keys.model_verbosity.map(|verbosity| verbosity.as_str().to_owned());
    config.model_supports_reasoning = keys.model_supports_reasoning_summaries;
    config.model_context_window = keys.model_context_window;
    config.auto_compact_token_limit = keys.model_auto_compact_token_limit;
    config.personality = keys.personality.unwrap_or_default();
    config.service_tier =
        keys.service_tier.filter(|tier| *tier != ServiceTier::Fast || config.feature("fast_mode")).map(|tier| tier.wire().to_owned());
    config.model_catalog = keys.model_catalog_json.as_deref().map(model_catalog::read).transpose()?.unwrap_or_default();
    Ok(())
}
