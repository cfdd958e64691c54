//! What runs where, under rules, after denials, and what is told of it.

use codex_protocol::event::{CommandStatus, DeniedBy, ReviewDecision, SandboxEffect};
use codex_protocol::op::{TurnOverrides, UserTurn};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxMode, SandboxPolicy};
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, failure_code, submit, until_turn_end};
use super::questions::*;

fn done() -> Reply {
    Reply::new().say("done")
}

fn one_call(tool: &str, arguments: serde_json::Value) -> Scenario {
    Scenario::new().reply(Reply::new().call_with_id("c0", tool, arguments)).reply(done())
}

fn shell(words: &[&str]) -> Scenario {
    one_call("shell", json!({ "command": words }))
}

async fn run_once(harness: &Harness) -> (Vec<EventMsg>, String) {
    let thread = harness.start().await;
    let events = turn_without_question(&thread).await;
    (events, harness.server.requests()[1].output_of("c0").unwrap())
}

#[tokio::test]
async fn rules_forbid_and_ask_under_every_policy() {
    let rules = "prefix_rule([\"wget\"], decision=\"forbidden\")\n\
                 prefix_rule([\"curl\"], decision=\"forbidden\", justification=\"no downloads\")\n\
                 prefix_rule([\"cp\"], decision=\"prompt\", justification=\"look first\")\n";
    for approval in [ApprovalPolicy::Untrusted, ApprovalPolicy::OnRequest, ApprovalPolicy::OnFailure, ApprovalPolicy::Never] {
        for (words, text) in [
            (&["wget", "x"][..], "`wget x` rejected: policy forbids commands starting with `wget`"),
            (&["bash", "-lc", "ls && curl x"], "`bash -lc 'ls && curl x'` rejected: no downloads"),
            (&["/usr/bin/wget", "x"], "`/usr/bin/wget x` rejected: policy forbids commands starting with `wget`"),
            (&["bash", "-lc", "(wget x)"], "`bash -lc '(wget x)'` rejected: policy forbids commands starting with `wget`"),
        ] {
            let harness = asking(shell(words), approval, SandboxPolicy::DangerFullAccess, Helper::Runs);
            user_rules(&harness, rules);
            let (events, output) = run_once(&harness).await;
            assert_eq!(output, text, "{approval:?}");
            assert_eq!(statuses(&events), vec![CommandStatus::Declined]);
            assert_eq!(completion(&events).denials.first[0].by, DeniedBy::Rule);
        }
    }
    let harness = asking(shell(&["cp", "a", "b"]), ApprovalPolicy::Never, SandboxPolicy::DangerFullAccess, Helper::Runs);
    user_rules(&harness, rules);
    let (_, output) = run_once(&harness).await;
    assert_eq!(output, "approval required by policy, but AskForApproval is set to Never");
    let harness = asking(shell(&["cp", "a", "b"]), ApprovalPolicy::OnRequest, SandboxPolicy::workspace_write(), Helper::Runs);
    user_rules(&harness, rules);
    let thread = harness.start().await;
    let (request, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
    assert_eq!(request.reason.as_deref(), Some("`cp a b` requires approval: look first"));
    assert_eq!(request.proposed_execpolicy_amendment, None);
    assert_eq!(request.available_decisions, vec![ReviewDecision::Approved, ReviewDecision::Abort]);
}

#[tokio::test]
async fn a_rules_file_that_does_not_parse_is_a_warning_and_the_session_goes_on() {
    let harness = asking(shell(&["ls"]), ApprovalPolicy::OnRequest, SandboxPolicy::workspace_write(), Helper::Runs);
    user_rules(&harness, "prefix_rule([");
    let (events, _) = run_once(&harness).await;
    let warnings = warnings(&events);
    assert!(warnings.iter().any(|text| text.contains("my.rules") && text.contains("ignored")), "{warnings:?}");
    assert_eq!(statuses(&events), vec![CommandStatus::Completed]);
}

/// T2: a repository restricts once it is trusted, and never allows.
#[tokio::test]
async fn rules_of_a_project_count_when_it_is_trusted_and_only_restrict() {
    for trusted in [false, true] {
        let mut harness = asking(shell(&["touch", "x"]), ApprovalPolicy::OnRequest, SandboxPolicy::workspace_write(), Helper::Runs);
        harness.workspace.file(".codex/rules/p.rules", "prefix_rule([\"touch\"], decision=\"forbidden\")");
        if trusted {
            harness.config.trusted = Some(true);
            harness.config.project_folders = vec![harness.workspace.path().to_path_buf()];
        }
        let (events, _) = run_once(&harness).await;
        let expected = if trusted { CommandStatus::Declined } else { CommandStatus::Completed };
        assert_eq!(statuses(&events), vec![expected]);
    }
    let mut harness = asking(shell(&["touch", "x"]), ApprovalPolicy::OnRequest, SandboxPolicy::workspace_write(), Helper::Runs);
    harness.workspace.file(".codex/rules/p.rules", "prefix_rule([\"touch\"])");
    harness.config.trusted = Some(true);
    harness.config.project_folders = vec![harness.workspace.path().to_path_buf()];
    run_once(&harness).await;
    assert_eq!(run_inside(&harness), vec!["touch x"]);
}

/// C3: a program planted where commands may write does not leave the sandbox under a rule for its name.
#[tokio::test]
async fn a_planted_program_stays_in_the_sandbox_whatever_rule_has_its_name() {
    let mut harness = asking(shell(&["touch", "x"]), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Notes);
    user_rules(&harness, "prefix_rule([\"touch\"])");
    let planted = harness.workspace.file("bin/touch", "#!/bin/sh\necho > planted\n");
    std::fs::set_permissions(&planted, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", planted.parent().unwrap().display());
    harness.env.insert("PATH".into(), path.into());
    run_once(&harness).await;
    assert_eq!(run_inside(&harness), vec!["touch x"]);
    assert_eq!(harness.workspace.read("planted"), None);
    // The shell around it leaves the sandbox with it, so it has to be the system's own as well.
    let mut harness = asking(Scenario::new(), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Notes);
    let planted = harness.workspace.file("bash", "#!/bin/sh\necho > planted\n");
    std::fs::set_permissions(&planted, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let planted = planted.to_str().unwrap();
    harness.server = shell(&[planted, "-lc", "touch x"]).start();
    harness.config.provider = codex_config::provider::ProviderInfo::at("mock", "mock", &harness.server.base_url());
    user_rules(&harness, "prefix_rule([\"touch\"])");
    run_once(&harness).await;
    assert_eq!(run_inside(&harness), vec![format!("{planted} -lc touch x")]);
}

#[tokio::test]
async fn a_denied_command_may_run_again_without_the_sandbox_as_one_item() {
    for (tool, arguments, line) in [
        ("shell", json!({"command": ["touch", "a"]}), "touch a"),
        ("exec_command", json!({"cmd": "touch a", "login": false}), "/bin/bash -c touch a"),
    ] {
        for approval in [ApprovalPolicy::OnFailure, ApprovalPolicy::Untrusted] {
            let harness = asking(one_call(tool, arguments.clone()), approval, SandboxPolicy::workspace_write(), Helper::Denies);
            let thread = harness.start().await;
            submit(&thread, "go").await;
            let mut events = Vec::new();
            if approval == ApprovalPolicy::Untrusted {
                let (first, before) = next_question(&thread).await;
                assert_eq!(first.sandbox_effect, SandboxEffect::Inside);
                answer(&thread, first.answer_id(), ReviewDecision::Approved).await;
                events.extend(before);
            }
            let (request, before) = next_question(&thread).await;
            assert_eq!(request.reason.as_deref(), Some("command failed; retry without sandbox?"));
            assert_eq!(request.sandbox_effect, SandboxEffect::Outside);
            assert_eq!(harness.workspace.read("a"), None);
            answer(&thread, request.answer_id(), ReviewDecision::Approved).await;
            events.extend(before);
            events.extend(until_turn_end(&thread).await);
            let begins = events.iter().filter(|event| matches!(event, EventMsg::ExecCommandBegin(_))).count();
            assert_eq!((begins, statuses(&events)), (1, vec![CommandStatus::Completed]), "{tool} {approval:?}");
            assert!(harness.workspace.read("a").is_some());
            assert_eq!(run_inside(&harness), vec![line]);
            let denials = &completion(&events).denials;
            assert_eq!((denials.count, denials.first[0].by), (1, DeniedBy::Sandbox));
            assert!(denials.first[0].message.ends_with("Permission denied"), "{denials:?}");
            assert_eq!(denials.first[0].rule, "workspace-write, network closed");
        }
    }
}

#[tokio::test]
async fn a_denied_command_that_may_not_run_again_keeps_its_output() {
    for (tool, arguments) in [("shell", json!({"command": ["touch", "a"]})), ("exec_command", json!({"cmd": "touch a", "login": false}))] {
        let sandbox = SandboxPolicy::workspace_write();
        let harness = asking(one_call(tool, arguments), ApprovalPolicy::OnFailure, sandbox, Helper::Denies);
        let thread = harness.start().await;
        let (_, events) = turn_with_answer(&thread, ReviewDecision::Denied).await;
        assert_eq!(statuses(&events), vec![CommandStatus::Failed], "{tool}");
        let output = harness.server.requests()[1].output_of("c0").unwrap();
        assert!(output.contains("Permission denied"), "{output}");
        assert!(output.ends_with("exec command rejected by user: it was not run again without the sandbox\n"), "{output}");
        assert_eq!(harness.workspace.read("a"), None);
    }
}

#[tokio::test]
async fn policies_without_that_question_leave_a_denied_command_as_it_is() {
    for approval in [ApprovalPolicy::OnRequest, ApprovalPolicy::Never] {
        let harness = asking(shell(&["touch", "a"]), approval, SandboxPolicy::workspace_write(), Helper::Denies);
        let (events, output) = run_once(&harness).await;
        assert_eq!(statuses(&events), vec![CommandStatus::Failed]);
        assert!(output.contains("Permission denied"), "{output}");
        let denials = &completion(&events).denials;
        assert_eq!((denials.count, denials.first[0].command.as_str(), denials.first[0].by), (1, "touch a", DeniedBy::Sandbox));
    }
}

/// A20: what sounds like a switch is none.
#[tokio::test]
async fn a20_unknown_arguments_do_not_open_the_sandbox() {
    for (tool, key) in [("shell", "command"), ("exec_command", "cmd")] {
        let mut arguments = json!({
            "sandbox": "none", "dangerouslyDisableSandbox": true, "with_escalated_permissions": true, "approval_policy": "never",
            "sandbox_policy": {"type": "danger-full-access"}, "login": false
        });
        arguments[key] = if tool == "shell" { json!(["touch", "a"]) } else { json!("touch a") };
        let harness = asking(one_call(tool, arguments), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Notes);
        run_once(&harness).await;
        assert_eq!(run_inside(&harness).len(), 1, "{tool}");
        assert_eq!(harness.workspace.read("a"), None);
    }
    for permissions in ["danger-full-access", "none"] {
        let arguments = json!({"command": ["touch", "a"], "sandbox_permissions": permissions});
        let harness = asking(one_call("shell", arguments), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Notes);
        run_once(&harness).await;
        assert_eq!((run_inside(&harness).len(), harness.workspace.read("a")), (0, None));
    }
}

/// A50, C10: what reaches a home or a root does not run unasked; what removes a file of the workspace does.
#[tokio::test]
async fn a50_removal_of_roots_is_refused_or_asked_about_and_of_a_file_runs() {
    let commands: [&[&str]; 7] = [
        &["rm", "-rf", "/"],
        &["bash", "-c", "rm -rf ~"],
        &["bash", "-c", "rm -rf \"$HOME\""],
        &["bash", "-c", "rm -rf -- ."],
        &["find", "/", "-delete"],
        &["bash", "-c", "rm -rf ../../.."],
        &["bash", "-c", "true && (rm -rf /)"],
    ];
    // Should one get through, it must not be the real program: these are found first, and lie where commands cannot write.
    let harmless = tempfile::tempdir().unwrap();
    for name in ["rm", "find"] {
        let program = harmless.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\necho > '{}/ran'\n", harmless.path().display())).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = std::ffi::OsString::from(format!("{}:/usr/bin:/bin", harmless.path().display()));
    for words in commands {
        for sandbox in [workspace_only(), SandboxPolicy::read_only()] {
            let mut harness = asking(shell(words), ApprovalPolicy::Never, sandbox.clone(), Helper::Notes);
            harness.env.insert("PATH".into(), path.clone());
            let (events, output) = run_once(&harness).await;
            assert!(output.ends_with("rejected: blocked by policy"), "{words:?}: {output}");
            assert_eq!(statuses(&events), vec![CommandStatus::Declined], "{words:?}");
            for approval in [ApprovalPolicy::OnRequest, ApprovalPolicy::OnFailure, ApprovalPolicy::Untrusted] {
                let mut harness = asking(shell(words), approval, sandbox.clone(), Helper::Notes);
                harness.env.insert("PATH".into(), path.clone());
                user_rules(&harness, "prefix_rule([\"rm\"])\nprefix_rule([\"find\"])\nprefix_rule([\"true\"])");
                let thread = harness.start().await;
                let (request, _) = turn_with_answer(&thread, ReviewDecision::Denied).await;
                assert_eq!(request.proposed_execpolicy_amendment, None, "{words:?}");
                assert_eq!(run_inside(&harness), Vec::<String>::new(), "{words:?}");
            }
        }
    }
    assert!(!harmless.path().join("ran").exists());
    let words: &[&str] = &["bash", "-lc", "rm -f build/x.o"];
    let harness = asking(shell(words), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Runs);
    harness.workspace.file("build/x.o", "x");
    run_once(&harness).await;
    assert_eq!(harness.workspace.read("build/x.o"), None);
    assert_eq!(run_inside(&harness), vec!["bash -lc rm -f build/x.o"]);
}

/// A19: a run whose commands all failed for want of a sandbox has failed, and says what is missing.
#[tokio::test]
async fn a19_a_turn_in_which_no_command_could_be_confined_has_failed() {
    for (tool, arguments) in [("shell", json!({"command": ["ls"]})), ("exec_command", json!({"cmd": "ls", "login": false}))] {
        let harness = asking(one_call(tool, arguments), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Refuses);
        let (events, _) = run_once(&harness).await;
        assert_eq!(failure_code(&events), "sandbox_unavailable", "{tool}");
        let complete = completion(&events);
        assert_eq!(complete.error.as_ref().unwrap().message, "no command could run: no Landlock here; use a newer kernel");
        assert_eq!((complete.denials.count, complete.denials.first[0].by), (1, DeniedBy::Machine));
    }
}

/// S6: a sandbox that is weaker than it could be is told, once a session.
#[tokio::test]
async fn a_weaker_sandbox_is_told_once_and_none_is_nothing_to_tell() {
    // The stand-in for the helper makes no namespaces, so this machine seems to have none.
    for (sandbox, times) in [(SandboxPolicy::workspace_write(), 1), (SandboxPolicy::DangerFullAccess, 0)] {
        let scenario = Scenario::new().reply(done()).reply(done());
        let harness = asking(scenario, ApprovalPolicy::OnRequest, sandbox, Helper::Runs);
        let thread = harness.start().await;
        let mut events = turn_without_question(&thread).await;
        events.extend(turn_without_question(&thread).await);
        let told = warnings(&events).into_iter().filter(|text| text.starts_with("sandbox: ")).count();
        assert_eq!(told, times);
    }
}

#[tokio::test]
async fn the_granular_policy_asks_its_kinds_of_question_and_refuses_the_others() {
    let granular = |rules, sandbox_approval| {
        ApprovalPolicy::Granular(GranularApproval {
            sandbox_approval,
            rules,
            mcp_elicitations: false,
            request_permissions: false,
            skill_approval: false,
        })
    };
    let escalated = || one_call("shell", json!({"command": ["touch", "a"], "sandbox_permissions": "require_escalated"}));
    let sandbox = SandboxPolicy::workspace_write();
    let harness = asking(escalated(), granular(false, true), sandbox.clone(), Helper::Notes);
    let thread = harness.start().await;
    turn_with_answer(&thread, ReviewDecision::Denied).await;
    let harness = asking(escalated(), granular(true, false), sandbox.clone(), Helper::Notes);
    let (_, output) = run_once(&harness).await;
    assert!(output.starts_with("approval policy is Granular without sandbox_approval; reject command"), "{output}");
    for (approval, asks) in [(granular(true, false), true), (granular(false, true), false)] {
        let harness = asking(shell(&["cp", "a", "b"]), approval, sandbox.clone(), Helper::Notes);
        user_rules(&harness, "prefix_rule([\"cp\"], decision=\"prompt\")");
        if asks {
            let thread = harness.start().await;
            turn_with_answer(&thread, ReviewDecision::Denied).await;
        } else {
            let (_, output) = run_once(&harness).await;
            assert!(output.starts_with("approval required by policy"), "{output}");
        }
    }
}

const OUTSIDE: &str = "patch rejected: writing outside of the project; rejected by user approval settings";

fn workspace_only() -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    }
}

fn patches(paths: &[&str]) -> Scenario {
    paths.iter().enumerate().fold(Scenario::new(), |scenario, (at, path)| {
        let patch = format!("*** Begin Patch\n*** Add File: {path}\n+{at}\n*** End Patch");
        scenario.reply(Reply::new().custom("apply_patch", patch)).reply(done())
    })
}

#[tokio::test]
async fn a_patch_outside_is_asked_about_and_written_where_it_was_approved() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("x.txt");
    let path = file.to_str().unwrap();
    let harness = asking(patches(&[path, path, path, path]), ApprovalPolicy::OnRequest, workspace_only(), Helper::Runs);
    let thread = harness.start().await;
    for (decision, content) in
        [(ReviewDecision::Denied, None), (ReviewDecision::Approved, Some("1\n")), (ReviewDecision::ApprovedForSession, Some("2\n"))]
    {
        submit(&thread, "go").await;
        let request = next_patch_question(&thread).await;
        assert_eq!(request.reason, Some(format!("writes outside of the project: {path}")));
        assert_eq!(request.changes.keys().collect::<Vec<_>>(), vec![&file]);
        answer_patch(&thread, &request, decision).await;
        until_turn_end(&thread).await;
        assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), content);
    }
    let events = turn_without_question(&thread).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "3\n");
    assert!(events.iter().any(|event| matches!(event, EventMsg::PatchApplyBegin(begin) if begin.auto_approved)));
    assert_eq!(harness.server.requests()[1].outputs(), vec!["patch rejected by user"]);
}

