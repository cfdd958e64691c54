//! `codex review` and `codex exec review`: what the reviewer is asked, and what becomes of its answer.

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex, without_namespaces};

fn finding(title: &str, file: &str) -> Value {
    json!({
        "title": title, "body": "It is never closed.\nEach call leaks one.", "confidence_score": 0.9, "priority": 1,
        "code_location": {"absolute_file_path": file, "line_range": {"start": 3, "end": 5}},
    })
}

fn answer(findings: Vec<Value>) -> String {
    json!({
        "findings": findings, "overall_correctness": "patch is incorrect", "overall_explanation": "It leaks.",
        "overall_confidence_score": 0.8,
    })
    .to_string()
}

fn reviewer_that_says(text: &str) -> ModelServer {
    Scenario::new().reply(Reply::new().say(text)).start()
}

fn review(server: &ModelServer, workspace: &TestWorkspace, args: &[&str]) -> (TestHome, Run) {
    let home = TestHome::new(server);
    let run = Run::of(&mut codex(&home, workspace, args));
    (home, run)
}

#[test]
fn findings_are_told_in_words_and_as_data() {
    let server = reviewer_that_says(&answer(vec![finding("[P1] Close it", "/w/a.rs")]));
    let workspace = TestWorkspace::git();
    let (home, run) = review(&server, &workspace, &["exec", "review", "--json", "--uncommitted", "-o", "review.txt"]);
    run.assert_code(0);
    let text = "It leaks.\n\nReview comment:\n\n- [P1] Close it — /w/a.rs:3-5\n  It is never closed.\n  Each call leaks one.";
    assert_eq!(workspace.read("review.txt").as_deref(), Some(text));
    let review: Value = serde_json::from_str(&answer(vec![finding("[P1] Close it", "/w/a.rs")])).unwrap();
    assert_eq!(
        run.events(),
        [
            json!({"type": "thread.started", "thread_id": "[id]"}),
            json!({"type": "turn.started"}),
            json!({"type": "item.completed", "item": {"id": "item_0", "type": "agent_message", "text": text}}),
            json!({"type": "turn.completed", "usage": {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0}, "review": review}),
        ]
    );
    assert_eq!(home.session_files().len(), 2, "the reviewer's session is a file of its own");
}

