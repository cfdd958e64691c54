//! What one command asks for beyond the sandbox, with the sandbox itself: the question to clients, and what a yes opens.

use std::path::Path;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::Session;

const CONFIG: &str =
    "[features]\nexec_permission_approvals = true\n[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n";

fn call(id: &str, command: &str, write: Option<&Path>) -> Reply {
    let mut arguments = json!({"cmd": command});
    if let Some(folder) = write {
        arguments["sandbox_permissions"] = json!("with_additional_permissions");
        arguments["justification"] = json!("the report goes there");
        arguments["additional_permissions"] = json!({"file_system": {"write": [folder]}});
    }
    Reply::new().call_with_id(id, "exec_command", arguments)
}

/// S2: what is granted can be written by that command and by no other, and what is protected in it by none.
#[test]
fn a_yes_opens_a_folder_to_one_command_and_nothing_that_is_protected() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().canonicalize().unwrap();
    std::fs::create_dir_all(folder.join(".git/hooks")).unwrap();
    std::fs::create_dir(folder.join(".codex")).unwrap();
    for name in ["report", ".git/config", ".codex/config.toml"] {
        std::fs::write(folder.join(name), "old\n").unwrap();
    }
    // Files that are there already can be written also where Landlock does alone.
    let line =
        format!("cd {}; for name in report .git/config .codex/config.toml .git/hooks/x; do echo new > $name; done; true", folder.display());
    let server = Scenario::new()
        .reply(call("a", &line, Some(&folder)))
        .reply(Reply::new().say("one"))
        .reply(call("b", &format!("echo again > {}/report; true", folder.display()), None))
        .reply(Reply::new().say("two"))
        .start();
    let (home, workspace) = (TestHome::with_config(&server, CONFIG, ""), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "on-request", "sandbox": "workspace-write"}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/commandExecution/requestApproval");
    let params = &asked["params"];
    let wanted = json!({"network": null, "fileSystem": {"read": null, "write": [folder]}, "macos": null});
    assert_eq!((&params["additionalPermissions"], &params["availableDecisions"]), (&wanted, &json!(["accept", "cancel"])));
    assert_eq!(params["reason"], "the report goes there");
    session.send(&json!({"id": asked["id"], "result": {"decision": "accept"}}));
    session.told("turn/completed");
    session.rest();
    let output = server.requests()[1].output_of("a").unwrap();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let old = || Some("old\n".to_owned());
    assert_eq!(text("report").as_deref(), Some("new\n"), "{output}");
    assert_eq!((text(".git/config"), text(".codex/config.toml"), text(".git/hooks/x")), (old(), old(), None), "{output}");
    session.turn(&thread, "again");
    session.told("turn/completed");
    assert_eq!(text("report").as_deref(), Some("new\n"), "{}", server.requests()[3].output_of("b").unwrap());
}

/// U3: who is not sent the member reads the same in the reason.
#[test]
fn a_client_without_the_capability_reads_what_a_yes_would_open() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().canonicalize().unwrap();
    let server = Scenario::new().reply(call("a", "touch x", Some(&folder))).start();
    let (home, workspace) = (TestHome::with_config(&server, CONFIG, ""), TestWorkspace::new());
    let mut session = Session::bare(&home, &workspace);
    session.request("initialize", json!({"clientInfo": {"name": "test-client", "version": "1"}}));
    let thread = session.thread(json!({"approvalPolicy": "on-request", "sandbox": "workspace-write"}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/commandExecution/requestApproval");
    assert_eq!(asked["params"]["additionalPermissions"], Value::Null);
    let reason = format!("the report goes there\nThis command alone may: write {}", folder.display());
    assert_eq!(asked["params"]["reason"], reason);
    session.send(&json!({"id": asked["id"], "result": {"decision": "cancel"}}));
    assert_eq!(session.told("turn/completed")["turn"]["status"], "interrupted");
}

/// S2: whoever said yes to a change means the change, and nothing beyond the workspace; the same command needs no second yes.
#[test]
fn under_untrusted_a_yes_opens_the_workspace_of_a_read_only_turn_and_nothing_else() {
    let outside = tempfile::tempdir().unwrap();
    let other = outside.path().canonicalize().unwrap().join("other");
    std::fs::write(&other, "old\n").unwrap();
    let workspace = TestWorkspace::new();
    std::fs::create_dir_all(workspace.path().join(".git")).unwrap();
    workspace.file(".git/config", "old\n");
    workspace.file("one", "old\n");
    let line = format!("echo new >> one; for name in {} .git/config; do echo new > $name; done; true", other.display());
    let server = Scenario::new().reply(call("a", &line, None)).reply(call("b", &line, None)).reply(Reply::new().say("done")).start();
    let home = TestHome::with_config(&server, "", "");
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "untrusted", "sandbox": "read-only"}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/commandExecution/requestApproval");
    assert_eq!((&asked["params"]["reason"], &asked["params"]["additionalPermissions"]), (&Value::Null, &Value::Null));
    session.send(&json!({"id": asked["id"], "result": {"decision": "acceptForSession"}}));
    // A second question would keep the turn from its end.
    session.told("turn/completed");
    session.rest();
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let output = server.requests()[2].output_of("a").unwrap();
    assert_eq!(text(&workspace.path().join("one")), "old\nnew\nnew\n", "{output}");
    assert_eq!((text(&other).as_str(), text(&workspace.path().join(".git/config")).as_str()), ("old\n", "old\n"), "{output}");
}