#[tokio::test]
async fn a_patch_inside_runs_unasked_but_under_untrusted_and_protected_names_are_asked_about() {
    let harness = asking(patches(&["a.txt"]), ApprovalPolicy::OnRequest, workspace_only(), Helper::Runs);
    turn_without_question(&harness.start().await).await;
    assert!(harness.workspace.read("a.txt").is_some());
    for (path, approval) in
        [("a.txt", ApprovalPolicy::Untrusted), (".git/hooks/x", ApprovalPolicy::OnRequest), (".codex/x", ApprovalPolicy::OnFailure)]
    {
        let harness = asking(patches(&[path]), approval, workspace_only(), Helper::Runs);
        let thread = harness.start().await;
        submit(&thread, "go").await;
        let request = next_patch_question(&thread).await;
        answer_patch(&thread, &request, ReviewDecision::Abort).await;
        let events = until_turn_end(&thread).await;
        assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))), "{path}");
        assert_eq!(harness.workspace.read(path), None);
    }
    let mut harness = asking(patches(&[".git/x"]), ApprovalPolicy::OnRequest, workspace_only(), Helper::Runs);
    harness.options.nobody_to_ask = true;
    turn_without_question(&harness.start().await).await;
    assert_eq!(harness.server.requests()[1].outputs(), vec![OUTSIDE]);
}

