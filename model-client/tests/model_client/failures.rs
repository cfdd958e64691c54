//! What each failing server leads to: kind, words, and whether it is tried again.

use std::time::{Duration, Instant};

use codex_model_client::{Auth, ErrorKind, HttpModelClient, ModelClient, ModelError, Retry, RetryState, resolve_auth};
use codex_test_support::{Reply, Scenario, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::{ask, client, context, options, prompt, provider};

const AGAIN: bool = true;
const FINAL: bool = false;

fn tried_again(error: &ModelError) -> bool {
    matches!(RetryState::new(&provider("http://unused")).next(error), Retry::Wait { .. })
}

async fn failure_of(reply: Reply) -> ModelError {
    let server = Scenario::new().reply(reply).start();
    let error = ask(&client(&server.base_url()), &prompt()).await.unwrap_err();
    ModelError { message: error.message.replace(&server.base_url(), "URL"), ..error }
}

#[tokio::test]
async fn each_refusal_has_its_kind_words_and_retry() {
    let said = |status: u16, message: &str| Reply::status(status).body(json!({"error": {"message": message}}));
    let coded = |status: u16, code: &str| Reply::status(status).body(json!({"error": {"message": "m", "code": code}}));
    let typed = |status: u16, kind: &str| Reply::status(status).body(json!({"error": {"message": "m", "type": kind}}));
    let quota = "Quota exceeded. Check your plan and billing details.";
    let overflow = "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.";
    let capacity = "Selected model is at capacity. Please try a different model.";
    let upgrade = "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.";
    let cases = [
        (said(400, "bad"), ErrorKind::BadRequest, r#"{"error":{"message":"bad"}}"#, FINAL),
        (said(401, "no key"), ErrorKind::Auth, "unexpected status 401 Unauthorized: no key, url: URL/responses", FINAL),
        (
            said(401, "no key").header("cf-ray", "r").header("x-request-id", "q"),
            ErrorKind::Auth,
            "unexpected status 401 Unauthorized: no key, url: URL/responses, cf-ray: r, request id: q",
            FINAL,
        ),
        (
            Reply::status(401).body_text("text/plain", ""),
            ErrorKind::Auth,
            "unexpected status 401 Unauthorized: Unknown error, url: URL/responses",
            FINAL,
        ),
        (said(402, "pay"), ErrorKind::Quota, "unexpected status 402 Payment Required: pay, url: URL/responses", FINAL),
        (said(403, "no"), ErrorKind::Permission, "unexpected status 403 Forbidden: no, url: URL/responses", FINAL),
        (said(404, "no such model"), ErrorKind::NotFound, "unexpected status 404 Not Found: no such model, url: URL/responses", FINAL),
        (said(408, "slow"), ErrorKind::Server, "unexpected status 408 Request Timeout: slow, url: URL/responses", AGAIN),
        (said(409, "busy"), ErrorKind::Server, "unexpected status 409 Conflict: busy, url: URL/responses", AGAIN),
        (said(413, "big"), ErrorKind::TooLarge, "unexpected status 413 Payload Too Large: big, url: URL/responses", FINAL),
        (
            Reply::status(422).body(json!({"detail": "odd"})),
            ErrorKind::BadRequest,
            "unexpected status 422 Unprocessable Entity: odd, url: URL/responses",
            FINAL,
        ),
        (said(429, "slow"), ErrorKind::RateLimited, "exceeded retry limit, last status: 429 Too Many Requests", AGAIN),
        (typed(429, "usage_limit_reached"), ErrorKind::Quota, "You've hit your usage limit. Try again later.", FINAL),
        (typed(429, "usage_not_included"), ErrorKind::Quota, upgrade, FINAL),
        (coded(429, "insufficient_quota"), ErrorKind::Quota, quota, FINAL),
        (said(500, "oops"), ErrorKind::Server, "We're currently experiencing high demand, which may cause temporary errors.", AGAIN),
        (said(502, "m"), ErrorKind::Server, "unexpected status 502 Bad Gateway: m, url: URL/responses", AGAIN),
        (said(503, "m"), ErrorKind::Server, "unexpected status 503 Service Unavailable: m, url: URL/responses", AGAIN),
        (said(504, "m"), ErrorKind::Server, "unexpected status 504 Gateway Timeout: m, url: URL/responses", AGAIN),
        (coded(503, "server_is_overloaded"), ErrorKind::Overloaded, capacity, AGAIN),
        (coded(400, "context_length_exceeded"), ErrorKind::ContextOverflow, overflow, FINAL),
        (said(400, "This model's maximum context length is 8192 tokens"), ErrorKind::ContextOverflow, overflow, FINAL),
        (
            Reply::status(200).body(json!({"error": "no credits: insufficient credits"})),
            ErrorKind::Quota,
            "no credits: insufficient credits",
            FINAL,
        ),
    ];
    for (reply, kind, message, again) in cases {
        let error = failure_of(reply).await;
        assert_eq!((error.kind, error.message.as_str(), tried_again(&error)), (kind, message, again));
    }
}

#[tokio::test]
async fn a_rate_limit_in_tokens_is_no_overflow() {
    let message = "Rate limit reached: too many tokens per min, reduce the length of the messages. Try again in 2s.";
    let error = failure_of(Reply::status(429).body(json!({"error": {"message": message}}))).await;
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(2))));
}

