//! Questions that take the keys: how they look, and that a yes is not given blindly.

use std::time::{Duration, Instant};

use codex_tui::modal::{Approval, Choice, DEAF, Elicitation, Menu, Modal, Permissions, Prompt, Questions, Reply, Taken};
use codex_tui::theme::Look;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use serde_json::{Value, json};

use crate::rows::{WIDTHS, buffer_text, look};

type Question = Box<dyn Modal>;
type Make<'a> = Box<dyn Fn() -> Question + 'a>;

fn draw(modal: &dyn Modal, columns: u16, most: u16, look: &Look) -> (String, Option<Position>) {
    let area = Rect::new(0, 0, columns, modal.height(columns, most, look));
    let mut buffer = Buffer::empty(area);
    let caret = modal.render(area, &mut buffer, look);
    (buffer_text(&buffer), caret)
}

/// At every width, in very little room, and flat; with where the cursor stands.
fn every_form(make: &dyn Fn() -> Question) -> String {
    let flat = Look { flat: true, ..look() };
    let mut shown = Vec::new();
    let mut show = |title: String, columns: u16, most: u16, look: &Look| {
        let (text, caret) = draw(make().as_ref(), columns, most, look);
        let caret = caret.map(|at| format!("\n(cursor in row {}, column {})", at.y + 1, at.x + 1)).unwrap_or_default();
        shown.push(format!("── {title}\n{text}{caret}"));
    };
    for columns in WIDTHS {
        show(format!("{columns} columns"), columns, 40, &look());
    }
    show("20 columns, 5 rows".to_owned(), 20, 5, &look());
    show("flat".to_owned(), 80, 40, &flat);
    shown.join("\n")
}

fn then() -> Instant {
    Instant::now().checked_sub(DEAF * 2).unwrap()
}

fn exec(more: Value) -> Question {
    let mut request = json!({"call_id": "a", "turn_id": "t", "command": ["bash", "-lc", "touch /etc/zzz"], "cwd": "/home/me/project",
        "available_decisions": ["approved", {"approved_execpolicy_amendment": {"proposed_execpolicy_amendment": ["touch", "/etc/zzz"]}}, "abort"],
        "parsed_cmd": []});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Box::new(Approval::of_command(&serde_json::from_value(request).unwrap(), then()))
}

/// A question about a script.
pub(crate) fn command(script: &str) -> Question {
    exec(json!({"command": ["bash", "-lc", script], "justification": "May I clean up?", "sandbox_effect": "outside"}))
}

fn long() -> Question {
    let script: Vec<String> = (1..=40).map(|n| format!("echo line {n}")).collect();
    command(&script.join("\n"))
}

fn patch() -> Question {
    let request = json!({"call_id": "b", "turn_id": "t", "reason": "It writes outside of the project.", "grant_root": "/home/me/other",
        "changes": {"/home/me/other/a.txt": {"type": "add", "content": "hello\n"}}});
    Box::new(Approval::of_patch(&serde_json::from_value(request).unwrap(), then()))
}

fn permissions() -> Question {
    let request = json!({"call_id": "f", "turn_id": "t", "reason": "The tests fetch a file and cache it.",
        "permissions": {"network": {"enabled": true}, "file_system": {"read": ["/srv/data"], "write": ["/home/me/.cache/tests"]}}});
    Box::new(Permissions::new(&serde_json::from_value(request).unwrap(), then()))
}

fn questions(secret: bool) -> Question {
    let options = json!([{"label": "Postgres (Recommended)", "description": "Known here, and the tests have it already."},
        {"label": "SQLite", "description": "One file, nothing to run."}]);
    let request = json!({"call_id": "c", "turn_id": "t", "questions": [
        {"id": "q1", "header": "Database", "question": "Which database should be used for the sessions of the web front end?", "isOther": true,
         "isSecret": false, "options": if secret { Value::Null } else { options }},
        {"id": "q2", "header": "Name", "question": "What is the password?", "isOther": false, "isSecret": true, "options": null}]});
    Box::new(Questions::new(&serde_json::from_value(request).unwrap(), then()))
}

fn form(schema: &Value) -> Question {
    let request = json!({"type": "elicitation_request", "id": "d", "server_name": "demo",
        "request": {"mode": "form", "message": "Please tell me a little about the ticket you want.", "requested_schema": schema}});
    Box::new(Elicitation::new(&serde_json::from_value(request).unwrap(), then()))
}

fn elicitation(request: Value, meta: Value) -> Question {
    let request = json!({"type": "elicitation_request", "id": "d", "server_name": "demo", "request": request, "_meta": meta});
    Box::new(Elicitation::new(&serde_json::from_value(request).unwrap(), then()))
}

