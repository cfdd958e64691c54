//! Asks the model for a server (`sampling/createMessage`), when a person agrees each time.
//!
//! The model sees what the server sent and nothing of the conversation, and has no tools.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex_mcp_client::clean;
use codex_model_client::{Prompt, RequestContext, ResponseEvent};
use codex_protocol::event::{ElicitationAction, ElicitationForm};
use codex_protocol::response_item::ContentItem;
use codex_protocol::{ResponseItem, TurnId};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::host::{may_ask, put};
use super::lock;
use super::questions::Question;
use crate::session::Session;

/// Longest wait for the model.
const PATIENCE: Duration = Duration::from_secs(300);
/// Most bytes of what a server may send the model.
const MOST_BYTES: usize = 512 * 1024;

/// The result object of `sampling/createMessage`.
pub(super) async fn sample(session: &Arc<Session>, server: &str, params: &Value) -> Result<Value, String> {
    if params.to_string().len() > MOST_BYTES {
        return Err("the messages are too long".to_owned());
    }
    let messages = messages(params)?;
    if !may_ask(session) {
        return Err("nobody can be asked whether the model may be used for this server".to_owned());
    }
    agree(session, server, &messages).await?;
    let end = CancellationToken::new();
    let _end = end.clone().drop_guard();
    let answer = tokio::time::timeout(PATIENCE, ask(session, params, messages, &end)).await;
    let text = answer.map_err(|_| "the model did not answer in time".to_owned())??;
    Ok(json!({
        "role": "assistant",
        "content": { "type": "text", "text": text },
        "model": session.services.model.get().slug,
        "stopReason": "endTurn",
    }))
}

fn messages(params: &Value) -> Result<Vec<ResponseItem>, String> {
    let listed = params.get("messages").and_then(Value::as_array).ok_or("there are no messages")?;
    let mut items = Vec::new();
    for message in listed {
        let role = if message["role"] == "assistant" { "assistant" } else { "user" };
        let blocks = match &message["content"] {
            Value::Array(blocks) => blocks.clone(),
            block => vec![block.clone()],
        };
        let mut text = Vec::new();
        for block in blocks {
            match (block["type"].as_str(), block["text"].as_str()) {
                (Some("text"), Some(words)) => text.push(words.to_owned()),
                _ => return Err("only messages of text are supported".to_owned()),
            }
        }
        let text = text.join("\n");
        let part = if role == "assistant" { ContentItem::OutputText { text } } else { ContentItem::InputText { text } };
        items.push(ResponseItem::Message { id: None, role: role.to_owned(), content: vec![part], phase: None });
    }
    if items.is_empty() { Err("there are no messages".to_owned()) } else { Ok(items) }
}

async fn agree(session: &Arc<Session>, server: &str, messages: &[ResponseItem]) -> Result<(), String> {
    let shown: Vec<String> = messages.iter().filter_map(ResponseItem::message_text).collect();
    let message = format!("Let the {server} MCP server ask the model?\n\n{}", clean(&shown.join("\n\n"), 4000));
    let question = Question {
        turn_id: lock(&session.mcp.turn).clone(),
        call_id: None,
        server: server.to_owned(),
        meta: Some(json!({ "codex_approval_kind": "mcp_sampling" })),
        form: ElicitationForm::Form { message, requested_schema: json!({"type": "object", "properties": {}}) },
    };
    match put(session, question).await.action {
        ElicitationAction::Accept => Ok(()),
        ElicitationAction::Decline | ElicitationAction::Cancel => Err("User rejected sampling request".to_owned()),
    }
}

async fn ask(session: &Session, params: &Value, input: Vec<ResponseItem>, cancel: &CancellationToken) -> Result<String, String> {
    let services = &session.services;
    let (config, model) = (&services.config, services.model.get());
    let limit = params.get("maxTokens").and_then(Value::as_i64);
    let prompt = Prompt {
        model: model.slug.clone(),
        instructions: params.get("systemPrompt").and_then(Value::as_str).unwrap_or("Answer the message.").into(),
        input,
        tools: Arc::from(Vec::new()),
        parallel_tools: false,
        reasoning: model.reasoning(model.effort, model.summary),
        verbosity: None,
        service_tier: config.service_tier.clone(),
        output_schema: None,
        cache_key: session.id.to_string(),
        max_output_tokens: limit.into_iter().chain(model.max_output_tokens).min(),
    };
    let context = RequestContext {
        thread_id: session.id,
        turn_id: TurnId::generate(),
        turn_metadata: None,
        subagent: Some("mcp_sampling".to_owned()),
        turn_state: Arc::new(Mutex::new(None)),
    };
    let mut stream = services.client.stream(&prompt, &context, cancel).await.map_err(|error| error.message)?;
    let mut text = String::new();
    while let Some(event) = stream.recv().await {
        match event.map_err(|error| error.message)? {
            ResponseEvent::ItemDone(item) if matches!(&item, ResponseItem::Message { role, .. } if role == "assistant") => {
                text.push_str(&item.message_text().unwrap_or_default());
            }
            ResponseEvent::Completed { usage, .. } => {
                if let Some(usage) = usage {
                    session.add_usage(usage, model.context_window);
                }
                return Ok(text);
            }
            _ => {}
        }
    }
    Err("the model's answer broke off".to_owned())
}
