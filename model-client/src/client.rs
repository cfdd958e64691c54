//! A connection to one provider over HTTP: sends one request, pumps its answer into a channel.
//!
//! One client belongs to one thread, so the connection is reused from request to request: bodies are read to their
//! end for that. What a body means is `wire`'s work, what a failure means `failure`'s, trying again the turn loop's.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use codex_config::provider::{Dialect, ProviderInfo, WireApi};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, Url};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::auth::Auth;
use crate::compact;
use crate::downgrade::{Adjustments, Feature};
use crate::error::{ErrorKind, ModelError};
use crate::failure::{self, Answer, Refusal};
use crate::http::{self, configuration};
use crate::knock;
use crate::models::{self, ListedModel};
use crate::prompt::{ModelClient, Prompt, RequestContext, ResponseEvent, ResponseStream, STREAM_BOUND, ShortConversation};
use crate::pump::Pump;
use crate::secrets::Secrets;
use crate::socket::{Open, Place, Ready, Request, Socket, SocketPump};
use crate::token::CommandKey;
use crate::wait::text_of;
use crate::wire::WireForm;

/// Smaller bodies gain nothing from compression.
const COMPRESS_FROM: usize = 1024;
const COMPRESSION_LEVEL: i32 = 3;
/// Changes to one request before a refusal counts.
const MOST_DOWNGRADES: usize = 4;
/// What follows the model in an address of Google Cloud.
const VERTEX_METHOD: &str = ":streamRawPredict";
/// How long a list of models may take to begin, and to go on.
const LISTING: Duration = Duration::from_secs(10);
const LISTING_CAP: usize = 16 * 1024 * 1024;
/// What is read of an error's body.
const ERROR_BODY_CAP: usize = 256 * 1024;

/// What a client needs to know of the program around it.
#[derive(Clone, Default)]
pub struct HttpOptions {
    /// `originator` header, such as `codex_exec`.
    pub originator: String,
    /// `user-agent` header, see [`UserAgent`](crate::UserAgent).
    pub user_agent: String,
    /// Version of this program; sent to the built-in provider alone.
    pub version: String,
    /// The process environment: values of `env_http_headers`, and proxies.
    pub env: BTreeMap<String, String>,
    /// Send bodies above 1 KiB compressed with zstd.
    pub compress: bool,
    /// Connections shared with the other clients that have the same pool.
    pub pool: HttpPool,
}

/// Connections that clients of one program share: those to the same server, with the same environment, use one set. Belongs
/// to one tokio runtime.
#[derive(Clone, Default)]
pub struct HttpPool(Arc<Mutex<Vec<Pooled>>>);

struct Pooled {
    origin: String,
    env: BTreeMap<String, String>,
    http: reqwest::Client,
}

impl HttpPool {
    fn client(&self, url: &Url, options: &HttpOptions) -> Result<reqwest::Client, ModelError> {
        let origin = url.origin().ascii_serialization();
        let mut pooled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = pooled.iter().find(|known| known.origin == origin && known.env == options.env) {
            return Ok(known.http.clone());
        }
        let http = http::client(url, options)?;
        pooled.push(Pooled { origin, env: options.env.clone(), http: http.clone() });
        Ok(http)
    }
}

impl fmt::Debug for HttpPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpPool")
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { originator, user_agent, version, env: _, compress, pool: _ } = self;
        write!(f, "HttpOptions {{ originator: {originator:?}, user_agent: {user_agent:?}, version: {version:?}, compress: {compress} }}")
    }
}

/// The client for a provider reached over HTTP.
pub struct HttpModelClient {
    http: reqwest::Client,
    url: Url,
    shown_url: String,
    headers: HeaderMap,
    idle: Duration,
    compress: bool,
    form: WireForm,
    provider: ProviderInfo,
    /// The WebSocket, where the server speaks through one.
    socket: Option<Socket>,
    /// The program that prints the key, where one does.
    key: Option<CommandKey>,
    secrets: Secrets,
    /// What each model was found not to take.
    adjustments: Mutex<HashMap<String, Adjustments>>,
    compaction: compact::Endpoint,
}