/// H4: what a session was once allowed is not what it is allowed now.
#[tokio::test]
async fn a_resumed_session_has_the_policies_of_now_and_no_grant_of_then() {
    let words: &[&str] = &["touch", "a"];
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c0", "shell", json!({ "command": words })))
        .reply(done())
        .reply(Reply::new().call_with_id("c1", "shell", json!({ "command": words })))
        .reply(done());
    let mut harness = asking(scenario, ApprovalPolicy::Untrusted, SandboxPolicy::DangerFullAccess, Helper::Notes);
    let thread = harness.start().await;
    turn_with_answer(&thread, ReviewDecision::ApprovedForSession).await;
    let path = thread.rollout_path().unwrap();
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    std::fs::remove_file(harness.workspace.path().join("a")).unwrap();
    harness.config.sandbox_policy = SandboxPolicy::read_only();
    let resumed = harness.manager().resume(&path, harness.options.clone()).await.unwrap();
    let first = resumed.next_event().await.unwrap().msg;
    assert!(matches!(&first, EventMsg::SessionConfigured(now) if now.sandbox_policy == SandboxPolicy::read_only()), "{first:?}");
    let (request, _) = turn_with_answer(&resumed, ReviewDecision::Approved).await;
    assert_eq!(request.sandbox_effect, SandboxEffect::Inside);
    assert_eq!((run_inside(&harness), harness.workspace.read("a")), (vec!["touch a".to_owned()], None));
}