fn tool() -> Question {
    elicitation(
        json!({"mode": "form", "message": "Allow the demo MCP server to run tool \"delete_issue\"?", "requested_schema": {"type": "object", "properties": {}}}),
        json!({"codex_approval_kind": "mcp_tool_call", "persist": ["session", "always"], "tool_description": "Deletes an issue for good.",
            "tool_params_display": [{"display_name": "Issue", "value": "PROJ-7"}, {"display_name": "Reason", "value": "a duplicate of another issue that was there before"}]}),
    )
}

fn page() -> Question {
    let url = "https://example.com/connect?state=1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef";
    elicitation(json!({"mode": "url", "message": "Sign in to the tracker.", "url": url, "elicitation_id": "e1"}), Value::Null)
}

fn with_keys(mut question: Question, keys: &[KeyCode]) -> Question {
    for code in keys {
        question.key(KeyEvent::new(*code, KeyModifiers::NONE), Instant::now());
    }
    question
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

#[test]
fn every_dialog_looks_as_recorded() {
    let property =
        |schema: Value| json!({"type": "object", "properties": {"field": schema, "other": {"type": "boolean"}}, "required": ["field"]});
    let text = property(json!({"type": "string", "title": "Title", "description": "What it is about, in a sentence.", "minLength": 3}));
    let number = property(json!({"type": "integer", "title": "How many", "minimum": 1, "maximum": 9}));
    let one =
        property(json!({"type": "string", "title": "Colour", "oneOf": [{"const": "r", "title": "Red"}, {"const": "b", "title": "Blue"}]}));
    let many = property(json!({"type": "array", "title": "Labels", "minItems": 1, "items": {"enum": ["bug", "docs", "question"]}}));
    let hidden = "true; rm -rf build \u{202e}drawkcab\u{200b}\necho p\u{430}ypal";
    let host = || {
        exec(
            json!({"network_approval_context": {"host": "example.com", "protocol": "https"}, "available_decisions": ["approved", "approved_for_session", "abort"]}),
        )
    };
    let again = || {
        exec(
            json!({"available_decisions": ["approved", "approved_for_session", "denied", "abort"], "reason": "It is not known to be harmless."}),
        )
    };
    let menu = || -> Question {
        let choices = vec![
            Choice::plain("gpt-5.3-codex", "Made for agents that write code"),
            Choice::plain("gpt-5.4 (current)", "The newest of the general family"),
            Choice::plain("Another one", "Type its name"),
        ];
        Box::new(Menu::new("Select Model and Effort", "Other models: `codex -m NAME`, or `model` in config.toml", choices, 1))
    };
    let rows: Vec<(&str, Make<'_>)> = vec![
        ("approval_command", Box::new(|| exec(json!({"justification": "May I write there?", "sandbox_effect": "outside"})))),
        ("approval_again", Box::new(again)),
        (
            "approval_additional",
            Box::new(|| {
                let files = json!({"read": null, "write": ["/srv/shared/build", "/srv/\u{202e}evil"]});
                let more = json!({"network": {"enabled": true}, "file_system": files});
                exec(
                    json!({"justification": "May I publish it?", "additional_permissions": more, "available_decisions": ["approved", "abort"]}),
                )
            }),
        ),
        ("approval_hidden", Box::new(|| command(hidden))),
        ("approval_long", Box::new(long)),
        ("approval_long_refused", Box::new(|| with_keys(long(), &typed("y")))),
        ("approval_host", Box::new(host)),
        ("approval_patch", Box::new(patch)),
        ("permissions", Box::new(permissions)),
        ("questions_options", Box::new(|| questions(false))),
        ("questions_notes", Box::new(|| with_keys(questions(false), &[vec![KeyCode::Tab], typed("only on 日本")].concat()))),
        ("questions_text", Box::new(|| with_keys(questions(true), &typed("a password of mine")))),
        ("questions_secret", Box::new(|| with_keys(questions(true), &[typed("x"), vec![KeyCode::Enter], typed("secret")].concat()))),
        ("elicitation_tool", Box::new(tool)),
        ("elicitation_page", Box::new(page)),
        ("elicitation_text", Box::new(|| form(&text))),
        ("elicitation_text_wrong", Box::new(|| with_keys(form(&text), &[typed("ab"), vec![KeyCode::Enter]].concat()))),
        ("elicitation_number", Box::new(|| with_keys(form(&number), &[typed("99"), vec![KeyCode::Enter]].concat()))),
        ("elicitation_one", Box::new(|| with_keys(form(&one), &[KeyCode::Down]))),
        ("elicitation_many", Box::new(|| with_keys(form(&many), &[KeyCode::Char(' '), KeyCode::Down]))),
        ("menu", Box::new(menu)),
        ("prompt", Box::new(|| Box::new(Prompt::new("Name thread", "a name to find it by", "")))),
        ("prompt_written", Box::new(|| Box::new(Prompt::new("Name thread", "a name to find it by", &"a long name ".repeat(5))))),
    ];
    for (name, make) in rows {
        insta::assert_snapshot!(name, every_form(make.as_ref()));
    }
}

fn press(question: &mut Question, code: KeyCode) -> Taken {
    question.key(KeyEvent::new(code, KeyModifiers::NONE), Instant::now())
}

fn is_yes(taken: &Taken) -> bool {
    matches!(taken, Taken::Done(Reply::Command { note: (true, _), .. }))
}

// U1
#[test]
fn a_yes_is_taken_only_once_all_of_a_command_was_on_the_screen() {
    for key in [KeyCode::Char('y'), KeyCode::Char('p'), KeyCode::Char('1'), KeyCode::Enter] {
        let mut question = long();
        assert_eq!(press(&mut question, key), Taken::Redraw, "nothing was drawn");
        draw(question.as_ref(), 80, 24, &look());
        assert_eq!(press(&mut question, key), Taken::Redraw, "the end was not seen");
        assert!(draw(question.as_ref(), 80, 24, &look()).0.contains("Read all of it first"));
        for _ in 0..40 {
            press(&mut question, KeyCode::PageDown);
            draw(question.as_ref(), 80, 24, &look());
        }
        assert!(draw(question.as_ref(), 80, 24, &look()).0.contains("echo line 40"));
        assert!(is_yes(&press(&mut question, key)), "{key:?}");
    }
    let mut question = long();
    assert!(matches!(press(&mut question, KeyCode::Char('n')), Taken::Done(_)), "a no needs no reading");
}

// U1
#[test]
fn scrolling_skips_no_row_in_any_room() {
    for most in [4, 6, 9, 14, 24] {
        let mut question = long();
        let mut seen = String::new();
        for _ in 0..60 {
            seen.push_str(&draw(question.as_ref(), 60, most, &look()).0);
            press(&mut question, KeyCode::PageDown);
        }
        let all = (1..=40).all(|n| seen.contains(&format!("echo line {n}⏎")) || n == 40 && seen.contains("echo line 40"));
        assert_eq!(all, is_yes(&press(&mut question, KeyCode::Char('y'))), "{most} rows");
    }
}

// U1
#[test]
fn what_was_read_on_the_whole_screen_counts() {
    let mut question = long();
    draw(question.as_ref(), 80, 24, &look());
    question.was_read();
    assert!(is_yes(&press(&mut question, KeyCode::Char('y'))));
}

// U5
#[test]
fn keys_typed_before_a_question_could_be_read_do_not_answer_it() {
    let request = json!({"call_id": "a", "turn_id": "t", "command": ["ls"], "cwd": "/w", "available_decisions": ["approved", "abort"], "parsed_cmd": []});
    let now = Instant::now();
    let mut question = Approval::of_command(&serde_json::from_value(request).unwrap(), now);
    draw(&question, 80, 24, &look());
    let y = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
    assert_eq!(question.key(y, now + Duration::from_millis(299)), Taken::Ignored);
    question.paste("y");
    assert!(is_yes(&question.key(y, now + Duration::from_millis(300))));
}

// U2, U3
#[test]
fn a_question_shows_where_and_how_a_command_runs_and_what_looks_alike() {
    let shown = draw(command("curl https://p\u{430}ypal.com\nrm x").as_ref(), 100, 40, &look()).0;
    for text in
        ["In: /home/me/project", "Effect: it runs outside the sandbox", "Look twice: p\u{430}ypal mixes letters", "p\u{430}ypal.com⏎"]
    {
        assert!(shown.contains(text), "{text} in {shown}");
    }
}

#[test]
fn the_cursor_stands_where_a_screen_reader_has_to_read() {
    let flat = Look { flat: true, ..look() };
    let at = |question: &Question| {
        let (text, caret) = draw(question.as_ref(), 80, 40, &flat);
        text.lines().nth(usize::from(caret.unwrap().y)).unwrap().to_owned()
    };
    let mut question = exec(json!({}));
    assert_eq!(at(&question), "1 of 3, selected: Yes, proceed (y)");
    press(&mut question, KeyCode::Down);
    press(&mut question, KeyCode::Down);
    assert_eq!(at(&question), "3 of 3, selected: No, and tell Codex what to do differently (esc)");
    assert_eq!(at(&with_keys(questions(false), &[KeyCode::Down])), "2 of 3, selected: SQLite: One file, nothing to run.");
    let (text, caret) = draw(with_keys(questions(true), &typed("日本")).as_ref(), 80, 40, &flat);
    let caret = caret.unwrap();
    assert_eq!(text.lines().nth(usize::from(caret.y)), Some("Type your answer: 日本"));
    assert_eq!(usize::from(caret.x), "Type your answer: ".len() + 4);
}
