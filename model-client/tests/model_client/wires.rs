//! What requests look like on the Chat Completions and Messages wires.

use std::sync::Arc;

use codex_config::provider::{AuthScheme, Dialect, ProviderInfo, WireApi};
use codex_model_client::wire::WireForm;
use codex_model_client::{Auth, HttpModelClient, Prompt, Reasoning, ResponseEvent};
use codex_protocol::op::ReasoningEffort;
use codex_protocol::response_item::{ContentItem, OutputContentItem, ToolOutputBody};
use codex_protocol::tool_spec::FreeformFormat;
use codex_protocol::{ResponseItem, ToolSpec};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{ask, options, prompt, provider};

fn body(wire: WireApi, dialect: Dialect, prompt: &Prompt) -> Value {
    let provider = ProviderInfo { wire_api: wire, dialect, ..provider("http://unused/v1") };
    body_of(&provider, prompt)
}

fn body_of(provider: &ProviderInfo, prompt: &Prompt) -> Value {
    let form = WireForm::of(provider);
    serde_json::from_slice(&form.encode(prompt, form.adjustments())).unwrap()
}

fn function() -> ToolSpec {
    let parameters = json!({"type": "object", "properties": {"cmd": {"type": "string"}}});
    ToolSpec::Function { name: "run".into(), description: "runs".into(), strict: false, parameters }
}

fn freeform() -> ToolSpec {
    let format = FreeformFormat { r#type: "grammar".into(), syntax: "lark".into(), definition: "start: /.+/".into() };
    ToolSpec::Custom { name: "apply_patch".into(), description: "patches".into(), format }
}

fn call(id: &str, arguments: &str) -> ResponseItem {
    ResponseItem::FunctionCall {
        id: None,
        name: "run".into(),
        namespace: None,
        arguments: arguments.into(),
        call_id: id.into(),
        wire_state: None,
    }
}

fn output(id: &str, text: &str) -> ResponseItem {
    ResponseItem::FunctionCallOutput { call_id: id.into(), output: ToolOutputBody::Text(text.into()) }
}

fn says(text: &str) -> ResponseItem {
    ResponseItem::input_message("assistant", vec![ContentItem::OutputText { text: text.into() }])
}

fn thought(text: &str, state: Value) -> ResponseItem {
    let summary = serde_json::from_value(json!([{"type": "summary_text", "text": text}])).unwrap();
    ResponseItem::Reasoning { id: None, summary, content: None, encrypted_content: Some("E".into()), wire_state: Some(state) }
}

/// A conversation with everything in it.
fn conversation() -> Prompt {
    Prompt {
        input: vec![
            ResponseItem::developer_text("rules"),
            ResponseItem::user_text("env"),
            ResponseItem::input_message(
                "user",
                vec![
                    ContentItem::InputImage { image_url: "data:image/png;base64,aGk=".into() },
                    ContentItem::InputText { text: "go".into() },
                ],
            ),
            thought("hm", json!({"wire": "chat", "field": "reasoning_content"})),
            thought("well", json!({"wire": "messages", "signature": "SIG", "by": "mock/some-model"})),
            thought("foreign", json!({"wire": "messages", "signature": "OTHER", "by": "mock/other-model"})),
            says("look"),
            call("c1", "{\"cmd\" :\"ls\"}"),
            ResponseItem::CustomToolCall {
                id: None,
                status: None,
                call_id: "c2".into(),
                name: "apply_patch".into(),
                input: "*** patch".into(),
                wire_state: None,
            },
            call("c3", "no object"),
            output("c1", ""),
            ResponseItem::CustomToolCallOutput {
                call_id: "c2".into(),
                output: ToolOutputBody::Content(vec![
                    OutputContentItem::InputText { text: "see".into() },
                    OutputContentItem::InputImage { image_url: "https://h/i.png".into(), detail: None },
                ]),
            },
            output("lost", "nobody asked"),
            ResponseItem::developer_text("hurry"),
            says("done"),
        ],
        tools: Arc::new([function(), freeform(), ToolSpec::ImageGeneration { output_format: "png".into() }]),
        ..prompt()
    }
}

#[test]
fn a_conversation_over_chat_completions() {
    let body = body(WireApi::Chat, Dialect::Generic, &conversation());
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "be good\n\nrules"},
            {"role": "user", "content": "env"},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, {"type": "text", "text": "go"}]},
            {"role": "assistant", "content": "look", "reasoning_content": "hm", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "run", "arguments": "{\"cmd\" :\"ls\"}"}},
                {"id": "c2", "type": "function", "function": {"name": "apply_patch", "arguments": "{\"input\":\"*** patch\"}"}},
                {"id": "c3", "type": "function", "function": {"name": "run", "arguments": "{\"invalid_arguments\":\"no object\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "(no output)"},
            {"role": "tool", "tool_call_id": "c2", "content": "see\n(image follows)"},
            {"role": "tool", "tool_call_id": "c3", "content": "aborted"},
            {"role": "user", "content": [
                {"type": "text", "text": "Image from call c2:"}, {"type": "image_url", "image_url": {"url": "https://h/i.png"}},
            ]},
            {"role": "user", "content": "<developer_note>\nhurry\n</developer_note>"},
            {"role": "assistant", "content": "done"},
        ])
    );
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["model", "messages", "tools", "tool_choice", "parallel_tool_calls", "stream", "stream_options"]);
    assert_eq!(
        body["tools"][0],
        json!({"type": "function", "function": {"name": "run", "description": "runs",
        "parameters": {"type": "object", "properties": {"cmd": {"type": "string"}}}}})
    );
    assert_eq!(body["tools"][1]["function"]["parameters"]["required"], json!(["input"]));
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
}

