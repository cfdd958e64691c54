//! The server: takes messages, answers requests, runs calls side by side.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use codex_core::{Runtime, StartOptions, Thread, ThreadManager};
use codex_model_client::UserAgent;
use codex_protocol::{Op, ThreadId};
use codex_state::Archive;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Answer;
use crate::arguments::{self, CodexArguments};
use crate::calls::Calls;
use crate::outgoing::Outgoing;
use crate::turn::TurnCall;
use crate::{FurtherTools, ServeError, Surroundings, sandboxed, settings, stdio, tools};

const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
/// How long running turns may take to end with the server.
const END_GRACE: Duration = Duration::from_secs(3);

/// A session of this process. One call at a time has its events.
#[derive(Debug)]
struct Loaded {
    thread: Thread,
    turn: tokio::sync::Mutex<()>,
}

struct Server {
    surroundings: Surroundings,
    further: FurtherTools,
    outgoing: Arc<Outgoing>,
    calls: Calls,
    loaded: Mutex<HashMap<ThreadId, Arc<Loaded>>>,
    /// What model servers are told of the client.
    runtime: OnceLock<Arc<Runtime>>,
    is_initialized: AtomicBool,
    end: CancellationToken,
    tasks: TaskTracker,
    /// Sessions of an earlier run are loaded one at a time.
    loading: tokio::sync::Mutex<()>,
}

/// Serves until the input ends.
pub(crate) async fn serve(surroundings: Surroundings, further: FurtherTools) -> Result<u8, ServeError> {
    let mut lines = stdio::read_lines()?;
    let (messages, written) = stdio::write_lines()?;
    let server = Arc::new(Server {
        surroundings,
        further,
        outgoing: Arc::new(Outgoing::new(messages)),
        calls: Calls::default(),
        loaded: Mutex::default(),
        runtime: OnceLock::new(),
        is_initialized: AtomicBool::new(false),
        end: CancellationToken::new(),
        tasks: TaskTracker::new(),
        loading: tokio::sync::Mutex::default(),
    });
    while let Some(line) = lines.recv().await {
        server.take(&line).await;
    }
    server.finish().await;
    drop(server);
    // What was answered is written; a client that does not read is not waited for.
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    Ok(0)
}

#[derive(Deserialize)]
struct Message {
    jsonrpc: String,
    id: Option<Value>,
    method: Option<String>,
    params: Option<Value>,
    result: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initialize {
    protocol_version: String,
    #[serde(rename = "capabilities")]
    _capabilities: serde_json::Map<String, Value>,
    client_info: ClientInfo,
}

#[derive(Deserialize)]
struct ClientInfo {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct CallParams {
    name: String,
    arguments: Option<Value>,
    #[serde(rename = "_meta")]
    meta: Option<Value>,
}

impl Server {
    /// Takes one line. What is no message of ours is passed over in silence: there is nobody to answer.
    async fn take(self: &Arc<Self>, line: &[u8]) {
        let Ok(message) = serde_json::from_slice::<Message>(line) else { return };
        if message.jsonrpc != "2.0" {
            return;
        }
        match (message.method, message.id.filter(|id| id.is_number() || id.is_string())) {
            (Some(method), Some(id)) => self.request(&method, id, message.params).await,
            (Some(method), None) => self.notification(&method, message.params.as_ref()),
            (None, Some(id)) if message.result.is_some() || message.error.is_some() => self.outgoing.answered(&id, message.result),
            _ => {}
        }
    }

    fn notification(&self, method: &str, params: Option<&Value>) {
        if method == "notifications/cancelled"
            && let Some(id) = params.and_then(|params| params.get("requestId"))
        {
            self.calls.cancel(id);
        }
    }

    async fn request(self: &Arc<Self>, method: &str, id: Value, params: Option<Value>) {
        let done = match method {
            "ping" => Some(json!({})),
            "initialize" => match self.initialize(params) {
                Ok(done) => done,
                Err((code, message)) => return self.outgoing.error(&id, code, message, None).await,
            },
            "tools/list" => Some(json!({ "tools": tools::list(self.further) })),
            "resources/list" => Some(json!({ "resources": [] })),
            "resources/templates/list" => Some(json!({ "resourceTemplates": [] })),
            "prompts/list" => Some(json!({ "prompts": [] })),
            "tools/call" => match params.and_then(|params| serde_json::from_value::<CallParams>(params).ok()) {
                Some(params) => return self.call(id, params).await,
                None => None,
            },
            _ => None,
        };
        match done {
            Some(result) => self.outgoing.result(&id, result).await,
            None => {
                let message = format!("method not found: {method}");
                self.outgoing.error(&id, METHOD_NOT_FOUND, &message, Some(json!({ "method": method }))).await;
            }
        }
    }

