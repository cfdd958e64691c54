//! History that grows too long: what takes its place, when, and that nothing is done twice because of it.

use std::time::{Duration, SystemTime};

use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Request, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::harness::{Harness, completion, failure_code, submit, until_turn_end};

fn usage(tokens: usize) -> Value {
    json!({"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5})
}

fn is_compaction(request: &Request) -> bool {
    request.body["tools"].as_array().is_some_and(Vec::is_empty)
}

fn compactions(harness: &Harness) -> usize {
    harness.server.requests().iter().filter(|request| is_compaction(request)).count()
}

/// Role and beginning of every item of a request.
fn outline(request: &Request) -> Vec<String> {
    let word = |item: &Value| match item["role"].as_str() {
        Some(role) => {
            let text = item["content"][0]["text"].as_str().unwrap_or_default();
            let first: String = text.chars().take(12).collect();
            format!("{role} {first}")
        }
        None => item["type"].as_str().unwrap_or_default().to_owned(),
    };
    request.input().iter().map(word).collect()
}

fn echo(text: &str) -> Reply {
    Reply::new().call("exec_command", json!({"cmd": format!("echo {text}"), "login": false}))
}

#[tokio::test]
async fn a_long_turn_is_compacted_between_its_requests() {
    let scenario = Scenario::new()
        .reply(echo("one").usage(usage(100)))
        .reply(echo("two").usage(usage(60_000)))
        .reply(Reply::new().say("NOTES").usage(usage(61_000)))
        .reply(Reply::new().say("done").usage(usage(5_000)));
    let mut harness = Harness::new(scenario);
    harness.config.auto_compact_token_limit = Some(50_000);
    let events = harness.run("constraint: keep it short").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
    assert_eq!(events.iter().filter(|event| matches!(event, EventMsg::ContextCompacted(_))).count(), 1);

    let requests = harness.server.requests();
    assert_eq!(requests.len(), 4);
    let asked = &requests[2];
    assert!(is_compaction(asked));
    assert_eq!(asked.body["instructions"], requests[0].body["instructions"]);
    assert_eq!(asked.body["prompt_cache_key"], requests[0].body["prompt_cache_key"]);
    assert_eq!(asked.input().len(), requests[1].input().len() + 3, "a call, its output, and the question");
    let told = outline(&requests[3]);
    assert_eq!(told, ["developer <permissions", "user <environment", "user constraint: ", "user This session"]);
    let texts = requests[3].texts_of("user");
    assert!(texts[2].ends_with("\nNOTES"), "{texts:?}");
    let ledger = &texts[3];
    assert!(ledger.contains("- `echo one` -> exit code 0\n- `echo two` -> exit code 0\n"), "{ledger}");

    let lines = harness.session_lines();
    let at = lines.iter().position(|line| line["type"] == "compacted").unwrap();
    let kinds: Vec<&str> = lines[at - 1..at + 4]
        .iter()
        .map(|line| line["payload"]["type"].as_str().unwrap_or_else(|| line["type"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, ["token_count", "compacted", "turn_context", "token_count", "context_compacted"]);
    let replacement = lines[at]["payload"]["replacement_history"].as_array().unwrap();
    assert_eq!(replacement.as_slice(), requests[3].input());
    assert!(lines[at]["payload"]["message"].as_str().unwrap().ends_with("\nNOTES"));
}

#[tokio::test]
async fn a_turn_begins_with_a_compaction_when_the_last_one_came_to_the_limit() {
    let scenario = Scenario::new()
        .reply(Reply::new().say("first").usage(usage(60_000)))
        .reply(Reply::new().say("NOTES").usage(usage(61_000)))
        .reply(Reply::new().say("second").usage(usage(5_000)))
        .reply(Reply::new().say("third"));
    let mut harness = Harness::new(scenario);
    harness.config.auto_compact_token_limit = Some(50_000);
    let thread = harness.start().await;
    for prompt in ["one", "two", "three"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    let requests = harness.server.requests();
    assert_eq!(compactions(&harness), 1);
    assert!(!requests[1].texts_of("user").contains(&"two".to_owned()), "the new prompt is no part of what is summed up");
    let want = ["user one", "user This session", "developer <permissions", "user <environment", "user two"];
    assert_eq!(outline(&requests[2]), want);
    assert_eq!(outline(&requests[3])[..5], want);
}

#[tokio::test]
async fn a_compaction_can_be_asked_for_and_is_a_turn_of_its_own() {
    let scenario = Scenario::new().reply(Reply::new().say("first")).reply(Reply::new().say("NOTES")).reply(Reply::new().say("second"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    thread.submit(Op::Compact).await.unwrap();
    let nothing = until_turn_end(&thread).await;
    assert!(!nothing.iter().any(|event| matches!(event, EventMsg::ContextCompacted(_))), "there is nothing to compact yet");
    submit(&thread, "one").await;
    until_turn_end(&thread).await;
    thread.submit(Op::Compact).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(events.iter().any(|event| matches!(event, EventMsg::ContextCompacted(_))), "{events:?}");
    assert_eq!(completion(&events).last_agent_message, None);
    submit(&thread, "two").await;
    until_turn_end(&thread).await;
    let last = harness.server.requests().pop().unwrap();
    assert_eq!(outline(&last), ["user one", "user This session", "developer <permissions", "user <environment", "user two"]);
}

#[tokio::test]
async fn a_question_for_notes_that_is_too_long_loses_its_oldest_items() {
    let overflow = || Reply::new().failed("context_length_exceeded", "too long");
    let scenario = Scenario::new()
        .reply(Reply::new().say("first").usage(usage(60_000)))
        .reply(overflow())
        .reply(overflow())
        .reply(Reply::new().say("NOTES"))
        .reply(Reply::new().say("second"));
    let mut harness = Harness::new(scenario);
    harness.config.auto_compact_token_limit = Some(50_000);
    let thread = harness.start().await;
    for prompt in ["one", "two"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    let lengths: Vec<usize> = harness.server.requests()[1..4].iter().map(|request| request.input().len()).collect();
    assert_eq!(lengths, [5, 4, 2]);
    assert!(harness.server.requests()[4].texts_of("user").contains(&"one".to_owned()), "what the user said is not lost by it");
}

#[tokio::test]
async fn a_server_that_finds_a_long_history_too_long_gets_a_shorter_one() {
    let scenario = Scenario::new()
        .reply(echo("one").usage(usage(100_000)))
        .reply(Reply::new().failed("context_length_exceeded", "too long"))
        .reply(Reply::new().say("NOTES"))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
    assert_eq!(compactions(&harness), 1);
}

#[tokio::test]
async fn a_request_above_the_window_is_never_sent() {
    let mut harness = Harness::new(Scenario::new().reply(Reply::new().say("NOTES")).repeat_last());
    harness.config.model_context_window = Some(20_000);
    let thread = harness.start().await;
    submit(&thread, &"word ".repeat(200_000)).await;
    // The message itself is cut to its budget, and then there is room.
    let events = until_turn_end(&thread).await;
    assert_eq!(completion(&events).error, None);
    for request in harness.server.requests() {
        assert!(request.text.len() / 4 < 20_000, "{} bytes", request.text.len());
    }

    let mut tiny = Harness::new(Scenario::new().reply(Reply::new().say("NOTES")).repeat_last());
    tiny.config.model_context_window = Some(1_000);
    let events = tiny.run("go").await;
    assert_eq!(failure_code(&events), "context_window_exceeded");
}

#[tokio::test]
async fn tokens_are_counted_by_this_side_when_the_server_counts_none() {
    let scenario = Scenario::new().reply_with(|request| {
        let turns = request.outputs().len();
        let reply = if is_compaction(request) {
            Reply::new().say("NOTES")
        } else if turns < 8 && !request.texts_of("user").concat().contains("NOTES") {
            Reply::new().call("exec_command", json!({"cmd": "yes word | head -c 30000", "login": false}))
        } else {
            Reply::new().say("done")
        };
        reply.usage(Value::Null)
    });
    let mut harness = Harness::new(scenario.repeat_last());
    harness.config.auto_compact_token_limit = Some(40_000);
    let events = harness.run("go").await;
    assert_eq!(completion(&events).error, None);
    assert_eq!(compactions(&harness), 1);
}

/// Steps of the scripted work, each with an effect that must not come twice.
const STEPS: usize = 45;
const CONSTRAINT: &str = "Append the numbers in order. Never touch protected.txt, and keep to the rules in rules.txt.";
const RULES: &str = "RULE: one number a line, nothing else";

/// A model that knows only what its request tells: what is in it as done it does not do again, what it cannot see it reads.
fn forgetful_model(request: &Request) -> Reply {
    let tokens = usage(request.text.len() / 4);
    if is_compaction(request) {
        return Reply::new().say("NOTES: go on with the next number").usage(tokens);
    }
    let text = String::from_utf8_lossy(&request.text);
    if !text.contains(RULES) {
        return Reply::new().call("exec_command", json!({"cmd": "cat rules.txt", "login": false})).usage(tokens);
    }
    let done = (1..=STEPS).rev().find(|step| text.contains(&format!("echo {step} >>"))).unwrap_or(0);
    if done == STEPS {
        return Reply::new().say("finished").usage(tokens);
    }
    let cmd = format!("echo {} >> numbers.txt; yes filler | head -c 11000", done + 1);
    Reply::new().call("exec_command", json!({"cmd": cmd, "login": false})).usage(tokens)
}

#[tokio::test]
async fn ten_compactions_forget_no_constraint_repeat_no_step_and_read_no_unchanged_file_again() {
    let mut harness = Harness::new(Scenario::new().reply_with(forgetful_model).repeat_last());
    harness.config.auto_compact_token_limit = Some(14_000);
    let rules = harness.workspace.file("rules.txt", format!("{RULES}\n"));
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().append(true).open(rules).unwrap().set_modified(an_hour_ago).unwrap();
    let events = harness.run(CONSTRAINT).await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("finished"));

    let compacted = compactions(&harness);
    assert!(compacted >= 10, "only {compacted} compactions");
    let numbers: String = (1..=STEPS).map(|step| format!("{step}\n")).collect();
    assert_eq!(harness.workspace.read("numbers.txt").unwrap(), numbers);
    let requests = harness.server.requests();
    for request in requests.iter().filter(|request| !is_compaction(request)) {
        assert!(request.texts_of("user").contains(&CONSTRAINT.to_owned()), "{:?}", outline(request));
        assert!(request.text.len() / 4 <= 258_400);
    }
    let lines = harness.session_lines();
    let reads = lines.iter().filter(|line| line["payload"]["arguments"].as_str().is_some_and(|text| text.contains("cat rules.txt")));
    assert_eq!(reads.count(), 1, "an unchanged file was read again");
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_read_is_told_as_changed() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": "cat a.txt", "login": false})))
        .reply(Reply::new().call("exec_command", json!({"cmd": "echo more >> a.txt", "login": false})))
        .reply(Reply::new().say("done"))
        .reply(Reply::new().say("NOTES"));
    let harness = Harness::new(scenario);
    harness.workspace.file("a.txt", "one\n");
    let thread = harness.start().await;
    submit(&thread, "go").await;
    until_turn_end(&thread).await;
    thread.submit(Op::Compact).await.unwrap();
    until_turn_end(&thread).await;
    let lines = harness.session_lines();
    let compacted = lines.iter().find(|line| line["type"] == "compacted").expect("a compaction");
    let told = compacted["payload"]["replacement_history"].to_string();
    assert!(told.contains("a.txt, whole: changed since"), "{told}");
}

#[tokio::test]
async fn a_compacted_thread_goes_on_from_its_file_as_it_would_have_gone_on() {
    let replies = || {
        Scenario::new()
            .reply(echo("one").usage(usage(60_000)))
            .reply(Reply::new().say("NOTES").usage(usage(61_000)))
            .reply(Reply::new().say("first").usage(usage(5_000)))
            .reply(Reply::new().say("second"))
    };
    let mut harness = Harness::new(replies());
    harness.config.auto_compact_token_limit = Some(50_000);
    let thread = harness.start().await;
    submit(&thread, "one").await;
    until_turn_end(&thread).await;
    let path = thread.rollout_path().unwrap();
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    drop(thread);
    let again = harness.manager().resume(&path, harness.options.clone()).await.unwrap();
    submit(&again, "two").await;
    until_turn_end(&again).await;
    let requests = harness.server.requests();
    let (before, after) = (requests[2].input(), requests[3].input());
    assert_eq!(&after[..before.len()], before);
    assert_eq!(outline(&requests[3])[before.len()..], ["assistant first", "user two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_that_are_queued_run_one_after_the_other() {
    let scenario = Scenario::new().reply(Reply::new().hold().say("one")).reply(Reply::new().say("two")).reply(Reply::new().say("three"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit(&thread, "first").await;
    harness.server.wait_for_requests(1);
    for text in ["second", "third"] {
        let turn = UserTurn { input: vec![UserInput::text(text)], ..UserTurn::default() };
        thread.submit(Op::QueueTurn(turn)).await.unwrap();
    }
    harness.server.release();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.extend(completion(&until_turn_end(&thread).await).last_agent_message.clone());
    }
    assert_eq!(answers, ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_an_interrupted_turn_ends_is_kept() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().hold().say("one")).reply(Reply::new().say("two")));
    let thread = harness.start().await;
    submit(&thread, "first").await;
    harness.server.wait_for_requests(1);
    submit(&thread, "also this").await;
    thread.submit(Op::Interrupt).await.unwrap();
    until_turn_end(&thread).await;
    harness.server.release();
    submit(&thread, "next").await;
    until_turn_end(&thread).await;
    let users = harness.server.requests()[1].texts_of("user");
    let said: Vec<&str> = users.iter().map(String::as_str).filter(|text| !text.starts_with('<')).collect();
    assert_eq!(said, ["first", "also this", "next"]);
}

/// A harness whose provider is the built-in one, which has an endpoint for compaction.
fn with_endpoint(scenario: Scenario) -> Harness {
    let mut harness = Harness::new(scenario);
    harness.config.provider.is_builtin_openai = true;
    harness.env.insert("OPENAI_API_KEY".into(), "key".into());
    harness
}

#[tokio::test]
async fn a_server_that_compacts_itself_is_asked_to_and_the_ledger_stands_beside_its_summary() {
    let scenario = Scenario::new()
        .reply(echo("one").usage(usage(100)))
        .reply(Reply::new().say("first"))
        .reply(Reply::new().say("second"))
        .reply(Reply::new().say("third"))
        .route("POST", "/v1/responses/compact", |request| {
            let last = request.body["input"].as_array().and_then(|input| input.last()).cloned().unwrap_or_default();
            assert!(request.body.get("stream").is_none() && request.body["model"] == "gpt-5.1-codex", "{}", request.body);
            assert_eq!(last["content"][0]["text"], "first");
            Reply::json(json!({"id": "resp_1", "object": "response.compaction", "output": [
                {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "stale"}]},
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context>stale"}]},
                {"type": "compaction", "id": "cmp_1", "encrypted_content": "SEALED"},
            ], "usage": {"input_tokens": 50, "output_tokens": 5, "total_tokens": 55}}))
        });
    let harness = with_endpoint(scenario);
    let thread = harness.start().await;
    submit(&thread, "constraint: keep it short").await;
    until_turn_end(&thread).await;
    thread.submit(Op::Compact).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(events.iter().any(|event| matches!(event, EventMsg::ContextCompacted(_))), "{events:?}");
    submit(&thread, "two").await;
    until_turn_end(&thread).await;
    let told = harness.server.requests().pop().unwrap();
    let want = ["user constraint: ", "compaction", "user This session", "developer <permissions", "user <environment", "user two"];
    assert_eq!(outline(&told), want);
    assert_eq!(told.input()[1]["encrypted_content"], "SEALED");
    assert!(told.texts_of("user").concat().contains("- `echo one` -> exit code 0\n"), "{told:?}");

    let path = thread.rollout_path().unwrap();
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    drop(thread);
    let again = harness.manager().resume(&path, harness.options.clone()).await.unwrap();
    submit(&again, "three").await;
    until_turn_end(&again).await;
    let resumed = harness.server.requests().pop().unwrap();
    assert_eq!(outline(&resumed)[..want.len()], want);
}

#[tokio::test]
async fn where_the_server_cannot_compact_the_model_is_asked_for_notes() {
    for refusal in [Reply::status(404), Reply::status(500), Reply::json(json!({"output": []}))] {
        let scenario = Scenario::new()
            .reply(Reply::new().say("first"))
            .reply(Reply::new().say("NOTES"))
            .reply(Reply::new().say("second"))
            .route("POST", "/v1/responses/compact", move |_| refusal.clone());
        let harness = with_endpoint(scenario);
        let thread = harness.start().await;
        submit(&thread, "one").await;
        until_turn_end(&thread).await;
        thread.submit(Op::Compact).await.unwrap();
        until_turn_end(&thread).await;
        submit(&thread, "two").await;
        until_turn_end(&thread).await;
        assert!(harness.server.requests().pop().unwrap().texts_of("user").concat().contains("\nNOTES"));
    }
}
