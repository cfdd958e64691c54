//! Responses over a WebSocket, and HTTP where there is none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex_config::provider::ProviderInfo;
use codex_model_client::{Auth, ErrorKind, HttpModelClient, ModelError, Prompt, ResponseEvent};
use codex_protocol::ResponseItem;
use codex_test_support::{Reply, Scenario, closed_port_url};
use futures::{SinkExt, StreamExt};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{ask, options, prompt, provider, text};

/// What the server does with a request.
#[derive(Clone)]
enum Act {
    Say(&'static str),
    Send(Vec<Message>),
    Cut,
}

struct Server {
    base_url: String,
    /// The connection and the frame of each request.
    frames: Arc<Mutex<Vec<(usize, Value)>>>,
}

/// A server that follows a script, request by request, over as many sockets as are opened.
async fn server(script: Vec<Act>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let frames: Arc<Mutex<Vec<(usize, Value)>>> = Arc::default();
    let kept = Arc::clone(&frames);
    tokio::spawn(async move {
        let mut script = script.into_iter();
        for connection in 0.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            let mut socket = accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(frame) = message else { continue };
                kept.lock().unwrap().push((connection, serde_json::from_str(&frame).unwrap()));
                match script.next() {
                    Some(Act::Say(text)) => {
                        for event in said(text) {
                            socket.send(Message::text(event.to_string())).await.unwrap();
                        }
                    }
                    Some(Act::Send(messages)) => {
                        for message in messages {
                            socket.send(message).await.unwrap();
                        }
                    }
                    Some(Act::Cut) | None => break,
                }
            }
        }
    });
    Server { base_url, frames }
}

fn said(text: &str) -> Vec<Value> {
    let item =
        json!({"type": "message", "role": "assistant", "id": format!("msg_{text}"), "content": [{"type": "output_text", "text": text}]});
    vec![
        json!({"type": "response.created", "response": {"id": format!("resp_{text}")}}),
        json!({"type": "response.output_text.delta", "item_id": format!("msg_{text}"), "delta": text}),
        json!({"type": "response.output_item.done", "item": item}),
        json!({"type": "response.completed", "response": {"id": format!("resp_{text}"), "usage": null}}),
    ]
}

fn client(base_url: &str) -> HttpModelClient {
    let provider = ProviderInfo { supports_websockets: true, stream_max_retries: 2, ..provider(base_url) };
    HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap()
}

fn with_input(items: &[ResponseItem]) -> Prompt {
    Prompt { input: items.to_vec(), ..prompt() }
}

fn answer(text: &str) -> ResponseItem {
    serde_json::from_value(json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})).unwrap()
}

fn asked(server: &Server) -> Vec<(usize, Option<String>, usize)> {
    let frames = server.frames.lock().unwrap();
    frames
        .iter()
        .map(|(connection, frame)| {
            assert_eq!((&frame["type"], &frame["stream"]), (&json!("response.create"), &json!(true)));
            let earlier = frame.get("previous_response_id").and_then(Value::as_str).map(str::to_owned);
            (*connection, earlier, frame["input"].as_array().unwrap().len())
        })
        .collect()
}

#[tokio::test]
async fn one_socket_carries_all_requests_and_only_what_is_new() {
    let server = server(vec![Act::Say("a"), Act::Say("b"), Act::Say("c")]).await;
    let client = client(&server.base_url);
    let first = [ResponseItem::user_text("1")];
    let events = ask(&client, &with_input(&first)).await.unwrap();
    assert_eq!(text(&events), "a");
    let second = [ResponseItem::user_text("1"), answer("a"), ResponseItem::user_text("2")];
    ask(&client, &with_input(&second)).await.unwrap();
    // Another history: nothing of the chain holds.
    let third = [ResponseItem::user_text("other"), ResponseItem::user_text("3")];
    ask(&client, &with_input(&third)).await.unwrap();
    assert_eq!(asked(&server), [(0, None, 1), (0, Some("resp_a".into()), 1), (0, None, 2)]);
}

