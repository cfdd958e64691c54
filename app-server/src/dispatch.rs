//! From a message of a client to whoever serves it.

use std::pin::Pin;
use std::sync::Arc;

use codex_app_server_protocol::experimental::gate;
use codex_app_server_protocol::message::{INVALID_REQUEST, Incoming, OVERLOADED};
use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{AbsolutePathBuf, ClientRequest, ErrorBody, RequestId, ServerNotification};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::client_name::runtime_for;
use crate::connection::{Client, Connection, Responder, spelt_notification};
use crate::error::Failure;
use crate::server::Server;
use crate::{elsewhere, files, fuzzy, lists, newer};

/// Requests of one connection that may wait for something.
const MOST_WAITING: usize = 128;

/// Hands the messages of one connection to the server.
pub(crate) struct Dispatcher {
    server: Arc<Server>,
    connection: Arc<Connection>,
    room: Arc<Semaphore>,
}

impl Dispatcher {
    pub(crate) fn new(server: Arc<Server>, connection: Arc<Connection>) -> Self {
        Self { server, connection, room: Arc::new(Semaphore::new(MOST_WAITING)) }
    }

    /// Takes one message. Comes back as soon as what it asks for is done or waits for something.
    pub(crate) async fn take(&self, text: &[u8]) {
        match Incoming::read(text) {
            Ok(Some(Incoming::Request { id, message })) => self.request(id, message).await,
            Ok(Some(Incoming::Response { id, result })) => self.server.answered(&self.connection, &id, result).await,
            // `initialized` changes nothing; others are not known.
            Ok(Some(Incoming::Notification { .. }) | None) => {}
            Err(error) => self.not_understood(error),
        }
    }

    /// A message that is longer than a transport takes.
    pub(crate) fn too_long(&self, limit: usize) {
        let message = format!("Invalid request: a message is longer than {limit} bytes");
        self.not_understood(ErrorBody { code: INVALID_REQUEST, message, data: None });
    }

    fn not_understood(&self, error: ErrorBody) {
        tracing::warn!(message = %error.message, "a message of a client makes no sense");
        self.connection.complain(error);
    }

    async fn request(&self, id: RequestId, message: Value) {
        let responder = Responder { connection: Arc::clone(&self.connection), id };
        let request = match ClientRequest::deserialize(message) {
            Ok(request) => request,
            Err(error) => return responder.fail(Failure::invalid(format!("Invalid request: {error}"))),
        };
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            let overloaded = ErrorBody { code: OVERLOADED, message: "Server overloaded; retry later.".to_owned(), data: None };
            return responder.fail(Failure(overloaded));
        };
        let server = Arc::clone(&self.server);
        let mut work = Box::pin(async move {
            serve(server, request, responder).await;
            drop(permit);
        });
        // What is done at once is done in order; what has to wait lets the next request pass.
        if futures::poll!(Pin::as_mut(&mut work)).is_pending() {
            tokio::spawn(work);
        }
    }
}

