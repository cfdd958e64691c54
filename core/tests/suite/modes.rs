use codex_core::Thread;
use codex_protocol::event::{
    CompletedItem, FileSystemPermissions, NetworkPermissions, PermissionProfile, PermissionScope, PermissionsResponse, RequestPermissions,
    RequestUserInput, UserInputAnswer, UserInputResponse,
};
use codex_protocol::mode::{CollaborationMode, ModeKind, ModeSettings};
use codex_protocol::op::{ReasoningEffort, TurnOverrides, UserTurn};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxPolicy};
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, submit, until_turn_end};
use super::questions::{Helper, asking};

fn mode(kind: ModeKind, model: &str, effort: Option<ReasoningEffort>) -> CollaborationMode {
    let settings = ModeSettings { model: model.to_owned(), reasoning_effort: effort, developer_instructions: None };
    CollaborationMode { mode: kind, settings }
}

async fn submit_in(thread: &Thread, mode: CollaborationMode) {
    let overrides = TurnOverrides { mode: Some(mode), ..TurnOverrides::default() };
    let turn = UserTurn { input: vec![UserInput::text("go")], overrides, ..UserTurn::default() };
    thread.submit(Op::UserTurn(turn)).await.unwrap();
}

async fn next_choice(thread: &Thread) -> RequestUserInput {
    while let Some(event) = thread.next_event().await {
        match event.msg {
            EventMsg::RequestUserInput(asked) => return *asked,
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => panic!("nothing was asked"),
            _ => {}
        }
    }
    panic!("the thread ended")
}

async fn next_wish(thread: &Thread) -> RequestPermissions {
    while let Some(event) = thread.next_event().await {
        match event.msg {
            EventMsg::RequestPermissions(asked) => return *asked,
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => panic!("nothing was asked"),
            _ => {}
        }
    }
    panic!("the thread ended")
}

fn choice() -> serde_json::Value {
    let options = json!([{"label": "A", "description": "a"}, {"label": "B", "description": "b"}]);
    json!({"questions": [{"id": "q1", "header": "Pick", "question": "Which?", "options": options}]})
}