    /// The result of `initialize`; nothing when its params cannot be understood.
    fn initialize(&self, params: Option<Value>) -> Result<Option<Value>, (i64, &'static str)> {
        let Some(params) = params.and_then(|params| serde_json::from_value::<Initialize>(params).ok()) else { return Ok(None) };
        if self.is_initialized.swap(true, Ordering::Relaxed) {
            return Err((INVALID_REQUEST, "initialize called more than once"));
        }
        let runtime = self.runtime_for(&params.client_info);
        let user_agent = runtime.user_agent.clone();
        // Set once: a second `initialize` was refused.
        let _ = self.runtime.set(runtime);
        Ok(Some(json!({
            "protocolVersion": params.protocol_version,
            "capabilities": { "tools": { "listChanged": true } },
            "serverInfo": {
                "name": "codex-mcp-server",
                "title": "Codex",
                "version": self.surroundings.runtime.version,
                "user_agent": user_agent,
            },
        })))
    }

    fn runtime_for(&self, client: &ClientInfo) -> Arc<Runtime> {
        let own = &self.surroundings.runtime;
        let agent = UserAgent::for_this_machine(&own.originator, &own.version, self.surroundings.terminal.as_deref(), &client.name);
        let agent = agent.to_string();
        let visible = |text: &str| text.replace(|letter: char| !(' '..='~').contains(&letter), "_");
        // The client's version stands behind its name, ours behind the first word.
        let user_agent = match agent.strip_suffix(&format!("({}; {})", visible(&client.name), own.version)) {
            Some(start) => format!("{start}({}; {})", visible(&client.name), visible(&client.version)),
            None => agent,
        };
        Arc::new(Runtime { user_agent, ..Runtime::clone(own) })
    }

    fn runtime(&self) -> Arc<Runtime> {
        self.runtime.get().unwrap_or(&self.surroundings.runtime).clone()
    }

    async fn call(self: &Arc<Self>, id: Value, params: CallParams) {
        let Some(cancel) = self.calls.begin(&id, &self.end) else {
            return self.outgoing.error(&id, INVALID_REQUEST, "a request of this id is under way", None).await;
        };
        let server = Arc::clone(self);
        self.tasks.spawn(async move {
            let answer = server.carry_out(&id, params, &cancel).await;
            server.calls.end(&id);
            // A cancelled call is not answered.
            if let Some(result) = answer {
                server.outgoing.result(&id, result).await;
            }
        });
    }

    async fn carry_out(self: &Arc<Self>, id: &Value, params: CallParams, cancel: &CancellationToken) -> Option<Value> {
        let call = TurnCall {
            outgoing: Arc::clone(&self.outgoing),
            request: id.clone(),
            progress_token: params.meta.as_ref().and_then(|meta| meta.get("progressToken")).cloned(),
            cancel: cancel.clone(),
        };
        let answer = match params.name.as_str() {
            "codex" => self.start(&call, params.arguments).await,
            "codex-reply" => self.reply(&call, params.arguments).await,
            tool if self.further == FurtherTools::Sandboxed && sandboxed::is_here(tool) => {
                return self.sandboxed(id, tool, params.arguments, cancel).await;
            }
            unknown => Some(Answer::bad(format!("Unknown tool '{unknown}'"), None)),
        };
        answer.map(Answer::result)
    }

    async fn start(&self, call: &TurnCall, arguments: Option<Value>) -> Option<Answer> {
        let mut arguments: CodexArguments = match arguments::read("codex", arguments) {
            Ok(arguments) => arguments,
            Err(fault) => return Some(Answer::bad(fault, None)),
        };
        let config = match settings::for_call(&self.surroundings, &mut arguments) {
            Ok(config) => config,
            Err(fault) => return Some(Answer::bad(fault, None)),
        };
        let manager = ThreadManager::new(config, self.runtime());
        let thread = tokio::select! {
            biased;
            () = call.cancel.cancelled() => return None,
            thread = manager.start(StartOptions::default()) => thread,
        };
        let thread = match thread {
            Ok(thread) => thread,
            Err(error) => return Some(Answer::bad(format!("Failed to start Codex session: {error}"), None)),
        };
        let loaded = self.keep(thread);
        let _turn = loaded.turn.lock().await;
        call.run(&loaded.thread, arguments.prompt).await
    }

