//! One live connection: the handshake in both generations of the protocol, and requests over it.

use std::sync::Arc;
use std::time::Duration;

use codex_process::{CaptureMode, Child, SpawnSpec, Stdio, spawn};
use codex_protocol::CallId;
use codex_protocol::event::McpList;
use rmcp::RoleClient;
use rmcp::model::{
    ClientRequest, ErrorCode, ListToolsRequest, PaginatedRequestParams, ProtocolVersion, RequestMetaObject, ServerNotification,
    ServerResult, SubscriptionFilter,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, Peer, PeerRequestOptions, RunningService, ServiceError, SubscriptionEnd,
    serve_client_with_lifecycle_and_ct,
};
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::asleep::Starting;
use crate::error::{CallError, StartError};
use crate::handler::{CallsUnderWay, Handler};
use crate::http::HttpFactory;
use crate::inputs::Inputs;
use crate::line::{Fault, Lines};
use crate::rounds::PAGES_FIRST;
use crate::settings::{Reach, ServerSettings, is_server_name};
use crate::text::clean;

/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_millis(500);
/// Lines of standard error that are told with a failure.
const TAIL_LINES: usize = 8;
/// Most characters of them.
const TAIL_CHARS: usize = 2000;
/// Most pages of a list.
const MOST_PAGES: usize = 2000;
/// Most characters of a server's error message.
const MESSAGE: usize = 4000;

/// A connected server.
pub(crate) struct Live {
    peer: Peer<RoleClient>,
    child: Option<Child>,
    fault: Fault,
    calls: Arc<CallsUnderWay>,
    inputs: Inputs,
    /// Ends the connection.
    end: CancellationToken,
    /// Cancelled when the connection has ended.
    pub(crate) closed: CancellationToken,
    /// What the server said of itself: capabilities, instructions.
    pub(crate) about: Value,
    tools_changed: Arc<Notify>,
}

/// Connects and shakes hands. The process, where there is one, is told to `starting`.
pub(crate) async fn connect(
    settings: &ServerSettings,
    handler: &Handler,
    http: &HttpFactory,
    starting: &Starting,
) -> Result<Live, StartError> {
    if !is_server_name(&settings.name) {
        let cause = format!("Invalid MCP server name '{}': must match pattern ^[a-zA-Z0-9_-]+$", clean(&settings.name, 100));
        return Err(failed(settings, cause, String::new(), false));
    }
    let modern = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    match attempt(settings, handler, http, starting, ClientLifecycleMode::Initialize).await {
        // Only the newest generation has no `initialize`.
        Err(Attempt::NoInitialize(first)) => match attempt(settings, handler, http, starting, modern).await {
            Ok(live) => Ok(live),
            // What the server answered to the usual handshake says more than that it does not know the other one either.
            Err(Attempt::NoInitialize(_)) => Err(first),
            Err(other) => Err(other.into_error()),
        },
        Err(Attempt::NeitherForm(first)) => attempt(settings, handler, http, starting, modern).await.map_err(|_| first),
        other => other.map_err(Attempt::into_error),
    }
}

/// Follows the lists of a server of the newest generation, which tells of changes only where it was asked to.
async fn listen(peer: Peer<RoleClient>, handler: Handler, about: Value, closed: CancellationToken) {
    let tells = |list: &str| about["capabilities"][list]["listChanged"] == true;
    let mut wanted = SubscriptionFilter::new();
    wanted.tools_list_changed = tells("tools").then_some(true);
    wanted.prompts_list_changed = tells("prompts").then_some(true);
    wanted.resources_list_changed = tells("resources").then_some(true);
    if wanted == SubscriptionFilter::new() {
        return;
    }
    let following = async {
        while let Ok(mut subscription) = peer.listen(wanted.clone()).await {
            while let Ok(Some(notification)) = subscription.next().await {
                match notification {
                    ServerNotification::ToolListChangedNotification(_) => handler.list_changed(McpList::Tools).await,
                    ServerNotification::PromptListChangedNotification(_) => handler.list_changed(McpList::Prompts).await,
                    ServerNotification::ResourceListChangedNotification(_) => handler.list_changed(McpList::Resources).await,
                    _ => {}
                }
            }
            // Only who could not keep up begins anew: what was missed shows in the lists.
            if !matches!(subscription.end(), Some(SubscriptionEnd::Lagged { .. })) {
                return;
            }
            handler.list_changed(McpList::Tools).await;
        }
    };
    tokio::select! {
        biased;
        () = closed.cancelled() => {}
        () = following => {}
    }
}