#[tokio::test]
async fn each_failing_answer_has_its_kind_words_and_retry() {
    let cut = "stream disconnected before completion: ";
    let overflow = "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.";
    let capacity = "Selected model is at capacity. Please try a different model.";
    let error = |value| Reply::new().raw(value);
    let cases = [
        (Reply::new().say("half").cut(), ErrorKind::StreamCut, format!("{cut}stream closed before response.completed"), AGAIN),
        (Reply::new().say("half").cut().close(), ErrorKind::StreamCut, format!("{cut}stream closed before response.completed"), AGAIN),
        (Reply::sse("data: [DONE]\n\n"), ErrorKind::StreamCut, format!("{cut}stream closed before response.completed"), AGAIN),
        (Reply::new().failed("context_length_exceeded", "x"), ErrorKind::ContextOverflow, overflow.to_owned(), FINAL),
        (
            Reply::new().failed("insufficient_quota", "x"),
            ErrorKind::Quota,
            "Quota exceeded. Check your plan and billing details.".to_owned(),
            FINAL,
        ),
        (Reply::new().failed("invalid_prompt", "not that"), ErrorKind::BadRequest, "not that".to_owned(), FINAL),
        (Reply::new().failed("server_is_overloaded", "x"), ErrorKind::Overloaded, capacity.to_owned(), AGAIN),
        (Reply::new().failed("slow_down", "x"), ErrorKind::Overloaded, capacity.to_owned(), AGAIN),
        (Reply::new().failed("odd", "what happened"), ErrorKind::Server, format!("{cut}what happened"), AGAIN),
        (
            Reply::new().incomplete("server_busy"),
            ErrorKind::StreamCut,
            format!("{cut}Incomplete response returned, reason: server_busy"),
            AGAIN,
        ),
        (
            Reply::new().incomplete("content_filter"),
            ErrorKind::ContentFilter,
            "the model server's content filter held back the answer".to_owned(),
            FINAL,
        ),
        (error(json!({"type": "error", "code": "server_error", "message": "flat"})), ErrorKind::Server, format!("{cut}flat"), AGAIN),
        (
            error(json!({"type": "error", "error": {"type": "rate_limit_error", "message": "nested"}})),
            ErrorKind::RateLimited,
            format!("{cut}nested"),
            AGAIN,
        ),
        (
            Reply::sse("event: error\ndata: {\"message\":\"named by the event\"}\n\n"),
            ErrorKind::Server,
            format!("{cut}named by the event"),
            AGAIN,
        ),
        (Reply::sse("data: {\"error\":{\"code\":502,\"message\":\"numbered\"}}\n\n"), ErrorKind::Server, format!("{cut}numbered"), AGAIN),
        (
            error(json!({"type": "error", "error": {"type": "invalid_request_error", "message": "wrong"}})),
            ErrorKind::BadRequest,
            "wrong".to_owned(),
            FINAL,
        ),
    ];
    for (reply, kind, message, again) in cases {
        let error = failure_of(reply).await;
        assert_eq!((error.kind, error.message.as_str(), tried_again(&error), error.in_stream), (kind, message.as_str(), again, true));
    }
}

#[tokio::test]
async fn a_wait_named_in_the_answer_is_told() {
    let reply = Reply::new().failed("rate_limit_exceeded", "Rate limit reached. Please try again in 1.5s.");
    let error = failure_of(reply).await;
    assert_eq!(error.message, "stream disconnected before completion: Rate limit reached. Please try again in 1.5s.");
    assert_eq!(error.retry_after, Some(Duration::from_millis(1500)));
}

#[tokio::test]
async fn retry_after_and_x_should_retry_are_read_from_any_status() {
    let error = failure_of(Reply::status(503).header("retry-after", "7").header("retry-after-ms", "50")).await;
    assert_eq!(error.retry_after, Some(Duration::from_millis(50)));
    let error = failure_of(Reply::status(500).header("retry-after", "7").header("x-should-retry", "false")).await;
    assert_eq!((error.retry_after, tried_again(&error)), (Some(Duration::from_secs(7)), FINAL));
    let error = failure_of(Reply::status(400).header("x-should-retry", "true")).await;
    assert_eq!(tried_again(&error), AGAIN);
}