/// X2, A51: what this program authenticates with stays out of commands, whatever the excludes say.
#[tokio::test]
async fn a51_credentials_reach_no_command_even_when_secrets_are_wanted() {
    let mut harness = asking(shell(&["env"]), ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Runs);
    harness.config.provider.env_key = Some("VENDOR_PASS".to_owned());
    harness.config.shell_environment.ignore_default_excludes = true;
    for name in ["VENDOR_PASS", "OPENAI_API_KEY", "CODEX_API_KEY", "MY_TOKEN"] {
        harness.env.insert(name.into(), format!("value-of-{name}").into());
    }
    let (events, output) = run_once(&harness).await;
    let all = format!("{output}{events:?}{:?}", harness.session_lines());
    for name in ["VENDOR_PASS", "OPENAI_API_KEY", "CODEX_API_KEY"] {
        assert!(!all.contains(&format!("value-of-{name}")), "{name}");
    }
    assert!(output.contains("MY_TOKEN=value-of-MY_TOKEN"), "{output}");
}

/// C9: each command starts from the same environment.
#[tokio::test]
async fn what_one_command_sets_does_not_reach_the_next() {
    let call = |id: &str, line: &str| Reply::new().call_with_id(id, "shell", json!({"command": ["bash", "-c", line]}));
    let scenario = Scenario::new()
        .reply(call("c1", "export LEAK=1; cd /; alias ls=false"))
        .reply(call("c0", "echo \"${LEAK:-none} $(pwd)\""))
        .reply(done());
    let harness = asking(scenario, ApprovalPolicy::Never, SandboxPolicy::workspace_write(), Helper::Runs);
    turn_without_question(&harness.start().await).await;
    let output = harness.server.requests()[2].output_of("c0").unwrap();
    assert!(output.contains(&format!("none {}", harness.workspace.path().display())), "{output}");
}