#[tokio::test]
async fn a_server_that_lost_the_chain_is_asked_on_a_new_socket_with_everything() {
    let lost = json!({"type": "error", "code": "previous_response_not_found", "message": "m"}).to_string();
    let wrapped =
        json!({"type": "error", "status": 400, "error": {"code": "websocket_connection_limit_reached", "message": "m"}}).to_string();
    for frame in [lost, wrapped] {
        let server = server(vec![Act::Say("a"), Act::Send(vec![Message::text(frame)]), Act::Say("b")]).await;
        let client = client(&server.base_url);
        ask(&client, &with_input(&[ResponseItem::user_text("1")])).await.unwrap();
        let second = with_input(&[ResponseItem::user_text("1"), answer("a"), ResponseItem::user_text("2")]);
        assert_eq!(ask(&client, &second).await.unwrap_err().kind, ErrorKind::ConnectionState);
        ask(&client, &second).await.unwrap();
        assert_eq!(asked(&server), [(0, None, 1), (0, Some("resp_a".into()), 1), (1, None, 3)]);
    }
}

#[tokio::test]
async fn limits_pings_and_unknown_frames_come_between_and_harm_nothing() {
    let limits = json!({"type": "codex.rate_limits", "plan_type": "pro", "rate_limits": {"primary": {"used_percent": 42}}}).to_string();
    let mut frames = vec![Message::text(limits), Message::Ping("x".into()), Message::text("not json"), Message::text("{\"type\":\"new\"}")];
    frames.extend(said("a").iter().map(|event| Message::text(event.to_string())));
    let server = server(vec![Act::Send(frames)]).await;
    let events = ask(&client(&server.base_url), &prompt()).await.unwrap();
    assert_eq!(text(&events), "a");
    let used = events.iter().find_map(|event| if let ResponseEvent::RateLimits(limits) = event { limits.primary } else { None });
    assert_eq!(used.map(|window| window.used_percent), Some(42.0));
}

#[tokio::test]
async fn an_answer_that_is_cut_is_told_and_http_takes_over_after_the_retries() {
    for act in [Act::Cut, Act::Send(vec![Message::Close(None)]), Act::Send(vec![Message::binary(vec![0, 1])])] {
        let server = server(vec![act.clone(), act]).await;
        let client = client(&server.base_url);
        for _ in 0..2 {
            let error = ask(&client, &prompt()).await.unwrap_err();
            assert_eq!((error.kind, error.in_stream), (ErrorKind::StreamCut, true));
        }
        // The socket's server speaks no HTTP: the request goes there all the same.
        assert_ne!(ask(&client, &prompt()).await.unwrap_err().kind, ErrorKind::StreamCut);
        assert_eq!(asked(&server).len(), 2);
    }
}

#[tokio::test]
async fn a_server_without_sockets_is_asked_over_http_without_a_word() {
    let server = Scenario::new().reply(Reply::new().say("a")).reply(Reply::new().say("b")).start();
    let client = client(&server.base_url());
    for wanted in ["a", "b"] {
        let events = ask(&client, &prompt()).await.unwrap();
        assert_eq!(text(&events), wanted);
        assert!(!events.iter().any(|event| matches!(event, ResponseEvent::Downgraded { .. })), "{events:?}");
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_of_the_http_request() {
    let error: ModelError = ask(&client(&closed_port_url()), &prompt()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connect);
}

/// X4.
#[tokio::test]
async fn an_error_frame_that_quotes_the_key_tells_it_nowhere() {
    let frame =
        json!({"type": "error", "status": 401, "error": {"type": "authentication_error", "message": "bad key sk-very-secret"}}).to_string();
    let server = server(vec![Act::Send(vec![Message::text(frame)])]).await;
    let provider = ProviderInfo { supports_websockets: true, ..provider(&server.base_url) };
    let client = HttpModelClient::new(provider, Auth::Bearer("sk-very-secret".into()), options()).unwrap();
    let error = ask(&client, &prompt()).await.unwrap_err();
    assert_eq!((error.kind, error.message.contains("secret")), (ErrorKind::Auth, false), "{}", error.message);
}

#[tokio::test]
async fn a_socket_that_does_not_open_in_time_is_tried_three_times_before_http() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&heads);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 64];
            let read = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await.unwrap();
            let line = String::from_utf8_lossy(&head[..read]);
            kept.lock().unwrap().push(line.split(' ').next().unwrap().to_owned());
            // Never answered.
            open.push(stream);
        }
    });
    let provider = ProviderInfo {
        supports_websockets: true,
        websocket_connect_timeout: Duration::from_millis(50),
        stream_idle_timeout: Duration::from_millis(300),
        ..provider(&base_url)
    };
    let client = HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap();
    assert_eq!(ask(&client, &prompt()).await.unwrap_err().kind, ErrorKind::StreamCut);
    assert_eq!(*heads.lock().unwrap(), ["GET", "GET", "GET", "POST"]);
}