#[tokio::test]
async fn the_waiting_line_says_what_the_server_said() {
    let error = failure_of(Reply::status(429).header("retry-after", "2").body(json!({"error": {"message": "Rate limit reached"}}))).await;
    let Retry::Wait { message, details, .. } = RetryState::new(&provider("http://unused")).next(&error) else { panic!("final") };
    assert_eq!(message, "Reconnecting... 1/5");
    assert_eq!(details, "429 Too Many Requests: Rate limit reached; next try in 2 s, as the server asks");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_its_address() {
    let base = closed_port_url();
    let error = ask(&client(&base), &prompt()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connect);
    assert_eq!(error.message, format!("stream disconnected before completion: error sending request for url ({base}/responses)"));
    assert!(error.cause.as_deref().is_some_and(|cause| cause.contains("refused")), "{:?}", error.cause);
    assert!(tried_again(&error));
}

#[tokio::test]
async fn a_server_that_speaks_garbage_or_hangs_up_is_tried_again() {
    for reply in [Reply::garbage("SSH-2.0-OpenSSH_9.2\r\n"), Reply::hang_up()] {
        let error = failure_of(reply).await;
        assert_eq!((error.kind, tried_again(&error)), (ErrorKind::Connect, AGAIN), "{}", error.message);
    }
}

#[tokio::test]
async fn a_web_page_instead_of_an_answer_is_said_to_be_one() {
    let error = failure_of(Reply::status(200).body_text("text/html", "<html>\n<title>Sign in to the wifi</title></html>")).await;
    assert_eq!(error.kind, ErrorKind::Server);
    assert!(error.message.contains("Sign in to the wifi") && error.message.contains("URL/responses"), "{}", error.message);
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_idle_time() {
    for reply in [Reply::new().hold(), Reply::new().say("half").hold()] {
        let server = Scenario::new().reply(reply).start();
        let mut provider = provider(&server.base_url());
        provider.stream_idle_timeout = Duration::from_millis(80);
        let client = HttpModelClient::new(provider, Auth::None, options()).unwrap();
        let began = Instant::now();
        let error = ask(&client, &prompt()).await.unwrap_err();
        assert_eq!(error.message, "stream disconnected before completion: idle timeout waiting for SSE");
        assert!(began.elapsed() >= Duration::from_millis(80), "{:?}", began.elapsed());
        server.release();
    }
}

#[tokio::test]
async fn comments_keep_a_stream_alive() {
    let mut reply = Reply::new();
    for _ in 0..6 {
        reply = reply.delay(Duration::from_millis(60)).bytes(": ping\n\n");
    }
    let server = Scenario::new().reply(reply.say("there")).start();
    let mut provider = provider(&server.base_url());
    provider.stream_idle_timeout = Duration::from_millis(250);
    let client = HttpModelClient::new(provider, Auth::None, options()).unwrap();
    ask(&client, &prompt()).await.unwrap();
}

#[tokio::test]
async fn cancelling_ends_a_request_and_an_answer_at_once() {
    let server = Scenario::new().reply(Reply::new().say("half").hold()).repeat_last().start();
    let client = client(&server.base_url());
    let cancel = CancellationToken::new();
    let mut answer = client.stream(&prompt(), &context(), &cancel).await.unwrap();
    while !matches!(answer.recv().await.unwrap().unwrap(), codex_model_client::ResponseEvent::ItemDone(_)) {}
    cancel.cancel();
    let last = answer.recv().await.unwrap();
    assert_eq!(last.unwrap_err().kind, ErrorKind::Cancelled);
    assert!(answer.recv().await.is_none());
    let error = client.stream(&prompt(), &context(), &cancel).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn a_missing_key_is_said_with_the_providers_instructions() {
    let mut provider = provider("http://unused");
    provider.env_key = Some("MOCK_KEY".into());
    provider.env_key_instructions = Some("Get one at x.".into());
    for value in [None, Some("")] {
        let env = value.map(|value| ("MOCK_KEY".to_owned(), value.to_owned())).into_iter().collect();
        let error = resolve_auth(&provider, &env, Some("stored")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert_eq!(error.message, "Missing environment variable: `MOCK_KEY`. Get one at x.");
    }
}

#[test]
fn an_openai_key_goes_to_openai_alone() {
    let env = [("OPENAI_API_KEY".to_owned(), "env".to_owned())].into();
    let foreign = provider("http://unused");
    assert_eq!(resolve_auth(&foreign, &env, Some("stored")).unwrap(), None);
    let mut openai = provider("http://unused");
    openai.is_builtin_openai = true;
    assert_eq!(resolve_auth(&openai, &env, Some("stored")).unwrap().as_deref(), Some("stored"));
    assert_eq!(resolve_auth(&openai, &env, None).unwrap().as_deref(), Some("env"));
    let both = [("OPENAI_API_KEY".to_owned(), "env".to_owned()), ("CODEX_API_KEY".to_owned(), "codex".to_owned())].into();
    assert_eq!(resolve_auth(&openai, &both, Some("stored")).unwrap().as_deref(), Some("codex"));
    let mut token = provider("http://unused");
    token.experimental_bearer_token = Some("t".into());
    assert_eq!(resolve_auth(&token, &both, Some("stored")).unwrap().as_deref(), Some("t"));
    assert!(!format!("{:?}", Auth::Bearer("t-secret".into())).contains("t-secret"));
}