    async fn reply(&self, call: &TurnCall, arguments: Option<Value>) -> Option<Answer> {
        let reply = match arguments::read_reply(arguments) {
            Ok(reply) => reply,
            Err(fault) => return Some(Answer::bad(fault, None)),
        };
        let loaded = match self.find(reply.thread).await {
            Ok(loaded) => loaded,
            Err(fault) => return Some(Answer::bad(fault, Some(reply.thread))),
        };
        // Calls in one session follow each other.
        let _turn = tokio::select! {
            biased;
            () = call.cancel.cancelled() => return None,
            turn = loaded.turn.lock() => turn,
        };
        call.run(&loaded.thread, reply.prompt).await
    }

    async fn sandboxed(&self, id: &Value, tool: &str, arguments: Option<Value>, cancel: &CancellationToken) -> Option<Value> {
        let bad = |fault: String| Some(Answer::bad(fault, None).result());
        let work = match sandboxed::read(tool, arguments) {
            Ok(work) => work,
            Err(fault) => return bad(fault),
        };
        let mut config = match settings::in_folder(&self.surroundings, work.cwd.as_deref()) {
            Ok(config) => config,
            Err(fault) => return bad(fault),
        };
        // These tools run what they are told; no server of ours takes part.
        Arc::make_mut(&mut config).mcp_servers.clear();
        match ThreadManager::new(config, self.runtime()).start(sandboxed::options()).await {
            Err(error) => bad(format!("Failed to start Codex session: {error}")),
            Ok(thread) => {
                let result = sandboxed::carry_out(&self.outgoing, id, &thread, work, cancel).await;
                end(&thread).await;
                result
            }
        }
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, HashMap<ThreadId, Arc<Loaded>>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, thread: Thread) -> Arc<Loaded> {
        let loaded = Arc::new(Loaded { thread, turn: tokio::sync::Mutex::default() });
        self.loaded().insert(loaded.thread.id(), Arc::clone(&loaded));
        loaded
    }

    /// A session of this process, or of an earlier one under the settings of now (H4).
    async fn find(&self, id: ThreadId) -> Result<Arc<Loaded>, String> {
        let _loading = self.loading.lock().await;
        if let Some(loaded) = self.loaded().get(&id) {
            return Ok(Arc::clone(loaded));
        }
        let missing = || format!("Session not found for thread_id: {id}");
        let config = settings::in_folder(&self.surroundings, None)?;
        let sessions = ThreadManager::new(config, self.runtime()).sessions();
        let file = sessions.file(id, Archive::Without).map_err(|_| missing())?;
        let summary = sessions.summary(id).map_err(|_| missing())?;
        let folder = summary.cwd.to_str().filter(|_| summary.cwd.is_dir());
        let config = settings::in_folder(&self.surroundings, folder)?;
        let resumed = ThreadManager::new(config, self.runtime()).resume(&file.path, StartOptions::default()).await;
        let thread = resumed.map_err(|error| format!("Failed to resume session {id}: {error}"))?;
        Ok(self.keep(thread))
    }

    /// Ends what runs, and every session.
    async fn finish(&self) {
        self.end.cancel();
        self.tasks.close();
        let threads: Vec<Thread> = self.loaded().drain().map(|(_, loaded)| loaded.thread.clone()).collect();
        let ending = async {
            for thread in &threads {
                // One that has ended already is fine.
                let _ = thread.submit(Op::Shutdown).await;
            }
            self.tasks.wait().await;
            for thread in &threads {
                while thread.next_event().await.is_some() {}
            }
        };
        // What does not end in time ends with the process.
        let _ = tokio::time::timeout(END_GRACE, ending).await;
    }
}

async fn end(thread: &Thread) {
    if thread.submit(Op::Shutdown).await.is_ok() {
        while thread.next_event().await.is_some() {}
    }
}
