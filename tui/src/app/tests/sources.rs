//! S: nothing that anybody but the program says drives the terminal, wherever it is shown (T5, U1).
//!
//! Each text that drives terminals, hides words or reorders them is put into everything the interface shows: words and tools of the
//! model, output, names of files, folders, branches, sessions, servers and models, errors, settings, what is pasted. Every byte
//! that is written must be text or a sequence of the program's own.

use std::time::Duration;

use codex_protocol::EventMsg;
use serde_json::{Value, json};

use super::super::engine::{Found, News};
use super::agent::{HOSTILE, event};
use super::guard;
use super::stage::{Setting, Stage};
use crate::chat::Notice;

fn draw(stage: &mut Stage, what: &str) {
    stage.app.draw().unwrap();
    let bytes = stage.tap.take();
    guard::check(&bytes).unwrap_or_else(|why| panic!("{what}: {why}"));
}

fn usage() -> Value {
    json!({"input_tokens": 10, "cached_input_tokens": 0, "output_tokens": 10, "reasoning_output_tokens": 0, "total_tokens": 20})
}

/// What a thread says in a turn, with a text in every place.
fn events(x: &str) -> Vec<Value> {
    let command = json!(["bash", "-lc", format!("echo {x}\ncat '{x}'")]);
    let ids = |id: &str| {
        json!({"call_id": id, "turn_id": "t", "command": command, "cwd": format!("/w/{x}"), "source": "agent", "parsed_cmd":
        [{"type": if id == "c2" { "read" } else { "unknown" }, "cmd": x, "name": x, "path": format!("/w/{x}")}], "process_id": null})
    };
    let with = |base: Value, more: Value| {
        let mut all = base;
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let ended = json!({"type": "exec_command_end", "stdout": x, "stderr": x, "aggregated_output": format!("{x}\n").repeat(9), "exit_code": 1,
        "duration": {"secs": 1, "nanos": 0}, "formatted_output": x, "status": "failed"});
    let invocation = json!({"server": x, "tool": x, "arguments": {x: x}});
    let changes = json!({
        format!("/w/{x}"): {"type": "update", "unified_diff": format!("@@ -1 +1 @@ {x}\n-{x}\n+{x}b\n"), "move_path": format!("/w/b{x}")},
        format!("/w/c{x}"): {"type": "add", "content": x}, format!("/w/d{x}"): {"type": "delete", "content": x}});
    let item = |delta: &str| json!({"thread_id": "01a1fb45-edf5-7733-9423-7cb308e71e3d", "turn_id": "t", "item_id": "i", "delta": delta, "summary_index": null});
    vec![
        json!({"type": "task_started", "turn_id": "t", "model_context_window": null, "collaboration_mode_kind": x}),
        json!({"type": "user_message", "message": x, "images": [x], "local_images": [format!("/w/{x}.png")], "text_elements": []}),
        with(json!({"type": "reasoning_content_delta"}), item(&format!("**{x}**{x}"))),
        json!({"type": "agent_reasoning", "text": format!("**{x}**\n\n{x}"), "parts": [x], "item_id": null}),
        with(
            json!({"type": "agent_message_content_delta"}),
            item(&format!("a{x}\n\n```{x}\n{x}\n```\n| {x} | b |\n|---|---|\n| {x} | {x} |\n")),
        ),
        with(json!({"type": "agent_message_content_delta"}), item(&format!("\n[{x}](http://{x}) `{x}` **{x}**{x}"))),
        with(json!({"type": "exec_command_begin"}), ids("c1")),
        json!({"type": "exec_command_output_delta", "call_id": "c1", "stream": "stdout", "chunk": format!("{x}\n")}),
        with(json!({"type": "exec_command_begin"}), ids("c2")),
        with(ended.clone(), ids("c1")),
        with(ended, ids("c2")),
        json!({"type": "patch_apply_end", "call_id": "p", "turn_id": "t", "stdout": x, "stderr": x, "success": true, "changes": changes, "status": "completed"}),
        json!({"type": "patch_apply_end", "call_id": "q", "turn_id": "t", "stdout": x, "stderr": x, "success": false, "changes": changes, "status": "failed"}),
        json!({"type": "plan_update", "explanation": x, "plan": [{"step": x, "status": "in_progress"}]}),
        json!({"type": "web_search_begin", "call_id": "s"}),
        json!({"type": "web_search_end", "call_id": "s", "query": x, "action": {"type": "open_page", "url": format!("http://{x}")}}),
        json!({"type": "view_image_tool_call", "call_id": "v", "path": format!("/w/{x}.png")}),
        json!({"type": "image_generation_end", "call_id": "g", "status": x, "revised_prompt": x, "result": x, "saved_path": format!("/w/{x}")}),
        json!({"type": "mcp_tool_call_begin", "call_id": "m", "invocation": invocation}),
        json!({"type": "mcp_tool_call_end", "call_id": "m", "invocation": invocation, "duration": {"secs": 0, "nanos": 5}, "result": {"Err": x}}),
        json!({"type": "mcp_tool_call_end", "call_id": "m", "invocation": invocation, "duration": {"secs": 0, "nanos": 5},
            "result": {"Ok": {"content": [{"type": "text", "text": x}], "structuredContent": {x: x}}}}),
        json!({"type": "stream_error", "message": x, "additional_details": x, "codex_error_info": null}),
        json!({"type": "warning", "message": x}),
        json!({"type": "error", "message": x, "codex_error_info": null}),
        json!({"type": "deprecation_notice", "summary": x, "details": x}),
        json!({"type": "model_reroute", "from_model": x, "to_model": x, "reason": x}),
        json!({"type": "entered_review_mode", "target": {"type": "custom", "instructions": x}, "user_facing_hint": x}),
        json!({"type": "exited_review_mode", "review_output": {"findings": [{"title": x, "body": x, "confidence_score": 1.0, "priority": 1,
            "code_location": {"absolute_file_path": format!("/w/{x}"), "line_range": {"start": 1, "end": 2}}}],
            "overall_correctness": x, "overall_explanation": x, "overall_confidence_score": 1.0}}),
        json!({"type": "token_count", "info": {"total_token_usage": usage(), "last_token_usage": usage(), "model_context_window": 9000}, "rate_limits": null}),
        json!({"type": "session_configured", "session_id": "01a1fb45-edf5-7733-9423-7cb308e71e3d", "model": x, "model_provider_id": x,
            "approval_policy": "on-request", "sandbox_policy": {"type": "read-only"}, "cwd": format!("/w/{x}"), "reasoning_effort": null, "rollout_path": null}),
    ]
}

/// Questions, each answered by a key.
fn questions(x: &str) -> Vec<(Value, &'static [u8])> {
    let form = json!({"type": "object", "properties": {x: {"type": "string", "title": x, "description": x, "enum": [x, "b"]}, "t": {"type": "string", "description": x}}});
    vec![
        (
            json!({"type": "exec_approval_request", "call_id": "a", "turn_id": "t", "command": ["bash", "-lc", format!("touch {x}\n{x}")], "cwd": format!("/w/{x}"),
            "reason": x, "justification": x, "network_approval_context": {"host": x, "protocol": "https"}, "proposed_execpolicy_amendment": ["touch", x],
            "available_decisions": ["approved", "abort"], "parsed_cmd": []}),
            b"\x01",
        ),
        (
            json!({"type": "exec_approval_request", "call_id": "a2", "turn_id": "t", "command": ["touch", x], "cwd": "/w", "reason": x,
            "available_decisions": ["approved", "approved_for_session", "denied", "abort"], "parsed_cmd": []}),
            b"y",
        ),
        (
            json!({"type": "apply_patch_approval_request", "call_id": "b", "turn_id": "t", "reason": x, "grant_root": format!("/w/{x}"),
            "changes": {format!("/w/{x}"): {"type": "add", "content": x}}}),
            b"y",
        ),
        (
            json!({"type": "request_user_input", "call_id": "c", "turn_id": "t", "questions": [{"id": x, "header": x, "question": x, "is_other": true,
            "is_secret": false, "options": [{"label": x, "description": x}]}]}),
            b"1",
        ),
        (
            json!({"type": "elicitation_request", "id": "d", "server_name": x, "request": {"mode": "form", "message": x, "requested_schema": form}}),
            b"\r",
        ),
        (
            json!({"type": "elicitation_request", "id": "e", "server_name": x, "request": {"mode": "url", "message": x, "url": format!("https://{x}"), "elicitation_id": x}}),
            b"\r",
        ),
        (
            json!({"type": "request_permissions", "call_id": "f", "turn_id": "t", "reason": x,
            "permissions": {"network": {"enabled": true}, "file_system": {"read": [format!("/w/{x}")], "write": null}}}),
            b"\r",
        ),
    ]
}

fn everything(x: &str, screen_reader: bool) {
    // No file has NUL in its name, and no file a slash.
    let name: String = format!("f{x}").replace(['\0', '/'], "").chars().take(40).collect();
    let config = format!(
        "[tui]\nnotifications = true\nnotification_method = \"osc9\"\ntheme = \"nord\"\nstatus_line = [\"model-with-reasoning\", \"git-branch\", \
         \"current-dir\", \"project-root\", \"session-id\"]\n[projects.{}]\ntrust_level = \"trusted\"\n",
        json!(x.replace('\u{7f}', ""))
    );
    let mut stage = Stage::new(Setting { columns: 90, rows: 40, folder: name.clone(), screen_reader, config, ..Setting::default() });
    let cwd = stage.folder.path().join(&name);
    std::fs::write(cwd.join(format!("a{name}.txt")), "text").unwrap();
    let number = stage.played.try_recv().unwrap().number;
    draw(&mut stage, "start");
    stage.type_bytes(b"\x1b[O");
    for said in events(x).into_iter().map(event) {
        let kind = format!("{:.60}", format!("{said:?}"));
        stage.say(number, said);
        draw(&mut stage, &kind);
    }
    for (asked, key) in questions(x) {
        let kind = asked["type"].to_string();
        stage.say(number, event(asked));
        draw(&mut stage, &kind);
        stage.wait(Duration::from_secs(1));
        stage.type_bytes(key);
        draw(&mut stage, &kind);
        stage.type_bytes(b"q");
        draw(&mut stage, &kind);
        stage.app.asked.clear();
        stage.app.overlay = None;
        stage.app.screen.take_whole(false).unwrap();
        let _ = stage.tap.take();
    }
    stage.app.hear(News::Found(Found::Branch(Some(x.to_owned()))));
    stage.app.hear(News::Found(Found::Note(Notice::Error, x.to_owned())));
    stage.app.hear(News::Found(Found::Named(x.to_owned())));
    stage.app.hear(News::Opened(number, Err(x.to_owned())));
    draw(&mut stage, "found");
    for line in stage.app.farewell() {
        guard::check(line.as_bytes()).unwrap_or_else(|why| panic!("the last words: {why}"));
    }
    stage.say(
        number,
        event(json!({"type": "task_started", "turn_id": "u", "model_context_window": null, "collaboration_mode_kind": "default"})),
    );
    let pasted = format!("\x1b[200~{x}\x1b[201~");
    for (what, keys) in [
        ("typed", pasted.clone()),
        ("steered", "\r".to_owned()),
        ("typed again", pasted.clone()),
        ("queued", "\t".to_owned()),
        ("transcript", "\x14".to_owned()),
        ("search", format!("/{pasted}\r")),
        ("closed", "q".to_owned()),
        ("history", "\x12f".to_owned()),
        ("searched", pasted.clone()),
        ("left", "\x1b[27u\x15".to_owned()),
        ("files", "@a".to_owned()),
        ("taken", "\t\x15".to_owned()),
        ("queue", "/queue\r".to_owned()),
        ("closed", "\x1b[27u\x15".to_owned()),
        ("status", "/status\r".to_owned()),
        ("ps", "/ps\r".to_owned()),
        ("unknown", format!("/zz{x}\r")),
        ("shell", format!("\x15!{pasted}")),
    ] {
        stage.type_bytes(keys.as_bytes());
        stage.wait(Duration::from_millis(200));
        draw(&mut stage, what);
    }
    stage.say(
        number,
        EventMsg::TaskComplete(codex_protocol::event::TaskComplete {
            turn_id: "u".into(),
            last_agent_message: Some(x.to_owned()),
            error: Some(codex_protocol::event::TurnFailure { message: x.to_owned(), code: x.to_owned() }),
            denials: Default::default(),
        }),
    );
    draw(&mut stage, "the end");
    stage.app.screen.close().unwrap();
    guard::check(&stage.tap.take()).unwrap();
}

#[test]
fn no_text_of_others_drives_the_terminal() {
    for x in HOSTILE {
        everything(&format!("x{x}y"), false);
    }
    let all = HOSTILE.concat();
    everything(&all, true);
    everything(&all.repeat(40), false);
}

#[test]
fn names_of_sessions_drive_no_terminal() {
    let x = HOSTILE.concat();
    let mut stage = Stage::new(Setting { columns: 100, ..Setting::default() });
    let folder = stage.folder.path().join("home/sessions/2026/01/02");
    std::fs::create_dir_all(&folder).unwrap();
    let id = "01a1fb45-edf5-7733-9423-7cb308e71e3d";
    let cwd = stage.folder.path().join("work").display().to_string();
    let meta = json!({"timestamp": "2026-01-02T03:04:05.000Z", "type": "session_meta", "payload": {"id": id, "timestamp": "2026-01-02T03:04:05.000Z", "cwd": cwd,
        "originator": "codex_test", "cli_version": "0.0.0", "source": "cli", "model_provider": "mock", "git": {"branch": x, "commit_hash": null, "repository_url": x}}});
    let message = json!({"timestamp": "2026-01-02T03:04:06.000Z", "type": "event_msg", "payload": {"type": "user_message", "message": format!("hello {x}"), "images": [], "local_images": [], "text_elements": []}});
    std::fs::write(folder.join(format!("rollout-2026-01-02T03-04-05-{id}.jsonl")), format!("{meta}\n{message}\n")).unwrap();
    stage.type_bytes(b"/resume\r");
    stage.wait(Duration::from_millis(200));
    stage.app.draw().unwrap();
    let written = stage.tap.take();
    guard::check(&written).unwrap();
    assert!(String::from_utf8_lossy(&written).contains("hello"), "the session is listed: {}", String::from_utf8_lossy(&written));
    stage.type_bytes(format!("\x1b[200~{x}\x1b[201~").as_bytes());
    stage.app.draw().unwrap();
    guard::check(&stage.tap.take()).unwrap();
}