/// How an attempt failed.
enum Attempt {
    /// The server does not know `initialize`.
    NoInitialize(StartError),
    /// It knows neither form of HTTP, as far as that one needs `initialize`.
    NeitherForm(StartError),
    Failed(StartError),
}

impl Attempt {
    fn into_error(self) -> StartError {
        match self {
            Self::NoInitialize(error) | Self::NeitherForm(error) | Self::Failed(error) => error,
        }
    }
}

async fn attempt(
    settings: &ServerSettings,
    handler: &Handler,
    http: &HttpFactory,
    starting: &Starting,
    mode: ClientLifecycleMode,
) -> Result<Live, Attempt> {
    match &settings.reach {
        Reach::Stdio { command, args, env, cwd } => {
            let spec = SpawnSpec {
                program: command.into(),
                arg0: None,
                args: args.iter().map(Into::into).collect(),
                cwd: cwd.clone(),
                env: env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
                stdio: Stdio::Handed,
            };
            let mut child = spawn(&spec).map_err(|error| Attempt::Failed(failed(settings, with_causes(&error), String::new(), false)))?;
            starting.is(child.id());
            let fault = Fault::default();
            let Some((input, output)) = child.pipes() else {
                return Err(Attempt::Failed(failed(settings, "it has no standard streams".to_owned(), String::new(), false)));
            };
            let lines = Lines::new(input, output, fault.clone());
            shake_hands(settings, handler, mode, lines, Some(child), fault).await
        }
        Reach::Http { .. } => {
            let fault = Fault::default();
            // A token may have to be renewed first, by a server that takes its time.
            let transport = tokio::time::timeout(settings.startup_timeout, http.open(settings)).await;
            let late = |_| StartError::TimedOut { server: settings.name.clone(), waited: settings.startup_timeout, tail: String::new() };
            let transport = transport.map_err(late).flatten().map_err(Attempt::Failed)?;
            let outcome = shake_hands(settings, handler, mode.clone(), transport, None, fault.clone()).await;
            match outcome {
                Err(Attempt::Failed(error)) if mode == ClientLifecycleMode::Initialize && http.is_older_form(&error) => {
                    // A server that has no older form either may be of the newest generation.
                    let transport = http.open_older(settings, fault.clone()).await.map_err(Attempt::NeitherForm)?;
                    shake_hands(settings, handler, mode, transport, None, fault).await
                }
                outcome => outcome,
            }
        }
    }
}

async fn shake_hands<T, E, A>(
    settings: &ServerSettings,
    handler: &Handler,
    mode: ClientLifecycleMode,
    transport: T,
    child: Option<Child>,
    fault: Fault,
) -> Result<Live, Attempt>
where
    T: rmcp::transport::IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let end = CancellationToken::new();
    let serving = serve_client_with_lifecycle_and_ct(handler.clone(), transport, mode, end.clone());
    let served = tokio::time::timeout(settings.startup_timeout, serving).await;
    let tail = || async {
        let Some(child) = &child else { return String::new() };
        // What it wrote last comes with its end, when it ends.
        let _ = tokio::time::timeout(Duration::from_millis(100), child.wait()).await;
        stderr_tail(child)
    };
    let service = match served {
        Err(_) => {
            let error = StartError::TimedOut { server: settings.name.clone(), waited: settings.startup_timeout, tail: tail().await };
            return Err(Attempt::Failed(error));
        }
        Ok(Err(error)) => return Err(explain(settings, &error, &fault, tail().await)),
        Ok(Ok(service)) => service,
    };
    Ok(Live::new(service, handler, child, fault, end))
}

