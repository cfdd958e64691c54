//! A first day with the program: from the first start to the way back.

use serde_json::json;

use codex_test_support::{Reply, Scenario};

use crate::holds;

/// The first start, without any setting: what is not possible says what is.
#[test]
fn a_first_start_offers_every_way_and_explains_the_one_that_is_not_set_up() {
    holds(&json!({
        "no_config": true, "trust": false, "env": { "MOCK_KEY": null },
        "steps": [
            { "expect": "1\\. Sign in with ChatGPT.*2\\. Sign in with Device Code.*3\\. Provide your own API key.*4\\. Use a model on this machine", "timeout": 15 },
            { "type": "1" },
            { "expect": "Signing in with an account needs.*With an API\\s+key \\(3\\) nothing else is needed\\." },
            { "type": "2" },
            { "expect": "Signing in with an account needs" },
            { "type": "3" },
            { "expect": "Press Enter to save" },
            { "keys": ["Enter"] },
            { "expect": "Type or paste a key first\\." },
            { "type": "sk-test" },
            { "gone": "Type or paste a key first\\." },
            { "keys": ["Escape"] },
            { "expect": "4\\. Use a model on this machine" },
            { "nofile": "HOME/auth.json" },
        ],
    }));
}

#[test]
fn on_a_small_terminal_the_choices_and_what_is_wrong_are_seen() {
    holds(&json!({
        "no_config": true, "trust": false, "env": { "MOCK_KEY": null }, "cols": 40, "rows": 12,
        "steps": [
            { "expect": "1\\. Sign in.*2\\. Sign in.*3\\. Provide.*4\\. Use a model.*Press Enter to continue", "timeout": 15 },
            { "type": "1" },
            { "expect": "4\\. Use a model on this machine\\n\\n  Signing in.*nothing else is\\s+needed\\.\\n\\n  Press Enter to continue" },
            { "type": "3" }, { "type": "sk-test" }, { "keys": ["Enter"] },
            { "expect": "1\\. Yes, continue\\n  2\\. No, quit\\n+  Press enter" },
        ],
    }));
}

#[test]
fn a_model_on_this_machine_is_chosen_in_place_of_a_sign_in() {
    let ollama = || {
        Scenario::new()
            .route("GET", "/api/tags", |_| Reply::json(json!({ "models": [{ "name": "here:1b" }, { "name": "there:7b" }] })))
            .start()
    };
    let server = ollama();
    let at = |address: &str| json!({ "MOCK_KEY": null, "CODEX_OSS_BASE_URL": address });
    holds(&json!({
        "no_config": true, "trust": false, "env": at(&server.base_url()),
        "steps": [
            { "expect": "4\\. Use a model on this machine", "timeout": 15 },
            { "type": "4" },
            { "expect": "1\\. Ollama\\n +2\\. LM Studio" },
            { "type": "1" },
            { "expect": "Which model of Ollama\\?.*1\\. here:1b\\n +2\\. there:7b" },
            { "type": "2" },
            { "expect": "✓ Using there:7b of Ollama\\n\\n.*You are in" },
            { "file": ["HOME/config.toml", "model_provider = \"ollama\"\\s+model = \"there:7b\""] },
            { "keys": ["Enter"] },
            { "expect": "model: +there:7b " },
        ],
    }));
    // A port that nobody listens at.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/v1", taken.local_addr().unwrap());
    drop(taken);
    holds(&json!({
        "no_config": true, "trust": false, "env": at(&nobody),
        "steps": [
            { "expect": "4\\. Use a model on this machine", "timeout": 15 },
            { "type": "4" }, { "expect": "2\\. LM Studio" }, { "type": "1" },
            { "expect": "Ollama.*fetches a model when the\\s+server runs" },
            { "expect": "3\\. Provide your own API key" },
            { "nofile": "HOME/config.toml" },
        ],
    }));
}

/// From the first prompt to the way back.
#[test]
fn a_first_conversation_reads_well() {
    holds(&json!({
        "git": true, "rows": 40,
        "args": ["-s", "read-only", "-a", "on-request"],
        "scenario": [
            [{ "call": "exec_command", "args": { "cmd": "touch made-it", "sandbox_permissions": "require_escalated", "justification": "May I?" } }],
            [{ "message": "made" }],
            [{ "message": "planned" }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "make it" }, { "keys": ["Enter"] },
            { "expect": "Would you like to run the following command\\?.*Reason: May I\\?" },
            // Nothing runs while it is asked about.
            { "absent": "background terminal" },
            { "sleep": 0.4 }, { "type": "y" },
            { "expect": "✔ You approved codex to run touch made-it this time\\n\\n• Ran touch made-it" },
            { "expect": "• made" }, { "gone": "background terminal" },
            { "type": "/diff" }, { "keys": ["Enter"] },
            { "expect": "D I F F.*made-it" }, { "type": "q" }, { "gone": "D I F F" },
            { "type": "/plan" }, { "keys": ["Enter"] },
            // What stands below is what the next turn gets.
            { "expect": "gpt-5\\.4 medium for Plan mode.*gpt-5\\.4 medium · .*Plan mode" },
            { "type": "/status" }, { "keys": ["Enter"] },
            { "expect": "reasoning medium.*Permissions: +Custom \\(read-only, on-request\\).*Collaboration mode: +Plan" },
            { "keys": ["BTab"] },
            { "expect": "gpt-5\\.4 default · .*% left" }, { "gone": "Plan mode \\(" },
            { "type": "go on" }, { "keys": ["Enter"] }, { "expect": "• planned" },
            { "type": "/quit" }, { "keys": ["Enter"] },
            { "expect": "To continue this session, run codex resume [0-9a-f-]{36}" },
            { "exited": 0 },
            { "restart": ["resume"] },
            { "expect": "Resume a previous session.*> .* make it", "timeout": 15 },
            { "keys": ["Enter"] },
            { "expect": "› make it.*• Ran touch made-it.*• planned" },
        ],
    }));
}

#[test]
fn redraw_shows_the_conversation_at_the_new_width() {
    let words = "word ".repeat(30);
    holds(&json!({
        "scenario": [[{ "message": words.trim() }]],
        "cols": 60,
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] },
            { "expect": "^• (word ){10}" },
            { "resize": [120, 30] },
            { "type": "/redraw" }, { "keys": ["Enter"] },
            { "expect": "^• (word ){22}" },
            { "count": ["^› go$", 1] },
        ],
    }));
}
