//! Makes prompts and clients, and reads answers to their end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex_config::provider::ProviderInfo;
use codex_model_client::{Auth, HttpModelClient, HttpOptions, ModelClient, ModelError, Prompt, RequestContext, ResponseEvent};
use codex_protocol::{ResponseItem, ThreadId, TurnId};
use tokio_util::sync::CancellationToken;

pub(crate) fn provider(base_url: &str) -> ProviderInfo {
    ProviderInfo { stream_idle_timeout: Duration::from_secs(10), ..ProviderInfo::at("mock", "mock", base_url) }
}

pub(crate) fn options() -> HttpOptions {
    HttpOptions {
        originator: "codex_exec".into(),
        user_agent: "codex_exec/1 (Debian 12.0.0; x86_64) xterm (codex-exec; 1)".into(),
        version: "1".into(),
        env: BTreeMap::new(),
        compress: false,
        pool: codex_model_client::HttpPool::default(),
    }
}

pub(crate) fn client(base_url: &str) -> HttpModelClient {
    HttpModelClient::new(provider(base_url), Auth::Bearer("key".into()), options()).unwrap()
}

pub(crate) fn prompt() -> Prompt {
    Prompt {
        model: "some-model".into(),
        instructions: "be good".into(),
        input: vec![ResponseItem::user_text("hi")],
        tools: Arc::new([]),
        parallel_tools: false,
        reasoning: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        cache_key: "thread".into(),
        max_output_tokens: None,
    }
}

pub(crate) fn context() -> RequestContext {
    RequestContext {
        thread_id: ThreadId::generate(),
        turn_id: TurnId::generate(),
        turn_metadata: None,
        subagent: None,
        turn_state: Arc::new(Mutex::new(None)),
    }
}

/// Asks once and reads the answer to its end.
pub(crate) async fn ask(client: &dyn ModelClient, prompt: &Prompt) -> Result<Vec<ResponseEvent>, ModelError> {
    ask_in(client, prompt, &context()).await
}

pub(crate) async fn ask_in(client: &dyn ModelClient, prompt: &Prompt, context: &RequestContext) -> Result<Vec<ResponseEvent>, ModelError> {
    let mut answer = client.stream(prompt, context, &CancellationToken::new()).await?;
    let mut events = Vec::new();
    while let Some(event) = answer.recv().await {
        events.push(event?);
    }
    assert!(matches!(events.last(), Some(ResponseEvent::Completed { .. })), "the answer ended silently: {events:?}");
    Ok(events)
}

/// All text of an answer, joined.
pub(crate) fn text(events: &[ResponseEvent]) -> String {
    events.iter().filter_map(|event| if let ResponseEvent::TextDelta { delta, .. } = event { Some(delta.as_str()) } else { None }).collect()
}

/// The finished items of an answer.
pub(crate) fn items(events: &[ResponseEvent]) -> Vec<ResponseItem> {
    events.iter().filter_map(|event| if let ResponseEvent::ItemDone(item) = event { Some(item.clone()) } else { None }).collect()
}