impl HttpModelClient {
    /// Makes a client. Nothing is sent, and no certificate is read for a plain `http` address.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for an unusable address, header or proxy.
    pub fn new(provider: ProviderInfo, auth: Auth, options: HttpOptions) -> Result<Self, ModelError> {
        let path = match provider.wire_api {
            WireApi::Responses => "/responses",
            WireApi::Chat => "/chat/completions",
            WireApi::Messages if provider.dialect == Dialect::Vertex => "",
            WireApi::Messages => "/messages",
        };
        let url = http::endpoint(&provider, path)?;
        Ok(Self {
            http: options.pool.client(&url, &options)?,
            secrets: Secrets::of(&provider, &auth, &options, &url),
            shown_url: http::shown(&url),
            socket: Socket::of(&provider, &url, &options),
            url,
            headers: http::fixed_headers(&provider, &auth, &options)?,
            idle: provider.stream_idle_timeout,
            compress: options.compress,
            form: WireForm::of(&provider),
            key: command_key(&provider, &auth, &options),
            provider,
            adjustments: Mutex::default(),
            compaction: compact::Endpoint::default(),
        })
    }

    fn adjustments(&self) -> MutexGuard<'_, HashMap<String, Adjustments>> {
        self.adjustments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request once; a refusal that names a feature is told apart.
    async fn send(
        &self,
        prompt: &Prompt,
        adjustments: &Adjustments,
        context: &RequestContext,
        key: Option<&str>,
    ) -> Result<Response, Refusal> {
        let whole = |error| Refusal { error, feature: None };
        let mut headers = self.headers.clone();
        headers.extend(http::request_headers(context));
        if let Some(key) = key {
            http::add_key(&mut headers, &self.provider, key).map_err(whole)?;
        }
        let mut body = self.form.encode(prompt, adjustments);
        if self.compress && body.len() > COMPRESS_FROM {
            body = zstd::bulk::compress(&body, COMPRESSION_LEVEL)
                .map_err(|error| whole(configuration(format!("cannot compress the request: {error}"))))?;
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        }
        let sending = knock::send(self.http.post(self.url_for(&prompt.model).map_err(whole)?).headers(headers).body(body));
        let began = Instant::now();
        info!(target: "codex_diary", url = self.shown_url, model = prompt.model, "request sent");
        let response = match tokio::time::timeout(self.idle, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(whole(failure::of_connection(&self.shown_url, &error))),
            Err(_) => return Err(whole(failure::idle())),
        };
        info!(target: "codex_diary", status = response.status().as_u16(), millis = began.elapsed().as_millis(), "request answered");
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    /// The address of a request: Google Cloud has the model in it.
    fn url_for(&self, model: &str) -> Result<Url, ModelError> {
        if self.provider.dialect != Dialect::Vertex || self.url.path().ends_with(VERTEX_METHOD) {
            return Ok(self.url.clone());
        }
        http::endpoint(&self.provider, &format!("/{model}{VERTEX_METHOD}"))
    }

    async fn refusal(&self, mut response: Response) -> Refusal {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(self.idle, response.chunk()).await {
            let room = ERROR_BODY_CAP.saturating_sub(body.len());
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if room == 0 {
                break;
            }
        }
        failure::of_answer(&Answer { status, url: &self.shown_url, headers: &headers, body: &body }, SystemTime::now())
    }

    /// Sends the request, without what the server refuses by name, and tells what was left out.
    async fn open(&self, prompt: &Prompt, context: &RequestContext) -> Result<(Response, Adjustments, Vec<ResponseEvent>), ModelError> {
        let mut told = Vec::new();
        let mut key = self.fresh_key(None).await?;
        let mut renewed = false;
        for _ in 0..=MOST_DOWNGRADES + 1 {
            let adjustments = self.adjustments().get(&prompt.model).cloned().unwrap_or_else(|| self.form.adjustments().clone());
            let refusal = match self.send(prompt, &adjustments, context, key.as_deref()).await {
                Ok(response) => return Ok((response, adjustments, told)),
                Err(refusal) => refusal,
            };
            if refusal.error.kind == ErrorKind::Auth && key.is_some() && !renewed {
                key = self.fresh_key(key.as_deref()).await?;
                renewed = true;
                continue;
            }
            let message = refusal.feature.and_then(|feature| self.turn_down(prompt, &adjustments, feature));
            let Some(message) = message.filter(|_| told.len() < MOST_DOWNGRADES) else { return Err(refusal.error) };
            debug!(model = prompt.model, message, "request is sent again without a feature");
            told.push(ResponseEvent::Downgraded { message });
        }
        Err(configuration("the model server refuses one part of the request after the other".to_owned()))
    }

    /// The key of the program that prints it, another one than was refused.
    async fn fresh_key(&self, refused: Option<&str>) -> Result<Option<String>, ModelError> {
        let Some(program) = &self.key else { return Ok(None) };
        let key = program.key(refused).await?;
        self.secrets.learn(&key);
        Ok(Some(key))
    }

    /// Asks the server which models it has. Never on the way to a first answer: for pickers and checks.
    ///
    /// # Errors
    /// As [`stream`](ModelClient::stream); an answer in another form is [`ErrorKind::BadRequest`].
    pub async fn models(&self) -> Result<Vec<ListedModel>, ModelError> {
        self.ask_for_models().await.map_err(|error| self.secrets.out_of(error))
    }

    async fn ask_for_short(&self, prompt: &Prompt, context: &RequestContext) -> Result<Option<ShortConversation>, ModelError> {
        let url = http::endpoint(&self.provider, compact::PATH)?;
        let mut headers = self.headers.clone();
        headers.extend(http::request_headers(context));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(key) = self.fresh_key(None).await? {
            http::add_key(&mut headers, &self.provider, &key)?;
        }
        let shown = http::shown(&url);
        let sending = knock::send(self.http.post(url).headers(headers).body(compact::body(prompt)));
        let mut response = match tokio::time::timeout(self.idle, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(failure::of_connection(&shown, &error)),
            Err(_) => return Err(failure::idle()),
        };
        if matches!(response.status().as_u16(), 404 | 405 | 501) {
            self.compaction.is_missing();
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(self.refusal(response).await.error);
        }
        let mut body = Vec::new();
        loop {
            match tokio::time::timeout(self.idle, response.chunk()).await {
                Ok(Ok(Some(piece))) => body.extend_from_slice(&piece),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(failure::of_connection(&shown, &error)),
                Err(_) => return Err(failure::idle()),
            }
            if body.len() > compact::ANSWER_CAP {
                return Err(failure::endless());
            }
        }
        compact::read(&body).map(Some)
    }

    async fn ask_for_models(&self) -> Result<Vec<ListedModel>, ModelError> {
        let url = http::endpoint(&models::base(&self.provider), "/models")?;
        let mut headers = self.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.remove(CONTENT_TYPE);
        if let Some(key) = self.fresh_key(None).await? {
            http::add_key(&mut headers, &self.provider, &key)?;
        }
        let shown = http::shown(&url);
        let asking = knock::send(self.http.get(url).headers(headers));
        let mut response = match tokio::time::timeout(LISTING, asking).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(failure::of_connection(&shown, &error)),
            Err(_) => return Err(failure::idle()),
        };
        if !response.status().is_success() {
            return Err(self.refusal(response).await.error);
        }
        let mut body = Vec::new();
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(LISTING, response.chunk()).await {
            body.extend_from_slice(&piece);
            if body.len() > LISTING_CAP {
                return Err(failure::endless());
            }
        }
        models::read(&body)
            .ok_or_else(|| ModelError::new(ErrorKind::BadRequest, format!("{shown} answered with something that is no list of models")))
    }

