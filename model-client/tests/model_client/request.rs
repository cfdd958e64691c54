//! What is sent: headers and the bytes of the body.

use std::sync::Arc;

use codex_model_client::wire::responses::encode;
use codex_model_client::{Auth, HttpModelClient, Prompt, Reasoning, ResponseEvent, UserAgent};
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::response_item::{ContentItem, ReasoningSummary, ToolOutputBody};
use codex_protocol::tool_spec::FreeformFormat;
use codex_protocol::{ResponseItem, ToolSpec};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{ask, ask_in, client, context, options, prompt, provider};

fn full_prompt() -> Prompt {
    let function = ToolSpec::Function {
        name: "exec_command".into(),
        description: "Runs.".into(),
        strict: false,
        parameters: json!({"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"], "additionalProperties": false}),
    };
    let format = FreeformFormat { r#type: "grammar".into(), syntax: "lark".into(), definition: "start: x".into() };
    let custom = ToolSpec::Custom { name: "apply_patch".into(), description: "Patches.".into(), format };
    let search = ToolSpec::WebSearch { external_web_access: false, filters: None, user_location: None, search_context_size: None };
    Prompt {
        tools: Arc::new([function, custom, search]),
        parallel_tools: true,
        reasoning: Some(Reasoning { effort: Some(ReasoningEffort::Medium), summary: Some(ReasoningSummaryMode::Auto) }),
        verbosity: Some("low".into()),
        service_tier: Some("priority".into()),
        output_schema: Some(json!({"type": "object"})),
        ..prompt()
    }
}

fn body(prompt: &Prompt) -> String {
    String::from_utf8(encode(prompt)).unwrap()
}

#[test]
fn the_whole_body_has_the_contracts_keys_in_their_order() {
    let wanted = concat!(
        r#"{"model":"some-model","instructions":"be good","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"#,
        r#""tools":[{"type":"function","name":"exec_command","description":"Runs.","strict":false,"parameters":{"type":"object","properties":{"cmd":{"type":"string"}},"required":["cmd"],"additionalProperties":false}},"#,
        r#"{"type":"custom","name":"apply_patch","description":"Patches.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},"#,
        r#"{"type":"web_search","external_web_access":false}],"#,
        r#""tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"medium","summary":"auto"},"store":false,"stream":true,"#,
        r#""include":["reasoning.encrypted_content"],"service_tier":"priority","prompt_cache_key":"thread","#,
        r#""text":{"verbosity":"low","format":{"type":"json_schema","strict":true,"schema":{"type":"object"},"name":"codex_output_schema"}}}"#,
    );
    assert_eq!(body(&full_prompt()), wanted);
}

#[test]
fn the_smallest_body_leaves_out_what_is_not_set() {
    let wanted = concat!(
        r#"{"model":"some-model","instructions":"be good","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"#,
        r#""tools":[],"tool_choice":"auto","parallel_tool_calls":false,"reasoning":null,"store":false,"stream":true,"include":[],"prompt_cache_key":"thread"}"#,
    );
    assert_eq!(body(&prompt()), wanted);
}

#[test]
fn a_summary_of_none_is_left_out() {
    let mut prompt = prompt();
    prompt.reasoning = Some(Reasoning { effort: Some(ReasoningEffort::Low), summary: Some(ReasoningSummaryMode::None) });
    assert!(body(&prompt).contains(r#""reasoning":{"effort":"low"},"#));
}

#[test]
fn unknown_items_and_the_state_of_other_wires_are_not_sent() {
    let mut prompt = prompt();
    let state = Some(json!({"wire": "chat", "field": "reasoning"}));
    prompt.input = vec![
        ResponseItem::Other,
        ResponseItem::Reasoning {
            id: Some("rs".into()),
            summary: vec![ReasoningSummary::SummaryText { text: "t".into() }],
            content: None,
            encrypted_content: Some("E".into()),
            wire_state: state.clone(),
        },
        ResponseItem::FunctionCall {
            id: Some("fc".into()),
            name: "f".into(),
            namespace: None,
            arguments: "{\"a\" : 1}".into(),
            call_id: "c".into(),
            wire_state: state,
        },
        ResponseItem::FunctionCallOutput { call_id: "c".into(), output: ToolOutputBody::Text("out".into()) },
        ResponseItem::Compaction { encrypted_content: "Z".into() },
    ];
    let sent: Value = serde_json::from_slice(&encode(&prompt)).unwrap();
    let wanted = json!([
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}], "content": null, "encrypted_content": "E"},
        {"type": "function_call", "name": "f", "arguments": "{\"a\" : 1}", "call_id": "c"},
        {"type": "function_call_output", "call_id": "c", "output": "out"},
        {"type": "compaction", "encrypted_content": "Z"},
    ]);
    assert_eq!(sent["input"], wanted);
}

