//! One request to a server, repeated until it has everything it wants.
//!
//! The newest protocol answers `input_required` with what is missing and a state to hand back; the one before answers with an
//! error that names pages to be opened first. Either way a person may say no, and a server that asks on and on is left.

use std::time::Duration;

use codex_protocol::CallId;
use rmcp::model::{ClientRequest, InputResponses, RequestMetaObject};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::connection::Live;
use crate::error::CallError;

/// Most rounds of one request.
const MOST_ROUNDS: usize = 10;
/// Code of the error that names pages.
pub(crate) const PAGES_FIRST: i32 = -32042;
/// Most pages of one error.
const MOST_PAGES: usize = 5;

/// A request and how long it may take.
pub(crate) struct Asking<'a> {
    pub(crate) method: &'static str,
    /// Longest wait for each answer; the time that people take does not count.
    pub(crate) limit: Duration,
    pub(crate) meta: Option<RequestMetaObject>,
    /// The call that progress is told under.
    pub(crate) call: Option<&'a CallId>,
    pub(crate) cancel: &'a CancellationToken,
}

/// What a repeated request carries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Further {
    pub(crate) responses: Option<InputResponses>,
    pub(crate) state: Option<String>,
}

/// Asks until there is a result.
pub(crate) async fn ask(live: &Live, asking: Asking<'_>, request: impl Fn(Further) -> ClientRequest) -> Result<Value, CallError> {
    let (mut further, mut pages_shown, mut idle_rounds) = (Further::default(), false, 0_u32);
    for _ in 0..MOST_ROUNDS {
        let sent = request(further.clone());
        let answered = live.request(asking.method, sent, asking.limit, asking.meta.clone(), asking.call, asking.cancel).await;
        let mut result = match answered {
            Err(CallError::Server { code: PAGES_FIRST, message, data }) if !pages_shown => {
                pages_shown = true;
                let shown = until(asking.cancel, show_pages(live, data.as_ref(), asking.limit)).await?;
                if !shown {
                    return Err(CallError::Server { code: PAGES_FIRST, message, data });
                }
                continue;
            }
            answered => answered?,
        };
        if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
            return Ok(result);
        }
        let wanted = match result.get_mut("inputRequests").map(Value::take) {
            Some(Value::Object(wanted)) => wanted,
            _ => Map::new(),
        };
        further.state = result.get("requestState").and_then(Value::as_str).map(str::to_owned);
        further.responses = None;
        if wanted.is_empty() {
            // A server that only wants to be asked again is not asked without a pause.
            let pause = Duration::from_millis(50 << idle_rounds.min(3));
            idle_rounds += 1;
            until(asking.cancel, tokio::time::sleep(pause)).await?;
            continue;
        }
        let responses = until(asking.cancel, live.inputs().fulfil(&wanted)).await?;
        further.responses =
            Some(responses.map_err(|why| CallError::Transport(format!("the server wants more before it answers, and {why}")))?);
    }
    Err(CallError::Transport(format!("the server asked for more input {MOST_ROUNDS} times and gave no result")))
}

async fn until<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Result<T, CallError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(CallError::Cancelled),
        done = work => Ok(done),
    }
}

/// Sends a person to the pages that an error names; false when they would not go, or there is none. Then gives the server
/// time to say that they are done; one that does not say so is asked again after `patience`.
async fn show_pages(live: &Live, data: Option<&Value>, patience: Duration) -> bool {
    let Some(pages) = data.and_then(|data| data.get("elicitations")).and_then(Value::as_array) else { return false };
    let mut ids = Vec::new();
    for page in pages.iter().take(MOST_PAGES) {
        let Ok(params) = rmcp::model::ElicitRequestParams::deserialize(page) else { return false };
        match live.inputs().elicit(params).await {
            Ok(result) if result.action == rmcp::model::ElicitationAction::Accept => {}
            _ => return false,
        }
        ids.extend(page.get("elicitationId").and_then(Value::as_str));
    }
    let all = async {
        for id in &ids {
            live.inputs().wait_for_page(id).await;
        }
    };
    // Servers need not say it.
    let _ = tokio::time::timeout(patience, all).await;
    !pages.is_empty()
}
