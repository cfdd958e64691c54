//! Finds tools: which are offered, in which order, and which one a call means.

use std::sync::Arc;

use codex_protocol::ToolSpec;

use crate::arguments::wrong_input;
use crate::builtin;
use crate::handler::{ToolEnv, ToolError, ToolHandler, ToolInput};

/// Tools that a front end brings for one thread.
#[derive(Clone, Default)]
pub struct BroughtTools(pub Vec<Arc<dyn ToolHandler>>);

impl std::fmt::Debug for BroughtTools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tools", self.0.len())
    }
}

/// All tools of this program. Cheap to clone.
#[derive(Clone)]
pub struct ToolRegistry {
    before_hosted: Arc<[Arc<dyn ToolHandler>]>,
    after_hosted: Arc<[Arc<dyn ToolHandler>]>,
    brought: Arc<[Arc<dyn ToolHandler>]>,
}

impl ToolRegistry {
    /// The built-in tools.
    pub fn builtin() -> Self {
        Self { before_hosted: builtin::before_hosted().into(), after_hosted: builtin::after_hosted().into(), brought: Arc::new([]) }
    }

    /// The same with the tools that a front end brings, behind all others. A built-in tool of the same name comes first.
    #[must_use]
    pub fn with(mut self, brought: &BroughtTools) -> Self {
        self.brought = brought.0.clone().into();
        self
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn ToolHandler>> {
        self.before_hosted.iter().chain(self.after_hosted.iter()).chain(self.brought.iter())
    }

    /// The tools offered, in the order of the wire contract. The same `env` gives the same bytes, which
    /// is what a provider's prompt cache asks for.
    pub fn specs(&self, env: &ToolEnv) -> Vec<ToolSpec> {
        let offered = |tools: &[Arc<dyn ToolHandler>]| tools.iter().filter_map(|tool| tool.spec(env)).collect::<Vec<_>>();
        let mut specs = offered(&self.before_hosted);
        specs.extend(env.hosted.iter().cloned());
        specs.extend(offered(&self.after_hosted));
        specs.extend(offered(&self.brought));
        specs
    }

    /// The tool that a call means.
    ///
    /// # Errors
    /// [`ToolError::Refused`] with the text for the model, when there is no such tool in this
    /// configuration or it cannot be called in this way.
    pub fn find(&self, name: &str, input: &ToolInput, env: &ToolEnv) -> Result<Arc<dyn ToolHandler>, ToolError> {
        let Some(tool) = self.all().find(|tool| tool.is_called(name) && tool.callable(env)) else {
            let kind = if matches!(input, ToolInput::Text(_)) { "unsupported custom tool call" } else { "unsupported call" };
            return Err(ToolError::Refused(format!("{kind}: {name}")));
        };
        if !tool.accepts(input) {
            return Err(wrong_input(name));
        }
        Ok(Arc::clone(tool))
    }
}

impl Default for ToolRegistry {
    fn default() -> Self {
        Self::builtin()
    }
}

impl std::fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all().map(|tool| tool.names())).finish()
    }
}

#[cfg(test)]
mod tests;
