//! Servers that fail: by status, in the stream, on the wire.

use codex_test_support::{Reply, Scenario};
use serde_json::json;

use crate::case::{Case, ONE_RETRY};

/// Time enough for a loaded machine to answer, and little enough to wait for.
const IMPATIENT: &str = "request_max_retries = 0\nstream_max_retries = 1\nstream_idle_timeout_ms = 1200\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = statuses();
    cases.extend(streams());
    cases.extend(wires());
    cases
}

fn statuses() -> Vec<Case> {
    let error = |kind: &str| json!({"error": {"type": kind, "message": "no more", "plan_type": "plus", "resets_at": 4102444800_i64}});
    vec![
        Case::always("status_400", Reply::status(400).body(json!({"error": {"message": "bad", "param": "x"}}))),
        Case::always("status_401", Reply::status(401)).provider(ONE_RETRY),
        Case::always("status_402", Reply::status(402)).provider(ONE_RETRY),
        Case::always("status_403", Reply::status(403)).provider(ONE_RETRY),
        Case::always("status_404", Reply::status(404).body_text("text/plain", "nothing here")).provider(ONE_RETRY),
        Case::always("status_408", Reply::status(408)).provider(ONE_RETRY),
        Case::always("status_409", Reply::status(409)),
        Case::always("status_413", Reply::status(413)),
        Case::always("status_422", Reply::status(422)),
        Case::always("status_429", Reply::status(429)),
        Case::once("status_429_then_well", Reply::status(429).header("retry-after", "0.2")),
        Case::always("status_429_usage_limit", Reply::status(429).body(error("usage_limit_reached"))),
        Case::always("status_429_not_included", Reply::status(429).body(error("usage_not_included"))),
        Case::always("status_500", Reply::status(500)).provider("request_max_retries = 1\nstream_max_retries = 1\n"),
        Case::once("status_500_then_well", Reply::status(500)),
        Case::always("status_502", Reply::status(502)),
        Case::always("status_503", Reply::status(503).body_text("text/html", "<h1>down</h1>")),
        Case::always(
            "status_503_overloaded",
            Reply::status(503).body(json!({"error": {"code": "server_is_overloaded", "message": "full"}})),
        ),
        Case::always("status_with_request_id", Reply::status(401).header("x-request-id", "req_1").header("cf-ray", "ray_1")),
    ]
}

fn streams() -> Vec<Case> {
    let failed = |name, code, message| Case::always(name, Reply::new().failed(code, message));
    let call = || Reply::new().call_with_id("c1", "shell", json!({"command": ["sh", "-c", "echo once >> log"]}));
    vec![
        failed("failed_context_length", "context_length_exceeded", "too long"),
        failed("failed_quota", "insufficient_quota", "no money"),
        failed("failed_not_included", "usage_not_included", "no plan"),
        failed("failed_invalid_prompt", "invalid_prompt", "not this prompt"),
        failed("failed_overloaded", "server_is_overloaded", "full"),
        failed("failed_slow_down", "slow_down", "slower"),
        failed("failed_otherwise", "server_error", "something broke"),
        Case::once(
            "failed_rate_limit_then_well",
            Reply::new().failed("rate_limit_exceeded", "Rate limit reached. Please try again in 0.3s."),
        ),
        Case::once("failed_then_well", Reply::new().say("half").failed("server_error", "something broke")),
        Case::once("cut_then_well", Reply::new().say("half").cut()),
        Case::always("cut_for_good", Reply::new().cut()).provider(ONE_RETRY),
        Case::new("cut_after_a_call", Scenario::new().reply(call().cut()).reply(Reply::new().say("done")))
            .provider(ONE_RETRY)
            .result("log"),
        Case::once("idle_then_well", Reply::new().hold()).provider(IMPATIENT),
        Case::once("incomplete_output_limit", Reply::new().say("half").incomplete("max_output_tokens")),
        Case::always("incomplete_content_filter", Reply::new().say("half").incomplete("content_filter")),
        Case::always("error_event", Reply::sse("data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"broke\"}\n\n")),
        Case::always("only_done", Reply::sse("data: [DONE]\n\n")),
    ]
}

fn wires() -> Vec<Case> {
    vec![
        Case::always("garbage", Reply::garbage("this is no HTTP at all\r\n\r\n")),
        Case::once("hang_up_then_well", Reply::hang_up()),
        Case::always("json_instead_of_a_stream", Reply::json(json!({"hello": "world"}))),
        Case::new("nobody_listens", Scenario::new()).without_server(),
        Case::new("key_missing", Scenario::new()).without_key(),
        Case::new("key_missing_with_advice", Scenario::new()).without_key().provider("env_key_instructions = \"Ask somebody.\"\n"),
    ]
}
