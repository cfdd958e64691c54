//! What is left out when a server refuses a part of the request by name.

use std::sync::Arc;

use codex_model_client::{ErrorKind, Prompt, Reasoning, ResponseEvent};
use codex_protocol::op::ReasoningEffort;
use codex_protocol::response_item::{ContentItem, ToolOutputBody};
use codex_protocol::tool_spec::FreeformFormat;
use codex_protocol::{ResponseItem, ToolSpec};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{ask, client, items, prompt};

fn refusal(message: &str) -> Reply {
    Reply::status(400).body(json!({"error": {"message": message}}))
}

fn with_patch_tool() -> Prompt {
    let format = FreeformFormat { r#type: "grammar".into(), syntax: "lark".into(), definition: "start: x".into() };
    let custom = ToolSpec::Custom { name: "apply_patch".into(), description: "Patches.".into(), format };
    let search = ToolSpec::WebSearch { external_web_access: false, filters: None, user_location: None, search_context_size: None };
    let mut prompt = prompt();
    prompt.tools = Arc::new([custom, search]);
    prompt.input.extend([
        ResponseItem::CustomToolCall {
            id: None,
            status: Some("completed".into()),
            call_id: "c".into(),
            name: "apply_patch".into(),
            input: "P".into(),
            wire_state: None,
        },
        ResponseItem::CustomToolCallOutput { call_id: "c".into(), output: ToolOutputBody::Text("ok".into()) },
    ]);
    prompt
}

#[tokio::test]
async fn freeform_tools_become_functions_and_their_calls_freeform_again() {
    let server = Scenario::new()
        .reply(refusal("'type' of tool must be 'function'"))
        .reply(Reply::new().call("apply_patch", json!({"input": "*** Begin Patch"})))
        .reply(Reply::new().say("done"))
        .start();
    let client = client(&server.base_url());
    let events = ask(&client, &with_patch_tool()).await.unwrap();
    let told = "model server does not take tools that are no functions: going on without";
    assert_eq!(events[0], ResponseEvent::Downgraded { message: told.into() });
    let calls = items(&events);
    let [ResponseItem::CustomToolCall { name, input, .. }] = calls.as_slice() else { panic!("{events:?}") };
    assert_eq!((name.as_str(), input.as_str()), ("apply_patch", "*** Begin Patch"));
    let again = ask(&client, &with_patch_tool()).await.unwrap();
    assert!(!again.iter().any(|event| matches!(event, ResponseEvent::Downgraded { .. })), "{again:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(request.tool_names(), ["apply_patch"]);
        assert_eq!(request.body["tools"][0]["type"], "function");
        let kinds: Vec<&str> = request.input().iter().filter_map(|item| item["type"].as_str()).collect();
        assert_eq!(kinds, ["message", "function_call", "function_call_output"]);
        assert_eq!(request.body["input"][1]["arguments"], r#"{"input":"P"}"#);
    }
}

type Check = fn(&Value) -> bool;

#[tokio::test]
async fn each_refused_part_is_left_out() {
    let mut prompt = with_patch_tool();
    prompt.reasoning = Some(Reasoning { effort: Some(ReasoningEffort::Xhigh), summary: None });
    prompt.verbosity = Some("low".into());
    prompt.output_schema = Some(json!({"type": "object"}));
    prompt.input.push(ResponseItem::developer_text("rule"));
    prompt.input.push(ResponseItem::input_message("user", vec![ContentItem::InputImage { image_url: "data:image/png;base64,AA".into() }]));
    let cases: &[(&str, Check)] = &[
        ("Unknown parameter: 'prompt_cache_key'.", |body| body.get("prompt_cache_key").is_none()),
        ("Unsupported parameter: 'parallel_tool_calls'", |body| body.get("parallel_tool_calls").is_none()),
        ("tool_choice is not allowed", |body| body.get("tool_choice").is_none()),
        ("Unsupported value: 'reasoning.effort'", |body| body["reasoning"] == json!({})),
        ("Unknown parameter: 'include'", |body| body["include"] == json!([])),
        ("Unknown parameter: 'text.format'", |body| {
            body["text"] == json!({"verbosity": "low"})
                && body["input"][0]["content"][0]["text"].as_str().unwrap().contains(r#"{"type":"object"}"#)
        }),
        ("text.verbosity is unknown", |body| body["text"].get("verbosity").is_none()),
        ("Incorrect role information: developer", |body| !body.to_string().contains("\"developer\"")),
        ("this model does not support image input", |body| !body.to_string().contains("input_image")),
        ("Invalid 'tools[0].description': empty string.", |body| {
            body["tools"][0]["description"] == "apply_patch: Patches." && body["tools"][0].get("parameters").is_none()
        }),
    ];
    for (message, left_out) in cases {
        let server = Scenario::new().reply(refusal(message)).reply(Reply::new().say("fine")).start();
        ask(&client(&server.base_url()), &prompt).await.unwrap();
        let requests = server.requests();
        assert!(!left_out(&requests[0].body), "{message}: the first request has it not");
        assert!(left_out(&requests[1].body), "{message}: {}", requests[1].body);
    }
}

#[tokio::test]
async fn a_refusal_that_stays_is_told_as_it_is() {
    let server = Scenario::new().reply(refusal("Unknown parameter: 'prompt_cache_key'.")).repeat_last().start();
    let error = ask(&client(&server.base_url()), &prompt()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadRequest);
    assert_eq!(error.message, r#"{"error":{"message":"Unknown parameter: 'prompt_cache_key'."}}"#);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_part_that_was_not_sent_is_not_left_out_again() {
    let server = Scenario::new().reply(refusal("this model does not support image input")).repeat_last().start();
    ask(&client(&server.base_url()), &prompt()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_effort_goes_first_and_then_all_reasoning() {
    let mut prompt = prompt();
    prompt.reasoning = Some(Reasoning { effort: Some(ReasoningEffort::High), summary: None });
    let refused = || refusal("Unsupported parameter: 'reasoning.effort'");
    let server = Scenario::new().reply(refused()).reply(refused()).reply(Reply::new()).start();
    let events = ask(&client(&server.base_url()), &prompt).await.unwrap();
    let told = events.iter().filter(|event| matches!(event, ResponseEvent::Downgraded { .. })).count();
    let sent: Vec<Value> = server.requests().iter().map(|request| request.body["reasoning"].clone()).collect();
    assert_eq!((told, sent), (2, vec![json!({"effort": "high"}), json!({}), Value::Null]));
}
