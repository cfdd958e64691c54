//! The whole thing on a real repository: the model finds a failing test, mends the code, and runs it green.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::exec_json;

const CODE: &str = "# Prints its arguments in reverse order.\nout=\nfor word in \"$@\"; do\n    out=\"$out $word\"\ndone\necho $out\n";
const TEST: &str = "got=$(sh reverse.sh a b c)\n[ \"$got\" = 'c b a' ] || { echo \"got $got\"; exit 1; }\necho passed\n";
const PATCH: &str = "*** Begin Patch\n*** Update File: reverse.sh\n@@ for word in \"$@\"; do\n-    out=\"$out $word\"\n+    out=\"$word $out\"\n done\n*** End Patch";

#[test]
fn a_failing_test_is_found_mended_and_run_green() {
    let command = |line: &str| json!({"cmd": line, "login": false});
    let server = Scenario::new()
        .reply(Reply::new().say("I look at what there is.").call("exec_command", command("git log --oneline; ls")))
        .reply(Reply::new().call("exec_command", command("sh test.sh")))
        .reply(Reply::new().call("exec_command", command("cat reverse.sh")))
        .reply(Reply::new().custom("apply_patch", PATCH))
        .reply(Reply::new().call("exec_command", command("sh test.sh && git status --short")))
        .reply(Reply::new().say("The words were put together in the wrong order; the test passes now."))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    workspace.file("reverse.sh", CODE);
    workspace.file("test.sh", TEST);
    workspace.commit("A program and its test");
    let run = exec_json(&home, &workspace, &["The test fails; mend the code."]);
    run.assert_code(0);

    assert_eq!(workspace.run_git(&["status", "--short"]), " M reverse.sh\n");
    assert!(workspace.read("reverse.sh").unwrap().contains("out=\"$word $out\""));
    let commands: Vec<(String, i64)> = run
        .events()
        .iter()
        .filter(|event| event["type"] == "item.completed" && event["item"]["type"] == "command_execution")
        .map(|event| (event["item"]["aggregated_output"].as_str().unwrap().replace('\r', ""), event["item"]["exit_code"].as_i64().unwrap()))
        .collect();
    assert_eq!(commands[1], ("got a b c\n".to_owned(), 1));
    assert_eq!(commands[3], ("passed\n M reverse.sh\n".to_owned(), 0));

    // What the model was shown: the failure, then the success, each as the output of its own call.
    let outputs = server.requests().last().unwrap().outputs();
    assert_eq!(outputs.len(), 5);
    assert!(outputs[1].contains("got a b c") && outputs[1].contains("exited with code 1"), "{}", outputs[1]);
    assert!(outputs[4].contains("passed") && outputs[4].contains("exited with code 0"), "{}", outputs[4]);

    // What stands in the session file.
    let session = home.last_session();
    let kinds = |kind: &str| session.iter().filter(|line| line["payload"]["type"] == kind).count();
    assert_eq!((kinds("function_call"), kinds("function_call_output")), (4, 4));
    assert_eq!((kinds("custom_tool_call"), kinds("custom_tool_call_output")), (1, 1));
    assert_eq!(session.last().unwrap()["payload"]["type"], "task_complete");
}
