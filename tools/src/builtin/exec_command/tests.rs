use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::{Asked, FakeHost};
use crate::host::Escalation;

const PATCH: &str = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch";

fn request(host: &FakeHost, command: &[&str]) -> SessionRequest {
    SessionRequest {
        call_id: "call".into(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        cwd: host.cwd().to_path_buf(),
        tty: false,
        yield_time: Duration::from_secs(10),
        escalation: Escalation::default(),
    }
}

#[tokio::test]
async fn a_line_runs_in_the_users_login_shell_for_ten_seconds() {
    let host = FakeHost::new();
    let answer = host.answer(NAME, json!({"cmd": "echo hi", "surprise": true})).await;
    assert_eq!(host.asked(), [Asked::Start(request(&host, &["/bin/bash", "-lc", "echo hi"]))]);
    assert!(answer.starts_with("Command: /bin/bash -lc 'echo hi'\nChunk ID: "), "{answer}");
    assert!(answer.ends_with("\nWall time: 0.0000 seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\nhi\n"));
}

#[tokio::test]
async fn every_argument_reaches_the_session() {
    let host = FakeHost::new();
    let arguments = json!({"cmd": "ls", "workdir": "sub", "shell": "/bin/sh", "tty": true, "login": false, "yield_time_ms": 60_000,
        "sandbox_permissions": "require_escalated", "justification": "why", "prefix_rule": ["ls"]});
    host.answer(NAME, arguments).await;
    let expected = SessionRequest {
        cwd: host.cwd().join("sub"),
        tty: true,
        yield_time: Duration::from_secs(30),
        escalation: Escalation {
            permissions: Some("require_escalated".into()),
            justification: Some("why".into()),
            prefix_rule: Some(vec!["ls".into()]),
            additional: None,
        },
        ..request(&host, &["/bin/sh", "-c", "ls"])
    };
    assert_eq!(host.asked(), [Asked::Start(expected)]);
}

#[test]
fn the_wait_is_held_between_a_quarter_second_and_half_a_minute() {
    let cases = [(None, 10_000), (Some(0), 250), (Some(1), 250), (Some(4_000), 4_000), (Some(60_000), 30_000)];
    for (asked, millis) in cases {
        assert_eq!(yield_time(asked), Duration::from_millis(millis), "{asked:?}");
    }
}

#[tokio::test]
async fn the_output_budget_is_ten_thousand_tokens_unless_the_call_says() {
    let mut host = FakeHost::new();
    host.turn.truncation = codex_protocol::rollout::TruncationPolicy::Bytes(10);
    host.outcome.output = "x".repeat(50_000);
    let answer = host.answer(NAME, json!({"cmd": "yes"})).await;
    assert!(answer.contains("…2500 tokens truncated…"), "{answer}");
    let answer = host.answer(NAME, json!({"cmd": "yes", "max_output_tokens": 2})).await;
    assert!(answer.ends_with("Original token count: 12500\nOutput:\nTotal output lines: 1\n\nxxxx…12498 tokens truncated…xxxx"));
}

#[tokio::test]
async fn a_running_command_is_no_failure_and_a_failed_one_is() {
    let mut host = FakeHost::new();
    for (state, success) in [(SessionState::Running(7), true), (SessionState::Exited(0), true), (SessionState::Exited(2), false)] {
        host.state = state;
        assert_eq!(host.call(NAME, json!({"cmd": "x"})).await.unwrap().success, success, "{state:?}");
    }
}

#[tokio::test]
async fn a_login_shell_can_be_switched_off_by_configuration() {
    let mut host = FakeHost::new();
    host.turn.allow_login_shell = false;
    let refused = host.refusal(NAME, json!({"cmd": "true", "login": true})).await;
    assert_eq!(refused, "login shell is disabled by config; omit `login` or set it to false.");
    host.answer(NAME, json!({"cmd": "true"})).await;
    assert_eq!(host.asked(), [Asked::Start(request(&host, &["/bin/bash", "-c", "true"]))]);
}

#[tokio::test]
async fn a_shell_is_found_by_name_or_refused_by_name() {
    let host = FakeHost::new();
    host.answer(NAME, json!({"cmd": "true", "shell": "bash"})).await;
    host.answer(NAME, json!({"cmd": "true", "shell": ""})).await;
    let users_own = Asked::Start(request(&host, &["/bin/bash", "-lc", "true"]));
    assert_eq!(host.asked(), [users_own.clone(), users_own]);
    assert_eq!(
        host.refusal(NAME, json!({"cmd": "print(1)", "shell": "/usr/bin/python3"})).await,
        "`/usr/bin/python3` is not a shell; leave `shell` out or name one of bash, zsh, sh, dash, ksh, fish"
    );
    assert_eq!(
        host.refusal(NAME, json!({"cmd": "true", "shell": "/nowhere/zsh"})).await,
        "shell `/nowhere/zsh` is not installed here; leave `shell` out to use the user's own"
    );
}

#[tokio::test]
async fn wrong_arguments_are_told_in_the_parsers_words() {
    let host = FakeHost::new();
    let cases = [
        (r#"{"command":"ls"}"#, "missing field `cmd` at line 1 column 16"),
        (r#"{"cmd": "true", "max_output_tokens": -1}"#, "invalid value: integer `-1`, expected usize at line 1 column 39"),
        (r#"{"cmd": "true", "yield_time_ms": 1.5}"#, "invalid type: floating point `1.5`, expected u64 at line 1 column 36"),
        (r#"{"cmd": "true", "prefix_rule": "x"}"#, "invalid type: string \"x\", expected a sequence at line 1 column 34"),
        (r#"{"cmd": ["a""#, "invalid type: sequence, expected a string at line 1 column 8"),
        (
            r#"{"command": [], "cmd": "true", "sandbox_permissions": "bogus"}"#,
            "unknown variant `bogus`, expected one of `use_default`, `require_escalated`, `with_additional_permissions` at line 1 column 61",
        ),
    ];
    for (arguments, message) in cases {
        let refused = host.refusal_of_text(NAME, arguments).await;
        assert_eq!(refused, format!("failed to parse function arguments: {message}"));
    }
    assert_eq!(host.asked(), []);
}

#[tokio::test]
async fn a_patch_in_a_here_document_is_applied_as_a_patch() {
    let host = FakeHost::new();
    let answer = host.answer(NAME, json!({"cmd": format!("cd sub && apply_patch <<'EOF'\n{PATCH}\nEOF\n"), "workdir": "w"})).await;
    assert_eq!(
        answer,
        "Wall time: 0.0000 seconds\nOutput:\n{\"output\":\"Success.\\n\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.1}}"
    );
    assert_eq!(host.asked(), [Asked::Apply(vec![(host.cwd().join("w/sub/a.txt"), Some("x\n".into()))])]);
}

#[tokio::test]
async fn the_bare_text_of_a_patch_is_refused_with_advice() {
    let host = FakeHost::new();
    assert_eq!(
        host.refusal(NAME, json!({"cmd": PATCH})).await,
        "apply_patch verification failed: patch detected without explicit call to apply_patch. Rerun as [\"apply_patch\", \"<patch>\"]"
    );
    assert_eq!(host.asked(), []);
}

#[tokio::test]
async fn a_line_that_does_more_than_patch_is_a_command() {
    let host = FakeHost::new();
    let line = format!("apply_patch <<'EOF'\n{PATCH}\nEOF\necho done");
    host.answer(NAME, json!({"cmd": line})).await;
    assert!(matches!(host.asked().as_slice(), [Asked::Start(_)]));
}

#[tokio::test]
async fn stdin_goes_to_the_session_it_names() {
    let mut host = FakeHost::new();
    host.state = SessionState::Running(33_826);
    let answer = host.answer("write_stdin", json!({"session_id": 33_826, "chars": "y\n"})).await;
    assert!(answer.contains("\nProcess running with session ID 33826\n"), "{answer}");
    host.answer("write_stdin", json!({"session_id": 33_826})).await;
    let write = |chars: &str, millis: u64| {
        let yield_time = Duration::from_millis(millis);
        Asked::Write(crate::host::WriteRequest { call_id: "call".into(), session_id: 33_826, chars: chars.into(), yield_time })
    };
    assert_eq!(host.asked(), [write("y\n", 250), write("", 5_000)]);
    assert_eq!(
        host.refusal_of_text("write_stdin", r#"{"session_id": "1", "chars": ""}"#).await,
        "failed to parse function arguments: invalid type: string \"1\", expected i32 at line 1 column 18"
    );
}

#[tokio::test]
async fn additional_permissions_are_read_made_absolute_and_refused_where_they_make_no_sense() {
    let mut host = FakeHost::new();
    let wish = |more: serde_json::Value| {
        let mut call = json!({"cmd": "make", "workdir": "sub", "sandbox_permissions": "with_additional_permissions"});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    let network = json!({"network": {"enabled": true}});
    let refused = host.refusal("exec_command", json!({"cmd": "make", "additional_permissions": network})).await;
    assert!(refused.contains("enable `features.exec_permission_approvals`"), "{refused}");
    host.turn.additional_permissions = true;
    let escalated = json!({"sandbox_permissions": "require_escalated", "additional_permissions": network});
    for (more, why) in [
        (json!({}), "missing `additional_permissions`; provide at least one of"),
        (json!({"additional_permissions": {}}), "must include at least one requested permission"),
        (json!({"additional_permissions": {"bogus": 1}}), "must include at least one requested permission"),
        (
            json!({"additional_permissions": {"network": {"enabled": false}, "file_system": {"read": [], "write": []}}}),
            "must include at least one",
        ),
        (json!({"additional_permissions": {"macos": {}}}), "is only supported on macOS"),
        (escalated, "requires `sandbox_permissions` set to `with_additional_permissions`"),
    ] {
        let refused = host.refusal("exec_command", wish(more)).await;
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(host.asked(), []);
    host.answer("exec_command", wish(json!({"additional_permissions": {"file_system": {"read": ["/etc"], "write": ["../x/./y"]}}}))).await;
    let asked = host.asked();
    let [Asked::Start(request)] = asked.as_slice() else { panic!("{asked:?}") };
    let additional = request.escalation.additional.clone().unwrap();
    assert_eq!((additional.writes(), additional.reads()), ([host.cwd().join("x/y")].as_slice(), ["/etc".into()].as_slice()));
    assert!(!additional.opens_network());
    // Whoever names permissions asks for them.
    host.answer("exec_command", json!({"cmd": "make", "additional_permissions": network})).await;
    let Some(Asked::Start(request)) = host.asked().pop() else { panic!("it was started") };
    assert_eq!(request.escalation.permissions.as_deref(), Some("with_additional_permissions"));
}
