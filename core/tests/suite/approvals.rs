//! Questions about commands and their answers.

use codex_protocol::event::{CommandStatus, DeniedBy, GrantScope, ReviewDecision, SandboxEffect};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, submit, until_turn_end};
use super::questions::*;

fn shell(id: &str, words: &[&str]) -> Reply {
    Reply::new().call_with_id(id, "shell", json!({ "command": words }))
}

fn done() -> Reply {
    Reply::new().say("done")
}

fn untrusted(scenario: Scenario) -> Harness {
    asking(scenario, ApprovalPolicy::Untrusted, SandboxPolicy::workspace_write(), Helper::Runs)
}

fn calls(words: &[&[&str]]) -> Scenario {
    words.iter().enumerate().fold(Scenario::new(), |scenario, (at, words)| scenario.reply(shell(&format!("c{at}"), words)).reply(done()))
}

#[tokio::test]
async fn approved_runs_once_in_the_sandbox_and_the_same_is_asked_about_again() {
    let line: &[&str] = &["bash", "-lc", "touch a.txt"];
    let harness = untrusted(calls(&[line, line]));
    let thread = harness.start().await;
    let (request, events) = turn_with_answer(&thread, ReviewDecision::Approved).await;
    assert_eq!(request.command, line);
    assert_eq!(request.cwd, harness.workspace.path());
    assert_eq!((request.reason, request.justification, request.approval_id), (None, None, None));
    assert_eq!(request.proposed_execpolicy_amendment, Some(vec!["touch".to_owned(), "a.txt".to_owned()]));
    assert_eq!(request.available_decisions, vec![ReviewDecision::Approved, amendment(&["touch", "a.txt"]), ReviewDecision::Abort]);
    assert_eq!(request.sandbox_effect, SandboxEffect::Inside);
    let scopes: Vec<GrantScope> = request.lasting_answers.iter().map(|answer| answer.scope).collect();
    assert_eq!(scopes, vec![GrantScope::Session, GrantScope::Global]);
    assert!(events.iter().any(|event| matches!(event, EventMsg::ExecCommandBegin(_))));
    assert_eq!(statuses(&events), vec![CommandStatus::Completed]);
    assert_eq!(run_inside(&harness), vec!["bash -lc touch a.txt"]);
    assert!(harness.workspace.read("a.txt").is_some());
    turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(run_inside(&harness).len(), 1);
}

