//! What one command asks for beyond the sandbox: the question, what it opens for that command alone, and what it never opens.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use codex_protocol::event::{DeniedBy, PermissionProfile, PermissionScope, PermissionsResponse, ReviewDecision};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode, SandboxPolicy};
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::harness::{Harness, completion, submit, until_turn_end};
use super::questions::{answer, next_question, turn_with_answer, turn_without_question};

fn asking_for(permissions: &Value, command: &str) -> Value {
    let why = "because";
    json!({"cmd": command, "sandbox_permissions": "with_additional_permissions", "justification": why, "additional_permissions": permissions})
}

fn write(path: &Path) -> Value {
    json!({"file_system": {"write": [path]}})
}

/// A thread whose stand-in for the sandbox helper notes all that it is given, a word a line, and runs the command.
fn harness(calls: &[Value], sandbox: SandboxPolicy) -> Harness {
    let scenario = calls.iter().enumerate().fold(Scenario::new(), |scenario, (at, call)| {
        scenario.reply(Reply::new().call_with_id(&format!("c{at}"), "exec_command", call.clone())).reply(Reply::new().say("done"))
    });
    let mut harness = Harness::new(scenario);
    harness.config.approval_policy = ApprovalPolicy::OnRequest;
    harness.config.sandbox_policy = sandbox;
    harness.config.features.insert("exec_permission_approvals".to_owned(), true);
    let noted = harness.home.path().join("noted");
    let helper = harness.home.path().join("helper");
    let note = format!("{{ printf '%s\\n' \"$@\"; echo .; }} >> '{}'", noted.display());
    std::fs::write(&helper, format!("#!/bin/sh\n{note}\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n")).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    harness.codex_exe = helper;
    harness
}

/// What each `touch` could write, and whether it had the network. The helper is also asked what the machine can do.
fn sandboxes(harness: &Harness) -> Vec<(Vec<PathBuf>, bool)> {
    let noted = std::fs::read_to_string(harness.home.path().join("noted")).unwrap_or_default();
    let words = |block: &str| {
        let words: Vec<&str> = block.lines().collect();
        let roots = words.windows(2).filter(|pair| pair[0] == "--write").map(|pair| PathBuf::from(pair[1])).collect();
        (roots, words.contains(&"--network"))
    };
    noted.split("\n.\n").filter(|block| block.lines().any(|word| word.starts_with("touch "))).map(words).collect()
}

/// What the model read of a turn's call.
fn output(harness: &Harness, turn: usize) -> String {
    harness.server.requests()[2 * turn + 1].output_of(&format!("c{turn}")).unwrap()
}

/// Without the folders for temporary files, where the tests' own folders lie.
fn workspace_alone() -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    }
}

#[tokio::test]
async fn what_is_granted_is_shown_and_holds_for_that_command_alone() {
    let outside = tempfile::tempdir().unwrap();
    let real = outside.path().canonicalize().unwrap();
    let wish = json!({"network": {"enabled": true}, "file_system": {"read": ["/etc"], "write": [real]}});
    let harness = harness(&[asking_for(&wish, "touch one"), json!({"cmd": "touch two"})], workspace_alone());
    let thread = harness.start().await;
    let (asked, _) = turn_with_answer(&thread, ReviewDecision::Approved).await;
    let shown = asked.additional_permissions.unwrap();
    assert!(shown.opens_network() && shown.writes() == [real.clone()] && shown.reads() == [PathBuf::from("/etc")], "{shown:?}");
    assert_eq!((asked.reason.as_deref(), asked.justification.as_deref()), (Some("because"), Some("because")));
    assert_eq!(asked.available_decisions, [ReviewDecision::Approved, ReviewDecision::Abort]);
    assert_eq!(asked.lasting_answers, []);
    turn_without_question(&thread).await;
    let ran = sandboxes(&harness);
    assert_eq!(ran.iter().map(|(roots, network)| (roots.contains(&real), *network)).collect::<Vec<_>>(), [(true, true), (false, false)]);
}

