//! Runs one turn and prints what the model says: `cargo run --example one_turn -- "what is here?"`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)]

use codex_app_server_client::{Client, ClientName, Incoming};
use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types::{ThreadStartResponse, TurnStartResponse};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prompt = std::env::args().nth(1).ok_or("usage: one_turn PROMPT")?;
    let (client, mut events) = Client::start("codex", &["app-server"]).await?;
    client.initialize(&ClientName { name: "one_turn", version: "1" }).await?;
    let thread: ThreadStartResponse = client.request("thread/start", &json!({ "approvalPolicy": "untrusted" })).await?;
    let params = json!({ "threadId": thread.thread.id, "input": [{ "type": "text", "text": prompt }] });
    let _: TurnStartResponse = client.request("turn/start", &params).await?;
    while let Some(event) = events.recv().await {
        match event {
            Incoming::Request { id, .. } => client.answer(&id, &json!({ "decision": "decline" })).await?,
            Incoming::Notification(told) => match *told {
                ServerNotification::ItemAgentMessageDelta(delta) => eprint!("{}", delta.delta),
                ServerNotification::TurnCompleted(_) => break,
                _ => {}
            },
            Incoming::Unknown(_) => {}
        }
    }
    Ok(())
}