    /// Remembers a refusal; `None` when leaving the feature out would change nothing.
    fn turn_down(&self, prompt: &Prompt, used: &Adjustments, feature: Feature) -> Option<String> {
        let body = self.form.encode(prompt, used);
        let mut next = used.clone();
        while let Some(message) = next.turn_down(feature) {
            if self.form.encode(prompt, &next) != body {
                self.adjustments().insert(prompt.model.clone(), next);
                return Some(message);
            }
        }
        if self.form.api() == WireApi::Responses {
            return None;
        }
        // The request has nothing of the kind, so something in between added it: the plainest request is the last to try.
        let mut plainest = used.clone();
        let message = plainest.turn_down(Feature::Extras)?;
        self.adjustments().insert(prompt.model.clone(), plainest);
        Some(message)
    }

    /// What the head of an answer says.
    fn head_events(&self, prompt: &Prompt, context: &RequestContext, headers: &HeaderMap) -> Vec<ResponseEvent> {
        let mut events = Vec::new();
        if let Some(state) = text_of(headers, "x-codex-turn-state") {
            *context.turn_state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.to_owned());
        }
        if let Some(model) = text_of(headers, "openai-model").filter(|model| !model.eq_ignore_ascii_case(&prompt.model)) {
            events.push(ResponseEvent::Rerouted { model: model.to_owned() });
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if let Some(limits) = http::rate_limits(headers, i64::try_from(now).unwrap_or(i64::MAX)) {
            events.push(ResponseEvent::RateLimits(limits));
        }
        events
    }
}

/// A socket with a request on its way.
struct Asked {
    place: Place,
    open: Box<Open>,
    request: Request,
    adjustments: Adjustments,
    head: Vec<ResponseEvent>,
}