#[tokio::test]
async fn in_plan_mode_the_user_is_asked_and_the_answer_is_the_output_of_the_call() {
    let scenario = Scenario::new().reply(Reply::new().call_with_id("c1", "request_user_input", choice())).reply(Reply::new().say("ok"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit_in(&thread, mode(ModeKind::Plan, "", None)).await;
    let asked = next_choice(&thread).await;
    assert_eq!(asked.questions[0].question, "Which?");
    assert_eq!(thread.open_questions().len(), 1);
    let answers = [("q1".to_owned(), UserInputAnswer { answers: vec!["B".into(), "user_note: hey".into()] })].into();
    thread.submit(Op::UserInputAnswer { id: asked.answer_id(), response: UserInputResponse { answers } }).await.unwrap();
    until_turn_end(&thread).await;
    let output = harness.server.requests()[1].output_of("c1").unwrap();
    assert_eq!(output, r#"{"answers":{"q1":{"answers":["B","user_note: hey"]}}}"#);
}

/// T6: nobody there means no answer.
#[tokio::test]
async fn outside_of_plan_mode_and_where_nobody_is_nothing_is_asked() {
    let scenario = || {
        let call = Reply::new().call_with_id("c1", "request_user_input", choice());
        Scenario::new().reply(call).reply(Reply::new().say("ok"))
    };
    let harness = Harness::new(scenario());
    harness.run("go").await;
    assert_eq!(harness.server.requests()[1].output_of("c1").unwrap(), "request_user_input is unavailable in Default mode");
    let mut harness = Harness::new(scenario());
    harness.options.nobody_to_ask = true;
    harness.config.features.insert("default_mode_request_user_input".to_owned(), true);
    harness.run("go").await;
    assert_eq!(harness.server.requests()[1].output_of("c1").unwrap(), r#"{"answers":{}}"#);
}

#[tokio::test]
async fn an_interrupt_withdraws_the_question() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().call_with_id("c1", "request_user_input", choice())));
    let thread = harness.start().await;
    submit_in(&thread, mode(ModeKind::Plan, "", None)).await;
    next_choice(&thread).await;
    thread.submit(Op::Interrupt).await.unwrap();
    assert!(matches!(until_turn_end(&thread).await.last(), Some(EventMsg::TurnAborted(_))));
    assert_eq!(thread.open_questions(), []);
}

#[tokio::test]
async fn a_mode_is_told_once_and_told_again_when_it_changes() {
    let scenario = Scenario::new().reply(Reply::new().say("a")).reply(Reply::new().say("b")).reply(Reply::new().say("c"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    for kind in [ModeKind::Plan, ModeKind::Plan, ModeKind::Default] {
        submit_in(&thread, mode(kind, "", None)).await;
        until_turn_end(&thread).await;
    }
    let told = |request: usize| {
        let texts = harness.server.requests()[request].texts_of("developer");
        texts.into_iter().filter(|text| text.starts_with("<collaboration_mode>")).collect::<Vec<_>>()
    };
    assert_eq!([told(0).len(), told(1).len(), told(2).len()], [1, 1, 2]);
    assert!(told(0)[0].contains("<proposed_plan>") && told(2)[1].contains("# Default mode"));
}

#[tokio::test]
async fn a_plan_is_an_item_of_its_own_and_the_message_is_without_it() {
    let text = "Here:\n<proposed_plan>\n# Plan\n</proposed_plan>\nbye";
    let harness = Harness::new(Scenario::new().reply(Reply::new().say(text)));
    let thread = harness.start().await;
    submit_in(&thread, mode(ModeKind::Plan, "", None)).await;
    let events = until_turn_end(&thread).await;
    let deltas = |wanted: fn(&EventMsg) -> Option<&str>| events.iter().filter_map(wanted).collect::<String>();
    let plan = deltas(|event| if let EventMsg::PlanDelta(delta) = event { Some(&delta.delta) } else { None });
    let said = deltas(|event| if let EventMsg::AgentMessageContentDelta(delta) = event { Some(&delta.delta) } else { None });
    assert_eq!((plan.as_str(), said.as_str()), ("# Plan\n", "Here:\nbye"));
    let whole = events.iter().find_map(|event| if let EventMsg::ItemCompleted(item) = event { Some(item.item.clone()) } else { None });
    assert!(matches!(whole, Some(CompletedItem::Plan { text, .. }) if text == "# Plan\n"));
    // The session file keeps both, and history what the model wrote.
    let lines = harness.session_lines();
    let of = |kind: &str| lines.iter().find(|line| line["payload"]["type"] == kind).cloned().unwrap_or_default();
    assert_eq!(of("item_completed")["payload"]["item"]["text"], "# Plan\n");
    assert_eq!(of("agent_message")["payload"]["message"], "Here:\nbye");
    assert!(lines.iter().any(|line| line["payload"]["content"][0]["text"] == text));
}

#[tokio::test]
async fn model_effort_and_summary_of_a_turn_stick_and_a_mode_brings_its_own() {
    let scenario = Scenario::new().reply(Reply::new().say("a")).reply(Reply::new().say("b")).reply(Reply::new().say("c"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    let overrides = TurnOverrides { model: Some("gpt-5.4".to_owned()), effort: Some(ReasoningEffort::High), ..TurnOverrides::default() };
    let turn = UserTurn { input: vec![UserInput::text("go")], overrides, ..UserTurn::default() };
    thread.submit(Op::UserTurn(turn)).await.unwrap();
    until_turn_end(&thread).await;
    submit(&thread, "again").await;
    until_turn_end(&thread).await;
    submit_in(&thread, mode(ModeKind::Plan, "gpt-5.1-codex", Some(ReasoningEffort::Low))).await;
    until_turn_end(&thread).await;
    let asked: Vec<_> = harness
        .server
        .requests()
        .iter()
        .map(|request| (request.body["model"].clone(), request.body["reasoning"]["effort"].clone()))
        .collect();
    assert_eq!(asked, [(json!("gpt-5.4"), json!("high")), (json!("gpt-5.4"), json!("high")), (json!("gpt-5.1-codex"), json!("low"))]);
    assert!(harness.server.requests()[2].texts_of("developer").iter().any(|text| text.starts_with("<model_switch>")));
}

fn wishing(approval: ApprovalPolicy, write: &str) -> Harness {
    let wish = json!({"reason": "why", "permissions": {"network": {"enabled": true}, "file_system": {"write": [write]}}});
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "request_permissions", wish))
        .reply(Reply::new().say("a"))
        .reply(Reply::new().say("b"));
    let mut harness = asking(scenario, approval, SandboxPolicy::read_only(), Helper::Runs);
    harness.config.features.insert("request_permissions_tool".to_owned(), true);
    harness
}

#[tokio::test]
async fn permissions_are_asked_for_and_no_more_is_granted_than_was_asked() {
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().to_path_buf();
    let harness = wishing(ApprovalPolicy::OnRequest, path.to_str().unwrap());
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let asked = next_wish(&thread).await;
    assert_eq!((asked.reason.as_deref(), asked.permissions.writes()), (Some("why"), [path.clone()].as_slice()));
    let permissions = PermissionProfile {
        network: Some(NetworkPermissions { enabled: Some(false) }),
        file_system: Some(FileSystemPermissions { read: None, write: Some(vec![path.clone(), "/etc".into()]) }),
    };
    let response = PermissionsResponse { permissions, scope: PermissionScope::Turn };
    thread.submit(Op::PermissionsAnswer { id: asked.answer_id(), response }).await.unwrap();
    until_turn_end(&thread).await;
    let output: serde_json::Value = serde_json::from_str(&harness.server.requests()[1].output_of("c1").unwrap()).unwrap();
    assert_eq!(output, json!({"permissions": {"network": null, "file_system": {"read": null, "write": [path]}}, "scope": "turn"}));
}

#[tokio::test]
async fn under_policies_without_that_question_nobody_is_asked_for_permissions_and_nothing_is_granted() {
    let granular = |request_permissions| {
        ApprovalPolicy::Granular(GranularApproval {
            sandbox_approval: true,
            rules: true,
            mcp_elicitations: true,
            request_permissions,
            skill_approval: true,
        })
    };
    for approval in [ApprovalPolicy::Never, granular(false)] {
        let harness = wishing(approval, "/outside");
        let events = harness.run("go").await;
        assert!(!events.iter().any(|event| matches!(event, EventMsg::RequestPermissions(_))), "{approval:?}");
        let output = harness.server.requests()[1].output_of("c1").unwrap();
        assert_eq!(output, r#"{"permissions":{"network":null,"file_system":null},"scope":"turn"}"#);
    }
    let harness = wishing(granular(true), "/outside");
    let thread = harness.start().await;
    submit(&thread, "go").await;
    assert!(next_wish(&thread).await.permissions.opens_network());
}
