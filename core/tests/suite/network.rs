//! Hosts by name: what a command of a turn reaches, who is asked, and what is told of it.
//!
//! The stand-in for the sandbox helper hands listeners over as the helper does, but makes them on this machine's loopback;
//! that a command has no other way out is tested where there is a sandbox.

use std::os::unix::fs::PermissionsExt;

use codex_protocol::event::{DeniedBy, GrantScope, NetworkApprovalContext, NetworkApprovalProtocol, ReviewDecision};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxPolicy};
use codex_protocol::{EventMsg, NetworkRules};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, submit, until_turn_end};
use super::questions::*;

/// Hands over two listeners, says where they are in `$HTTP` and `$SOCKS`, and runs the command.
const HELPER: &str = r#"#!/usr/bin/env python3
import os, socket, subprocess, sys
command = sys.argv[sys.argv.index("--") + 1:]
if "--proxy" in sys.argv:
    proxy = socket.socket(socket.AF_UNIX)
    proxy.connect(sys.argv[sys.argv.index("--proxy") + 1])
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    socket.send_fds(proxy, [b"L"], [listener.fileno() for listener in listeners])
    assert proxy.recv(1) == b"L"
    os.environ["HTTP"], os.environ["SOCKS"] = [str(listener.getsockname()[1]) for listener in listeners]
sys.exit(subprocess.run(command).returncode)
"#;

/// Asks the proxy for a tunnel and prints what it says.
fn connect(target: &str) -> String {
    format!("exec 3<>/dev/tcp/127.0.0.1/$HTTP; printf 'CONNECT {target} HTTP/1.1\\r\\n\\r\\n' >&3; cat <&3; exec 3>&-;")
}

fn harness(script: &str, approval: ApprovalPolicy, allow: &[&str], deny: &[&str]) -> Harness {
    harness_of(json!({ "command": ["bash", "-c", script] }), approval, allow, deny)
}

fn harness_of(call: serde_json::Value, approval: ApprovalPolicy, allow: &[&str], deny: &[&str]) -> Harness {
    let scenario = Scenario::new().reply(Reply::new().call_with_id("c0", "shell", call)).reply(Reply::new().say("done"));
    let mut harness = Harness::new(scenario);
    harness.config.approval_policy = approval;
    harness.config.sandbox_policy = SandboxPolicy::workspace_write();
    let owned = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect();
    harness.config.boundary.network = Some(NetworkRules { allow: owned(allow), deny: owned(deny) });
    let helper = harness.home.path().join("helper");
    std::fs::write(&helper, HELPER).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    harness.codex_exe = helper;
    harness.env.insert("PATH".into(), env!("PATH").into());
    harness
}

fn output(harness: &Harness) -> String {
    harness.server.requests()[1].output_of("c0").unwrap()
}

fn told(events: &[EventMsg]) -> Vec<String> {
    warnings(events).into_iter().filter(|text| text.starts_with("a command could not reach")).collect()
}

const SETTING: &str = "sandbox_workspace_write.network_access";

#[tokio::test]
async fn a_refused_host_is_told_to_the_command_the_user_and_the_list_of_denials() {
    let script =
        [connect("evil.example:443"), connect("evil.example:80"), connect("bad.docs.example:443"), connect("10.0.0.1:80")].concat();
    let harness = harness(&script, ApprovalPolicy::Never, &["*.docs.example"], &["bad.docs.example"]);
    let thread = harness.start().await;
    let events = turn_without_question(&thread).await;
    let output = output(&harness);
    assert_eq!(output.matches("403 Forbidden").count(), 4, "{output}");
    assert!(output.contains(&format!("`evil.example` is not named by {SETTING}.allow")), "{output}");
    // One for each host, however often it was tried.
    assert_eq!(
        told(&events),
        [
            format!("a command could not reach evil.example:443: `evil.example` is not named by {SETTING}.allow"),
            format!("a command could not reach bad.docs.example:443: `bad.docs.example` is denied by {SETTING}.deny"),
            format!("a command could not reach 10.0.0.1:80: `10.0.0.1` is an address; only that very address in {SETTING}.allow opens it"),
        ]
    );
    // S10
    let denials = &completion(&events).denials;
    let found: Vec<_> = denials.first.iter().map(|denial| (denial.call_id.as_str(), denial.by, denial.rule.as_str())).collect();
    assert_eq!(
        found,
        [
            ("c0", DeniedBy::Policy, "network: not allowed"),
            ("c0", DeniedBy::Policy, "network: not allowed"),
            ("c0", DeniedBy::Rule, "bad.docs.example"),
            ("c0", DeniedBy::Rule, "network: address not allowed"),
        ]
    );
}

