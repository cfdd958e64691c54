//! `codex exec resume`: the thread goes on in its file.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::process::{Run, codex};

fn run(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["exec"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

fn thread_id(run: &Run) -> String {
    let first: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    first["thread_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_thread_is_taken_up_by_id_by_name_and_as_the_newest() {
    let server = Scenario::new().reply(Reply::new().say("answer")).repeat_last().start();
    let (home, workspace, elsewhere) = (TestHome::new(&server), TestWorkspace::git(), TestWorkspace::git());
    let first = run(&home, &workspace, &["--json", "one"]);
    first.assert_code(0);
    let id = thread_id(&first);
    let index = format!("{{\"id\":\"{id}\",\"thread_name\":\"myname\",\"updated_at\":\"2026-11-20T23:45:42.980642425Z\"}}\n");
    std::fs::write(home.path().join("session_index.jsonl"), index).unwrap();

    for (folder, args) in [
        (&workspace, vec!["resume", "--json", &id, "two"]),
        (&workspace, vec!["--json", "resume", "myname", "three"]),
        (&workspace, vec!["resume", "--last", "four", "--json"]),
        (&elsewhere, vec!["--json", "resume", "--last", "--all", "five"]),
    ] {
        let again = run(&home, folder, &args);
        again.assert_code(0);
        assert_eq!(thread_id(&again), id, "{args:?}");
    }
    assert_eq!(home.session_files().len(), 1);
    let requests = server.requests();
    let asked: Vec<String> = requests[4].texts_of("user").into_iter().filter(|text| !text.starts_with('<')).collect();
    assert_eq!(asked, ["one", "two", "three", "four", "five"]);
    assert_eq!(requests[4].texts_of("assistant").len(), 4);
    let last: Value =
        serde_json::from_str(run(&home, &workspace, &["resume", &id, "six", "--json"]).stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["usage"]["input_tokens"], 600, "usage is that of the whole thread");
}

#[test]
fn only_the_newest_of_none_starts_anew_and_says_so() {
    let server = Scenario::new().reply(Reply::new().say("answer")).repeat_last().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let newest = run(&home, &workspace, &["resume", "--last", "go"]);
    newest.assert_code(0);
    assert!(newest.stderr.contains("No earlier session to go on with; starting a new one.\n"), "{}", newest.stderr);
    assert_eq!(home.session_files().len(), 1);
    let name = run(&home, &workspace, &["resume", "unknown name", "go"]);
    name.assert_code(0);
    assert!(
        name.stderr.contains("no session has the name `unknown name`, or an id that begins like it; starting a new one.\n"),
        "{}",
        name.stderr
    );
    assert_eq!(home.session_files().len(), 2);
    let unknown = "01a1fb44-3968-7ef3-b54b-de943b8674a4";
    let refused = run(&home, &workspace, &["resume", unknown, "go"]);
    refused.assert_code(1);
    assert_eq!(refused.stderr, format!("Error: thread/resume: thread/resume failed: no rollout found for thread id {unknown}\n"));
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_session_file_without_a_first_line_is_refused() {
    let server = Scenario::new().reply(Reply::new().say("answer")).repeat_last().start();
    for (content, told) in [("", "empty session file"), ("{broken\n", "failed to parse thread ID from rollout file")] {
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
        let first = run(&home, &workspace, &["--json", "one"]);
        let file = home.session_files().pop().unwrap();
        std::fs::write(&file, content).unwrap();
        let refused = run(&home, &workspace, &["resume", &thread_id(&first), "go"]);
        refused.assert_code(1);
        assert_eq!(
            refused.stderr,
            format!("Error: thread/resume: thread/resume failed: failed to load rollout `{}`: {told}\n", file.display())
        );
    }
}
