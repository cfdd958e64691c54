//! What keys of config.toml change on the screen. The table in `config/tests/suite/effects.rs` names these tests key by key.

use serde_json::{Value, json};

use crate::{check, holds as holds_as, in_tmux};

/// Runs the program with these words and goes through the steps once it is ready.
fn holds(args: &[&str], scenario: &Value, steps: &[Value]) {
    if in_tmux() {
        let ready = json!({ "expect": "› ", "timeout": 15 });
        let steps: Vec<&Value> = std::iter::once(&ready).chain(steps).collect();
        let check = json!({ "args": args, "scenario": scenario, "steps": steps });
        check::run(&check).or_else(|_| check::run(&check)).unwrap_or_else(|why| panic!("{args:?}: {why}"));
    }
}

fn says(text: &str) -> Value {
    json!([[{ "message": text }]])
}

#[test]
fn tips_come_unless_their_key_says_no() {
    holds(&[], &says("ok"), &[json!({ "expect": "Tip: " })]);
    holds(&["-c", "tui.show_tooltips=false"], &says("ok"), &[json!({ "expect": "% left" }), json!({ "absent": "Tip: " })]);
}

#[test]
fn the_status_line_has_the_items_of_its_key() {
    holds(
        &["-c", "tui.status_line=[\"model-name\"]"],
        &says("ok"),
        &[json!({ "expect": "^ *gpt-[^ ]+ *$" }), json!({ "absent": "% left" })],
    );
}

#[test]
fn the_alternate_screen_is_left_alone_where_its_key_says_so() {
    let opened = [
        json!({ "type": "go" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• ok" }),
        json!({ "keys": ["C-t"] }),
        json!({ "expect": "T R A N S C R I P T" }),
    ];
    let with = |last: Value| opened.iter().cloned().chain([last]).collect::<Vec<_>>();
    holds(&[], &says("ok"), &with(json!({ "bytes": "\u{1b}\\[\\?1049h" })));
    holds(&["-c", "tui.alternate_screen=\"never\""], &says("ok"), &with(json!({ "bytes": "\\A(?!\u{1b}\\[\\?1049h)" })));
}

/// Zellij keeps no scrollback of the alternate screen.
#[test]
fn zellij_gets_the_alternate_screen_only_when_it_is_asked_for() {
    let shown = |config: &str, bytes: &str| {
        holds_as(&json!({
            "env": { "ZELLIJ": "0" },
            "config": config,
            "steps": [
                { "expect": "\\d+% left", "timeout": 15 },
                { "type": "go" }, { "keys": ["Enter"] }, { "expect": "• ok" },
                { "keys": ["C-t"] }, { "expect": "T R A N S C R I P T" },
                { "bytes": bytes },
                { "type": "q" }, { "gone": "T R A N S C R I P T" }, { "count": ["^• ok$", 1] },
            ],
        }));
    };
    shown("", "\\A(?!\u{1b}\\[\\?1049h)");
    shown("\n[tui]\nalternate_screen = \"always\"\n", "\u{1b}\\[\\?1049h");
}

#[test]
fn as_many_rows_of_output_are_shown_as_its_key_says() {
    let call = json!([{ "call": "exec_command", "args": { "cmd": "seq -f 'row %g' 12" } }]);
    let shown = |rows: &str, seen: &str| {
        holds_as(&json!({
            "args": ["--full-auto", "-c", format!("tui.output_rows={rows}")],
            "scenario": [call, [{ "message": "finished" }]],
            "steps": [
                { "expect": "\\d+% left", "timeout": 15 },
                { "type": "go" }, { "keys": ["Enter"] }, { "expect": "• finished", "timeout": 15 },
                { "expect": seen },
            ],
        }));
    };
    shown("3", "└ row 1\n    … \\+10 lines \\(ctrl \\+ t to view\\)\n    row 12\n");
    shown("0", "└ row 1\n    row 2\n.*    row 11\n    row 12\n");
}

#[test]
fn replies_are_printed_as_they_were_written_where_its_key_says_so() {
    let reply = says("# Title\n\n- **bold** word");
    holds(&["-c", "tui.raw_output=true"], &reply, &turn("^# Title\n\n- \\*\\*bold\\*\\* word$"));
    holds(&[], &reply, &turn("^• # Title\n\n  - bold word$"));
}

#[test]
fn the_screen_is_flat_where_its_key_says_so() {
    holds(&["-c", "tui.screen_reader=true"], &says("hello"), &turn("^You: go\n\nCodex:\nhello$"));
}

fn turn(seen: &str) -> [Value; 3] {
    [json!({ "type": "go" }), json!({ "keys": ["Enter"] }), json!({ "expect": seen })]
}

#[test]
fn colours_are_those_of_the_theme() {
    let seen = |theme: &str, accent: &str| {
        let key = format!("tui.theme=\"{theme}\"");
        holds(&["-c", &key], &says("ok"), &[json!({ "styled": format!("{accent}m/model") })]);
    };
    seen("dracula", "38;2;139;233;253");
    seen("nord", "38;2;136;192;208");
    holds(&["-c", "tui.theme=\"nobody-knows\""], &says("ok"), &[json!({ "expect": "nobody-knows" })]);
}

#[test]
fn plan_mode_thinks_as_hard_as_its_key_says() {
    let plan = |args: &[&str], effort: &str| {
        let steps = [
            json!({ "type": "/plan" }),
            json!({ "keys": ["Enter"] }),
            json!({ "expect": "Plan mode" }),
            json!({ "type": "go" }),
            json!({ "keys": ["Enter"] }),
            json!({ "expect": "• ok" }),
            json!({ "request": { "matches": format!("\"effort\": *\"{effort}\"") } }),
        ];
        holds(args, &says("ok"), &steps);
    };
    plan(&[], "medium");
    plan(&["-c", "plan_mode_reasoning_effort=\"high\""], "high");
}

#[test]
fn full_access_is_asked_about_unless_its_key_says_no() {
    let choose = |last: Value| {
        let open = [json!({ "type": "/permissions" }), json!({ "keys": ["Enter"] }), json!({ "expect": "Full Access" })];
        let choose = [json!({ "type": "3" }), last];
        open.into_iter().chain(choose).collect::<Vec<_>>()
    };
    holds(&["-s", "read-only"], &says("ok"), &choose(json!({ "expect": "Enable full access\\?" })));
    let silent = ["-s", "read-only", "-c", "notice.hide_full_access_warning=true"];
    holds(&silent, &says("ok"), &choose(json!({ "expect": "Permissions updated to Full Access" })));
}

#[test]
fn nothing_moves_where_animations_are_off() {
    let slow = json!([[{ "sleep": 4 }, { "message": "ok" }]]);
    let turn = [json!({ "type": "go" }), json!({ "keys": ["Enter"] }), json!({ "expect": "• ok", "timeout": 15 })];
    let with = |last: Value| turn.iter().cloned().chain([last]).collect::<Vec<_>>();
    holds(&[], &slow, &with(json!({ "bytes": "\u{1b}\\]0;⠙ " })));
    holds(&["-c", "tui.animations=false"], &slow, &with(json!({ "bytes": "\\A(?!⠙)" })));
}