#[tokio::test]
async fn an_allowed_host_is_reached_and_a_command_sees_its_proxy_and_no_closed_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let entry = format!("localhost:{}", listener.local_addr().unwrap().port());
    let script = format!("{} env | grep -i -e _proxy -e NETWORK | sort", connect(&entry));
    let mut harness = harness(&script, ApprovalPolicy::Never, &[&entry], &[]);
    harness.env.insert("HTTPS_PROXY".into(), "http://proxy.corp.example:8080".into());
    harness.env.insert("no_proxy".into(), "*".into());
    let host = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"hello from the host\n").await.unwrap();
    });
    let thread = harness.start().await;
    let events = turn_without_question(&thread).await;
    host.await.unwrap();
    let output = output(&harness);
    assert!(output.contains("200 Connection established") && output.contains("hello from the host"), "{output}");
    assert!(
        output.contains("HTTPS_PROXY=http://127.0.0.1:43128\n") && output.contains("all_proxy=socks5h://127.0.0.1:41080\n"),
        "{output}"
    );
    assert!(output.contains("no_proxy=\n") && !output.contains("corp.example") && !output.contains("SANDBOX_NETWORK"), "{output}");
    assert_eq!((told(&events), completion(&events).denials.count), (Vec::new(), 0));
}

#[tokio::test]
async fn other_policies_have_no_proxy_and_no_network() {
    for policy in [SandboxPolicy::read_only(), SandboxPolicy::DangerFullAccess] {
        let mut harness =
            harness("echo \"[$HTTP][$HTTP_PROXY][$CODEX_SANDBOX_NETWORK_DISABLED]\"", ApprovalPolicy::Never, &["a.example"], &[]);
        harness.config.sandbox_policy = policy.clone();
        let thread = harness.start().await;
        turn_without_question(&thread).await;
        let closed = if policy.needs_sandbox() { "[][][1]" } else { "[][][]" };
        assert!(output(&harness).contains(closed), "{}", output(&harness));
    }
}

/// That a host was let through shows by what comes then: its name leads nowhere.
fn was_let_through(output: &str) -> bool {
    output.contains("502 Bad Gateway") && output.contains("the name does not resolve")
}

#[tokio::test]
async fn a_host_without_a_rule_is_asked_about_under_its_command() {
    for (decision, through, by) in [
        (ReviewDecision::Approved, true, None),
        (ReviewDecision::ApprovedForSession, true, None),
        (amendment(&["curl"]), true, None),
        (ReviewDecision::Denied, false, Some(DeniedBy::User)),
    ] {
        let harness = harness(&connect("new.invalid:443"), ApprovalPolicy::OnRequest, &[], &[]);
        let thread = harness.start().await;
        let (request, events) = turn_with_answer(&thread, decision).await;
        let host = NetworkApprovalContext { host: "new.invalid".into(), protocol: NetworkApprovalProtocol::Https };
        assert_eq!((request.call_id.as_str(), request.network_approval_context), ("c0", Some(host)));
        assert_eq!(request.command[..2], ["bash", "-c"]);
        assert_eq!(request.reason.as_deref(), Some("the command wants to reach new.invalid:443, which no rule names"));
        assert_eq!((request.proposed_execpolicy_amendment, request.lasting_answers[0].scope), (None, GrantScope::Session));
        assert_eq!(was_let_through(&output(&harness)), through, "{}", output(&harness));
        assert_eq!(completion(&events).denials.first.first().map(|denial| denial.by), by);
        // An answer about a host keeps no rule for commands.
        assert!(!harness.home.path().join("rules").exists());
    }
}

#[tokio::test]
async fn an_answer_for_the_session_is_not_asked_for_again_and_one_for_once_is() {
    for (decision, again) in [(ReviewDecision::ApprovedForSession, false), (ReviewDecision::Approved, true)] {
        let script = [connect("new.invalid:443"), connect("new.invalid:443")].concat();
        let harness = harness(&script, ApprovalPolicy::OnRequest, &[], &[]);
        let thread = harness.start().await;
        submit(&thread, "go").await;
        let (first, _) = next_question(&thread).await;
        answer(&thread, first.answer_id(), decision).await;
        if again {
            let (second, _) = next_question(&thread).await;
            assert_ne!(second.answer_id(), first.answer_id());
            answer(&thread, second.answer_id(), ReviewDecision::Denied).await;
        }
        let events = until_turn_end(&thread).await;
        assert!(!events.iter().any(|event| matches!(event, EventMsg::ExecApprovalRequest(_))));
        assert_eq!(output(&harness).matches("403 Forbidden").count(), usize::from(again));
    }
}

