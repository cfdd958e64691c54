use codex_protocol::policy::SandboxPolicy;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, submit, until_turn_end};

#[tokio::test]
async fn every_request_extends_the_one_before_and_nothing_else_changes() {
    let scenario = Scenario::new()
        .reply(Reply::new().reasoning("**Plan** it").call("exec_command", json!({"cmd": "echo 1", "login": false})))
        .reply(Reply::new().call("shell", json!({"command": ["echo", "2"]})))
        .reply(Reply::new().custom("apply_patch", "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"))
        .reply(Reply::new().say("one"))
        .reply(Reply::new().say("two"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    for prompt in ["first", "second"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    let bodies: Vec<_> = harness.server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 5);
    for pair in bodies.windows(2) {
        let (mut before, mut after) = (pair[0].clone(), pair[1].clone());
        let old = before["input"].take();
        let new = after["input"].take();
        assert_eq!(before.to_string(), after.to_string(), "only `input` may change");
        let (old, new) = (old.as_array().unwrap(), new.as_array().unwrap());
        assert_eq!(&new[..old.len()], &old[..]);
        assert!(new.len() > old.len());
    }
}

#[tokio::test]
async fn the_first_request_tells_permissions_instructions_and_environment() {
    let mut harness = Harness::new(Scenario::new().reply(Reply::new().say("hi")));
    harness.config.sandbox_policy = SandboxPolicy::workspace_write();
    harness.config.developer_instructions = Some("be brief".to_owned());
    harness.workspace.file("AGENTS.md", "use tabs\n");
    harness.run("go").await;
    let request = &harness.server.requests()[0];
    let developer = request.texts_of("developer");
    assert!(developer[0].starts_with("<permissions instructions>\n") && developer[0].contains("`workspace-write`"), "{developer:?}");
    assert_eq!(developer[1], "be brief");
    let user = request.texts_of("user");
    let cwd = harness.workspace.path().display();
    assert_eq!(user[0], format!("# AGENTS.md instructions for {cwd}\n\n<INSTRUCTIONS>\nuse tabs\n\n</INSTRUCTIONS>"));
    assert!(user[1].starts_with(&format!("<environment_context>\n  <cwd>{cwd}</cwd>\n  <shell>bash</shell>\n")), "{}", user[1]);
    assert_eq!(user[2], "go");
}
