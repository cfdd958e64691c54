//! How the live rows and the dialogs of commands look, at several widths, in very little room, and flat.

use std::time::Duration;

use codex_protocol::ThreadId;
use codex_snapshot::{Options, TurnKey, Workspace};
use ratatui::layout::Rect;
use serde_json::{Value, json};

use super::agent::event;
use super::stage::{Setting, Stage};
use super::terminal::texts;
use crate::text::plain_text;

/// Columns, rows, and whether flat.
const FORMS: [(&str, u16, u16, bool); 5] = [
    ("40 columns", 40, 30, false),
    ("80 columns", 80, 30, false),
    ("120 columns", 120, 30, false),
    ("20 columns, 5 rows", 20, 5, false),
    ("flat", 80, 30, true),
];

/// What is done before the picture is taken: keys, events of the thread, time.
enum Deed {
    Keys(&'static str),
    Said(Value),
    Wait(u64),
}

fn keys(text: &'static str) -> Deed {
    Deed::Keys(text)
}

fn said(value: Value) -> Deed {
    Deed::Said(value)
}

fn shot(columns: u16, rows: u16, flat: bool, config: &str, deeds: &[Deed]) -> String {
    let env = vec![("NO_COLOR", "1".to_owned())];
    let config = format!("disable_paste_burst = true\n{config}");
    let files = SKILLS.to_vec();
    let mut stage = Stage::new(Setting { columns, rows, screen_reader: flat, config, env, files, ..Setting::default() });
    let number = stage.played.try_recv().unwrap().number;
    stage.app.composer.set_text("");
    for deed in deeds {
        match deed {
            Deed::Keys(text) => stage.type_bytes(text.as_bytes()),
            Deed::Said(value) => stage.say(number, event(value.clone())),
            Deed::Wait(millis) => stage.wait(Duration::from_millis(*millis)),
        }
        stage.rest();
        stage.app.draw().unwrap();
    }
    let (buffer, caret) = stage.app.frame(columns, rows);
    assert!(buffer.area.height <= rows, "{} rows in {rows}", buffer.area.height);
    let mut rows = texts(&buffer);
    let caret = caret.map(|at| {
        assert!(Rect::new(0, 0, columns, buffer.area.height).contains(at), "{at:?}");
        format!("(cursor in row {}, column {})", at.y + 1, at.x + 1)
    });
    rows.extend(caret);
    rows.join("\n")
}

fn picture(name: &str, config: &str, deeds: &[Deed]) {
    let shown: Vec<String> =
        FORMS.iter().map(|(title, columns, rows, flat)| format!("── {title}\n{}", shot(*columns, *rows, *flat, config, deeds))).collect();
    insta::assert_snapshot!(name, without_chance(&shown.join("\n")));
}

/// Without what changes from run to run: the placeholder, and how long a turn runs.
fn without_chance(text: &str) -> String {
    let placeholder = crate::start::placeholder();
    let mut rows: Vec<String> = Vec::new();
    let seconds = (1..60).fold(text.to_owned(), |text, seconds| text.replace(&format!("({seconds}s • esc"), "(0s • esc"));
    for row in seconds.lines() {
        let shown = row.trim_start_matches("› ");
        let is_placeholder = row.starts_with("› ") && !shown.is_empty() && placeholder.starts_with(shown.trim_end_matches('…'));
        rows.push(if is_placeholder { "› (placeholder)".to_owned() } else { row.to_owned() });
    }
    rows.join("\n")
}

fn begun() -> Deed {
    said(json!({"type": "task_started", "turn_id": "t", "model_context_window": null, "collaboration_mode_kind": "default"}))
}

fn command(id: &str, process: Value) -> Deed {
    said(
        json!({"type": "exec_command_begin", "call_id": id, "turn_id": "t", "command": ["bash", "-lc", "cargo test --workspace --all-targets"],
        "cwd": "/w", "source": "agent", "parsed_cmd": [{"type": "unknown", "cmd": "cargo test"}], "process_id": process}),
    )
}

fn used(tokens: i64) -> Deed {
    let usage =
        json!({"input_tokens": tokens, "cached_input_tokens": 0, "output_tokens": 0, "reasoning_output_tokens": 0, "total_tokens": tokens});
    said(
        json!({"type": "token_count", "info": {"total_token_usage": usage, "last_token_usage": usage, "model_context_window": 100_000}, "rate_limits": null}),
    )
}

/// What the dialogs about skills and prompts show.
const SKILLS: [(&str, &str); 4] = [
    ("home/skills/demo/SKILL.md", "---\nname: demo\ndescription: A demo skill that shows how instructions are kept\n---\n"),
    ("home/skills/release/SKILL.md", "---\nname: release\ndescription: How a release is made\n---\n"),
    ("home/skills/odd/SKILL.md", "---\nname: odd name\ndescription: Has a blank in its name\n---\n"),
    ("home/prompts/tidy.md", "---\ndescription: tidy a file up\nargument-hint: FILE=<path>\n---\nTidy $FILE up.\n"),
];

const STATUS: &str = "[tui]\nstatus_line = [\"model-with-reasoning\", \"context-remaining\"]\nanimations = false\n";

#[test]
fn the_live_rows_look_as_recorded() {
    let show = |name: &str, deeds: &[Deed]| picture(name, STATUS, deeds);
    show("live_idle", &[]);
    show("live_written", &[keys("a first line\nand a second one that is longer than forty columns are")]);
    show("live_working", &[begun(), keys("more")]);
    show(
        "live_thinking",
        &[
            begun(),
            said(
                json!({"type": "reasoning_content_delta", "thread_id": "01a1fb45-edf5-7733-9423-7cb308e71e3d", "turn_id": "t", "item_id": "i",
                "delta": "**Inspecting the tree**\n\nwords", "summary_index": 0}),
            ),
        ],
    );
    show(
        "live_retry",
        &[
            begun(),
            said(json!({"type": "stream_error", "message": "Reconnecting... 2/5",
                "additional_details": "stream disconnected before completion: stream closed before response.completed", "codex_error_info": null})),
        ],
    );
    show("live_command", &[begun(), command("c", Value::Null)]);
    show("live_background", &[begun(), command("c", json!("1")), command("d", json!("2"))]);
    show("live_waiting", &[begun(), keys("steer me\r"), keys("queued a\t"), keys("queued b\t")]);
    show(
        "live_escape",
        &[said(json!({"type": "user_message", "message": "hello", "images": [], "local_images": [], "text_elements": []})), keys("\x1b")],
    );
    show("live_plan_mode", &[keys("\x1b[Z")]);
    show("live_little_context", &[used(83_000)]);
    show("live_least_context", &[used(93_000)]);
    show("live_quit_hint", &[keys("\x03")]);
    picture("live_vim", &format!("{STATUS}vim_mode = true\n"), &[keys("some words"), keys("\x1b")]);
}

#[test]
fn the_dialogs_of_commands_look_as_recorded() {
    let show = |name: &str, deeds: &[Deed]| picture(name, STATUS, deeds);
    show("slash_model", &[keys("/model\r")]);
    show("slash_model_effort", &[keys("/model\r"), keys("1")]);
    show("slash_model_other", &[keys("/model\r"), keys("2")]);
    show("slash_permissions", &[keys("/permissions\r")]);
    show("slash_full_access", &[keys("/permissions\r"), keys("3")]);
    show("slash_experimental", &[keys("/experimental\r")]);
    show("slash_skills", &[keys("/skills\r")]);
    show("slash_skills_switch", &[keys("/skills\r"), keys("2"), keys(" ")]);
    show("skill_popup", &[keys("use $dem")]);
    show("saved_prompt_popup", &[keys("/prompts")]);
    show("slash_review", &[keys("/review\r")]);
    show("slash_review_branch", &[keys("/review\r"), keys("1")]);
    show("slash_rename", &[keys("/rename\r")]);
    show("slash_collab", &[keys("/collab\r")]);
    show("slash_personality", &[keys("/personality\r")]);
    show("slash_statusline", &[keys("/statusline\r")]);
    show("slash_title", &[keys("/title\r")]);
    show("slash_theme", &[keys("/theme\r"), keys("nord")]);
    show("slash_feedback", &[keys("/feedback\r")]);
    show("slash_feedback_words", &[keys("/feedback\r"), keys("1")]);
    show("slash_feedback_write", &[keys("/feedback\r"), keys("1"), keys("it broke\r")]);
    show("slash_queue", &[begun(), keys("queued a\t"), keys("queued b\t"), keys("/queue\r")]);
    show("slash_queue_message", &[begun(), keys("queued a\t"), keys("queued b\t"), keys("/queue\r"), keys("1")]);
    show("slash_popup", &[keys("/")]);
    show("slash_popup_none", &[keys("/zz")]);
    show("mention_popup", &[keys("see @a"), Deed::Wait(200)]);
    show("shortcuts", &[keys("?")]);
    show("history_search", &[keys("alpha needle\r"), keys("\x12"), keys("need")]);
}

/// What a command prints into the conversation, and the dialogs that need more than keys.
fn printed(name: &str, config: &str, line: &'static str) {
    let mut shown = Vec::new();
    for (title, columns, rows, flat) in FORMS {
        let config = format!("disable_paste_burst = true\n{config}");
        let mut stage = Stage::new(Setting { columns, rows, screen_reader: flat, config, ..Setting::default() });
        stage.app.hand_over();
        let _ = stage.app.chat.take_lines();
        stage.type_bytes(line.as_bytes());
        stage.rest();
        let lines: Vec<String> = stage.app.chat.take_lines().iter().map(|line| plain_text(line).trim_end().to_owned()).collect();
        let wide = lines.iter().find(|line| crate::text::width(line) > usize::from(columns));
        assert_eq!(wide, None, "{title}");
        shown.push(format!("── {title}\n{}", lines.join("\n")));
    }
    insta::assert_snapshot!(name, shown.join("\n"));
}

#[test]
fn what_commands_print_looks_as_recorded() {
    let servers = "[mcp_servers.docs]\ncommand = \"docs-server\"\nargs = [\"--root\", \"/srv/documentation/of/everything\"]\n\
                   [mcp_servers.far]\nurl = \"https://user:secret@mcp.example.com/v1?token=secret\"\n[mcp_servers.off]\ncommand = \"x\"\nenabled = false\n";
    printed("slash_mcp", servers, "/mcp\r");
    printed("slash_mcp_none", "", "/mcp\r");
    printed("slash_keymap", "", "/keymap\r");
    printed("slash_ps", "", "/ps\r");
}

#[test]
fn the_plan_is_asked_about_as_recorded() {
    let mut shown = Vec::new();
    for (title, columns, rows, flat) in FORMS {
        let mut stage = Stage::new(Setting { columns, rows, screen_reader: flat, ..Setting::default() });
        stage.app.ask_about_plan();
        shown.push(format!("── {title}\n{}", texts(&stage.app.frame(columns, rows).0).join("\n")));
    }
    insta::assert_snapshot!("plan_question", shown.join("\n"));
}

/// A turn changed, made and removed files.
fn changed_files(stage: &mut Stage) -> (Workspace, u64) {
    let number = stage.played.try_recv().unwrap().number;
    let thread = ThreadId::generate();
    stage.app.chat.facts.thread = Some(thread);
    let cwd = stage.folder.path().join("work");
    let files = Workspace::open(&stage.folder.path().join("home"), &cwd, Options::default()).unwrap();
    let turn = TurnKey { thread: thread.to_string(), turn: "t".to_owned() };
    files.start(&turn).unwrap();
    std::fs::write(cwd.join("a.rs"), "other text\n").unwrap();
    std::fs::write(cwd.join("made by the model.txt"), "made\n").unwrap();
    std::fs::remove_file(cwd.join("日本.txt")).unwrap();
    files.end(&turn).unwrap();
    for value in [
        json!({"type": "task_started", "turn_id": "t", "model_context_window": null, "collaboration_mode_kind": "default"}),
        json!({"type": "user_message", "message": "change the files", "images": [], "local_images": [], "text_elements": []}),
        json!({"type": "task_complete", "turn_id": "t", "last_agent_message": null}),
    ] {
        stage.say(number, event(value));
    }
    (files, number)
}

/// A question about files that a turn changed: `since` is what happens before the keys are typed.
fn about_files(name: &str, since: fn(&Workspace), typed: &[&str]) {
    let mut shown = Vec::new();
    for (title, columns, rows, flat) in FORMS {
        let config = format!("disable_paste_burst = true\n{STATUS}");
        let mut stage = Stage::new(Setting { columns, rows, screen_reader: flat, config, ..Setting::default() });
        let (files, _) = changed_files(&mut stage);
        since(&files);
        stage.app.composer.set_text("");
        for keys in typed {
            stage.type_bytes(keys.as_bytes());
            stage.rest();
            stage.app.draw().unwrap();
        }
        assert!(!stage.app.asked.is_empty(), "{name}: {title}");
        shown.push(format!("── {title}\n{}", texts(&stage.app.frame(columns, rows).0).join("\n")));
    }
    insta::assert_snapshot!(name, shown.join("\n"));
}

fn nothing(_: &Workspace) {}

/// Somebody else writes into a file that the turn changed.
fn somebody_writes(files: &Workspace) {
    std::fs::write(files.root().join("a.rs"), "mine\n").unwrap();
}

fn undone_and_somebody_writes(files: &Workspace) {
    files.undo(&codex_snapshot::Scope::Last { thread: None }, false).unwrap();
    somebody_writes(files);
}

#[test]
fn the_questions_of_going_back_look_as_recorded() {
    about_files("back_how_far", nothing, &["\x1b", "\x1b", "\r"]);
    about_files("back_overwrite", somebody_writes, &["\x1b", "\x1b", "\r", "2"]);
    about_files("slash_undo", nothing, &["/undo\r"]);
    about_files("slash_undo_overwrite", somebody_writes, &["/undo\r", "1"]);
    about_files("slash_redo_overwrite", undone_and_somebody_writes, &["/redo\r"]);
}
