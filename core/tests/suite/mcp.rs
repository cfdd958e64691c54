//! What front ends see of MCP servers and answer: questions, lists, prompts, what servers tell, another configuration.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use codex_config::schema::{McpServerToml, McpToolToml, ToolApprovalMode};
use codex_core::{McpPrompt, Thread, is_prompt_line};
use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationRequest, McpList, McpStartupStatus, McpStartupUpdate};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxPolicy};
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{McpScript, Reply, Request, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::harness::{Harness, submit};

fn entry(script: &McpScript, mode: &str) -> McpServerToml {
    let folder = script.folder().display().to_string();
    McpServerToml {
        command: Some("python3".to_owned()),
        args: Some(vec![format!("{folder}/server.py"), "stdio".to_owned(), mode.to_owned(), folder]),
        startup_timeout_sec: Some(60.0),
        required: Some(true),
        ..McpServerToml::default()
    }
}

/// A thread with one server `t`, and somebody who answers.
fn place(mode: &str, scenario: Scenario) -> (McpScript, Harness) {
    let script = McpScript::new();
    let mut harness = Harness::new(scenario);
    harness.config.approval_policy = ApprovalPolicy::OnRequest;
    harness.config.mcp_servers.insert("t".to_owned(), entry(&script, mode));
    (script, harness)
}

fn calling(tool: &str, arguments: Value) -> Scenario {
    Scenario::new().reply(Reply::new().call(&format!("mcp__t__{tool}"), arguments)).reply(Reply::new().say("done"))
}

fn output(harness: &Harness) -> String {
    harness.server.requests().pop().unwrap().outputs().pop().unwrap()
}

async fn next(thread: &Thread) -> EventMsg {
    let event = tokio::time::timeout(std::time::Duration::from_secs(60), thread.next_event()).await;
    event.expect("something happens").expect("the thread goes on").msg
}

async fn question(thread: &Thread) -> Box<ElicitationRequest> {
    loop {
        if let EventMsg::ElicitationRequest(request) = next(thread).await {
            return request;
        }
    }
}

async fn answer(thread: &Thread, request: &ElicitationRequest, action: ElicitationAction, content: Option<Value>) {
    thread.submit(Op::ResolveElicitation { id: request.id.clone(), action, content, meta: None }).await.unwrap();
}

/// The rest of the turn.
async fn rest(thread: &Thread) -> Vec<EventMsg> {
    let mut events = Vec::new();
    while !matches!(events.last(), Some(EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_))) {
        events.push(next(thread).await);
    }
    events
}

fn resolved(events: &[EventMsg], request: &ElicitationRequest) -> bool {
    events.iter().any(|event| matches!(event, EventMsg::ElicitationResolved(resolved) if resolved.id == request.id))
}

