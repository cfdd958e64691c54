//! The crate `codex-codes` as it is published; built outside the workspace.

use codex_codes::{AppServerBuilder, Notification, ServerMessage, ServerRequest, SyncClient, TurnInterruptParams};
use serde_json::{Value, json};

fn start() -> SyncClient {
    let builder = AppServerBuilder::new().command(std::env::var("CODEX_BIN").unwrap()).working_directory(workspace());
    SyncClient::start_with(builder).unwrap()
}

fn workspace() -> String {
    std::env::var("WORKSPACE").unwrap()
}

fn settings() -> Value {
    json!({"cwd": workspace(), "approvalPolicy": "never", "sandbox": "danger-full-access"})
}

/// Runs a turn; returns what was said and how it ended.
fn turn(client: &mut SyncClient, thread: &str, params: Value) -> (String, String) {
    let mut params = params;
    params["threadId"] = thread.into();
    client.turn_start(&serde_json::from_value(params).unwrap()).unwrap();
    let mut said = String::new();
    loop {
        match client.next_message().unwrap().expect("the server goes on") {
            ServerMessage::Notification(Notification::AgentMessageDelta(piece)) => said.push_str(&piece.delta),
            ServerMessage::Notification(Notification::ItemStarted(started)) => {
                let item = serde_json::to_value(&started.item).unwrap();
                if item["type"] == "commandExecution" {
                    let stop = TurnInterruptParams { thread_id: thread.to_owned(), turn_id: started.turn_id };
                    client.turn_interrupt(&stop).unwrap();
                }
            }
            ServerMessage::Notification(Notification::TurnCompleted(completed)) => {
                let status = serde_json::to_value(&completed.turn.status).unwrap();
                return (said, status.as_str().unwrap().to_owned());
            }
            _ => {}
        }
    }
}

/// Runs a turn and answers its one question; returns the command that was asked about.
fn decided(client: &mut SyncClient, thread: &str, decision: &str) -> String {
    let mut params = text(decision);
    params["threadId"] = thread.into();
    client.turn_start(&serde_json::from_value(params).unwrap()).unwrap();
    let mut command = String::new();
    loop {
        match client.next_message().unwrap().expect("the server goes on") {
            ServerMessage::Request { id, request: ServerRequest::CmdExecApproval(asked) } => {
                command = asked.command.unwrap();
                client.respond(id, &json!({"decision": decision})).unwrap();
            }
            ServerMessage::Request { request, .. } => panic!("asked for something else: {request:?}"),
            ServerMessage::Notification(Notification::TurnCompleted(_)) => return command,
            ServerMessage::Notification(_) => {}
        }
    }
}

fn text(text: &str) -> Value {
    json!({"input": [{"type": "text", "text": text}]})
}

fn main() {
    let done = |said: &str| (said.to_owned(), "completed".to_owned());
    let mut client = start();
    let mut asking = settings();
    asking["approvalPolicy"] = "untrusted".into();
    let thread = client.thread_start(&serde_json::from_value(asking).unwrap()).unwrap().thread.id;
    assert!(decided(&mut client, &thread, "accept").contains("touch allowed"));
    assert!(decided(&mut client, &thread, "decline").contains("touch refused"));
    client.shutdown().unwrap();

    let mut client = start();
    let thread = client.thread_start(&serde_json::from_value(settings()).unwrap()).unwrap().thread.id;
    assert_eq!(turn(&mut client, &thread, text("first")), done("one"));
    assert_eq!(turn(&mut client, &thread, text("second")), done("two"));
    client.shutdown().unwrap();

    let mut client = start();
    let mut resume = settings();
    resume["threadId"] = thread.clone().into();
    client.thread_resume(&serde_json::from_value(resume).unwrap()).unwrap();
    assert_eq!(turn(&mut client, &thread, text("third")), done("three"));
    let mut structured = text("structured");
    structured["outputSchema"] =
        json!({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"], "additionalProperties": false});
    assert_eq!(turn(&mut client, &thread, structured), done("{\"answer\":\"42\"}"));
    let dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let look = json!({"input": [{"type": "text", "text": "look"}, {"type": "image", "url": dot}]});
    assert_eq!(turn(&mut client, &thread, look), done("seen"));
    assert_eq!(turn(&mut client, &thread, text("wait")).1, "interrupted");
    client.shutdown().unwrap();
    println!("all done");
}
