//! Answers without trouble: messages, reasoning, usage, searches, images, schemas, resumed threads.

use codex_test_support::{Reply, Scenario};
use serde_json::json;

use super::tools::PNG;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = said();
    cases.extend(asked());
    cases.extend(resumed());
    cases
}

fn say(text: &str) -> Scenario {
    Scenario::new().reply(Reply::new().say(text))
}

fn said() -> Vec<Case> {
    let search = |action| json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action}});
    let message = |phase, end_turn| json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "message", "role": "assistant", "id": "m", "phase": phase, "end_turn": end_turn, "content": [{"type": "output_text", "text": "on it"}]}});
    vec![
        Case::new("reasoning_and_several_messages", Scenario::new().reply(Reply::new().reasoning("**One**\n\nline").say("first").reasoning("two").say("second"))),
        Case::new("phases_of_messages", Scenario::new().reply(Reply::new().raw(message("commentary", false)))),
        Case::new("usage_adds_up", Scenario::new()
            .reply(Reply::new().call("shell", json!({"command": ["true"]})).usage(json!({"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 700}, "output_tokens": 50, "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": 1050})))
            .reply(Reply::new().call("shell", json!({"command": ["true"]})).usage(json!(null)))
            .reply(Reply::new().say("done"))),
        Case::new("an_empty_answer", Scenario::new().reply(Reply::new())),
        Case::new("web_search", Scenario::new().reply(Reply::new()
            .raw(search(json!({"type": "search", "query": "q1", "queries": ["q1", "q2"]})))
            .raw(search(json!({"type": "open_page", "url": "http://x"})))
            .raw(search(json!({"type": "find_in_page", "url": "http://x", "pattern": "p"})))
            .say("found"))),
        Case::new("unknown_events_and_items", Scenario::new().reply(Reply::new()
            .bytes(": a comment\n\ndata: this is no JSON\n\n")
            .raw(json!({"type": "response.something_new", "x": 1}))
            .raw(json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "hologram", "id": "h"}}))
            .say("still here"))),
        Case::new("a_message_of_deltas_alone", Scenario::new().reply(Reply::new()
            .raw(json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "role": "assistant", "id": "m", "content": []}}))
            .raw(json!({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "lost"})))),
        Case::new("control_characters", Scenario::new().reply(Reply::new().say("\u{1b}[31mred\u{7}\u{9b}2J \u{202e}txt"))),
        Case::new("final_message_on_stdout", say("only this\nand this")).human(),
        Case::new("final_message_in_a_file", say("only this")).args(&["-o", "last.txt", "go"]).result("last.txt"),
        Case::new("another_model_answers", Scenario::new().reply(Reply::new().say("hello").header("openai-model", "gpt-other"))),
    ]
}

fn asked() -> Vec<Case> {
    vec![
        Case::new("output_schema", say("{}")).file("schema.json", b"{\"type\": \"object\"}").args(&[
            "--output-schema",
            "schema.json",
            "go",
        ]),
        Case::new("output_schema_and_verbosity", say("{}")).file("schema.json", b"{\"type\": \"object\"}").args(&[
            "-m",
            "gpt-5.2",
            "--output-schema",
            "schema.json",
            "go",
        ]),
        Case::new("image_input", say("seen")).file("a.png", PNG).file("t.txt", b"text").args(&[
            "what is it?",
            "-i",
            "a.png,/nope.png",
            "-i",
            "t.txt",
        ]),
        Case::new("an_unknown_model", say("hello")).args(&["-m", "my-model", "go"]).with_tools(),
        Case::new("a_model_without_patches", say("hello")).args(&["-m", "gpt-5", "go"]),
        Case::new("an_open_model", say("hello")).args(&["-m", "gpt-oss-120b", "go"]).with_tools(),
        Case::new("effort_and_summary", say("hello")).args(&[
            "-c",
            "model_reasoning_effort=high",
            "-c",
            "model_reasoning_summary=none",
            "go",
        ]),
        Case::new("tools_of_a_codex_model", say("hello")).with_tools(),
        Case::new("tools_without_unified_exec", say("hello")).args(&["--disable", "unified_exec", "go"]).with_tools(),
        Case::new("instructions_of_the_project", say("hello"))
            .file("AGENTS.md", b"Be brief.\n")
            .file("sub/AGENTS.md", b"Be kind.")
            .args(&["-C", "sub", "go"]),
        Case::new("search_with_full_access", say("hello")).sandbox("danger-full-access").with_tools(),
        Case::new("cached_search_with_full_access", say("hello"))
            .sandbox("danger-full-access")
            .args(&["-c", "web_search=cached", "go"])
            .with_tools(),
        Case::new("search_switched_off", say("hello")).args(&["-c", "tools.web_search=false", "go"]).with_tools(),
        Case::new("an_empty_prompt", say("hello")).args(&[""]),
    ]
}

fn resumed() -> Vec<Case> {
    let twice = || {
        Scenario::new()
            .reply(Reply::new().reasoning("why").call("shell", json!({"command": ["echo", "first"]})))
            .reply(Reply::new().say("one"))
            .reply(Reply::new().say("two"))
    };
    vec![
        Case::new("resume_last", twice()).then(&["resume", "--last", "more"]),
        Case::new("resume_of_an_unknown_id", say("hello")).args(&["resume", "01a1fed0-4828-70e1-bc8b-88c4a10f2d38", "more"]),
        Case::new("resume_of_an_unknown_name", say("hello")).args(&["resume", "nobody", "more"]),
    ]
}
