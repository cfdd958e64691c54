//! The script: which answer the n-th request gets, and what an answer is made of.
//!
//! Pure data with a builder; `stream` turns a reply into events, `server` into bytes on a socket.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::request::Request;
use crate::server::ModelServer;

/// What a server does, request by request. Requests after the last reply get status 400.
#[derive(Clone, Default)]
pub struct Scenario {
    pub(crate) replies: Vec<Turn>,
    pub(crate) repeat_last: bool,
    pub(crate) routes: Vec<Route>,
}

/// A path that is answered the same way every time, beside the script.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) make: Arc<dyn Fn(&Request) -> Reply + Send + Sync>,
}

/// One entry of a script.
#[derive(Clone)]
pub(crate) enum Turn {
    /// The same whatever is asked.
    Fixed(Reply),
    /// Made from the request.
    Made(Arc<dyn Fn(&Request) -> Reply + Send + Sync>),
}

impl Scenario {
    /// A script without replies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the answer to the next request.
    pub fn reply(mut self, reply: Reply) -> Self {
        self.replies.push(Turn::Fixed(reply));
        self
    }

    /// Adds an answer that is made when the request is there, for ids that only the client knows.
    pub fn reply_with(mut self, make: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        self.replies.push(Turn::Made(Arc::new(make)));
        self
    }

    /// Answers one path beside the script, however often it is asked for: the interface of a local server.
    pub fn route(mut self, method: &'static str, path: &'static str, make: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        self.routes.push(Route { method, path, make: Arc::new(make) });
        self
    }

    /// Gives the last reply to every further request too.
    pub fn repeat_last(mut self) -> Self {
        self.repeat_last = true;
        self
    }

    /// Serves the script on a free loopback port.
    pub fn start(self) -> ModelServer {
        ModelServer::start(self)
    }
}

/// How the end of a streamed body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Chunked, and the connection stays open for the next request.
    Chunked,
    /// The connection closes after the body.
    UntilClose,
}

/// What follows the status line and headers.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Server-sent events.
    Events(Vec<Step>),
    /// These bytes, with their length told in advance.
    Fixed(Vec<u8>),
    /// These bytes instead of any HTTP, then the connection closes.
    Garbage(Vec<u8>),
    /// Nothing: the connection closes as soon as the request is read.
    HangUp,
}

/// One step of a streamed answer.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Say { text: String, pieces: usize },
    Reasoning { text: String, encrypted: Option<String> },
    Call { name: String, arguments: String, id: Option<String> },
    Custom { name: String, input: String, id: Option<String> },
    LocalShell { command: Vec<String> },
    Event(Value),
    Bytes(Vec<u8>),
    Usage(Value),
    Delay(Duration),
    Hold,
    Cut,
    Failed(Value),
    Incomplete(String),
}

/// One answer. Built from the first event to the last; `response.created` and `response.completed` are added.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) framing: Framing,
    pub(crate) split: Option<usize>,
    pub(crate) bare: bool,
}

impl Default for Reply {
    fn default() -> Self {
        Self::new()
    }
}

impl Reply {
    /// A streamed answer with nothing in it yet.
    pub fn new() -> Self {
        Self::with_body(200, Body::Events(Vec::new()))
    }

    /// A refusal with an error body of its own unless [`Reply::body`] says otherwise.
    pub fn status(status: u16) -> Self {
        Self::with_body(status, Body::Fixed(Vec::new())).body(json!({"error": {"message": "scripted"}}))
    }

    /// A whole JSON body with status 200, as servers send that do not stream.
    pub fn json(body: Value) -> Self {
        Self::status(200).body(body)
    }

    /// A body of server-sent events exactly as given, nothing added.
    pub fn sse(raw: impl Into<Vec<u8>>) -> Self {
        let mut reply = Self::new().bytes(raw);
        reply.bare = true;
        reply
    }

    /// Bytes that are no HTTP, then the connection closes.
    pub fn garbage(bytes: impl Into<Vec<u8>>) -> Self {
        Self::with_body(200, Body::Garbage(bytes.into()))
    }

    /// The connection closes as soon as the request is read.
    pub fn hang_up() -> Self {
        Self::with_body(200, Body::HangUp)
    }

