//! The other tools, and calls that no tool can take.

use codex_test_support::{Reply, Scenario};
use serde_json::{Value, json};

use crate::case::Case;

/// One transparent pixel.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x0bIDATx\xdac`\0\x02\0\0\x05\0\x01\xe9\xfa\xdc\xd8\0\0\0\0IEND\xaeB`\x82";

fn plan(status: &str) -> Value {
    json!({"explanation": "because", "plan": [{"step": "one", "status": status}, {"step": "two", "status": "pending"}]})
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::calls(
            "update_plan_twice",
            [("update_plan", plan("in_progress")), ("shell", json!({"command": ["true"]})), ("update_plan", plan("completed"))],
        ),
        Case::calls(
            "update_plan_malformed",
            [
                ("update_plan", json!({"plan": [{"step": "one", "status": "pending", "extra": 1}]})),
                ("update_plan", json!({"plan": [{"step": "one", "status": "someday"}]})),
                ("update_plan", json!({})),
            ],
        ),
        Case::calls("view_image", [("view_image", json!({"path": "a.png"}))]).file("a.png", PNG),
        Case::calls(
            "view_image_refused",
            [
                ("view_image", json!({"path": "none.png"})),
                ("view_image", json!({"path": "text.txt"})),
                ("view_image", json!({"path": "."})),
                ("view_image", json!({"path": "a.png", "detail": "high"})),
            ],
        )
        .file("a.png", PNG)
        .file("text.txt", b"no image"),
        Case::calls("view_image_broken", [("view_image", json!({"path": "torn.png"}))]).file("torn.png", &PNG[..40]),
        Case::calls("view_image_for_a_blind_model", [("view_image", json!({"path": "a.png"}))])
            .file("a.png", PNG)
            .top("model = \"gpt-oss-20b\"\n"),
        Case::new(
            "unknown_tools",
            Scenario::new()
                .reply(Reply::new().call("no_such_tool", json!({})))
                .reply(Reply::new().custom("no_such_custom", "x"))
                .reply(Reply::new().call("js_repl", json!({})))
                .reply(Reply::new().say("done")),
        ),
        Case::new("function_called_as_custom", Scenario::new().reply(Reply::new().custom("shell", "ls")).reply(Reply::new().say("done"))),
        Case::calls(
            "malformed_arguments",
            [
                ("exec_command", json!({})),
                ("exec_command", json!("{\"cmd\":")),
                ("shell", json!({"command": "ls"})),
                ("shell", json!("{\"command\":[\"ls\"")),
                ("shell_command", json!({"command": ["ls"]})),
                ("view_image", json!({"paths": 1})),
                ("write_stdin", json!({"session_id": "one"})),
            ],
        ),
        Case::calls(
            "question_to_the_user",
            [(
                "request_user_input",
                json!({"questions": [{"id": "q", "header": "h", "question": "?", "options": [{"label": "a", "description": "b"}, {"label": "c", "description": "d"}]}]}),
            )],
        ),
        Case::new(
            "calls_of_one_answer",
            Scenario::new()
                .reply(
                    Reply::new()
                        .reasoning("**Planning**")
                        .say("First, a look.")
                        .call("update_plan", plan("in_progress"))
                        .call("shell", json!({"command": ["echo", "a"]}))
                        .call("no_such_tool", json!({}))
                        .custom("apply_patch", "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"),
                )
                .reply(Reply::new().say("done")),
        )
        .in_any_order()
        .result("a.txt"),
    ]
}
