//! What every turn of a thread uses and none changes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use codex_config::Config;
use codex_model_client::ModelClient;
use codex_tools::{ToolEnv, ToolRegistry};

use crate::context::instructions::Instructions;
use crate::exec::sessions::CommandSessions;
use crate::network::NetworkAccess;
use crate::runtime::Runtime;
use crate::session::model::{Choice, Current, Model};

/// Shared by the turns of a thread.
pub(crate) struct Services {
    pub(crate) config: Arc<Config>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) model: Current,
    pub(crate) client: Arc<dyn ModelClient>,
    pub(crate) tools: ToolRegistry,
    /// Which sub-agent the thread is; `None` for a thread of the user's.
    pub(crate) subagent: Option<&'static str>,
    /// What the configuration offers; what depends on the model is the model's, and whether there are MCP servers is said below.
    pub(crate) tool_env: ToolEnv,
    /// Whether MCP servers are configured, which another configuration may change.
    pub(crate) offers_mcp: AtomicBool,
    pub(crate) instructions: Instructions,
    /// Environment of every command, before what a call adds.
    pub(crate) command_env: BTreeMap<OsString, OsString>,
    /// Files that tools of this process must not read.
    pub(crate) denied_reads: Vec<PathBuf>,
    pub(crate) command_sessions: CommandSessions,
    /// What commands reach whose network is one by names.
    pub(crate) network: NetworkAccess,
}

impl Services {
    /// Puts a choice of the model in force.
    pub(crate) fn choose(&self, choice: Choice) -> Arc<Model> {
        self.model.choose(choice, |choice| self.make(choice))
    }

    /// Offers what goes with MCP servers, or no longer; turns that run keep their tools.
    pub(crate) fn offer_mcp(&self, offers: bool) {
        if self.offers_mcp.swap(offers, Ordering::Relaxed) != offers {
            self.model.renew(|choice| self.make(choice));
        }
    }

    fn make(&self, choice: Choice) -> Model {
        let env = ToolEnv { mcp: self.offers_mcp.load(Ordering::Relaxed), ..self.tool_env.clone() };
        Model::new(&self.config, choice, &self.tools, &env)
    }

    /// The model anew, after what is offered has changed.
    pub(crate) fn offer_anew(&mut self) {
        self.model = Current::new(self.make(Choice::default()));
    }
}
