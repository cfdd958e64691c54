//! What a server wants while it works: an answer of a person, of the model, or the folders.
//!
//! It comes in two forms: as a request of its own, and, in the newest protocol, as a result `input_required` that names what is
//! missing. Both end here. **Not here:** repeating a request with what was missing (`rounds`).
#![expect(deprecated, reason = "the newest protocol gives up roots; servers of today use them")]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use codex_protocol::EventMsg;
use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationPageDone};
use rmcp::model::{ElicitRequestParams, ElicitResult, ErrorCode, ErrorData, InputResponses, ListRootsResult, Root};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, watch};
use url::Url;

use crate::host::{Answer, McpHost};
use crate::text::clean;

/// Most characters of a message of a server.
const MESSAGE: usize = 4000;
/// Most bytes of the schema of a form.
const SCHEMA: usize = 64 * 1024;
/// Pages that are remembered as done.
const PAGES: usize = 64;

/// The wishes of one connection.
#[derive(Clone)]
pub(crate) struct Inputs {
    server: String,
    host: Arc<dyn McpHost>,
    /// Questions that wait for somebody.
    open: watch::Sender<usize>,
    done: Arc<Done>,
}

/// Pages whose purpose is fulfilled, by the server's name for them.
#[derive(Debug, Default)]
struct Done {
    pages: Mutex<VecDeque<String>>,
    more: Notify,
}

/// A question that is open as long as this lives.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|count| *count += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Inputs {
    pub(crate) fn new(server: &str, host: &Arc<dyn McpHost>) -> Self {
        Self { server: server.to_owned(), host: Arc::clone(host), open: watch::Sender::new(0), done: Arc::default() }
    }

    /// Whether somebody is being asked.
    pub(crate) fn is_asking(&self) -> bool {
        *self.open.borrow() > 0
    }

    /// Waits until nobody is being asked.
    pub(crate) async fn answered(&self) {
        let mut open = self.open.subscribe();
        // The sender is part of `self`.
        let _ = open.wait_for(|count| *count == 0).await;
    }

    /// Puts a form or a page to a person.
    pub(crate) async fn elicit(&self, params: ElicitRequestParams) -> Result<ElicitResult, ErrorData> {
        Ok(self.ask(form(params)?).await)
    }

    /// Puts a form that the SDK does not know as one; `None` when it is none.
    pub(crate) async fn elicit_plain(&self, params: &Value) -> Option<ElicitResult> {
        let message = params.get("message")?.as_str()?;
        let schema = params.get("requestedSchema").filter(|schema| schema.is_object() && schema.to_string().len() <= SCHEMA)?;
        Some(self.ask(ElicitationForm::Form { message: clean(message, MESSAGE), requested_schema: schema.clone() }).await)
    }

    async fn ask(&self, form: ElicitationForm) -> ElicitResult {
        let _open = Open::new(&self.open);
        let Answer { action, content } = self.host.elicit(&self.server, form).await;
        let mut result = ElicitResult::new(match action {
            ElicitationAction::Accept => rmcp::model::ElicitationAction::Accept,
            ElicitationAction::Decline => rmcp::model::ElicitationAction::Decline,
            ElicitationAction::Cancel => rmcp::model::ElicitationAction::Cancel,
        });
        result.content = content.filter(|_| action == ElicitationAction::Accept);
        result
    }

    /// Asks the model: the result of `sampling/createMessage`.
    pub(crate) async fn sample(&self, params: Value) -> Result<Value, ErrorData> {
        let _open = Open::new(&self.open);
        self.host.sample(&self.server, params).await.map_err(|why| ErrorData::new(ErrorCode(-1), why, None))
    }

    /// The folders.
    pub(crate) fn roots(&self) -> ListRootsResult {
        let root = |path: &Path| Url::from_directory_path(path).ok().map(|url| Root::new(url.as_str().trim_end_matches('/')));
        ListRootsResult::new(self.host.roots().iter().filter_map(|path| root(path)).collect())
    }

    /// Answers what a result `input_required` asks for, one after the other.
    ///
    /// # Errors
    /// What cannot be answered, for people.
    pub(crate) async fn fulfil(&self, requests: &Map<String, Value>) -> Result<InputResponses, String> {
        let mut responses = InputResponses::new();
        for (key, request) in requests {
            let params = request.get("params").cloned().unwrap_or_else(|| json!({}));
            let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
            let response = match method {
                "elicitation/create" => match ElicitRequestParams::deserialize(&params) {
                    Ok(typed) => serde_json::to_value(self.elicit(typed).await.map_err(|error| error.message.to_string())?),
                    Err(_) => match self.elicit_plain(&params).await {
                        Some(result) => serde_json::to_value(result),
                        None => return Err("it asks for a form that cannot be read".to_owned()),
                    },
                },
                "sampling/createMessage" => Ok(self.sample(params).await.map_err(|error| error.message.to_string())?),
                "roots/list" => serde_json::to_value(self.roots()),
                other => return Err(format!("it asks for `{}`, which it may not", clean(other, 100))),
            };
            responses.insert(key.clone(), response.map_err(|error| error.to_string())?);
        }
        Ok(responses)
    }

    /// A page's purpose is fulfilled, says the server.
    pub(crate) async fn page_is_done(&self, id: &str) {
        let id = clean(id, 200);
        {
            let mut pages = self.done.pages.lock().unwrap_or_else(PoisonError::into_inner);
            if pages.len() == PAGES {
                pages.pop_front();
            }
            pages.push_back(id.clone());
        }
        self.done.more.notify_waiters();
        let done = ElicitationPageDone { server_name: self.server.clone(), elicitation_id: id };
        self.host.tell(EventMsg::ElicitationPageDone(done)).await;
    }

    /// Waits until the server says so of a page.
    pub(crate) async fn wait_for_page(&self, id: &str) {
        let id = clean(id, 200);
        loop {
            let more = self.done.more.notified();
            tokio::pin!(more);
            // A page that is done between the look and the wait wakes it too.
            more.as_mut().enable();
            if self.done.pages.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
                return;
            }
            more.await;
        }
    }
}

/// An address that a person may be sent to: `https`, or this machine (M5).
fn safe_page(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.username().is_empty() && url.password().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

fn form(params: ElicitRequestParams) -> Result<ElicitationForm, ErrorData> {
    match params {
        ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
            let requested_schema = serde_json::to_value(requested_schema).unwrap_or_else(|_| json!({"type": "object", "properties": {}}));
            Ok(ElicitationForm::Form { message: clean(&message, MESSAGE), requested_schema })
        }
        ElicitRequestParams::UrlElicitationParams { message, url, elicitation_id, .. } if safe_page(&url) => {
            Ok(ElicitationForm::Url { message: clean(&message, MESSAGE), url, elicitation_id: clean(&elicitation_id, 200) })
        }
        _ => Err(ErrorData::invalid_params("only https pages are shown to the user", None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M5
    #[test]
    fn a_person_is_sent_to_https_pages_or_this_machine() {
        assert!(safe_page("https://example.com/a") && safe_page("http://127.0.0.1:8/a") && safe_page("http://localhost/a"));
        for bad in ["http://example.com/", "https://u:p@example.com/", "file:///etc/passwd", "javascript:alert(1)", "x"] {
            assert!(!safe_page(bad), "{bad}");
        }
    }
}
