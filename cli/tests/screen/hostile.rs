//! The screen in front of a hostile repository and a hasty person: cases of `docs/security.md`.

use serde_json::json;

use crate::holds;

/// T1, C3.
#[test]
fn a23_the_screen_starts_nothing_of_an_untrusted_repository() {
    let evil = "[core]\n\tfsmonitor = touch marker\n\thooksPath = .\n\tpager = touch marker\n\tsshCommand = touch marker\n\
                [diff]\n\texternal = touch marker\n[alias]\n\tstatus = !touch marker\n[filter \"x\"]\n\tclean = touch marker\n";
    holds(&json!({
        "trust": false,
        "git": true,
        "files": { ".git/config": evil, ".gitattributes": "* filter=x\n", "a.txt": "a\n" },
        "steps": [
            { "expect": "1\\. Yes, continue", "timeout": 15 },
            { "nofile": "marker" },
            { "keys": ["Enter"] },
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "• ok" },
            { "nofile": "marker" },
        ],
    }));
}

/// U3.
#[test]
fn a48_keys_typed_ahead_answer_no_question() {
    holds(&json!({
        "args": ["-s", "read-only", "-a", "on-request"],
        "scenario": [
            [{ "sleep": 2 }, { "call": "exec_command", "args": { "cmd": "touch made", "sandbox_permissions": "require_escalated", "justification": "May I?" } }],
            [{ "message": "done" }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "esc to interrupt" },
            { "type": "y" },
            { "keys": ["Enter"] },
            { "expect": "Would you like to run", "timeout": 15 },
            { "sleep": 1 },
            { "expect": "Would you like to run" },
            { "nofile": "made" },
        ],
    }));
}