/// T6: what the administrator lets nobody choose cannot be chosen for a turn either, nor for the turns that follow.
#[tokio::test]
async fn a_turn_is_held_to_what_the_administrator_allows() {
    for later in [false, true] {
        let mut harness = asking(shell(&["touch", "x"]), ApprovalPolicy::OnRequest, SandboxPolicy::read_only(), Helper::Notes);
        harness.config.allowed_sandbox_modes = Some(vec![SandboxMode::ReadOnly]);
        harness.config.allowed_approval_policies = Some(vec![ApprovalPolicy::OnRequest, ApprovalPolicy::Untrusted]);
        let thread = harness.start().await;
        let wish = TurnOverrides {
            sandbox_policy: Some(SandboxPolicy::DangerFullAccess),
            approval_policy: Some(ApprovalPolicy::Never),
            ..TurnOverrides::default()
        };
        let mut overrides = TurnOverrides::default();
        if later {
            thread.submit(Op::OverrideDefaults(wish)).await.unwrap();
        } else {
            overrides = wish;
        }
        let turn = UserTurn { input: vec![UserInput::text("go")], overrides, ..UserTurn::default() };
        thread.submit(Op::UserTurn(turn)).await.unwrap();
        let events = until_turn_end(&thread).await;
        let told: Vec<String> = warnings(&events).into_iter().filter(|text| text.contains("requirements.toml")).collect();
        assert_eq!(
            told,
            [
                "the approval policy `never` is not allowed on this machine (requirements.toml); nothing was changed",
                "the sandbox mode `danger-full-access` is not allowed on this machine (requirements.toml); nothing was changed",
            ]
        );
        assert_eq!(run_inside(&harness), ["touch x"], "it ran in the sandbox");
        assert!(harness.server.requests()[0].texts_of("developer").concat().contains("read-only"));
    }
}
