//! Front ends that are attached to a server: `codex exec --remote`, two of them at one thread, and what becomes of questions.

use std::process::Stdio;

use codex_app_server_client::{ClientName, Remote, RemoteThread};
use codex_app_server_protocol::types::{AskForApproval, ThreadResumeParams, ThreadStartParams};
use codex_protocol::event::{ExecApprovalRequest, ReviewDecision};
use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{Event, EventMsg, Op, Submission, SubmissionId};
use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::session::Running;

fn exec(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> (Option<i32>, String, String) {
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as a person would")]
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_codex"));
    command.args(["exec", "--skip-git-repo-check"]).args(args).env_clear().envs(home.env()).current_dir(workspace.path());
    let output = command.env("PATH", env!("PATH")).env("HOME", workspace.path()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn exec_runs_at_a_server_and_goes_on_there() {
    let server = Scenario::new().reply(Reply::new().say("one")).reply(Reply::new().say("two")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let (code, out, log) = exec(&home, &workspace, &["--remote", &running.address, "first"]);
    assert_eq!((code, out.as_str()), (Some(0), "one\n"), "{log}");
    assert!(log.contains("session id:"), "{log}");
    let (code, out, log) = exec(&home, &workspace, &["--remote", &running.address, "--json", "resume", "--last", "second"]);
    assert_eq!(code, Some(0), "{log}");
    assert!(out.lines().any(|line| line.contains("\"agent_message\"") && line.contains("two")), "{out}");
    let requests = server.requests();
    assert!(requests[1].texts_of("user").iter().any(|text| text == "first"), "the thread went on");
}

#[test]
fn what_a_server_cannot_be_told_and_a_server_that_is_not_there_are_named() {
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    for (args, said) in [
        (["--remote", "unix:///nowhere/s", "x"].as_slice(), "cannot connect to the app server"),
        (["--remote", "http://x", "x"].as_slice(), "is no address of a server"),
        (["--remote", "unix:///x", "--remote-auth-token-env", "NO_SUCH", "x"].as_slice(), "NO_SUCH"),
    ] {
        let (code, _, log) = exec(&home, &workspace, args);
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(said), "{args:?}: {log}");
    }
}

async fn until(thread: &mut RemoteThread, fits: impl Fn(&EventMsg) -> bool) -> Event {
    loop {
        let event = thread.events.recv().await.expect("the thread goes on");
        if fits(&event.msg) {
            return event;
        }
    }
}

async fn submit(thread: &RemoteThread, op: Op) {
    thread.submissions.send(Submission { id: SubmissionId::generate(), op }).await.unwrap();
}

fn question(event: Event) -> ExecApprovalRequest {
    match event.msg {
        EventMsg::ExecApprovalRequest(asked) => *asked,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_front_ends_share_a_thread_and_one_that_comes_later_hears_the_open_question() {
    let call = Reply::new().call_with_id("c1", "shell", json!({"command": ["bash", "-lc", "echo ran > made.txt"]}));
    let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let name = ClientName { name: "test", version: "1" };
        let first = Remote::connect(&running.address, None, &name).await.unwrap();
        let params = ThreadStartParams {
            approval_policy: Some(AskForApproval::Untrusted),
            sandbox: Some(codex_app_server_protocol::types::SandboxMode::DangerFullAccess),
            ..ThreadStartParams::default()
        };
        let mut one = first.start(&params).await.unwrap();
        // What was told before anybody attached is told too.
        until(&mut one, |event| matches!(event, EventMsg::SessionConfigured(_))).await;
        let turn = UserTurn { input: vec![UserInput::text("go")], ..UserTurn::default() };
        submit(&one, Op::UserTurn(turn)).await;
        let asked = question(until(&mut one, |event| matches!(event, EventMsg::ExecApprovalRequest(_))).await);
        let second = Remote::connect(&running.address, None, &name).await.unwrap();
        let params = ThreadResumeParams { thread_id: one.id.to_string(), ..ThreadResumeParams::default() };
        let mut two = second.resume(&params).await.unwrap();
        until(&mut two, |event| matches!(event, EventMsg::TaskStarted(_))).await;
        let again = question(until(&mut two, |event| matches!(event, EventMsg::ExecApprovalRequest(_))).await);
        assert_eq!(again, asked);
        let answer = Op::ExecApproval { id: again.answer_id(), turn_id: None, decision: ReviewDecision::Approved };
        submit(&two, answer).await;
        for thread in [&mut one, &mut two] {
            until(thread, |event| matches!(event, EventMsg::AgentMessage(message) if message.message == "done")).await;
            until(thread, |event| matches!(event, EventMsg::TaskComplete(_))).await;
        }
        assert_eq!(workspace.read("made.txt").as_deref(), Some("ran\n"));
        // One leaves: the thread goes on for the other, until that leaves too.
        submit(&one, Op::Shutdown).await;
        until(&mut one, |event| matches!(event, EventMsg::ShutdownComplete)).await;
        submit(&two, Op::UserShell { command: "echo still".to_owned() }).await;
        until(&mut two, |event| matches!(event, EventMsg::ExecCommandEnd(end) if end.aggregated_output == "still\n")).await;
        submit(&two, Op::Shutdown).await;
        until(&mut two, |event| matches!(event, EventMsg::ShutdownComplete)).await;
        assert_eq!(two.events.recv().await, None);
    });
}