#[tokio::test]
async fn a_no_runs_nothing_and_a_lasting_yes_is_one_for_this_once() {
    let outside = tempfile::tempdir().unwrap();
    let call = asking_for(&write(outside.path()), "touch x");
    let harness = harness(&[call.clone(), call.clone(), call], workspace_alone());
    let thread = harness.start().await;
    turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(sandboxes(&harness).len(), 0);
    turn_with_answer(&thread, ReviewDecision::ApprovedForSession).await;
    assert_eq!(sandboxes(&harness).len(), 1);
    turn_with_answer(&thread, ReviewDecision::Approved).await;
    assert_eq!(sandboxes(&harness).len(), 2);
}

/// S2: what is protected stays so, however it is named, and nobody is asked about it.
#[tokio::test]
async fn what_is_protected_cannot_even_be_asked_for() {
    let other = tempfile::tempdir().unwrap();
    let other = other.path().canonicalize().unwrap();
    std::fs::create_dir_all(other.join("repo/.git/hooks")).unwrap();
    std::os::unix::fs::symlink(other.join("repo/.git/hooks"), other.join("link")).unwrap();
    let refused = |path: PathBuf, why: &'static str| (path, why);
    let cases = [
        refused("/".into(), "protected"),
        refused("/proc".into(), "protected"),
        refused(other.join("repo/.git"), "protected"),
        refused(other.join("repo/x/../.git/hooks"), "protected"),
        refused(other.join("link"), "protected"),
        refused(other.join("new/folder"), "is not there"),
    ];
    let calls: Vec<Value> = cases.iter().map(|(path, _)| asking_for(&write(path), "touch x")).collect();
    let harness = harness(&calls, workspace_alone());
    let thread = harness.start().await;
    for (at, (path, why)) in cases.iter().enumerate() {
        let events = turn_without_question(&thread).await;
        let said = output(&harness, at);
        assert!(said.contains(why), "{}: {said}", path.display());
        assert_eq!(completion(&events).denials.first[0].by, DeniedBy::Policy);
    }
    assert_eq!(sandboxes(&harness).len(), 0);
}

#[tokio::test]
async fn the_home_and_what_an_administrator_forbids_cannot_be_asked_for() {
    let outside = tempfile::tempdir().unwrap();
    let calls = [asking_for(&write(outside.path()), "touch x"), asking_for(&json!({"network": {"enabled": true}}), "touch x")];
    let mut harness = harness(&calls, SandboxPolicy::read_only());
    harness.config.allowed_sandbox_modes = Some(vec![SandboxMode::ReadOnly]);
    harness.config.boundary.network = Some(codex_protocol::NetworkRules::default());
    let thread = harness.start().await;
    for (turn, why) in [(0, "the administrator of this machine"), (1, "the settings name the hosts")] {
        turn_without_question(&thread).await;
        assert!(output(&harness, turn).contains(why), "{}", output(&harness, turn));
    }
    let home = tempfile::tempdir().unwrap();
    let call = asking_for(&write(home.path()), "touch x");
    let mut own = self::harness(&[call], workspace_alone());
    own.config.codex_home = home.path().to_path_buf();
    turn_without_question(&own.start().await).await;
    assert!(output(&own, 0).contains("protected"), "{}", output(&own, 0));
}

/// T6: nobody to ask means no.
#[tokio::test]
async fn policies_that_do_not_ask_refuse_and_what_only_reads_gets_nothing_more() {
    let outside = tempfile::tempdir().unwrap();
    for (approval, name) in
        [(ApprovalPolicy::Never, "Never"), (ApprovalPolicy::Untrusted, "UnlessTrusted"), (ApprovalPolicy::OnFailure, "OnFailure")]
    {
        let mut harness = harness(&[asking_for(&write(outside.path()), "touch x")], workspace_alone());
        harness.config.approval_policy = approval;
        turn_without_question(&harness.start().await).await;
        let text = format!(
            "approval policy is {name}; reject command — you cannot ask for escalated permissions if the approval policy is {name}"
        );
        assert_eq!(output(&harness, 0), text);
    }
    // What only reads needs nothing more, and gets nothing more.
    let safe = harness(&[asking_for(&write(outside.path()), "ls")], workspace_alone());
    turn_without_question(&safe.start().await).await;
    let noted = std::fs::read_to_string(safe.home.path().join("noted")).unwrap();
    assert!(!noted.contains(outside.path().to_str().unwrap()), "{noted}");
}