#[test]
fn an_empty_description_is_sent_as_the_tools_name() {
    let mut prompt = prompt();
    let tool = ToolSpec::Function { name: "mcp__x".into(), description: " ".into(), strict: false, parameters: json!({}) };
    prompt.tools = Arc::new([tool]);
    assert!(body(&prompt).contains(r#""name":"mcp__x","description":"mcp__x""#));
}

#[test]
fn each_request_of_a_thread_begins_with_the_bytes_of_the_one_before() {
    let mut prompt = full_prompt();
    let mut before = body(&prompt);
    for round in 0..3 {
        prompt.input.push(ResponseItem::Message {
            id: Some(format!("msg_{round}")),
            role: "assistant".into(),
            content: vec![ContentItem::OutputText { text: format!("round {round}") }],
            phase: None,
        });
        let now = body(&prompt);
        let (head, tail) = before.split_once(r#"],"tools":"#).unwrap();
        assert!(now.starts_with(head), "{now}");
        assert!(now.ends_with(tail), "{now}");
        before = now;
    }
}

#[tokio::test]
async fn headers_say_who_asks() {
    let server = Scenario::new().reply(Reply::new().header("x-codex-turn-state", "S1")).repeat_last().start();
    let mut provider = provider(&server.base_url());
    provider.query_params.insert("api-version".into(), "2025 04".into());
    provider.http_headers.insert("X-Custom".into(), "c".into());
    provider.env_http_headers.insert("x-from-env".into(), "SOME_VAR".into());
    provider.env_http_headers.insert("x-unset".into(), "NO_VAR".into());
    provider.env_http_headers.insert("x-empty".into(), "EMPTY_VAR".into());
    let mut options = options();
    options.env = [("SOME_VAR".to_owned(), "v".to_owned()), ("EMPTY_VAR".to_owned(), String::new())].into();
    let client = HttpModelClient::new(provider, Auth::Bearer("key".into()), options).unwrap();
    let mut context = context();
    context.turn_metadata = Some(r#"{"turn_id":"é🙂"}"#.into());
    context.subagent = Some("review".into());
    ask_in(&client, &prompt(), &context).await.unwrap();
    ask_in(&client, &prompt(), &context).await.unwrap();
    let requests = server.requests();
    let first = &requests[0];
    let thread = context.thread_id.to_string();
    assert_eq!(first.path, "/v1/responses?api-version=2025%2004");
    let wanted = [
        ("authorization", Some("Bearer key")),
        ("accept", Some("text/event-stream")),
        ("content-type", Some("application/json")),
        ("originator", Some("codex_exec")),
        ("user-agent", Some("codex_exec/1 (Debian 12.0.0; x86_64) xterm (codex-exec; 1)")),
        ("session_id", Some(thread.as_str())),
        ("x-client-request-id", Some(thread.as_str())),
        ("x-codex-turn-metadata", Some(r#"{"turn_id":"\u00e9\ud83d\ude42"}"#)),
        ("x-openai-subagent", Some("review")),
        ("x-custom", Some("c")),
        ("x-from-env", Some("v")),
        ("x-unset", None),
        ("x-empty", None),
        ("version", None),
        ("x-codex-turn-state", None),
    ];
    for (name, value) in wanted {
        assert_eq!(first.header(name), value, "{name}");
    }
    assert_eq!(requests[1].header("x-codex-turn-state"), Some("S1"));
}

#[tokio::test]
async fn the_built_in_provider_is_told_the_version_and_no_key_means_no_header() {
    let server = Scenario::new().reply(Reply::new()).start();
    let mut provider = provider(&server.base_url());
    provider.is_builtin_openai = true;
    let client = HttpModelClient::new(provider, Auth::None, options()).unwrap();
    ask(&client, &prompt()).await.unwrap();
    assert_eq!(server.requests()[0].header("version"), Some("1"));
    assert_eq!(server.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn another_model_and_rate_limits_are_told_from_the_head_of_an_answer() {
    let reply = Reply::new().header("openai-model", "other-model").header("x-codex-primary-used-percent", "40");
    let server = Scenario::new().reply(reply).start();
    let events = ask(&client(&server.base_url()), &prompt()).await.unwrap();
    assert_eq!(events[0], ResponseEvent::Rerouted { model: "other-model".into() });
    let ResponseEvent::RateLimits(limits) = &events[1] else { panic!("{events:?}") };
    assert_eq!(limits.primary.map(|window| window.used_percent), Some(40.0));
}

#[test]
fn a_header_that_can_be_none_is_a_configuration_error() {
    let mut provider = provider("http://127.0.0.1:1/v1");
    provider.http_headers.insert("bad name".into(), "x".into());
    let error = HttpModelClient::new(provider, Auth::None, options()).err().unwrap();
    assert_eq!(error.message, "`bad name` is no header name");
}

#[test]
fn the_user_agent_names_this_machine() {
    let agent = UserAgent::for_this_machine("codex_exec", "1.0", Some("xterm"), "codex-exec").to_string();
    assert!(agent.starts_with("codex_exec/1.0 (") && agent.ends_with(") xterm (codex-exec; 1.0)"), "{agent}");
}