async fn serve(server: Arc<Server>, request: ClientRequest, responder: Responder) {
    let request = match request {
        ClientRequest::Initialize(params) => return initialize(&server, params, responder),
        request => request,
    };
    let Some(client) = responder.connection.client() else {
        return responder.fail(Failure::invalid("Not initialized"));
    };
    if let Some(gate) = gate(&request).filter(|_| !client.experimental) {
        return responder.fail(Failure::invalid(format!("{gate} requires experimentalApi capability")));
    }
    match request {
        ClientRequest::ThreadStart(params) => server.thread_start(params, responder).await,
        ClientRequest::TurnStart(params) => server.turn_start(params, responder).await,
        ClientRequest::TurnSteer(params) => responder.answer(server.turn_steer(params).await),
        ClientRequest::TurnInterrupt(params) => server.turn_interrupt(params, responder).await,
        ClientRequest::ThreadResume(params) => server.thread_resume(params, responder).await,
        ClientRequest::ThreadUnsubscribe(params) => {
            let connection = Arc::clone(&responder.connection);
            responder.answer(server.thread_unsubscribe(&params, &connection).await);
        }
        ClientRequest::ThreadArchive(params) => tell_behind(&server, responder, server.thread_archive(&params).await),
        ClientRequest::ThreadUnarchive(params) => tell_behind(&server, responder, server.thread_unarchive(&params)),
        ClientRequest::ThreadNameSet(params) => tell_behind(&server, responder, server.thread_name_set(&params)),
        ClientRequest::ThreadBackgroundTerminalsClean(params) => responder.answer(server.thread_end_commands(&params).await),
        ClientRequest::ThreadMetadataUpdate(params) => responder.answer(server.thread_metadata_update(params)),
        ClientRequest::ThreadAttach(params) => {
            let connection = Arc::clone(&responder.connection);
            responder.answer(server.thread_attach(&params, &connection).await);
        }
        ClientRequest::ThreadSubmit(params) => {
            let connection = Arc::clone(&responder.connection);
            responder.answer(server.thread_submit(params, &connection).await);
        }
        ClientRequest::ThreadDelete(params) => responder.answer(server.thread_delete(&params).await),
        ClientRequest::SkillsList(params) => responder.answer(server.skills_list(&params)),
        ClientRequest::SkillsConfigWrite(params) => responder.answer(server.skills_config_write(&params)),
        ClientRequest::PluginList(_) => responder.succeed(&elsewhere::plugins()),
        ClientRequest::PluginRead(params) => responder.fail(elsewhere::no_plugin(params.marketplace_path.as_path())),
        ClientRequest::PluginInstall(params) => responder.fail(elsewhere::no_plugin(params.marketplace_path.as_path())),
        ClientRequest::PluginUninstall(_) => responder.succeed(&wire::PluginUninstallResponse {}),
        ClientRequest::AppList(_) => responder.succeed(&elsewhere::apps()),
        ClientRequest::ExternalAgentConfigDetect(_) => responder.succeed(&elsewhere::other_agents()),
        ClientRequest::ExternalAgentConfigImport(params) => responder.answer(elsewhere::import(&params)),
        ClientRequest::WindowsSandboxSetupStart(params) => {
            let connection = Arc::clone(&responder.connection);
            let (started, completed) = elsewhere::windows_sandbox(&params);
            responder.succeed(&started);
            let (method, text) = spelt_notification(&completed);
            connection.notify(method, &text);
        }
        ClientRequest::FeedbackUpload(params) => responder.answer(server.feedback(&params)),
        ClientRequest::GitDiffToRemote(params) => responder.answer(elsewhere::diff_to_remote(params).await),
        ClientRequest::ThreadRealtimeStart(params) => responder.fail(server.no_realtime(&params.thread_id)),
        ClientRequest::ThreadRealtimeAppendAudio(params) => responder.fail(server.no_realtime(&params.thread_id)),
        ClientRequest::ThreadRealtimeAppendText(params) => responder.fail(server.no_realtime(&params.thread_id)),
        ClientRequest::ThreadRealtimeStop(params) => responder.fail(server.no_realtime(&params.thread_id)),
        ClientRequest::ExperimentalFeatureEnablementSet(params) => responder.answer(server.features_switch(params)),
        ClientRequest::CommandExec(params) => {
            let connection = Arc::clone(&responder.connection);
            responder.answer(server.command_exec(params, &connection).await);
        }
        ClientRequest::CommandExecWrite(params) => {
            let connection = Arc::clone(&responder.connection);
            responder.answer(connection.processes.write(params).await);
        }
        ClientRequest::ThreadFork(params) => server.thread_fork(params, responder).await,
        ClientRequest::ThreadRollback(params) => server.thread_rollback(params, responder).await,
        ClientRequest::ThreadFilesUndo(params) => responder.answer(server.thread_files_undo(params).await),
        ClientRequest::ThreadFilesRedo(params) => responder.answer(server.thread_files_redo(params).await),
        ClientRequest::ThreadCompactStart(params) => responder.answer(server.thread_compact(&params).await),
        ClientRequest::ThreadShellCommand(params) => responder.answer(server.thread_shell_command(params).await),
        ClientRequest::ReviewStart(params) => server.review_start(params, responder).await,
        ClientRequest::AccountRead(_) => responder.answer(server.account_read().await),
        ClientRequest::GetAuthStatus(_) => responder.answer(server.auth_status().await),
        ClientRequest::AccountRateLimitsRead(_) => responder.answer(server.rate_limits().await),
        ClientRequest::AccountLoginStart(params) => {
            let result = server.login_start(params).await;
            let told = result.as_ref().ok().cloned();
            responder.answer(result);
            told.iter().for_each(|result| server.tell_signed_in(result));
        }
        ClientRequest::AccountLogout(_) => {
            let result = server.logout().await;
            let done = result.is_ok();
            responder.answer(result);
            if done {
                server.tell_account(None);
            }
        }
        ClientRequest::FuzzyFileSearch(params) => {
            let trees = Arc::clone(&responder.connection.searches.trees);
            responder.answer(fuzzy::search(params, trees).await);
        }
        ClientRequest::McpServerStatusList(params) => responder.answer(server.mcp_status(params).await),
        ClientRequest::ConfigMcpServerReload(_) => responder.answer(server.mcp_reload().await),
        ClientRequest::McpServerOauthLogin(params) => responder.answer(server.mcp_login(params).await),
        quick => at_once(&server, quick, responder),
    }
}

/// Answers, and tells every client what came of it.
fn tell_behind<T: serde::Serialize>(server: &Server, responder: Responder, result: Result<(T, ServerNotification), Failure>) {
    match result {
        Ok((result, notification)) => {
            responder.succeed(&result);
            server.broadcast(&notification);
        }
        Err(failure) => responder.fail(failure),
    }
}