#[tokio::test]
async fn what_was_granted_to_the_session_is_not_asked_about_again() {
    let outside = tempfile::tempdir().unwrap();
    let real = outside.path().canonicalize().unwrap();
    let mut harness = harness(&[], workspace_alone());
    let wish = json!({"permissions": write(&real)});
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("p", "request_permissions", wish))
        .reply(Reply::new().call_with_id("c0", "exec_command", asking_for(&write(&real.join(".")), "touch x")))
        .reply(Reply::new().say("done"));
    harness.server = scenario.start();
    harness.config.provider = codex_config::provider::ProviderInfo::at("mock", "mock", &harness.server.base_url());
    harness.config.features.insert("request_permissions_tool".to_owned(), true);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let asked = loop {
        match thread.next_event().await.unwrap().msg {
            EventMsg::RequestPermissions(asked) => break asked,
            EventMsg::TaskComplete(_) => panic!("nothing was asked"),
            _ => {}
        }
    };
    let response = PermissionsResponse { permissions: asked.permissions.clone(), scope: PermissionScope::Session };
    thread.submit(Op::PermissionsAnswer { id: asked.answer_id(), response }).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(!events.iter().any(|event| matches!(event, EventMsg::ExecApprovalRequest(_))), "{events:?}");
    assert!(sandboxes(&harness)[0].0.contains(&real));
}

/// S2: a link below what was asked for leads nowhere that is protected.
#[tokio::test]
async fn a_grant_to_the_turn_follows_links_before_it_counts() {
    let outside = tempfile::tempdir().unwrap();
    let real = outside.path().canonicalize().unwrap();
    std::fs::create_dir_all(real.join("repo/.git")).unwrap();
    std::os::unix::fs::symlink(real.join("repo/.git"), real.join("link")).unwrap();
    let mut harness = harness(&[], workspace_alone());
    let wish = json!({"permissions": write(&real)});
    harness.server =
        Scenario::new().reply(Reply::new().call_with_id("p", "request_permissions", wish)).reply(Reply::new().say("x")).start();
    harness.config.provider = codex_config::provider::ProviderInfo::at("mock", "mock", &harness.server.base_url());
    harness.config.features.insert("request_permissions_tool".to_owned(), true);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let asked = loop {
        match thread.next_event().await.unwrap().msg {
            EventMsg::RequestPermissions(asked) => break asked,
            EventMsg::TaskComplete(_) => panic!("nothing was asked"),
            _ => {}
        }
    };
    let mut permissions = PermissionProfile::clone(&asked.permissions);
    permissions.file_system.as_mut().unwrap().write = Some(vec![real.join("link")]);
    let response = PermissionsResponse { permissions, scope: PermissionScope::Turn };
    thread.submit(Op::PermissionsAnswer { id: asked.answer_id(), response }).await.unwrap();
    until_turn_end(&thread).await;
    let granted: Value = serde_json::from_str(&harness.server.requests()[1].output_of("p").unwrap()).unwrap();
    assert_eq!(granted["permissions"], json!({"network": null, "file_system": null}));
}

#[tokio::test]
async fn the_parameters_are_offered_and_understood_with_the_feature_alone() {
    let wish = asking_for(&json!({"network": {"enabled": true}}), "touch x");
    let offered = |harness: &Harness| {
        let tools = harness.server.requests()[0].body["tools"].as_array().unwrap().clone();
        let tool = tools.into_iter().find(|tool| tool["name"] == "exec_command").unwrap();
        tool["parameters"]["properties"]["additional_permissions"]["properties"].clone()
    };
    let with = harness(std::slice::from_ref(&wish), workspace_alone());
    let thread = with.start().await;
    submit(&thread, "go").await;
    let (question, _) = next_question(&thread).await;
    answer(&thread, question.answer_id(), ReviewDecision::Abort).await;
    until_turn_end(&thread).await;
    let properties = offered(&with);
    assert_eq!(properties["network"]["properties"]["enabled"]["type"], "boolean");
    assert_eq!(properties["file_system"]["properties"]["write"]["items"]["type"], "string");
    let mut without = harness(&[wish], workspace_alone());
    without.config.features.insert("exec_permission_approvals".to_owned(), false);
    turn_without_question(&without.start().await).await;
    assert_eq!(offered(&without), Value::Null);
    let text =
        "additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`";
    assert_eq!(output(&without, 0), text);
}
