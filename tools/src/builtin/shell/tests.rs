use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::{Asked, FakeHost, text};

const PATCH: &str = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch";
const STRUCTURED: &str = "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nhi\n";
const JSON: &str = r#"{"output":"hi\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#;

fn request(host: &FakeHost, command: &[&str]) -> ExecRequest {
    ExecRequest {
        call_id: "call".into(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        cwd: host.cwd().to_path_buf(),
        timeout: Duration::from_secs(10),
        escalation: crate::host::Escalation::default(),
        source: CommandSource::Agent,
    }
}

#[tokio::test]
async fn an_argv_runs_as_it_is_for_ten_seconds() {
    let host = FakeHost::new();
    assert_eq!(host.answer("shell", json!({"command": ["echo", "$HOME"], "with_escalated_permissions": true})).await, STRUCTURED);
    assert_eq!(host.asked(), [Asked::Exec(request(&host, &["echo", "$HOME"]))]);
}

#[tokio::test]
async fn the_time_limit_has_two_names_but_not_both_at_once() {
    let host = FakeHost::new();
    host.answer("shell", json!({"command": ["a"], "timeout": 300})).await;
    host.answer("shell", json!({"command": ["a"], "timeout_ms": 300, "workdir": "/tmp"})).await;
    let limited = ExecRequest { timeout: Duration::from_millis(300), ..request(&host, &["a"]) };
    let elsewhere = ExecRequest { cwd: "/tmp".into(), ..limited.clone() };
    assert_eq!(host.asked(), [Asked::Exec(limited), Asked::Exec(elsewhere)]);
    assert_eq!(
        host.refusal_of_text("shell", r#"{"command": ["true"], "timeout": 100, "timeout_ms": 5}"#).await,
        "failed to parse function arguments: duplicate field `timeout_ms` at line 1 column 50"
    );
}

#[tokio::test]
async fn the_form_of_the_answer_follows_the_model_and_the_name() {
    let mut host = FakeHost::new();
    let command = json!({"command": ["x"]});
    let local = ToolInput::LocalShell(LocalShellAction::Exec {
        command: vec!["x".into()],
        timeout_ms: None,
        working_directory: None,
        env: None,
        user: None,
    });
    for (structured, expected) in [(true, STRUCTURED), (false, JSON)] {
        host.turn.structured_shell_output = structured;
        assert_eq!(host.answer("shell", command.clone()).await, expected);
        assert_eq!(host.answer("container.exec", command.clone()).await, expected);
        assert_eq!(host.answer("local_shell", command.clone()).await, JSON);
        assert_eq!(host.answer("shell_command", json!({"command": "x"})).await, STRUCTURED);
        let item = host.call_with("local_shell", local.clone(), &CancellationToken::new()).await.unwrap();
        assert_eq!(text(item), expected);
    }
}

#[tokio::test]
async fn a_local_shell_item_says_where_and_how_long() {
    let host = FakeHost::new();
    let action = LocalShellAction::Exec {
        command: vec!["ls".into()],
        timeout_ms: Some(50),
        working_directory: Some("sub".into()),
        env: None,
        user: None,
    };
    host.call_with("local_shell", ToolInput::LocalShell(action), &CancellationToken::new()).await.unwrap();
    let expected = ExecRequest { cwd: host.cwd().join("sub"), timeout: Duration::from_millis(50), ..request(&host, &["ls"]) };
    assert_eq!(host.asked(), [Asked::Exec(expected)]);
}

#[tokio::test]
async fn a_failing_command_and_a_late_one_are_failures() {
    let mut host = FakeHost::new();
    host.outcome =
        crate::host::ExecOutcome { exit_code: 124, output: "some\n".into(), duration: Duration::from_millis(304), timed_out: true };
    let output = host.call("shell", json!({"command": ["sleep", "5"]})).await.unwrap();
    assert!(!output.success);
    assert_eq!(text(output), "Exit code: 124\nWall time: 0.3 seconds\nOutput:\ncommand timed out after 304 milliseconds\nsome\n");
}

#[tokio::test]
async fn an_empty_argv_is_declined_before_the_host_is_asked_to_run_it() {
    let host = FakeHost::new();
    assert_eq!(host.refusal("shell", json!({"command": []})).await, "command args are empty");
    let [EventMsg::ExecCommandBegin(begin), EventMsg::ExecCommandEnd(end)] = &host.events()[..] else { panic!("{:?}", host.asked()) };
    assert_eq!(begin.command, Vec::<String>::new());
    assert_eq!((end.exit_code, end.status, end.aggregated_output.as_str()), (-1, CommandStatus::Declined, "command args are empty"));
}

#[tokio::test]
async fn patches_are_found_in_every_form_an_argv_can_have() {
    let here = format!("apply_patch <<'EOF'\n{PATCH}\nEOF\n");
    let forms = [
        json!(["apply_patch", PATCH]),
        json!(["applypatch", PATCH]),
        json!(["bash", "-lc", here]),
        json!(["sh", "-c", here]),
        json!(["zsh", "-lc", here]),
    ];
    for command in forms {
        let host = FakeHost::new();
        let answer = host.answer("shell", json!({"command": command, "workdir": "sub"})).await;
        assert_eq!(answer, "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess.\n", "{command}");
        assert_eq!(host.asked(), [Asked::Apply(vec![(host.cwd().join("sub/a.txt"), Some("x\n".into()))])]);
    }
    let mut host = FakeHost::new();
    host.turn.structured_shell_output = false;
    let json = r#"{"output":"Success.\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#;
    assert_eq!(host.answer("shell", json!({"command": ["apply_patch", PATCH]})).await, json);
    host.turn.structured_shell_output = true;
    assert_eq!(host.answer("shell_command", json!({"command": here})).await, json);
}

#[tokio::test]
async fn the_bare_text_of_a_patch_is_refused_with_advice() {
    let host = FakeHost::new();
    for command in [json!([PATCH]), json!(["bash", "-lc", PATCH])] {
        assert_eq!(
            host.refusal("shell", json!({"command": command})).await,
            "apply_patch verification failed: patch detected without explicit call to apply_patch. Rerun as [\"apply_patch\", \"<patch>\"]"
        );
    }
    assert_eq!(host.asked(), []);
}

#[tokio::test]
async fn wrong_arguments_are_told_in_the_parsers_words() {
    let host = FakeHost::new();
    let cases = [
        (r#"{"command":"ls"}"#, "invalid type: string \"ls\", expected a sequence at line 1 column 15"),
        (r#"{"command": "ls"}"#, "invalid type: string \"ls\", expected a sequence at line 1 column 16"),
        (r#"{"command":["ls" "#, "EOF while parsing a list at line 1 column 17"),
        ("", "EOF while parsing a value at line 1 column 0"),
    ];
    for (arguments, message) in cases {
        let refused = host.refusal_of_text("shell", arguments).await;
        assert_eq!(refused, format!("failed to parse function arguments: {message}"));
    }
    assert_eq!(host.asked(), []);
}

#[tokio::test]
async fn a_shell_line_runs_in_the_users_shell() {
    let mut host = FakeHost::new();
    host.answer("shell_command", json!({"command": "ls | wc", "login": false, "workdir": "sub", "timeout_ms": 5})).await;
    let expected =
        ExecRequest { cwd: host.cwd().join("sub"), timeout: Duration::from_millis(5), ..request(&host, &["/bin/bash", "-c", "ls | wc"]) };
    assert_eq!(host.asked(), [Asked::Exec(expected)]);
    host.turn.allow_login_shell = false;
    let refused = host.refusal("shell_command", json!({"command": "ls", "login": true})).await;
    assert_eq!(refused, "login shell is disabled by config; omit `login` or set it to false.");
}