/// A37, C4, T1: what nobody is asked about starts nothing that the repository names, also where no sandbox is around it.
#[tokio::test]
async fn a37_git_that_runs_unasked_starts_nothing_of_a_trusted_repository() {
    let lines: [&[&str]; 5] =
        [&["git", "status", "--short"], &["git", "log", "-1"], &["bash", "-lc", "git diff"], &["git", "show", "HEAD"], &["git", "branch"]];
    let mut harness = asking(calls(&lines), ApprovalPolicy::Untrusted, SandboxPolicy::DangerFullAccess, Helper::Runs);
    harness.config.trusted = Some(true);
    let workspace = &harness.workspace;
    workspace.file("f", "one\n");
    for words in [&["init", "-q"][..], &["add", "f"], &["-c", "user.name=u", "-c", "user.email=u@e", "commit", "-qm", "m"]] {
        workspace.run_git(words);
    }
    workspace.file("f", "two\n");
    let planted = workspace.file("p", "#!/bin/sh\n: > \"$(dirname \"$0\")/marker\"\ncat\n");
    std::fs::set_permissions(&planted, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let program = planted.to_str().unwrap().to_owned();
    for key in ["core.fsmonitor", "core.pager", "pager.log", "pager.diff", "core.sshCommand", "credential.helper"] {
        workspace.run_git(&["config", key, &program]);
    }
    workspace.run_git(&["config", "log.showSignature", "true"]);
    workspace.run_git(&["config", "core.hooksPath", harness.workspace.path().to_str().unwrap()]);
    let thread = harness.start().await;
    for _ in lines {
        let events = turn_without_question(&thread).await;
        assert_eq!(statuses(&events), vec![CommandStatus::Completed], "{events:?}");
    }
    assert_eq!(harness.workspace.read("marker"), None);
    // And git itself would have run it, or nothing was proved.
    harness.workspace.run_git(&["status"]);
    assert!(harness.workspace.read("marker").is_some());
}

/// C4: a driver or a filter goes by a name of the repository's choice, and nobody can switch it off.
#[tokio::test]
async fn git_is_asked_about_where_a_repository_names_what_cannot_be_switched_off() {
    for key in ["diff.external", "diff.x.textconv", "filter.x.clean", "include.path"] {
        let mut harness = asking(calls(&[&["git", "status"]]), ApprovalPolicy::Untrusted, SandboxPolicy::DangerFullAccess, Helper::Runs);
        harness.config.trusted = Some(true);
        harness.workspace.run_git(&["init", "-q"]);
        harness.workspace.run_git(&["config", key, "./p"]);
        let thread = harness.start().await;
        let (request, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
        assert_eq!(request.command, ["git", "status"], "{key}");
    }
}

#[tokio::test]
async fn approved_for_the_session_holds_for_the_very_same_command_alone() {
    let harness = untrusted(calls(&[&["touch", "a"], &["touch", "a"], &["touch", "b"]]));
    let thread = harness.start().await;
    turn_with_answer(&thread, ReviewDecision::ApprovedForSession).await;
    turn_without_question(&thread).await;
    let (other, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(other.command, vec!["touch", "b"]);
    assert_eq!(run_inside(&harness), vec!["touch a", "touch a"]);
    assert!(!harness.home.path().join("rules/default.rules").exists());
}

#[tokio::test]
async fn denied_is_told_to_the_model_and_the_turn_goes_on() {
    let harness = untrusted(calls(&[&["touch", "a"]]));
    let thread = harness.start().await;
    let (_, events) = turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(harness.server.requests()[1].output_of("c0").unwrap(), "exec command rejected by user");
    let ends = ends(&events);
    assert_eq!(
        (ends[0].status, ends[0].exit_code, ends[0].aggregated_output.as_str()),
        (CommandStatus::Declined, -1, "exec command rejected by user")
    );
    let complete = completion(&events);
    assert_eq!(complete.last_agent_message.as_deref(), Some("done"));
    assert_eq!((complete.denials.count, complete.denials.first[0].by), (1, DeniedBy::User));
    assert_eq!(run_inside(&harness), Vec::<String>::new());
}

#[tokio::test]
async fn abort_ends_the_turn_and_nothing_runs() {
    let harness = untrusted(calls(&[&["touch", "a"]]));
    let thread = harness.start().await;
    let (_, events) = turn_with_answer(&thread, ReviewDecision::Abort).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))), "{events:?}");
    assert_eq!(statuses(&events), vec![CommandStatus::Declined]);
    assert_eq!(harness.server.requests().len(), 1);
    assert_eq!(run_inside(&harness), Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_is_stored_and_in_force_at_once_in_every_thread_and_after_a_restart() {
    let line: &[&str] = &["bash", "-lc", "touch 'am 1'"];
    let harness = untrusted(calls(&[line, &["touch", "am 1", "more"], line, line]));
    let manager = harness.manager();
    let other = manager.with_config(std::sync::Arc::new(harness.config.clone())).start(harness.options.clone()).await.unwrap();
    let thread = manager.start(harness.options.clone()).await.unwrap();
    turn_with_answer(&thread, amendment(&["touch", "am 1"])).await;
    let stored = std::fs::read_to_string(harness.home.path().join("rules/default.rules")).unwrap();
    assert_eq!(stored, "prefix_rule(pattern=[\"touch\", \"am 1\"], decision=\"allow\")\n");
    // What was approved ran where the question said; what the rule allows needs no sandbox.
    assert_eq!(run_inside(&harness).len(), 1);
    turn_without_question(&thread).await;
    turn_without_question(&other).await;
    turn_without_question(&harness.start().await).await;
    assert_eq!(run_inside(&harness).len(), 1);
}

/// A44, C7: no lasting rule for a program name alone, nor for what runs other programs; the exact command for the session
/// is offered in its place.
#[tokio::test]
async fn a44_a_rule_that_allows_anything_is_refused_and_the_session_offered() {
    for (words, prefix) in [
        (&["git", "push"][..], &["git"][..]),
        (&["env", "x"], &["env"]),
        (&["python3", "x.py"], &["python3"]),
        (&["npx", "thing"], &["npx"]),
        (&["bash", "-lc", "touch $X"], &["bash", "-lc"]),
        (&["curl"], &["curl"]),
        (&["touch", "x"], &["touch"]),
    ] {
        let sandbox = SandboxPolicy::workspace_write();
        let harness = asking(calls(&[words, words]), ApprovalPolicy::Untrusted, sandbox, Helper::Notes);
        let thread = harness.start().await;
        let (request, events) = turn_with_answer(&thread, amendment(prefix)).await;
        let offers_rule = |rule: &[&str]| request.available_decisions.contains(&amendment(rule));
        assert!(!offers_rule(prefix) && (words[0] == "touch" || !offers_rule(words)), "{words:?}: {request:?}");
        if words[0] != "touch" {
            assert!(request.available_decisions.contains(&ReviewDecision::ApprovedForSession), "{words:?}");
        }
        assert!(!harness.home.path().join("rules/default.rules").exists(), "{words:?}");
        let warnings = warnings(&events);
        assert!(warnings.iter().any(|text| text.starts_with("the rule was not kept: ")), "{words:?}: {warnings:?}");
        // The very same is granted for the session instead.
        turn_without_question(&thread).await;
    }
}

/// A45: a rule for one part opens nothing for the others, nor the sandbox for the whole.
#[tokio::test]
async fn a45_a_rule_for_a_part_leaves_the_other_parts_to_be_asked_about() {
    for joint in ["|", "&&", ";"] {
        let line = format!("touch f {joint} mkdir p");
        let harness = untrusted(calls(&[&["bash", "-lc", &line]]));
        user_rules(&harness, "prefix_rule([\"touch\"])");
        let thread = harness.start().await;
        let (request, _) = turn_with_answer(&thread, ReviewDecision::Approved).await;
        assert_eq!(request.proposed_execpolicy_amendment, Some(vec!["mkdir".to_owned(), "p".to_owned()]), "{line}");
        assert_eq!(run_inside(&harness), vec![format!("bash -lc {line}")]);
    }
    for approval in [ApprovalPolicy::OnRequest, ApprovalPolicy::OnFailure, ApprovalPolicy::Never] {
        let line: &[&str] = &["bash", "-lc", "touch t && mkdir d"];
        let both: &[&str] = &["bash", "-lc", "touch t && touch u"];
        let unread: &[&str] = &["bash", "-lc", "touch t; touch $X"];
        let harness = asking(calls(&[line, both, unread]), approval, SandboxPolicy::workspace_write(), Helper::Runs);
        user_rules(&harness, "prefix_rule([\"touch\"])");
        let thread = harness.start().await;
        for _ in 0..3 {
            turn_without_question(&thread).await;
        }
        assert_eq!(run_inside(&harness), vec!["bash -lc touch t && mkdir d", "bash -lc touch t; touch $X"], "{approval:?}");
    }
}

/// A46, U6: one answer, one execution.
#[tokio::test]
async fn a46_a_second_answer_and_a_call_with_a_used_id_run_nothing() {
    let scenario = Scenario::new().reply(shell("c", &["touch", "a"])).reply(shell("c", &["touch", "b"])).reply(done());
    let harness = untrusted(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (first, _) = next_question(&thread).await;
    for _ in 0..2 {
        answer(&thread, first.answer_id(), ReviewDecision::Approved).await;
    }
    let (second, _) = next_question(&thread).await;
    assert!(second.answer_id() != first.answer_id());
    answer(&thread, first.answer_id(), ReviewDecision::Approved).await;
    answer(&thread, "nobody".into(), ReviewDecision::Approved).await;
    thread.submit(Op::PatchApproval { id: second.answer_id(), decision: ReviewDecision::Approved }).await.unwrap();
    let wrong_turn = Op::ExecApproval { id: second.answer_id(), turn_id: Some("other".into()), decision: ReviewDecision::Approved };
    thread.submit(wrong_turn).await.unwrap();
    answer(&thread, second.answer_id(), ReviewDecision::Denied).await;
    until_turn_end(&thread).await;
    assert_eq!(run_inside(&harness), vec!["touch a"]);
    assert_eq!(harness.workspace.read("b"), None);
}

#[tokio::test]
async fn an_interrupt_withdraws_the_question() {
    let harness = untrusted(calls(&[&["touch", "a"]]));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (request, _) = next_question(&thread).await;
    assert_eq!(thread.open_questions(), vec![EventMsg::ExecApprovalRequest(Box::new(request.clone()))]);
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))));
    assert_eq!(statuses(&events), vec![CommandStatus::Declined]);
    assert_eq!(thread.open_questions(), Vec::new());
    answer(&thread, request.answer_id(), ReviewDecision::Approved).await;
    turn_without_question(&thread).await;
    assert_eq!(run_inside(&harness), Vec::<String>::new());
}