#[test]
fn openai_itself_gets_developer_messages_and_its_own_keys() {
    let mut prompt = conversation();
    prompt.verbosity = Some("low".into());
    prompt.reasoning = Some(Reasoning { effort: Some(ReasoningEffort::Low), summary: None });
    prompt.output_schema = Some(json!({"type": "object"}));
    let provider =
        ProviderInfo { max_output_tokens: Some(9), ..ProviderInfo { wire_api: WireApi::Chat, ..provider("https://api.openai.com/v1") } };
    let body = body_of(&provider, &prompt);
    let roles: Vec<&str> = body["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["developer", "developer", "user", "user", "assistant", "tool", "tool", "tool", "user", "developer", "assistant"]);
    assert_eq!(
        (&body["reasoning_effort"], &body["verbosity"], &body["prompt_cache_key"], &body["max_completion_tokens"]),
        (&json!("low"), &json!("low"), &json!("thread"), &json!(9))
    );
    assert_eq!(body["response_format"]["json_schema"]["name"], "codex_output_schema");
}

#[test]
fn mistral_gets_short_ids_and_no_two_messages_of_one_role() {
    let body = body(WireApi::Chat, Dialect::Mistral, &conversation());
    let messages = body["messages"].as_array().unwrap();
    let id = messages[2]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), &messages[3]["tool_call_id"]), (9, &json!(id)));
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "tool", "user", "assistant"]);
}

#[test]
fn a_conversation_over_messages() {
    let body = body(WireApi::Messages, Dialect::Anthropic, &conversation());
    let mark = json!({"type": "ephemeral"});
    assert_eq!(body["system"], json!([{"type": "text", "text": "be good"}, {"type": "text", "text": "rules", "cache_control": mark}]));
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [
                {"type": "text", "text": "env"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                {"type": "text", "text": "go", "cache_control": mark},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "well", "signature": "SIG"},
                {"type": "text", "text": "look"},
                {"type": "tool_use", "id": "c1", "name": "run", "input": {"cmd": "ls"}},
                {"type": "tool_use", "id": "c2", "name": "apply_patch", "input": {"input": "*** patch"}},
                {"type": "tool_use", "id": "c3", "name": "run", "input": {"invalid_arguments": "no object"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "(no output)"}]},
                {"type": "tool_result", "tool_use_id": "c2", "content": [
                    {"type": "text", "text": "see"}, {"type": "image", "source": {"type": "url", "url": "https://h/i.png"}},
                ]},
                {"type": "tool_result", "tool_use_id": "c3", "content": [{"type": "text", "text": "aborted"}]},
                {"type": "text", "text": "<developer_note>\nhurry\n</developer_note>", "cache_control": mark},
            ]},
            {"role": "assistant", "content": [{"type": "text", "text": "done"}]},
        ])
    );
    assert_eq!(body["tools"][1]["cache_control"], mark);
    assert_eq!((&body["max_tokens"], &body["tool_choice"]["disable_parallel_tool_use"]), (&json!(32_000), &json!(true)));
    assert!(body.get("thinking").is_none());
}

#[test]
fn thinking_is_asked_for_as_the_model_takes_it() {
    let with = |model: &str, effort| {
        let reasoning = Some(Reasoning { effort: Some(effort), summary: None });
        body(WireApi::Messages, Dialect::Anthropic, &Prompt { model: model.into(), reasoning, ..conversation() })
    };
    let newer = with("claude-opus-4-6", ReasoningEffort::High);
    assert_eq!((&newer["thinking"]["type"], &newer["output_config"]["effort"]), (&json!("adaptive"), &json!("high")));
    let older = with("claude-sonnet-4-5", ReasoningEffort::Medium);
    assert_eq!((&older["thinking"], older.get("output_config")), (&json!({"type": "enabled", "budget_tokens": 10_000}), None));
    assert!(with("claude-opus-4-6", ReasoningEffort::Minimal).get("thinking").is_none());
}