#[test]
fn a_reviewer_knows_its_task_and_nothing_else() {
    let server = reviewer_that_says("fine");
    let workspace = TestWorkspace::git();
    let (home, run) = review(&server, &workspace, &["review", "--commit", "abc1234", "--title", "Add it"]);
    run.assert_code(0);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.header("x-openai-subagent"), Some("review"));
    let instructions = request.body["instructions"].as_str().unwrap();
    assert!(instructions.starts_with("You are reviewing a change"), "{instructions}");
    let texts = request.texts_of("user");
    assert!(texts.last().unwrap().contains("commit abc1234 (\"Add it\")"), "{texts:?}");
    assert_eq!(request.tool_names(), ["exec_command", "write_stdin", "update_plan", "apply_patch", "view_image"]);
    let sessions: Vec<String> = home.session_files().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let of_reviewer = sessions.iter().find(|text| text.contains(r#""source":{"subagent":"review"}"#)).unwrap();
    assert_eq!(request.body["prompt_cache_key"], first_line(of_reviewer)["payload"]["id"]);
    let parent = sessions.iter().find(|text| *text != of_reviewer).unwrap();
    let told: Vec<String> = parent.lines().map(|line| kind(&serde_json::from_str(line).unwrap())).collect();
    assert_eq!(
        told,
        [
            "session_meta",
            "task_started",
            "turn_context",
            "entered_review_mode",
            "message user",
            "exited_review_mode",
            "message assistant",
            "agent_message",
            "task_complete"
        ]
    );
    assert!(parent.contains(r#""target":{"type":"commit","sha":"abc1234","title":"Add it"},"user_facing_hint":"commit abc1234: Add it""#));
    assert!(parent.contains("<user_action>"), "{parent}");
}

fn first_line(text: &str) -> Value {
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

fn kind(line: &Value) -> String {
    let payload = &line["payload"];
    match (line["type"].as_str().unwrap(), payload["role"].as_str()) {
        ("response_item", Some(role)) => format!("message {role}"),
        ("event_msg" | "response_item", _) => payload["type"].as_str().unwrap().to_owned(),
        (kind, _) => kind.to_owned(),
    }
}

#[test]
fn the_log_shows_what_is_reviewed_and_no_tokens() {
    if without_namespaces("what is weaker is said between the lines") {
        return;
    }
    let server = reviewer_that_says("Looks right.");
    let (_home, run) = review(&server, &TestWorkspace::git(), &["review", "--base", "gone"]);
    run.assert_code(0);
    assert_eq!(run.stdout, "Looks right.\n");
    let told = run.told();
    assert!(told.contains("--------\nuser\nchanges against 'gone'\ncodex\nLooks right.\n"), "{told}");
    assert!(!told.contains("tokens used"), "{told}");
}

#[test]
fn a_branch_is_compared_from_where_the_histories_part() {
    let server = reviewer_that_says("fine");
    let workspace = TestWorkspace::git();
    workspace.file("a", "1\n");
    workspace.commit("one");
    let base = workspace.run_git(&["rev-parse", "HEAD"]).trim().to_owned();
    workspace.run_git(&["checkout", "-q", "-b", "feature"]);
    workspace.file("a", "2\n");
    workspace.commit("two");
    workspace.run_git(&["checkout", "-q", "main"]);
    workspace.file("b", "3\n");
    workspace.commit("three");
    workspace.run_git(&["checkout", "-q", "feature"]);
    // A23: what a repository's settings name is not run for the question.
    workspace.run_git(&["config", "core.fsmonitor", "touch hooked"]);
    workspace.run_git(&["config", "core.sshCommand", "touch hooked"]);
    let (_home, run) = review(&server, &workspace, &["exec", "review", "--base", "main"]);
    run.assert_code(0);
    let texts = server.requests()[0].texts_of("user");
    assert!(texts.last().unwrap().contains(&format!("`git diff {base}`")), "{texts:?}");
    assert_eq!(workspace.read("hooked"), None);
}

#[test]
fn the_model_for_reviews_is_used_unless_another_is_named() {
    let workspace = TestWorkspace::git();
    for (args, model) in
        [(&["exec", "review", "--uncommitted"][..], "gpt-5.2"), (&["exec", "review", "--uncommitted", "-m", "gpt-5.1"], "gpt-5.1")]
    {
        let server = reviewer_that_says("fine");
        let home = TestHome::with_config(&server, "review_model = \"gpt-5.2\"\n", "");
        Run::of(&mut codex(&home, &workspace, args)).assert_code(0);
        assert_eq!(server.requests()[0].body["model"], model, "{args:?}");
    }
}

#[test]
fn own_words_come_from_the_argument_or_from_standard_input() {
    let server = Scenario::new().reply(Reply::new().say("fine")).repeat_last().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let input = workspace.file("words.txt", "only the parser\n");
    Run::of(&mut codex(&home, &workspace, &["review", "only the lexer"])).assert_code(0);
    Run::of(codex(&home, &workspace, &["review", "-"]).stdin(std::fs::File::open(input).unwrap())).assert_code(0);
    let said: Vec<String> = server.requests().iter().map(|request| request.texts_of("user").pop().unwrap()).collect();
    assert_eq!(said, ["only the lexer", "only the parser\n"]);
}

#[test]
fn the_reviewers_commands_are_shown() {
    let server = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["echo", "looking"]})))
        .reply(Reply::new().say(answer(Vec::new())))
        .start();
    let (_home, run) = review(&server, &TestWorkspace::git(), &["exec", "review", "--json", "--uncommitted"]);
    run.assert_code(0);
    let items: Vec<Value> =
        run.events().into_iter().filter(|event| event["type"] == "item.completed").map(|event| event["item"].clone()).collect();
    let kinds: Vec<&str> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["command_execution", "agent_message"]);
    assert_eq!(items[0]["aggregated_output"], "looking\n");
    assert_eq!(items[1]["text"], "It leaks.");
}

#[test]
fn a_review_that_fails_says_so_and_ends_with_1() {
    let server = Scenario::new().reply(Reply::status(400).body(json!({"error": {"message": "no"}}))).start();
    let (_home, run) = review(&server, &TestWorkspace::git(), &["exec", "review", "--json", "--uncommitted"]);
    run.assert_code(1);
    assert_eq!(run.kinds(), ["thread.started", "turn.started", "error", "item.completed", "turn.failed"]);
    let text = "Review was interrupted. Please re-run /review and wait for it to complete.";
    assert_eq!(run.events()[3]["item"]["text"], text);
}

#[test]
fn limits_reach_the_reviewer() {
    let server = Scenario::new().reply(Reply::new().call("update_plan", json!({"plan": []}))).repeat_last().start();
    let (_home, run) = review(&server, &TestWorkspace::git(), &["exec", "review", "--json", "--max-turns", "2", "--uncommitted"]);
    run.assert_code(3);
    assert_eq!(run.failure()["code"], "max_turns");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn without_a_subject_nothing_is_sent() {
    let server = reviewer_that_says("fine");
    for args in [&["review"][..], &["exec", "review"], &["review", "  "]] {
        let (_home, run) = review(&server, &TestWorkspace::git(), args);
        run.assert_code(1);
        assert_eq!(run.stderr, "Error: Specify --uncommitted, --base, --commit, or provide custom review instructions\n");
    }
    let (_home, run) = review(&server, &TestWorkspace::new(), &["review", "--uncommitted"]);
    run.assert_code(1);
    assert_eq!(run.stderr, "Not inside a trusted directory and --skip-git-repo-check was not specified.\n");
    assert_eq!(server.requests(), []);
}