#[tokio::test]
async fn a_form_of_a_server_is_shown_and_answered() {
    for (action, content, told) in [
        (ElicitationAction::Accept, Some(json!({"name": "Ada"})), r#"{"action": "accept", "content": {"name": "Ada"}}"#),
        (ElicitationAction::Decline, None, r#"{"action": "decline"}"#),
        (ElicitationAction::Cancel, Some(json!({"name": "Ada"})), r#"{"action": "cancel"}"#),
    ] {
        let (_script, harness) = place("good", calling("ask", json!({})));
        let thread = harness.start().await;
        submit(&thread, "go").await;
        let request = question(&thread).await;
        let ElicitationForm::Form { message, requested_schema } = &request.request else { panic!("a form") };
        assert_eq!((message.as_str(), &requested_schema["required"]), ("Your name?", &json!(["name"])));
        assert!(request.turn_id.is_some() && request.meta.is_none());
        assert_eq!(thread.open_questions(), [EventMsg::ElicitationRequest(request.clone())]);
        answer(&thread, &request, action, content).await;
        let events = rest(&thread).await;
        assert!(resolved(&events, &request) && thread.open_questions().is_empty());
        let read: Value = serde_json::from_str(&output(&harness)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(read[0]["text"].as_str().unwrap()).unwrap(), serde_json::from_str::<Value>(told).unwrap());
    }
}

#[tokio::test]
async fn the_granular_policy_asks_what_servers_want_to_know_or_refuses() {
    for asks in [true, false] {
        let (_script, mut harness) = place("good", calling("ask", json!({})));
        harness.config.approval_policy = ApprovalPolicy::Granular(GranularApproval {
            sandbox_approval: true,
            rules: true,
            mcp_elicitations: asks,
            request_permissions: true,
            skill_approval: true,
        });
        let thread = harness.start().await;
        submit(&thread, "go").await;
        if asks {
            let request = question(&thread).await;
            answer(&thread, &request, ElicitationAction::Accept, Some(json!({"name": "Ada"}))).await;
        }
        let events = rest(&thread).await;
        assert!(asks || !events.iter().any(|event| matches!(event, EventMsg::ElicitationRequest(_))));
        assert_eq!(output(&harness).contains("Ada"), asks, "{}", output(&harness));
    }
}

#[tokio::test]
async fn a_page_of_a_server_is_shown_and_its_end_is_told() {
    let (_script, harness) = place("good", calling("page", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let request = question(&thread).await;
    let expected = ElicitationForm::Url {
        message: "Sign in".to_owned(),
        url: "https://example.com/in?x=1".to_owned(),
        elicitation_id: "e-1".to_owned(),
    };
    assert_eq!(request.request, expected);
    answer(&thread, &request, ElicitationAction::Accept, None).await;
    // It may come just after the result.
    loop {
        if let EventMsg::ElicitationPageDone(done) = next(&thread).await {
            assert_eq!((done.server_name.as_str(), done.elicitation_id.as_str()), ("t", "e-1"));
            break;
        }
    }
}

#[tokio::test]
async fn a_call_that_needs_pages_first_is_made_again_when_they_are_done() {
    let (script, harness) = place("good", calling("pages_first", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let request = question(&thread).await;
    assert!(matches!(&request.request, ElicitationForm::Url { url, .. } if url == "https://example.com/link"));
    answer(&thread, &request, ElicitationAction::Accept, None).await;
    rest(&thread).await;
    assert_eq!(output(&harness), r#"[{"type":"text","text":"linked"}]"#);
    assert_eq!(script.log().iter().filter(|message| message["method"] == "tools/call").count(), 2);

    let (script, harness) = place("good", calling("pages_first", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let request = question(&thread).await;
    answer(&thread, &request, ElicitationAction::Decline, None).await;
    rest(&thread).await;
    assert!(output(&harness).contains("Mcp error: -32042: a page first"), "{}", output(&harness));
    assert_eq!(script.log().iter().filter(|message| message["method"] == "tools/call").count(), 1);
}

/// Cancellation from the server's side, and from ours.
#[tokio::test]
async fn a_question_that_is_asked_no_more_is_taken_off_the_screen() {
    let (_script, harness) = place("good", calling("withdraw", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let request = question(&thread).await;
    let events = rest(&thread).await;
    assert!(resolved(&events, &request) && thread.open_questions().is_empty(), "{events:?}");

    let (script, harness) = place("good", calling("ask", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    question(&thread).await;
    thread.submit(Op::Interrupt).await.unwrap();
    let events = rest(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))), "{events:?}");
    let cancelled = |message: &Value| message["method"] == "notifications/cancelled";
    while !script.log().iter().any(cancelled) {
        tokio::task::yield_now().await;
    }
}

/// The newest generation of the protocol: no handshake, results that want more, lists that are subscribed to.
#[tokio::test]
async fn a_server_of_the_newest_generation_gets_what_it_wants_and_is_followed() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("mcp__t__more", json!({})))
        .reply(Reply::new().call("mcp__t__more", json!({"endless": true})))
        .reply(Reply::new().call("mcp__t__change", json!({})))
        .reply(Reply::new().say("done"));
    let (_script, harness) = place("modern", scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let request = question(&thread).await;
    assert!(matches!(&request.request, ElicitationForm::Form { message, .. } if message == "Which colour?"));
    answer(&thread, &request, ElicitationAction::Accept, Some(json!({"colour": "red"}))).await;
    let mut changed = false;
    while !changed {
        changed = matches!(next(&thread).await, EventMsg::McpListChanged(changed) if changed.list == McpList::Tools);
    }
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    let outputs = harness.server.requests()[3].outputs();
    let read: Value = serde_json::from_str(&outputs[0]).unwrap();
    let read: Value = serde_json::from_str(read[0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(read["held"], "held by the client");
    assert_eq!(read["given"]["colour"], json!({"action": "accept", "content": {"colour": "red"}}));
    assert!(read["given"]["where"]["roots"][0]["uri"].as_str().unwrap().starts_with("file:///"), "{read}");
    assert!(outputs[1].contains("the server asked for more input 10 times and gave no result"), "{}", outputs[1]);
}

#[tokio::test]
async fn front_ends_are_told_of_changed_lists_progress_and_logs() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("mcp__t__progress", json!({})))
        .reply(Reply::new().call("mcp__t__change", json!({})))
        .reply(Reply::new().say("done"));
    let (_script, harness) = place("good", scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (mut progress, mut logs, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    while lists.len() < 2 {
        match next(&thread).await {
            EventMsg::McpToolCallProgress(step) => progress.push((step.progress, step.total, step.message)),
            EventMsg::McpServerLog(log) => logs.push((log.server, log.level, log.data)),
            EventMsg::McpListChanged(changed) => lists.push((changed.server, changed.list)),
            _ => {}
        }
    }
    progress.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(progress, [(1.0, Some(2.0), Some("step 1".to_owned())), (2.0, Some(2.0), Some("step 2".to_owned()))]);
    assert_eq!(logs, [("t".to_owned(), "info".to_owned(), json!("logged"))]);
    lists.sort_by_key(|(_, list)| format!("{list:?}"));
    assert_eq!(lists, [("t".to_owned(), McpList::Prompts), ("t".to_owned(), McpList::Tools)]);
    let status = thread.mcp_status(false).await;
    assert!(status[0].tool_names.contains(&"mcp__t__later".to_owned()), "{:?}", status[0].tool_names);
}

/// A64: a server that talks without end holds up nobody.
#[tokio::test]
async fn a_server_that_logs_without_end_is_told_in_part() {
    let (_script, harness) = place("good", calling("chatter", json!({})));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let events = rest(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TaskComplete(complete)) if complete.error.is_none()));
    assert_eq!(output(&harness), r#"[{"type":"text","text":"said it all"}]"#);
    let logs = events.iter().filter(|event| matches!(event, EventMsg::McpServerLog(_))).count();
    assert!((1..5000).contains(&logs), "{logs}");
}

#[tokio::test]
async fn prompts_are_listed_and_filled_in() {
    let (_script, harness) = place("good", Scenario::new());
    let thread = harness.start().await;
    let listed: Vec<McpPrompt> = thread.mcp_prompts().await;
    assert_eq!((listed.len(), listed[0].word.as_str(), listed[0].description.as_str()), (1, "mcp__t__greet", "Greets"));
    assert_eq!(listed[0].arguments.iter().map(|a| (a.name.as_str(), a.required)).collect::<Vec<_>>(), [("who", true), ("how", false)]);
    let line = "/mcp__t__greet Ada how='in a hurry'";
    assert!(is_prompt_line(line) && !is_prompt_line("greet"));
    assert_eq!(thread.fill_mcp_prompt(line).await.unwrap(), [UserInput::text("Greet Ada in a hurry.")]);
    for (line, expected) in [
        ("/mcp__t__greet", "`mcp__t__greet` needs `who`: /mcp__t__greet who=... [how=...]"),
        ("/mcp__t__nope", "no MCP server has a prompt `mcp__t__nope`"),
        ("/mcp__u__greet", "no MCP server has a prompt `mcp__u__greet`"),
    ] {
        assert_eq!(thread.fill_mcp_prompt(line).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn another_configuration_is_taken_over_and_what_is_the_same_goes_on() {
    let (script, harness) = place("good", Scenario::new());
    let thread = harness.start().await;
    let starts = || script.log().iter().filter(|message| message["method"] == "initialize").count();
    assert_eq!(starts(), 1);
    let mut config = harness.config.clone();
    config.mcp_servers.insert("u".to_owned(), entry(&script, "good"));
    thread.reload_mcp(&config).await;
    ready(&thread, "u").await;
    assert_eq!(starts(), 2, "the first one goes on");
    config.mcp_servers.get_mut("u").unwrap().env = Some([("A".to_owned(), "1".to_owned())].into());
    config.mcp_servers.remove("t");
    thread.reload_mcp(&config).await;
    ready(&thread, "u").await;
    let status = thread.mcp_status(false).await;
    assert_eq!(status.iter().map(|server| (server.name.as_str(), server.is_ready)).collect::<Vec<_>>(), [("u", true)]);
    assert_eq!(starts(), 3, "the changed one began anew");
}

async fn ready(thread: &Thread, server: &str) {
    loop {
        if matches!(next(thread).await, EventMsg::McpStartupUpdate(update) if update.server == server && update.status == McpStartupStatus::Ready)
        {
            return;
        }
    }
}

/// Events up to one that fits.
async fn until(thread: &Thread, fits: impl Fn(&EventMsg) -> bool) {
    while !fits(&next(thread).await) {}
}

/// M4: what a tool says of itself counts as long as it says the same.
#[tokio::test]
async fn a_tool_that_changed_is_asked_about() {
    let scenario = calling("change", json!({}))
        .reply(Reply::new().call("mcp__t__echo", json!({"text": "x"})).call("mcp__t__env", json!({})))
        .reply(Reply::new().say("done"));
    let (_script, mut harness) = place("good", scenario);
    harness.options.nobody_to_ask = true;
    harness.config.sandbox_policy = SandboxPolicy::workspace_write();
    let thread = harness.start().await;
    submit(&thread, "go").await;
    until(&thread, |event| matches!(event, EventMsg::McpListChanged(changed) if changed.list == McpList::Tools)).await;
    submit(&thread, "and now").await;
    until(&thread, |event| matches!(event, EventMsg::McpToolCallEnd(end) if end.invocation.tool == "env")).await;
    rest(&thread).await;
    let outputs = harness.server.requests().pop().unwrap().outputs();
    assert_eq!(outputs[1], r#"[{"type":"text","text":"user cancelled MCP tool call"}]"#);
    assert!(outputs[2].contains("PATH"), "a tool that stayed the same still runs: {}", outputs[2]);
}

/// M1: a yes for good is for the server's entry and the tool as they were.
#[tokio::test]
async fn a_tool_that_is_always_allowed_is_asked_about_again_when_it_or_its_server_changed() {
    let scenario = (0..4).fold(Scenario::new(), |scenario, _| {
        scenario.reply(Reply::new().call("mcp__t__write", json!({"text": "x"}))).reply(Reply::new().say("done"))
    });
    let (script, mut harness) = place("good", scenario);
    std::fs::write(harness.home.path().join("config.toml"), "[mcp_servers.t]\ncommand = \"python3\"\n").unwrap();
    for (change, asks) in [("none, and allowed for good", true), ("none", false), ("schema", true), ("command", true)] {
        match change {
            "schema" => std::fs::write(script.folder().join("write-is"), "sends it to somebody").unwrap(),
            "command" => {
                std::fs::remove_file(script.folder().join("write-is")).unwrap();
                harness.config.mcp_servers.get_mut("t").unwrap().args.as_mut().unwrap().push("--more".to_owned());
            }
            _ => {}
        }
        // What the answer "always" wrote into the settings.
        let kept = std::fs::read_to_string(harness.home.path().join("config.toml")).unwrap_or_default();
        if kept.contains("approval_mode = \"approve\"") {
            let mode = McpToolToml { approval_mode: Some(ToolApprovalMode::Approve) };
            harness.config.mcp_servers.get_mut("t").unwrap().tools.insert("write".to_owned(), mode);
        }
        let thread = harness.start().await;
        submit(&thread, "go").await;
        let events = match asks {
            true => {
                let request = question(&thread).await;
                assert_eq!(request.meta.as_ref().unwrap()["codex_approval_kind"], "mcp_tool_call", "{change}");
                let (action, meta) = match change {
                    "none, and allowed for good" => (ElicitationAction::Accept, Some(json!({"persist": "always"}))),
                    _ => (ElicitationAction::Decline, None),
                };
                thread.submit(Op::ResolveElicitation { id: request.id.clone(), action, content: None, meta }).await.unwrap();
                rest(&thread).await
            }
            false => rest(&thread).await,
        };
        assert!(!events.iter().any(|event| matches!(event, EventMsg::ElicitationRequest(_))), "{change}: {events:?}");
        let runs = change.starts_with("none");
        assert_eq!(output(&harness) == r#"[{"type":"text","text":"x"}]"#, runs, "{change}: {}", output(&harness));
        thread.submit(Op::Shutdown).await.unwrap();
        while thread.next_event().await.is_some() {}
    }
}

/// A server that ends again and again is started anew with growing pauses, five times; its failure is told once.
#[tokio::test]
async fn a_server_that_keeps_ending_is_started_anew_with_growing_pauses() {
    let (script, mut harness) = place("exit", Scenario::new());
    harness.config.mcp_servers.get_mut("t").unwrap().required = None;
    let thread = harness.start().await;
    let starts = || script.log().iter().filter_map(|line| line["start"].as_f64()).collect::<Vec<_>>();
    while starts().len() < 5 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let starts = starts();
    let pauses: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().zip([0.5, 1.0, 2.0, 4.0]).all(|(pause, least)| *pause >= least), "{pauses:?}");
    thread.submit(Op::Shutdown).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = thread.next_event().await {
        if let EventMsg::McpStartupUpdate(McpStartupUpdate { status: McpStartupStatus::Failed { error }, .. }) = event.msg {
            told.push(error);
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("connection closed: initialize response") && told[0].ends_with("\n  no configuration found"), "{}", told[0]);
}

/// The first request waits a moment for a server that nothing is known of, and not at all for one that was slow the last time.
#[tokio::test]
async fn a_server_that_was_slow_is_remembered_until_it_is_quick() {
    let (script, mut harness) = place("gate", Scenario::new().reply(Reply::new().say("done")));
    harness.config.mcp_servers.get_mut("t").unwrap().required = None;
    let kept = |harness: &Harness| {
        let text = std::fs::read_to_string(harness.home.path().join("mcp_slow.json")).unwrap_or_else(|_| "[]".to_owned());
        serde_json::from_str::<Vec<String>>(&text).unwrap().len()
    };
    let thread = harness.start().await;
    let began = Instant::now();
    submit(&thread, "go").await;
    // The turn is over while the server still waits at its gate, longer than any head start.
    rest(&thread).await;
    assert_eq!(kept(&harness), 1);
    tokio::time::sleep_until((began + Duration::from_secs(1)).into()).await;
    std::fs::write(script.folder().join("gate"), "").unwrap();
    ready(&thread, "t").await;
    assert_eq!(kept(&harness), 1);
    harness.config.mcp_servers.get_mut("t").unwrap().env = Some([("A".to_owned(), "1".to_owned())].into());
    let other = harness.start().await;
    ready(&other, "t").await;
    assert!(kept(&harness) >= 1, "another entry is another server");
}

/// What a slow server has to do to come up is no work that the first request waits for.
#[tokio::test]
async fn a_server_that_was_slow_begins_when_the_first_request_has_left() {
    let script = McpScript::new();
    let log = script.folder().join("log");
    let starts = move || std::fs::read_to_string(&log).unwrap_or_default().matches("\"start\"").count();
    let at_request = Arc::new(Mutex::new(Vec::new()));
    let (count, seen) = (starts.clone(), Arc::clone(&at_request));
    let note = move |_: &Request| {
        seen.lock().unwrap().push((count(), Instant::now()));
        Reply::new().say("done")
    };
    let mut harness = Harness::new(Scenario::new().reply_with(note).repeat_last());
    harness.config.mcp_servers.insert("t".to_owned(), McpServerToml { required: None, ..entry(&script, "gate") });
    let thread = harness.start().await;
    submit(&thread, "go").await;
    rest(&thread).await;
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    std::fs::write(script.folder().join("gate"), "").unwrap();

    let (before, began) = (starts(), Instant::now());
    let thread = harness.start().await;
    submit(&thread, "go").await;
    ready(&thread, "t").await;
    assert_eq!(starts(), before + 1, "it came up behind the request");
    let requests = at_request.lock().unwrap().clone();
    let (at_request, when) = requests[1];
    // A machine that needs longer than that for the request starts the server beside it.
    if when - began < Duration::from_millis(400) {
        assert_eq!(at_request, before, "it began before the request had left");
    }
}

#[tokio::test]
async fn a_thread_that_has_its_servers_from_a_reload_has_the_tools_for_resources() {
    let script = McpScript::new();
    let scenario = Scenario::new()
        .reply(Reply::new().say("none"))
        .reply(Reply::new().call("list_mcp_resources", json!({})))
        .reply(Reply::new().say("done"))
        .reply(Reply::new().call("list_mcp_resources", json!({})))
        .reply(Reply::new().say("gone"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    rest(&thread).await;
    let mut config = harness.config.clone();
    config.mcp_servers.insert("u".to_owned(), entry(&script, "good"));
    thread.reload_mcp(&config).await;
    ready(&thread, "u").await;
    submit(&thread, "go").await;
    rest(&thread).await;
    thread.reload_mcp(&harness.config).await;
    submit(&thread, "go").await;
    rest(&thread).await;
    let requests = harness.server.requests();
    let offered = |at: usize| {
        let names = requests[at].tool_names();
        ["list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource"].map(|tool| names.iter().any(|name| name == tool))
    };
    assert_eq!([0, 1, 3].map(offered), [[false; 3], [true; 3], [false; 3]]);
    let listed: Value = serde_json::from_str(&requests[2].outputs()[0]).unwrap();
    assert_eq!(listed, json!({"resources": [{"server": "u", "uri": "test://a", "name": "a", "mimeType": "text/plain"}]}));
    assert_eq!(requests[4].outputs()[1], "unsupported call: list_mcp_resources");
}
