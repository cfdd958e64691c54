use codex_protocol::ToolSpec;
use pretty_assertions::assert_eq;
use serde_json::Value;

use super::*;
use crate::fake_host::FakeHost;

fn env() -> ToolEnv {
    FakeHost::new().env
}

fn web_search() -> ToolSpec {
    ToolSpec::WebSearch { external_web_access: false, filters: None, user_location: None, search_context_size: None }
}

fn offered(env: &ToolEnv) -> Vec<String> {
    ToolRegistry::builtin().specs(env).iter().map(|spec| spec.name().to_owned()).collect()
}

#[test]
fn tools_are_offered_in_the_order_of_the_wire_contract() {
    let env = ToolEnv { hosted: vec![web_search()], ..env() };
    assert_eq!(offered(&env), ["exec_command", "write_stdin", "update_plan", "apply_patch", "web_search", "view_image"]);
    let plain = ToolEnv { apply_patch: false, images: false, ..env.clone() };
    assert_eq!(offered(&plain), ["exec_command", "write_stdin", "update_plan", "web_search"]);
    let asking = ToolEnv { user_questions: true, permission_requests: true, images: false, ..env };
    let names = ["exec_command", "write_stdin", "update_plan", "request_user_input", "apply_patch", "request_permissions", "web_search"];
    assert_eq!(offered(&asking), names);
}

#[test]
fn the_command_tool_is_chosen_by_features_and_model() {
    let argv = ToolEnv { unified_exec: false, ..env() };
    assert_eq!(offered(&argv), ["shell", "update_plan", "apply_patch", "view_image"]);
    let line = ToolEnv { prefers_shell_command: true, ..argv };
    assert_eq!(offered(&line), ["shell_command", "update_plan", "apply_patch", "view_image"]);
    let none = ToolEnv { shell_tool: false, ..env() };
    assert_eq!(offered(&none), ["update_plan", "apply_patch", "view_image"]);
}

#[test]
fn file_tools_are_offered_by_name_alone_and_can_always_be_called() {
    let env = ToolEnv { extra_tools: vec!["grep_files".into(), "read_file".into()], ..env() };
    assert_eq!(offered(&env)[5..], ["read_file", "grep_files"]);
    for name in ["read_file", "list_dir", "grep_files", "view_image"] {
        let tool = ToolRegistry::builtin().find(name, &ToolInput::Json(String::new()), &env).unwrap();
        assert!(tool.parallel(), "{name}");
    }
}

#[test]
fn commands_of_one_answer_may_overlap_unless_they_are_shell_calls() {
    let registry = ToolRegistry::builtin();
    let parallel = |name: &str| registry.find(name, &ToolInput::Json(String::new()), &env()).unwrap().parallel();
    let got = ["exec_command", "write_stdin", "shell", "shell_command", "apply_patch", "update_plan"].map(parallel);
    assert_eq!(got, [true, true, false, false, false, false]);
}

#[test]
fn a_call_of_what_is_not_there_is_refused_by_its_kind() {
    let registry = ToolRegistry::builtin();
    let refusal = |name: &str, input: &ToolInput, env: &ToolEnv| match registry.find(name, input, env) {
        Ok(tool) => panic!("found {:?}", tool.names()),
        Err(error) => error.to_string(),
    };
    let json = ToolInput::Json("{}".into());
    let text = ToolInput::Text("x".into());
    let plain = ToolEnv { apply_patch: false, ..env() };
    let silent = ToolEnv { shell_tool: false, ..env() };
    assert_eq!(refusal("spawn_agent", &json, &env()), "unsupported call: spawn_agent");
    assert_eq!(refusal("nope", &text, &env()), "unsupported custom tool call: nope");
    assert_eq!(refusal("apply_patch", &text, &plain), "unsupported custom tool call: apply_patch");
    assert_eq!(refusal("apply_patch", &json, &plain), "unsupported call: apply_patch");
    for name in ["exec_command", "write_stdin", "shell", "shell_command", "container.exec", "local_shell"] {
        assert_eq!(refusal(name, &json, &silent), format!("unsupported call: {name}"));
    }
    assert_eq!(
        refusal("exec_command", &text, &env()),
        "`exec_command` takes JSON arguments: call it as a function, not as a freeform tool"
    );
}

#[tokio::test]
async fn a_question_to_the_user_is_refused_whatever_it_says() {
    let host = FakeHost::new();
    let refused = host.refusal("request_user_input", serde_json::json!({"bogus": 1})).await;
    assert_eq!(refused, "request_user_input is unavailable in Default mode");
}

/// The fixture is what programs and prompt caches see: a change of it is a change of the wire.
#[test]
fn the_offered_tools_are_those_of_the_fixture() {
    let mut specs = Vec::new();
    let hosted = vec![web_search()];
    let extra_tools = vec!["read_file".to_owned(), "list_dir".to_owned(), "grep_files".to_owned()];
    specs.extend(ToolRegistry::builtin().specs(&ToolEnv { hosted, extra_tools, ..env() }));
    let only_first = |env: &ToolEnv| ToolRegistry::builtin().specs(env).swap_remove(0);
    specs.push(only_first(&ToolEnv { unified_exec: false, ..env() }));
    specs.push(only_first(&ToolEnv { unified_exec: false, prefers_shell_command: true, ..env() }));
    // Prose and grammar stand in files of their own; the fixture holds the rest, byte for byte.
    let shapes: Vec<Value> = specs.iter().map(|spec| without_prose(serde_json::to_value(spec).unwrap())).collect();
    let got = serde_json::to_string_pretty(&shapes).unwrap() + "\n";
    assert_eq!(got, include_str!("fixtures/specs.json"), "offered tools changed; what they are now:\n{got}");
}

fn without_prose(mut spec: Value) -> Value {
    for pointer in ["/description", "/format/definition"] {
        if let Some(prose) = spec.pointer_mut(pointer) {
            let text = prose.as_str().unwrap();
            assert!(!text.trim().is_empty() && (pointer != "/description" || text == text.trim()));
            *prose = Value::from("[prose]");
        }
    }
    spec
}
