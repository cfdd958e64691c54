//! Slash commands, used.

use serde_json::json;

use crate::holds;

#[test]
fn fast_is_switched_kept_and_sent() {
    holds(&json!({
        "scenario": [[{ "message": "one" }], [{ "message": "two" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "/fast" }, { "keys": ["Enter"] },
            { "expect": "• Fast mode set to on" },
            { "file": ["HOME/config.toml", "^service_tier = \"fast\"$"] },
            { "type": "go" }, { "keys": ["Enter"] }, { "expect": "• one" },
            { "request": { "n": 0, "contains": "\"service_tier\":\"priority\"" } },
            { "type": "/fast" }, { "keys": ["Enter"] },
            { "expect": "• Fast mode set to off" },
            { "file": ["HOME/config.toml", "\\A(?!service_tier)"] },
            { "type": "go on" }, { "keys": ["Enter"] }, { "expect": "• two" },
            { "request": { "n": 1, "lacks": "service_tier" } },
        ],
    }));
}

#[test]
fn cost_is_counted_by_the_prices_of_the_settings() {
    holds(&json!({
        "config": "\n[tui]\nstatus_line = [\"session-cost\", \"context-remaining\"]\n\n[tui.prices.\"gpt-5.4\"]\ninput = 100\noutput = 1000\n",
        "steps": [
            { "expect": "cost 0.0000", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] }, { "expect": "• ok" },
            // 100 tokens at 100 and 10 at 1,000 for a million.
            { "expect": "cost 0.0200" },
            { "type": "/cost" }, { "keys": ["Enter"] },
            { "expect": "Cost +0.0200" },
        ],
    }));
    holds(&json!({
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] }, { "expect": "• ok" },
            { "type": "/cost" }, { "keys": ["Enter"] },
            { "expect": "no prices are set.*\\[tui\\.prices\\.\"gpt-5\\.4\"\\]" },
        ],
    }));
}

#[test]
fn the_title_shows_what_was_chosen() {
    holds(&json!({
        "config": "\n[tui]\nterminal_title = [\"app-name\", \"status\", \"model\"]\n",
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "bytes": "\u{1b}\\]0;codex · Ready · gpt-5.4\u{1b}\\\\" },
            { "type": "/title" }, { "keys": ["Enter"] },
            { "expect": "Configure Terminal Title" },
            { "expect": "codex · Ready · gpt-5.4" },
            { "keys": ["Space", "Enter"] },
            { "bytes": "\u{1b}\\]0;Ready · gpt-5.4\u{1b}\\\\" },
            { "file": ["HOME/config.toml", "terminal_title = \\[\"status\", \"model\"\\]"] },
        ],
    }));
}

#[test]
fn debug_config_names_the_layer_of_each_setting() {
    holds(&json!({
        "args": ["-c", "model_verbosity=low"],
        "rows": 50,
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "/debug-config" }, { "keys": ["Enter"] },
            { "expect": "model = \"gpt-5.4\"\\s+from .*config.toml" },
            { "expect": "model_verbosity = \"low\"\\s+from" },
        ],
    }));
}

#[test]
fn feedback_is_a_folder_here_and_nothing_is_sent() {
    holds(&json!({
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "remember sk-proj-abcdefghijklmnopqrstuvwxyz0123456789" }, { "keys": ["Enter"] }, { "expect": "• ok" },
            { "type": "/feedback" }, { "keys": ["Enter"] },
            { "expect": "How was this\\?" },
            { "type": "1" },
            { "expect": "Anything to add\\?" },
            { "type": "it broke" }, { "keys": ["Enter"] },
            { "expect": "Write the folder\\?" },
            { "type": "1" },
            { "expect": "nothing was\\s+sent" },
            { "type": "!cat ../home/feedback/*/about.txt" }, { "keys": ["Enter"] },
            { "expect": "kind: bug\\s+words: it broke" },
            { "type": "!cat ../home/feedback/*/conversation.md | grep -c sk-proj-abcdef" }, { "keys": ["Enter"] },
            { "expect": "sk-proj-abcdef\\s+└ 0" },
            { "requests": 1 },
        ],
    }));
}

#[test]
fn stop_ends_what_runs_in_the_background() {
    holds(&json!({
        "scenario": [
            [{ "call": "exec_command", "args": { "cmd": "echo $$ > pid; sleep 600", "yield_time_ms": 300 } }],
            [{ "message": "it runs" }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] },
            { "expect": "• it runs", "timeout": 15 },
            { "expect": "1 background terminal running" },
            { "type": "/ps" }, { "keys": ["Enter"] },
            { "expect": "Background terminals.*sleep 600" },
            { "type": "/stop" }, { "keys": ["Enter"] },
            { "expect": "Stopping all background terminals" },
            { "gone": "1 background terminal running", "timeout": 15 },
        ],
    }));
}

#[test]
fn help_lists_commands_and_keys() {
    holds(&json!({
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "/help" }, { "keys": ["Enter"] },
            { "expect": "H E L P" },
            { "expect": "/model +choose" },
            { "type": "/Keys: composer" }, { "keys": ["Enter"] },
            { "expect": "Keys: composer" },
            { "type": "q" },
            { "gone": "H E L P" },
        ],
    }));
}

#[test]
fn help_is_read_without_broken_words_on_a_narrow_terminal() {
    holds(&json!({
        "cols": 40,
        "steps": [
            { "expect": "% left", "timeout": 15 },
            { "type": "/help" }, { "keys": ["Enter"] },
            { "expect": "^Commands\\n  /model\\n    choose the model and how hard it\\n    thinks\\n" },
            { "type": "q" },
            { "gone": "H E L P" },
        ],
    }));
}

#[test]
fn the_first_theme_that_is_shown_has_its_colours() {
    holds(&json!({
        "config": "[tui]\ntheme = \"nord\"\n",
        "steps": [
            { "expect": "% left", "timeout": 15 },
            { "type": "/theme" }, { "keys": ["Enter"] },
            { "expect": "› nord \\(current\\)", "timeout": 30 },
            { "styled": "\u{1b}\\[[0-9;]*38;2;[0-9;]+m[^\\n]*fn" },
        ],
    }));
}

#[test]
fn sessions_are_searched_also_where_a_server_of_this_machine_has_them() {
    for attached in [false, true] {
        holds(&json!({
            "attached": attached,
            "scenario": [[{ "message": "the albatross flies" }]],
            "steps": [
                { "expect": "\\d+% left", "timeout": 15 },
                { "type": "what flies?" }, { "keys": ["Enter"] },
                { "expect": "• the albatross flies" },
                { "gone": "esc to interrupt" },
                { "type": "/search albatross" }, { "keys": ["Enter"] },
                { "expect": "Found for `albatross`\\n.*assistant +.*albatross" },
            ],
        }));
    }
}