#[tokio::test]
async fn the_time_a_person_thinks_is_not_the_commands() {
    let script = format!("{} echo went on; sleep 1000", connect("new.invalid:443"));
    let call = json!({ "command": ["bash", "-c", script], "timeout_ms": 1500 });
    let harness = harness_of(call, ApprovalPolicy::OnRequest, &[], &[]);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let (request, _) = next_question(&thread).await;
    // Longer than the command may take.
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    answer(&thread, request.answer_id(), ReviewDecision::Denied).await;
    let events = until_turn_end(&thread).await;
    // And then its limit holds.
    assert_eq!(ends(&events)[0].exit_code, 124);
    assert!(output(&harness).contains("went on"), "{}", output(&harness));
}

#[tokio::test]
async fn aborting_a_question_about_a_host_ends_the_turn() {
    let harness = harness(&connect("new.invalid:443"), ApprovalPolicy::OnRequest, &[], &[]);
    let thread = harness.start().await;
    let (_, events) = turn_with_answer(&thread, ReviewDecision::Abort).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))), "{events:?}");
    assert_eq!(harness.server.requests().len(), 1);
}

/// T6: no question possible means no.
#[tokio::test]
async fn nobody_is_asked_where_nobody_can_be() {
    let granular =
        GranularApproval { sandbox_approval: false, rules: true, mcp_elicitations: true, request_permissions: true, skill_approval: true };
    for (approval, nobody) in
        [(ApprovalPolicy::Never, false), (ApprovalPolicy::Granular(granular), false), (ApprovalPolicy::OnRequest, true)]
    {
        let mut harness = harness(&connect("new.invalid:443"), approval, &[], &[]);
        harness.options.nobody_to_ask = nobody;
        let thread = harness.start().await;
        turn_without_question(&thread).await;
        let output = output(&harness);
        assert!(output.contains(&format!("`new.invalid` is not named by {SETTING}.allow")), "{output}");
    }
}

#[tokio::test]
async fn rule_files_speak_of_hosts_too() {
    let script = [connect("a.invalid:443"), connect("b.invalid:443")].concat();
    let harness = harness(&script, ApprovalPolicy::OnRequest, &["b.invalid"], &[]);
    let rules = "network_rule(host=\"a.invalid\", protocol=\"https\", decision=\"allow\")\n\
                 network_rule(host=\"b.invalid\", protocol=\"https\", decision=\"deny\")\n";
    user_rules(&harness, rules);
    let thread = harness.start().await;
    let events = turn_without_question(&thread).await;
    let output = output(&harness);
    assert!(was_let_through(&output) && output.contains(&format!("`b.invalid` is denied by {SETTING}.deny")), "{output}");
    assert_eq!(completion(&events).denials.first[0].rule, "b.invalid (https)");
}

#[tokio::test]
async fn an_entry_that_names_no_host_is_an_error_at_the_start() {
    let harness = harness("true", ApprovalPolicy::Never, &["https://a.example/"], &[]);
    let Err(error) = harness.manager().start(harness.options.clone()).await else { panic!("it started") };
    assert!(error.to_string().starts_with(&format!("{SETTING}: `https://a.example/` names no host")), "{error}");
}

/// S6: a step down is told, with what it means.
#[tokio::test]
async fn a_network_that_stays_closed_for_want_of_namespaces_is_told_at_the_start() {
    for (allow, told) in [(Some(&["a.example"][..]), true), (None, false)] {
        let mut harness = harness("true", ApprovalPolicy::Never, allow.unwrap_or_default(), &[]);
        if allow.is_none() {
            harness.config.boundary.network = None;
        }
        harness.config.features.insert("use_legacy_landlock".to_owned(), true);
        let thread = harness.start().await;
        let events = turn_without_question(&thread).await;
        let closed = warnings(&events).iter().filter(|text| text.starts_with("sandbox: the network stays closed: ")).count();
        assert_eq!(closed, usize::from(told), "{:?}", warnings(&events));
    }
}