#[test]
fn calls_in_history_need_tools_even_when_none_is_offered() {
    let prompt = Prompt { tools: Arc::new([]), ..conversation() };
    let body = body(WireApi::Messages, Dialect::Anthropic, &prompt);
    let names: Vec<&Value> = body["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!((names, &body["tool_choice"]), (vec![&json!("run"), &json!("apply_patch")], &json!({"type": "none"})));
    let chat = super::wires::body(WireApi::Chat, Dialect::Generic, &prompt);
    assert!(["tools", "tool_choice", "parallel_tool_calls"].iter().all(|key| chat.get(key).is_none()));
}

#[test]
fn each_request_begins_with_the_one_before() {
    let whole = conversation();
    for (wire, dialect) in [(WireApi::Chat, Dialect::Generic), (WireApi::Chat, Dialect::Openai), (WireApi::Messages, Dialect::Anthropic)] {
        let mut before: Vec<Value> = Vec::new();
        // The requests of this conversation: before the answer with calls, and after it.
        for end in [3, whole.input.len() - 1, whole.input.len()] {
            let prompt = Prompt { input: whole.input[..end].to_vec(), ..whole.clone() };
            let mut body = body(wire, dialect, &prompt);
            let mut messages = body["messages"].take();
            without_marks(&mut messages);
            let messages = messages.as_array().unwrap().clone();
            assert_eq!(&messages[..before.len()], before, "{wire:?} {dialect} {end}");
            before = messages;
        }
    }
}

fn without_marks(value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.shift_remove("cache_control");
            keys.values_mut().for_each(without_marks);
        }
        Value::Array(list) => list.iter_mut().for_each(without_marks),
        _ => {}
    }
}

#[tokio::test]
async fn each_wire_has_its_path_and_its_way_to_send_the_key() {
    let chat = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let messages = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n\
                    data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    let cases = [
        (WireApi::Chat, AuthScheme::Bearer, chat, "/v1/chat/completions", "authorization", "Bearer key"),
        (WireApi::Chat, AuthScheme::ApiKey, chat, "/v1/chat/completions", "api-key", "key"),
        (WireApi::Messages, AuthScheme::XApiKey, messages, "/v1/messages", "x-api-key", "key"),
    ];
    for (wire_api, auth_scheme, answer, path, header, value) in cases {
        let server = Scenario::new().reply(Reply::sse(answer)).start();
        let provider = ProviderInfo { wire_api, auth_scheme, ..provider(&server.base_url()) };
        let client = HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap();
        let events = ask(&client, &prompt()).await.unwrap();
        assert!(events.iter().any(|event| matches!(event, ResponseEvent::ItemDone(_))), "{events:?}");
        let request = &server.requests()[0];
        assert_eq!((request.path.as_str(), request.header(header)), (path, Some(value)));
        assert_eq!(request.header("anthropic-version").is_some(), wire_api == WireApi::Messages);
        assert_eq!(request.header("authorization").is_some(), auth_scheme == AuthScheme::Bearer);
    }
}

#[tokio::test]
async fn the_list_of_models_is_asked_for_beside_the_wire() {
    let server = Scenario::new().route("GET", "/v1/models", |_| Reply::json(json!({"data": [{"id": "m", "context_length": 8}]}))).start();
    let base = format!("{}/chat/completions", server.base_url());
    let provider = ProviderInfo { wire_api: WireApi::Chat, ..provider(&base) };
    let client = HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap();
    let models = client.models().await.unwrap();
    assert_eq!((models[0].id.as_str(), models[0].context_window), ("m", Some(8)));
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer key"));
}

#[tokio::test]
async fn google_cloud_has_the_model_in_the_address_and_not_in_the_body() {
    let server = Scenario::new().route("POST", "/v1/models/some-model:streamRawPredict", |_| Reply::status(403)).start();
    let base = format!("{}/models", server.base_url());
    let provider = ProviderInfo { wire_api: WireApi::Messages, dialect: Dialect::Vertex, ..provider(&base) };
    let client = HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap();
    assert_eq!(ask(&client, &prompt()).await.unwrap_err().kind, codex_model_client::ErrorKind::Permission);
    let request = &server.requests()[0];
    assert_eq!((request.body.get("model"), &request.body["anthropic_version"]), (None, &json!("vertex-2023-10-16")));
    assert_eq!(request.header("anthropic-version"), None);
}
