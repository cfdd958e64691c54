//! `--json`: a whole run with tools, line for line.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::exec_json;

#[test]
fn a_run_with_tools_is_told_line_for_line() {
    let server = Scenario::new()
        .reply(Reply::new().reasoning("**Looking** at files").call("shell", json!({"command": ["sh", "-c", "echo hi; exit 3"]})))
        .reply(Reply::new().call("update_plan", json!({"plan": [{"step": "one", "status": "in_progress"}]})))
        .reply(Reply::new().custom("apply_patch", "*** Begin Patch\n*** Add File: n/a.txt\n+x\n*** End Patch"))
        .reply(Reply::new().call("update_plan", json!({"plan": [{"step": "one", "status": "completed"}]})))
        .reply(Reply::new().say("All done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = exec_json(&home, &workspace, &["do it"]);
    run.assert_code(0);
    assert_eq!(run.stderr, "");
    let changes = json!([{"path": workspace.path().join("n/a.txt"), "kind": "add"}]);
    let command = |output: &str, exit_code: Value, status: &str| json!({"id": "item_1", "type": "command_execution", "command": "sh -c 'echo hi; exit 3'", "aggregated_output": output, "exit_code": exit_code, "status": status});
    let plan = |completed: bool| json!({"id": "item_2", "type": "todo_list", "items": [{"text": "one", "completed": completed}]});
    assert_eq!(
        run.events(),
        vec![
            json!({"type": "thread.started", "thread_id": "[id]"}),
            json!({"type": "turn.started"}),
            json!({"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "**Looking** at files"}}),
            json!({"type": "item.started", "item": command("", Value::Null, "in_progress")}),
            json!({"type": "item.completed", "item": command("hi\n", json!(3), "failed")}),
            json!({"type": "item.started", "item": plan(false)}),
            json!({"type": "item.started", "item": {"id": "item_3", "type": "file_change", "changes": changes, "status": "in_progress"}}),
            json!({"type": "item.completed", "item": {"id": "item_3", "type": "file_change", "changes": changes, "status": "completed"}}),
            json!({"type": "item.updated", "item": plan(true)}),
            json!({"type": "item.completed", "item": {"id": "item_4", "type": "agent_message", "text": "All done"}}),
            json!({"type": "item.completed", "item": plan(true)}),
            json!({"type": "turn.completed", "usage": {"input_tokens": 500, "cached_input_tokens": 0, "output_tokens": 50}}),
        ]
    );
    assert_eq!(workspace.read("n/a.txt").as_deref(), Some("x\n"));
}

#[test]
fn the_schema_of_the_answer_reaches_the_server() {
    let server = Scenario::new().reply(Reply::new().say("{}")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    workspace.file("schema.json", r#"{"type": "object"}"#);
    exec_json(&home, &workspace, &["--output-schema", "schema.json", "go"]).assert_code(0);
    let format = &server.requests()[0].body["text"]["format"];
    assert_eq!(*format, json!({"type": "json_schema", "strict": true, "schema": {"type": "object"}, "name": "codex_output_schema"}));
}

#[test]
fn images_go_before_the_prompt_and_bad_ones_become_a_sentence() {
    let server = Scenario::new().reply(Reply::new().say("seen")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    workspace.file("text.txt", "no image");
    // The smallest PNG there is: one transparent pixel.
    let png: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0bIDATx\x9cc`\x00\x02\x00\x00\x05\x00\x01z^\xab?\x00\x00\x00\x00IEND\xaeB`\x82";
    workspace.file("a.png", png);
    exec_json(&home, &workspace, &["what is it?", "-i", "a.png,/nope.png", "text.txt"]).assert_code(0);
    let requests = server.requests();
    let content = requests[0].input().last().unwrap()["content"].as_array().unwrap().clone();
    assert_eq!(content[0]["text"], "<image name=[Image #1]>");
    assert!(content[1]["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"), "{content:?}");
    assert_eq!(content[2]["text"], "</image>");
    assert_eq!(content[3]["text"], "Codex could not read the local image at `/nope.png`: No such file or directory (os error 2)");
    let unsupported =
        format!("Codex cannot attach image at `{}`: unsupported image `text/plain`.", workspace.path().join("text.txt").display());
    assert_eq!(content[4]["text"], unsupported.as_str());
    assert_eq!(content[5]["text"], "what is it?");
}
