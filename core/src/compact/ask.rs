//! Asks the model for its notes. A request that is too long loses its oldest items until it fits.

use std::sync::Arc;

use codex_model_client::retry::{Retry, RetryState};
use codex_model_client::{ErrorKind, ModelError, ResponseEvent};
use codex_protocol::event::StreamError;
use codex_protocol::{EventMsg, ResponseItem};

use super::run::overhead;
use crate::context::tokens;
use crate::error::{TurnError, model_code};
use crate::turn::run::Turn;

/// What asks for the notes unless the settings bring their own words.
const ASK: &str = include_str!("prompts/ask.md");

/// Returns the model's notes on everything in history.
pub(crate) async fn summary(turn: &mut Turn) -> Result<String, TurnError> {
    let mut items = turn.session.state().history.items().to_vec();
    let ask = ResponseItem::user_text(turn.session.services.config.compact_prompt.as_deref().unwrap_or(ASK).trim_end());
    let mut retry = RetryState::new(&turn.session.services.config.provider);
    let mut dropped_at_once = 1;
    fit(turn, &mut items, &ask);
    loop {
        let error = match once(turn, &items, &ask).await {
            Ok(text) => return Ok(text),
            Err(TurnError::Model(error)) => error,
            Err(other) => return Err(other),
        };
        if matches!(error.kind, ErrorKind::ContextOverflow | ErrorKind::TooLarge) && !items.is_empty() {
            // The window is smaller than was thought. Twice as many each time: a long history must not take hours.
            items.drain(..dropped_at_once.min(items.len()));
            dropped_at_once *= 2;
            continue;
        }
        match retry.next(&error) {
            Retry::Wait { delay, message, details, .. } => {
                let code = Some(model_code(error.kind).to_owned());
                let told = StreamError { message, additional_details: Some(details), codex_error_info: code };
                turn.session.events.show(EventMsg::StreamError(told)).await;
                wait(turn, delay).await?;
            }
            Retry::GiveUp(error) => return Err(TurnError::Model(error)),
        }
    }
}

/// Leaves out the oldest items where the request would be above the window.
fn fit(turn: &Turn, items: &mut Vec<ResponseItem>, ask: &ResponseItem) {
    let window = turn.session.services.model.get().context_window;
    let costs: Vec<i64> = items.iter().map(tokens::of_item).collect();
    let mut total = overhead(&turn.session) + tokens::of_item(ask) + costs.iter().sum::<i64>();
    let mut first = 0;
    while total > window && first < costs.len() {
        total -= costs[first];
        first += 1;
    }
    items.drain(..first);
}

async fn wait(turn: &Turn, delay: std::time::Duration) -> Result<(), TurnError> {
    tokio::select! {
        biased;
        () = turn.control.cancel.cancelled() => Err(interruption(turn)),
        () = turn.control.stopping.cancelled() => Err(interruption(turn)),
        () = tokio::time::sleep(delay) => Ok(()),
    }
}

fn interruption(turn: &Turn) -> TurnError {
    turn.control.limit().unwrap_or(TurnError::Interrupted)
}

async fn once(turn: &mut Turn, items: &[ResponseItem], ask: &ResponseItem) -> Result<String, TurnError> {
    let mut prompt = turn.context.prompt(&turn.session, items);
    prompt.input.push(ask.clone());
    prompt.tools = Arc::from(Vec::new());
    prompt.output_schema = None;
    let cancel = turn.control.cancel.clone();
    let opened = turn.session.services.client.stream(&prompt, &turn.context.request, &cancel).await;
    drop(prompt);
    let failed = |turn: &Turn, error: ModelError| match error.kind {
        ErrorKind::Cancelled => interruption(turn),
        _ => TurnError::Model(error),
    };
    let mut stream = opened.map_err(|error| failed(turn, error))?;
    let mut text = String::new();
    loop {
        let event = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(interruption(turn)),
            event = stream.recv() => event,
        };
        match event {
            None => return Err(TurnError::Model(ModelError::new(ErrorKind::StreamCut, "the answer ended without its end mark"))),
            Some(Err(error)) => return Err(failed(turn, error)),
            Some(Ok(ResponseEvent::ItemDone(item))) => {
                if matches!(&item, ResponseItem::Message { role, .. } if role == "assistant") {
                    text.push_str(&item.message_text().unwrap_or_default());
                }
            }
            Some(Ok(ResponseEvent::RateLimits(limits))) => turn.rate_limits = limits,
            Some(Ok(ResponseEvent::Completed { usage, .. })) => {
                if let Some(usage) = usage {
                    turn.tokens += usage.total_tokens;
                    turn.session.add_usage(usage, turn.session.services.model.get().context_window);
                }
                turn.token_count().await;
                return Ok(text);
            }
            Some(Ok(_)) => {}
        }
    }
}