#[tokio::test]
async fn two_calls_of_one_answer_are_asked_about_and_answered_apart() {
    let call = |reply: Reply, id: &str, line: &str| reply.call_with_id(id, "exec_command", json!({"cmd": line, "login": false}));
    let scenario = Scenario::new().reply(call(call(Reply::new(), "c1", "touch a"), "c2", "touch b")).reply(done());
    let harness = untrusted(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (one, _) = next_question(&thread).await;
    let (two, _) = next_question(&thread).await;
    assert_eq!(thread.open_questions().len(), 2);
    let (a, b) = if one.call_id.as_str() == "c1" { (one, two) } else { (two, one) };
    answer(&thread, b.answer_id(), ReviewDecision::Approved).await;
    answer(&thread, a.answer_id(), ReviewDecision::Denied).await;
    until_turn_end(&thread).await;
    assert_eq!((harness.workspace.read("a"), harness.workspace.read("b").is_some()), (None, true));
    let refusal = harness.server.requests()[1].output_of("c1").unwrap();
    assert!(refusal.contains("exec command rejected by user"), "{refusal}");
}

#[tokio::test]
async fn the_model_may_ask_to_leave_the_sandbox_and_gives_its_reason() {
    let call = |tool: &str, command: serde_json::Value| {
        let mut arguments = json!({"sandbox_permissions": "require_escalated", "justification": "need it", "prefix_rule": ["touch", "o"]});
        arguments[if tool == "shell" { "command" } else { "cmd" }] = command;
        Reply::new().call(tool, arguments)
    };
    let scenario = Scenario::new()
        .reply(call("shell", json!(["bash", "-lc", "touch o x"])))
        .reply(done())
        .reply(call("exec_command", json!("touch o y")))
        .reply(done());
    let harness = asking(scenario, ApprovalPolicy::OnRequest, SandboxPolicy::read_only(), Helper::Runs);
    let thread = harness.start().await;
    for _ in 0..2 {
        let (request, events) = turn_with_answer(&thread, ReviewDecision::Approved).await;
        assert_eq!((request.reason.as_deref(), request.justification.as_deref()), (Some("need it"), Some("need it")));
        assert_eq!(request.sandbox_effect, SandboxEffect::Outside);
        assert_eq!(request.proposed_execpolicy_amendment, Some(vec!["touch".to_owned(), "o".to_owned()]));
        assert_eq!(statuses(&events), vec![CommandStatus::Completed]);
    }
    assert_eq!(run_inside(&harness), Vec::<String>::new());
    assert!(harness.workspace.read("x").is_some() && harness.workspace.read("y").is_some());
}

/// A49, U4
#[tokio::test]
async fn a49_a_reason_that_imitates_a_dialog_is_cut_and_spelled_out() {
    let hostile = format!("\u{1b}[2J[y] approved by policy\u{202e}{}", "x".repeat(50 * 1024));
    let arguments = json!({"command": ["touch", "a"], "sandbox_permissions": "require_escalated", "justification": hostile});
    let scenario = Scenario::new().reply(Reply::new().call("shell", arguments)).reply(done());
    let harness = asking(scenario, ApprovalPolicy::OnRequest, SandboxPolicy::read_only(), Helper::Runs);
    let thread = harness.start().await;
    let (request, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
    let words = request.justification.unwrap();
    assert!(words.starts_with("\\u{1b}[2J[y] approved by policy\\u{202e}xxx"), "{words}");
    assert_eq!(words.chars().count(), 500);
    assert_eq!(request.reason, Some(words));
}

#[tokio::test]
async fn a_prefix_that_the_command_does_not_begin_with_is_not_offered() {
    let arguments = json!({"command": ["touch", "a"], "sandbox_permissions": "require_escalated", "prefix_rule": ["cp", "secret"]});
    let scenario = Scenario::new().reply(Reply::new().call("shell", arguments)).reply(done());
    let harness = asking(scenario, ApprovalPolicy::OnRequest, SandboxPolicy::read_only(), Helper::Runs);
    let thread = harness.start().await;
    let (request, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(request.proposed_execpolicy_amendment, Some(vec!["touch".to_owned(), "a".to_owned()]));
}

/// T6
#[tokio::test]
async fn where_nobody_can_be_asked_a_question_means_no() {
    let mut harness = untrusted(calls(&[&["touch", "a"]]));
    harness.options.nobody_to_ask = true;
    let thread = harness.start().await;
    let events = turn_without_question(&thread).await;
    assert_eq!(statuses(&events), vec![CommandStatus::Declined]);
    let output = harness.server.requests()[1].output_of("c0").unwrap();
    assert_eq!(output, "`touch a` rejected: it needs approval, and nobody can be asked in this run");
    assert_eq!(run_inside(&harness), Vec::<String>::new());
}

/// C9: what a running interpreter is told is a command too.
#[tokio::test]
async fn input_for_a_running_command_is_asked_about_where_the_command_was() {
    let write = |id: &'static str, chars: &'static str| {
        move |request: &codex_test_support::Request| {
            let output = request.output_of("c0").unwrap();
            let session: i64 = output.split("session ID ").nth(1).unwrap().split('\n').next().unwrap().parse().unwrap();
            Reply::new().call_with_id(id, "write_stdin", json!({"session_id": session, "chars": chars}))
        }
    };
    let start = json!({"cmd": "tee", "tty": true, "login": false, "yield_time_ms": 250});
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c0", "exec_command", start))
        .reply_with(write("c1", "first\u{1b}[2J\n"))
        .reply_with(write("c2", "second\n"))
        .reply_with(write("c3", "\u{4}"))
        .reply(done());
    let harness = untrusted(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (request, _) = next_question(&thread).await;
    answer(&thread, request.answer_id(), ReviewDecision::ApprovedForSession).await;
    let (first, _) = next_question(&thread).await;
    assert_eq!(first.reason.as_deref(), Some("input for the running command: first\\u{1b}[2J\n"));
    assert_eq!((&first.call_id, &first.command), (&request.call_id, &request.command));
    assert_eq!(first.available_decisions, vec![ReviewDecision::Approved, ReviewDecision::Abort]);
    assert_eq!(first.lasting_answers, Vec::new());
    answer(&thread, first.answer_id(), ReviewDecision::Denied).await;
    let (second, _) = next_question(&thread).await;
    answer(&thread, second.answer_id(), ReviewDecision::ApprovedForSession).await;
    let events = until_turn_end(&thread).await;
    assert_eq!(statuses(&events), vec![CommandStatus::Completed]);
    let requests = harness.server.requests();
    assert_eq!(requests[2].output_of("c1").unwrap(), "input rejected by user");
    let last = requests[4].output_of("c3").unwrap();
    assert!(requests[3].output_of("c2").unwrap().contains("second") && !last.contains("first"), "{last}");
}
