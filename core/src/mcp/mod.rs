//! The MCP servers of a thread: begun with it, asked by its tools, ended with it.
//!
//! What the servers say goes to the front ends as events; what they want of a person is a question like any other. **Not
//! here:** connections and lists (`codex-mcp-client`), how results read to a model (`codex-tools`).

mod approval;
mod begin;
mod call;
mod host;
mod kept;
mod lists;
mod pace;
mod prompts;
pub(crate) mod questions;
mod sample;
mod status;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use codex_mcp_client::McpServers;
use codex_protocol::{ApprovalId, ToolSpec, TurnId};
use tokio::time::Instant;

pub(crate) use self::begin::{begin, begin_required, reload};
pub use self::begin::{mcp_surroundings, server_settings};
pub(crate) use self::call::ask;
use self::kept::KeptApprovals;
pub use self::kept::{allow_server, is_allowed};
pub use self::prompts::{McpPrompt, McpPromptArgument, is_prompt_line};
pub(crate) use self::prompts::{fill as fill_prompt, list as list_prompts};
use self::questions::Questions;
pub(crate) use self::status::of as status_of;
pub use self::status::{McpStatus, mcp_status};

/// How long the first request of a thread waits at most for servers that are just coming up: enough for a local server that is
/// quick, too short to be felt. Whoever is slower has its tools in a later request, and is not waited for the next time.
const HEAD_START: Duration = Duration::from_millis(400);

/// Servers that were begun.
#[derive(Debug)]
struct Begun {
    servers: Arc<McpServers>,
    at: Instant,
    /// Those that were slow the last time, by their identity: they start when the first request has left.
    slow: BTreeSet<String>,
}

/// What a thread knows of its MCP servers.
#[derive(Debug, Default)]
pub(crate) struct SessionMcp {
    begun: OnceLock<Begun>,
    pub(crate) questions: Questions,
    /// Tools that are not asked about any more in this thread, by fingerprint.
    granted: Mutex<HashSet<String>>,
    /// Tools that were searched for and found, newest last.
    found: Mutex<Vec<String>>,
    /// The turn whose call is under way.
    turn: Mutex<Option<TurnId>>,
    kept: KeptApprovals,
    /// Servers whose first start is over.
    heard_of: Mutex<HashSet<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SessionMcp {
    /// The servers; `None` where none is configured.
    pub(crate) fn servers(&self) -> Option<&Arc<McpServers>> {
        self.begun.get().map(|begun| &begun.servers)
    }

    /// Gives servers that are just coming up their head start, counted from their own. One that waits for something has none.
    pub(crate) async fn head_start(&self, codex_home: &Path) {
        if let Some(begun) = self.begun.get()
            && let Some(left) = HEAD_START.checked_sub(begun.at.elapsed())
        {
            let asleep = begun.servers.some_settled_within(|settings| !begun.slow.contains(&settings.identity), left).await;
            pace::head_start_is_over(self, codex_home, &asleep);
        }
    }

    /// A request has left: servers that would have delayed it may start.
    pub(crate) fn request_left(&self) {
        if let Some(servers) = self.servers() {
            servers.let_go();
        }
    }

    /// What goes with a request behind the thread's own tools, sorted by name; the same while no list changes.
    pub(crate) fn specs(&self) -> Vec<ToolSpec> {
        let Some(servers) = self.servers() else { return Vec::new() };
        let table = servers.tools();
        let search = table.is_searched().then(codex_tools::tool_search_spec);
        let listed = table.listed(&lock(&self.found));
        search.into_iter().chain(listed.iter().map(|tool| tool.spec())).collect()
    }

    /// Hands an answer to its question. One that fits none, or comes second, does nothing.
    pub(crate) fn answered(&self, id: &ApprovalId, reply: questions::Reply) {
        if !self.questions.answer(id, reply) {
            tracing::warn!(%id, "an answer fits no open question and was ignored");
        }
    }

    /// Starts failed servers anew: this one, or all.
    pub(crate) fn start_again(&self, server: Option<&str>) {
        if let Some(servers) = self.servers() {
            servers.start_again(server);
        }
    }

    /// Ends the servers.
    pub(crate) async fn stop(&self) {
        self.questions.withdraw_all();
        if let Some(servers) = self.servers() {
            servers.stop().await;
        }
    }
}
