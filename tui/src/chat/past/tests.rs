use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::chat::Chat;
use crate::theme::Look;

fn call(id: &str, name: &str, arguments: Value) -> RolloutItem {
    let arguments = if let Value::String(text) = arguments { text } else { arguments.to_string() };
    item(json!({ "type": "function_call", "name": name, "arguments": arguments, "call_id": id }))
}

fn output(id: &str, text: &str) -> RolloutItem {
    item(json!({ "type": "function_call_output", "call_id": id, "output": text }))
}

fn item(value: Value) -> RolloutItem {
    RolloutItem::ResponseItem(serde_json::from_value(value).unwrap())
}

fn event(value: Value) -> RolloutItem {
    RolloutItem::EventMsg(serde_json::from_value(value).unwrap())
}

/// The scrollback of a session with these lines, at several widths.
fn shown(lines: &[RolloutItem]) -> [(u16, String); 3] {
    [40, 80, 120].map(|width| {
        let mut past = Past { cwd: "/w".into(), ..Past::default() };
        lines.iter().cloned().for_each(|line| past.take(line));
        let facts = crate::chat::Facts { cwd: "/w".into(), ..crate::chat::tests_facts() };
        let mut chat = Chat::new(facts, Look::default(), width, false);
        chat.replay(&past.finish());
        let lines: Vec<String> = chat.take_lines().iter().map(|line| line.to_string().trim_end().to_owned()).collect();
        (width, lines.join("\n"))
    })
}

const DONE: &str = r#"{"output":"Success.\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#;

#[test]
fn what_was_done_is_shown_as_it_was_when_it_was_done() {
    let patch = "*** Begin Patch\n*** Update File: src/a.rs\n@@\n one\n-two\n+three\n*** Add File: b.md\n+# B\n*** End Patch";
    let lines = vec![
        event(json!({ "type": "user_message", "message": "do it", "kind": "plain" })),
        call("1", "exec_command", json!({ "cmd": "cat README.md" })),
        output("1", "Command: x\nChunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\n# R\n"),
        call("2", "exec_command", json!({ "cmd": "make test" })),
        output(
            "2",
            "Command: x\nChunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 2\nOriginal token count: 1\nOutput:\nno rule\n",
        ),
        call("3", "shell", json!({ "command": ["echo", "hi"] })),
        output("3", r#"{"output":"hi\n","metadata":{"exit_code":0,"duration_seconds":0.0}}"#),
        item(json!({ "type": "custom_tool_call", "name": "apply_patch", "input": patch, "call_id": "4" })),
        item(json!({ "type": "custom_tool_call_output", "call_id": "4", "output": DONE })),
        call("5", "update_plan", json!({ "plan": [{ "step": "Look", "status": "completed" }, { "step": "Write", "status": "pending" }] })),
        output("5", "Plan updated"),
        call("6", "mcp__demo__echo", json!({ "text": "hi" })),
        output("6", r#"[{"type":"text","text":"echoed"}]"#),
        event(json!({ "type": "agent_message", "message": "Done." })),
    ];
    for (width, text) in shown(&lines) {
        insta::assert_snapshot!(format!("past_{width}"), text);
    }
}

#[test]
fn what_was_refused_failed_or_went_on_says_so() {
    let bad = "*** Begin Patch\n*** Update File: gone.rs\n@@\n-x\n+y\n*** End Patch";
    let running =
        "Command: x\nChunk ID: a\nWall time: 1 seconds\nProcess running with session ID 9\nOriginal token count: 1\nOutput:\none\n";
    let ended = "Command: x\nChunk ID: a\nWall time: 1 seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\ntwo\n";
    let lines = vec![
        call("1", "exec_command", json!({ "cmd": "rm -rf x" })),
        output("1", "exec command rejected by user"),
        call("2", "apply_patch", json!({ "input": bad })),
        output("2", "apply_patch verification failed: no such file"),
        call("3", "exec_command", json!({ "cmd": "server" })),
        output("3", running),
        call("4", "write_stdin", json!({ "session_id": 9, "chars": "" })),
        output("4", ended),
        call("5", "exec_command", json!({ "cmd": "daemon" })),
        output("5", running),
        call("6", "mcp__demo__echo", json!({})),
        output("6", "tool call error: it broke"),
        item(json!({ "type": "message", "role": "user", "content": [{ "type": "input_text",
            "text": "<user_shell_command>\n<command>\nls\n</command>\n<result>\nExit code: 0\nDuration: 0.1 seconds\nOutput:\na\n\n</result>\n</user_shell_command>" }] })),
        // Calls of tools that show nothing, and broken ones, are passed over.
        call("7", "other", json!({})),
        output("7", "x"),
        call("8", "shell", Value::String("{".to_owned())),
        output("8", "y"),
        output("9", "z"),
    ];
    for (width, text) in shown(&lines) {
        insta::assert_snapshot!(format!("past_refused_{width}"), text);
    }
}

#[test]
fn what_was_said_before_a_summary_stays_readable() {
    let said = |text: &str| event(json!({ "type": "user_message", "message": text, "kind": "plain" }));
    let answered = |text: &str| event(json!({ "type": "agent_message", "message": text }));
    let summary = RolloutItem::Compacted(serde_json::from_value(json!({ "message": "what came of it" })).unwrap());
    let lines = vec![said("the first question"), answered("the first answer"), summary, said("the second question"), answered("Yes.")];
    for (_, text) in shown(&lines) {
        let places = ["the first question", "the first answer", "the second question", "Yes."].map(|words| text.find(words));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    }
}

#[test]
fn a_patch_by_a_command_is_a_patch() {
    let script = "cd sub && apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: old.txt\n*** End Patch\nEOF\n";
    let mut past = Past { cwd: "/w".into(), ..Past::default() };
    past.take(call("1", "exec_command", json!({ "cmd": script })));
    past.take(output("1", &format!("Wall time: 0.0000 seconds\nOutput:\n{DONE}")));
    let [EventMsg::PatchApplyEnd(end)] = &past.finish()[..] else { panic!("one patch") };
    assert_eq!(end.status, PatchStatus::Completed);
    assert_eq!(end.changes.keys().collect::<Vec<_>>(), [Path::new("/w/sub/old.txt")]);
}