/// How a request went out.
enum Opened {
    Socket(Box<Asked>),
    /// By HTTP, after what is to be told.
    Http(Box<Response>, Adjustments, Vec<ResponseEvent>),
}

impl HttpModelClient {
    /// Sends the request through the socket; `Err` is what to tell before it goes by HTTP.
    async fn ask_socket(&self, socket: &Socket, prompt: &Prompt, context: &RequestContext) -> Result<Asked, Vec<ResponseEvent>> {
        let mut headers = self.headers.clone();
        headers.extend(http::request_headers(context));
        // A program that fails says so when the request goes by HTTP.
        if let Some(key) = self.fresh_key(None).await.map_err(|_| Vec::new())? {
            http::add_key(&mut headers, &self.provider, &key).map_err(|_| Vec::new())?;
        }
        let adjustments = self.adjustments().get(&prompt.model).cloned().unwrap_or_else(|| self.form.adjustments().clone());
        let body = self.form.encode(prompt, &adjustments);
        let request = Request::of_body(&body, context.turn_metadata.as_deref()).ok_or_else(Vec::new)?;
        // A socket that was left open may be gone when it is used: then another one is opened.
        loop {
            match socket.ready(&headers).await {
                Ready::Http(message) => return Err(message.into_iter().map(|message| ResponseEvent::Downgraded { message }).collect()),
                Ready::Open { place, mut open, head } => {
                    if open.send(&request).await {
                        let head = head.map(|headers| self.head_events(prompt, context, &headers)).unwrap_or_default();
                        return Ok(Asked { place, open, request, adjustments, head });
                    }
                    if head.is_some() {
                        return Err(Vec::new());
                    }
                }
            }
        }
    }

    async fn open_any(&self, prompt: &Prompt, context: &RequestContext) -> Result<Opened, ModelError> {
        let mut told = Vec::new();
        if let Some(socket) = &self.socket {
            match self.ask_socket(socket, prompt, context).await {
                Ok(asked) => return Ok(Opened::Socket(Box::new(asked))),
                Err(events) => told = events,
            }
        }
        let (response, adjustments, more) = self.open(prompt, context).await?;
        told.extend(more);
        Ok(Opened::Http(Box::new(response), adjustments, told))
    }
}

#[async_trait]
impl ModelClient for HttpModelClient {
    async fn stream(&self, prompt: &Prompt, context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError> {
        let opened = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ModelError::cancelled()),
            opened = self.open_any(prompt, context) => opened.map_err(|error| self.secrets.out_of(error))?,
        };
        let (response, adjustments, mut head) = match opened {
            Opened::Http(response, adjustments, head) => (response, adjustments, head),
            Opened::Socket(asked) => {
                let Asked { place, open, request, adjustments, head } = *asked;
                let (sender, receiver) = mpsc::channel(STREAM_BOUND);
                let pump = SocketPump {
                    sender,
                    cancel: cancel.clone(),
                    idle: self.idle,
                    decoder: self.form.decoder(prompt, &adjustments),
                    secrets: self.secrets.clone(),
                    cuts: self.socket.as_ref().map(Socket::cuts).unwrap_or_default(),
                    request,
                    head,
                };
                tokio::spawn(pump.run(place, open));
                return Ok(receiver);
            }
        };
        head.extend(self.head_events(prompt, context, response.headers()));
        let decoder = self.form.decoder(prompt, &adjustments);
        let (sender, receiver) = mpsc::channel(STREAM_BOUND);
        let pump = Pump::new(sender, cancel.clone(), self.idle, self.shown_url.clone(), decoder, head).hiding(self.secrets.clone());
        tokio::spawn(pump.run(*response));
        Ok(receiver)
    }

    async fn compact(
        &self,
        prompt: &Prompt,
        context: &RequestContext,
        cancel: &CancellationToken,
    ) -> Result<Option<ShortConversation>, ModelError> {
        if !self.compaction.may_be_at(&self.provider) {
            return Ok(None);
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ModelError::cancelled()),
            short = self.ask_for_short(prompt, context) => short.map_err(|error| self.secrets.out_of(error)),
        }
    }
}

/// The program that prints the key, unless there is a key already.
fn command_key(provider: &ProviderInfo, auth: &Auth, options: &HttpOptions) -> Option<CommandKey> {
    let command = provider.auth_command.clone().filter(|_| *auth == Auth::None)?;
    Some(CommandKey::new(&provider.id, command, &options.env))
}

/// A client that can be shared.
impl From<HttpModelClient> for Arc<dyn ModelClient> {
    fn from(client: HttpModelClient) -> Self {
        Arc::new(client)
    }
}