/// Requests that wait for nothing but a disk.
fn at_once(server: &Server, request: ClientRequest, responder: Responder) {
    let connection = Arc::clone(&responder.connection);
    match request {
        ClientRequest::ThreadList(params) => responder.answer(server.thread_list(params)),
        ClientRequest::ThreadLoadedList(params) => responder.answer(server.thread_loaded_list(params)),
        ClientRequest::ThreadRead(params) => responder.answer(server.thread_read(params)),
        ClientRequest::GetConversationSummary(params) => responder.answer(server.conversation_summary(params)),
        ClientRequest::FsReadFile(params) => responder.answer(files::read(&params)),
        ClientRequest::FsWriteFile(params) => responder.answer(files::write(&params)),
        ClientRequest::FsCreateDirectory(params) => responder.answer(files::create_directory(&params)),
        ClientRequest::FsGetMetadata(params) => responder.answer(files::metadata(&params)),
        ClientRequest::FsReadDirectory(params) => responder.answer(files::read_directory(&params)),
        ClientRequest::FsRemove(params) => responder.answer(files::remove(&params)),
        ClientRequest::FsCopy(params) => responder.answer(files::copy(&params)),
        ClientRequest::CommandExecResize(params) => responder.answer(connection.processes.resize(&params)),
        ClientRequest::CommandExecTerminate(params) => responder.answer(connection.processes.terminate(&params)),
        ClientRequest::FsWatch(params) => responder.answer(connection.watches.watch(&params, &connection)),
        ClientRequest::FsUnwatch(params) => responder.succeed(&connection.watches.unwatch(&params)),
        ClientRequest::FuzzyFileSearchSessionStart(params) => {
            let session = params.session_id.clone();
            let began = connection.searches.start(params, &connection.closed);
            let is_begun = began.is_ok();
            responder.answer(began);
            if is_begun {
                fuzzy::tell(&connection, session, String::new(), Vec::new());
            }
        }
        ClientRequest::FuzzyFileSearchSessionUpdate(params) => responder.answer(connection.searches.update(params, &connection)),
        ClientRequest::FuzzyFileSearchSessionStop(params) => responder.succeed(&connection.searches.stop(&params)),
        ClientRequest::ThreadIncrementElicitation(params) => {
            let counted = server.count_elicitations(&params.thread_id, 1);
            responder.answer(counted.map(|(count, paused)| wire::ThreadIncrementElicitationResponse { count, paused }));
        }
        ClientRequest::ThreadDecrementElicitation(params) => {
            let counted = server.count_elicitations(&params.thread_id, -1);
            responder.answer(counted.map(|(count, paused)| wire::ThreadDecrementElicitationResponse { count, paused }));
        }
        ClientRequest::ModelList(params) => responder.answer(server.models(&params)),
        ClientRequest::CollaborationModeList(_) => responder.succeed(&lists::collaboration_modes()),
        ClientRequest::ExperimentalFeatureList(params) => responder.answer(server.features(&params)),
        ClientRequest::MockExperimentalMethod(params) => responder.succeed(&wire::MockExperimentalMethodResponse { echoed: params.value }),
        ClientRequest::AccountLoginCancel(params) => responder.answer(server.login_cancel(&params)),
        ClientRequest::ConfigRequirementsRead(_) => responder.answer(server.config_requirements()),
        ClientRequest::ConfigRead(params) => responder.answer(server.config_read(params)),
        ClientRequest::ConfigValueWrite(params) => {
            let edit = wire::ConfigEdit { key_path: params.key_path, merge_strategy: params.merge_strategy, value: params.value };
            responder.answer(server.config_write(&[edit], params.file_path.as_deref(), params.expected_version.as_deref()));
        }
        ClientRequest::ConfigBatchWrite(params) => {
            responder.answer(server.config_write(&params.edits, params.file_path.as_deref(), params.expected_version.as_deref()));
        }
        other => responder.fail(Failure::not_built(other.method())),
    }
}

fn initialize(server: &Server, params: wire::InitializeParams, responder: Responder) {
    if responder.connection.client().is_some() {
        return responder.fail(Failure::invalid("Already initialized"));
    }
    let runtime = match runtime_for(&params.client_info, &server.surroundings) {
        Ok(runtime) => runtime,
        Err(failure) => return responder.fail(failure),
    };
    let Some(codex_home) = AbsolutePathBuf::new(server.surroundings.codex_home().clone()) else {
        return responder.fail(Failure::internal("the home folder is not absolute"));
    };
    let capabilities = params.capabilities.as_ref();
    let client = Client {
        runtime: Arc::clone(&runtime),
        newer: newer::wants(&params.client_info.name),
        experimental: capabilities.is_some_and(|capabilities| capabilities.experimental_api),
        unwanted: capabilities
            .and_then(|capabilities| capabilities.opt_out_notification_methods.clone())
            .unwrap_or_default()
            .into_iter()
            .collect(),
    };
    let connection = Arc::clone(&responder.connection);
    responder.succeed(&wire::InitializeResponse {
        user_agent: runtime.user_agent.clone(),
        codex_home,
        platform_family: std::env::consts::FAMILY.to_owned(),
        platform_os: std::env::consts::OS.to_owned(),
    });
    connection.introduce(client);
}