fn explain(settings: &ServerSettings, error: &ClientInitializeError, fault: &Fault, tail: String) -> Attempt {
    if error.is_authorization_required() || error.auth_challenge().is_some() {
        return Attempt::Failed(StartError::NotLoggedIn { server: settings.name.clone() });
    }
    let cause = fault.get().unwrap_or_else(|| match error {
        // The SDK's words name a type of its own and leave out why.
        ClientInitializeError::TransportError { error, context } => {
            let way = if matches!(settings.reach, Reach::Stdio { .. }) { "stdio" } else { "http" };
            format!("Send message error Transport [{way}] error: {}, when {context}", with_causes(error.error.as_ref()))
        }
        other => with_causes(other),
    });
    let told = failed(settings, format!("handshaking with MCP server failed: {}", clean(&cause, MESSAGE)), tail, true);
    match error {
        ClientInitializeError::JsonRpcError(data)
            if matches!(data.code, ErrorCode::METHOD_NOT_FOUND | ErrorCode::UNSUPPORTED_PROTOCOL_VERSION) =>
        {
            Attempt::NoInitialize(told)
        }
        _ => Attempt::Failed(told),
    }
}

/// An error with everything below it that it does not say itself.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

pub(crate) fn failed(settings: &ServerSettings, cause: String, tail: String, may_heal: bool) -> StartError {
    StartError::Failed { server: settings.name.clone(), cause, tail, may_heal }
}

fn stderr_tail(child: &Child) -> String {
    let captured = child.capture().snapshot(CaptureMode::HeadTail).bytes;
    let text = String::from_utf8_lossy(&captured);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    if last.is_empty() {
        return String::new();
    }
    let last: Vec<String> = last.iter().map(|line| format!("\n  {}", clean(line, 300))).collect();
    clean(&format!("\nIts standard error ended with:{}", last.concat()), TAIL_CHARS)
}

impl Live {
    fn new(
        service: RunningService<RoleClient, Handler>,
        handler: &Handler,
        child: Option<Child>,
        fault: Fault,
        end: CancellationToken,
    ) -> Self {
        let peer = service.peer().clone();
        let about = peer.peer_info().and_then(|info| serde_json::to_value(&*info).ok()).unwrap_or_default();
        let closed = CancellationToken::new();
        let told = closed.clone();
        if peer.peer_info().is_some_and(|info| !info.protocol_version.has_initialize()) {
            tokio::spawn(listen(peer.clone(), handler.clone(), about.clone(), closed.clone()));
        }
        tokio::spawn(async move {
            // However it ended, it has.
            let _ = service.waiting().await;
            told.cancel();
        });
        Self {
            peer,
            child,
            fault,
            calls: Arc::clone(&handler.calls),
            inputs: handler.inputs.clone(),
            end,
            closed,
            about,
            tools_changed: Arc::clone(&handler.tools_changed),
        }
    }

    /// What the server wants while it works.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Waits until the server is gone.
    pub(crate) async fn gone(&self) {
        tokio::select! {
            () = self.closed.cancelled() => {}
            () = exited(self.child.as_ref()) => {}
        }
    }

    /// Waits until the server says that its tools changed.
    pub(crate) async fn tools_changed(&self) {
        self.tools_changed.notified().await;
    }

    /// Why it is gone.
    pub(crate) async fn obituary(&self, server: &str) -> StartError {
        let mut cause = self.fault.get();
        let mut tail = String::new();
        if let Some(child) = &self.child {
            let exit = tokio::time::timeout(Duration::from_millis(300), child.wait()).await;
            tail = stderr_tail(child);
            cause = cause.or_else(|| exit.ok().map(|exit| exit_words(&exit)));
        }
        StartError::Ended { server: server.to_owned(), cause: cause.unwrap_or_else(|| "it closed the connection".to_owned()), tail }
    }

    /// Ends the connection and the process.
    pub(crate) async fn stop(&self) {
        self.end.cancel();
        if let Some(child) = &self.child {
            child.kill(GRACE).await;
        }
    }

    /// Sends a request and waits for its answer, as JSON whatever it is.
    pub(crate) async fn request(
        &self,
        method: &'static str,
        request: ClientRequest,
        limit: Duration,
        meta: Option<RequestMetaObject>,
        call: Option<&CallId>,
        cancel: &CancellationToken,
    ) -> Result<Value, CallError> {
        let mut options = PeerRequestOptions::no_options();
        options.meta = meta;
        let mut handle = self.peer.send_request_with_option(request, options).await.map_err(|error| self.call_error(error))?;
        let token = handle.progress_token.clone();
        if let Some(call) = call {
            self.calls.add(token.clone(), call.clone());
        }
        let answer = tokio::select! {
            biased;
            answer = &mut handle.rx => Ok(answer),
            () = cancel.cancelled() => Err(CallError::Cancelled),
            () = self.overdue(limit) => Err(CallError::TimedOut { method, waited: limit }),
        };
        self.calls.remove(&token);
        match answer {
            Ok(Ok(Ok(result))) => Ok(plain(result)),
            Ok(Ok(Err(error))) => Err(self.call_error(error)),
            Ok(Err(_)) => Err(self.call_error(ServiceError::TransportClosed)),
            Err(error) => {
                let reason = if error == CallError::Cancelled { "cancelled" } else { "timed out" };
                // A server that does not read any more is not waited for.
                let told = handle.cancel(Some(reason.to_owned()));
                let _ = tokio::time::timeout(Duration::from_millis(200), told).await;
                Err(error)
            }
        }
    }