    fn with_body(status: u16, body: Body) -> Self {
        Self { status, headers: Vec::new(), body, framing: Framing::Chunked, split: None, bare: false }
    }

    fn step(mut self, step: Step) -> Self {
        match &mut self.body {
            Body::Events(steps) => steps.push(step),
            Body::Fixed(_) | Body::Garbage(_) | Body::HangUp => panic!("only streamed replies have steps"),
        }
        self
    }

    /// A message of the model, in three deltas.
    pub fn say(self, text: impl Into<String>) -> Self {
        self.say_in(text, 3)
    }

    /// A message of the model, in so many deltas.
    pub fn say_in(self, text: impl Into<String>, pieces: usize) -> Self {
        self.step(Step::Say { text: text.into(), pieces })
    }

    /// Reasoning with a summary and encrypted content `ENC`.
    pub fn reasoning(self, summary: impl Into<String>) -> Self {
        self.step(Step::Reasoning { text: summary.into(), encrypted: Some("ENC".to_owned()) })
    }

    /// A function call. A string is sent as it is, so that arguments can be malformed.
    pub fn call(self, name: &str, arguments: Value) -> Self {
        self.function_call(name, arguments, None)
    }

    /// A function call with an id of its own.
    pub fn call_with_id(self, id: &str, name: &str, arguments: Value) -> Self {
        self.function_call(name, arguments, Some(id.to_owned()))
    }

    fn function_call(self, name: &str, arguments: Value, id: Option<String>) -> Self {
        let arguments = match arguments {
            Value::String(text) => text,
            other => other.to_string(),
        };
        self.step(Step::Call { name: name.to_owned(), arguments, id })
    }

    /// A freeform call.
    pub fn custom(self, name: &str, input: impl Into<String>) -> Self {
        self.step(Step::Custom { name: name.to_owned(), input: input.into(), id: None })
    }

    /// A freeform call with an id of its own.
    pub fn custom_with_id(self, id: &str, name: &str, input: impl Into<String>) -> Self {
        self.step(Step::Custom { name: name.to_owned(), input: input.into(), id: Some(id.to_owned()) })
    }

    /// A call of the server-defined local shell.
    pub fn local_shell<S: Into<String>>(self, command: impl IntoIterator<Item = S>) -> Self {
        self.step(Step::LocalShell { command: command.into_iter().map(Into::into).collect() })
    }

    /// One event as it is.
    pub fn raw(self, event: Value) -> Self {
        self.step(Step::Event(event))
    }

    /// Bytes of the body as they are.
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Bytes(bytes.into()))
    }

    /// Keys of the usage that `response.completed` carries; the others stay 100 in, 10 out. `null` leaves usage out.
    pub fn usage(self, usage: Value) -> Self {
        self.step(Step::Usage(usage))
    }

    /// Waits before what follows.
    pub fn delay(self, time: Duration) -> Self {
        self.step(Step::Delay(time))
    }

    /// Waits for one [`ModelServer::release`] before what follows.
    pub fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// The connection closes here, without an end mark.
    pub fn cut(self) -> Self {
        self.step(Step::Cut)
    }

    /// Ends with `response.failed`.
    pub fn failed(self, code: &str, message: &str) -> Self {
        self.step(Step::Failed(json!({"code": code, "message": message})))
    }

    /// Ends with `response.incomplete`.
    pub fn incomplete(self, reason: &str) -> Self {
        self.step(Step::Incomplete(reason.to_owned()))
    }

    /// Adds a header of the answer.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces the body of a [`Reply::status`] reply.
    pub fn body(self, body: Value) -> Self {
        let text = body.to_string();
        self.body_text("application/json", text)
    }

    /// Replaces the body of a [`Reply::status`] reply by text of any type.
    pub fn body_text(mut self, content_type: &str, body: impl Into<String>) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        self.headers.push(("content-type".to_owned(), content_type.to_owned()));
        self.body = Body::Fixed(body.into().into_bytes());
        self
    }

    /// Closes the connection after this answer instead of keeping it.
    pub fn close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self
    }

    /// Sends the streamed body in pieces of so many bytes.
    pub fn split(mut self, bytes: usize) -> Self {
        self.split = Some(bytes.max(1));
        self
    }
}
