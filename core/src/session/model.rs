//! The model that a thread asks now, and what of it every request of a turn carries. Chosen when a turn begins.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use codex_config::Config;
use codex_model_client::catalogue::{self, ModelInfo, ShellTool};
use codex_protocol::ToolSpec;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_tools::{ToolEnv, ToolRegistry};

/// What may be chosen for a turn; `None` is what the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) slug: Option<String>,
    pub(crate) effort: Option<ReasoningEffort>,
    pub(crate) summary: Option<ReasoningSummaryMode>,
}

/// A model, with the tools in the form it wants.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) slug: String,
    pub(crate) effort: Option<ReasoningEffort>,
    pub(crate) summary: Option<ReasoningSummaryMode>,
    pub(crate) tool_env: ToolEnv,
    pub(crate) tool_specs: Arc<[ToolSpec]>,
    choice: Choice,
    info: ModelInfo,
}

impl Deref for Model {
    type Target = ModelInfo;

    fn deref(&self) -> &ModelInfo {
        &self.info
    }
}

impl Model {
    /// `env` says what the configuration offers; what depends on the model is put in here.
    pub(crate) fn new(config: &Config, choice: Choice, tools: &ToolRegistry, env: &ToolEnv) -> Self {
        let slug = choice.slug.clone().unwrap_or_else(|| config.model.clone());
        let info = if slug == config.model {
            catalogue::resolve(config)
        } else {
            catalogue::resolve(&Config { model: slug.clone(), ..config.clone() })
        };
        let tool_env = ToolEnv {
            prefers_shell_command: info.shell_tool == ShellTool::CommandLine,
            apply_patch: config.freeform_apply_patch.unwrap_or(info.apply_patch_freeform),
            images: info.supports_images,
            ..env.clone()
        };
        let tool_specs = tools.specs(&tool_env).into();
        let (effort, summary) = (choice.effort.or(config.effort), choice.summary.or(config.summary));
        Self { slug, effort, summary, tool_env, tool_specs, choice, info }
    }
}

/// The model of a thread, which turns may change.
#[derive(Debug)]
pub(crate) struct Current(RwLock<Arc<Model>>);

impl Current {
    pub(crate) fn new(model: Model) -> Self {
        Self(RwLock::new(Arc::new(model)))
    }

    /// The model now.
    pub(crate) fn get(&self) -> Arc<Model> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `choice` in force; the same choice changes nothing, so that requests keep the same bytes.
    pub(crate) fn choose(&self, choice: Choice, make: impl FnOnce(Choice) -> Model) -> Arc<Model> {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if now.choice != choice {
            *now = Arc::new(make(choice));
        }
        Arc::clone(&now)
    }

    /// The model anew, under the same choice.
    pub(crate) fn renew(&self, make: impl FnOnce(Choice) -> Model) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(make(now.choice.clone()));
    }
}