    /// Waits for the end of a limit. A server that waits for a person has its whole time again after the answer.
    async fn overdue(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit).await;
            if !self.inputs.is_asking() {
                return;
            }
            self.inputs.answered().await;
        }
    }

    fn call_error(&self, error: ServiceError) -> CallError {
        match error {
            ServiceError::McpError(data) => {
                let details = data.data.as_ref().map(|data| format!("({data})")).unwrap_or_default();
                let message = clean(&format!("{}{details}", data.message), MESSAGE);
                CallError::Server { code: data.code.0, message, data: data.data.filter(|_| data.code.0 == PAGES_FIRST) }
            }
            ServiceError::TransportClosed => CallError::Closed(self.fault.get().unwrap_or_else(|| "Transport closed".to_owned())),
            other => CallError::Transport(clean(&with_causes(&other), MESSAGE)),
        }
    }

    /// All pages of a list whose items are under `key`.
    pub(crate) async fn list(
        &self,
        method: &'static str,
        key: &str,
        limit: Duration,
        page: impl Fn(Option<PaginatedRequestParams>) -> ClientRequest,
    ) -> Result<Vec<Value>, CallError> {
        let cancel = CancellationToken::new();
        let deadline = tokio::time::Instant::now() + limit;
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let params = cursor.clone().map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            let answer = self.request(method, page(params), left, None, None, &cancel).await.map_err(|error| match error {
                CallError::TimedOut { method, .. } => CallError::TimedOut { method, waited: limit },
                other => other,
            })?;
            if let Value::Object(mut answer) = answer {
                if let Some(Value::Array(more)) = answer.shift_remove(key) {
                    items.extend(more);
                }
                match answer.shift_remove("nextCursor") {
                    // A cursor that leads back to itself would never end.
                    Some(Value::String(next)) if Some(&next) != cursor.as_ref() && items.len() < crate::tool::MOST_TOOLS * 2 => {
                        cursor = Some(next);
                        continue;
                    }
                    _ => {}
                }
            }
            break;
        }
        Ok(items)
    }

    /// The server's tools, as it lists them.
    pub(crate) async fn tools(&self, limit: Duration) -> Result<Vec<Value>, CallError> {
        let page = |params| {
            ClientRequest::ListToolsRequest(ListToolsRequest { method: Default::default(), params, extensions: Default::default() })
        };
        match self.list("tools/list", "tools", limit, page).await {
            Err(CallError::Server { code, .. }) if code == ErrorCode::METHOD_NOT_FOUND.0 => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// What an error of a request at start-up is, with what the process wrote.
    pub(crate) async fn start_error(&self, settings: &ServerSettings, error: &CallError) -> StartError {
        let tail = self.child.as_ref().map(stderr_tail).unwrap_or_default();
        let cause = match (error, self.fault.get()) {
            (CallError::Closed(_), Some(fault)) => fault,
            _ => error.to_string(),
        };
        failed(settings, cause, tail, true)
    }
}

async fn exited(child: Option<&Child>) {
    match child {
        Some(child) => drop(child.wait().await),
        None => std::future::pending().await,
    }
}

fn exit_words(exit: &codex_process::ExitStatus) -> String {
    match (exit.code, exit.signal) {
        (Some(code), _) => format!("its process exited with code {code}"),
        (None, Some(signal)) => format!("its process was ended by signal {signal}"),
        (None, None) => "its process ended".to_owned(),
    }
}

/// An answer as the server sent it, as far as the SDK keeps it.
fn plain(result: ServerResult) -> Value {
    match result {
        ServerResult::CustomResult(custom) => serde_json::to_value(custom).unwrap_or_default(),
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}
