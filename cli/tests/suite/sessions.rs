//! `codex sessions`, `archive`, `unarchive`, `delete`, `resume`, `fork` and `exec fork`, on sessions that `exec` made.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::process::{Run, codex};

struct Made {
    home: TestHome,
    workspace: TestWorkspace,
    server: codex_test_support::ModelServer,
    ids: Vec<String>,
}

impl Made {
    /// Sessions with these prompts, in one folder.
    fn with(prompts: &[&str]) -> Self {
        let server = Scenario::new().reply(Reply::new().say("an answer")).repeat_last().start();
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
        let mut made = Self { home, workspace, server, ids: Vec::new() };
        for prompt in prompts {
            let id = thread_id(&made.run(&["exec", "--json", prompt]));
            made.ids.push(id);
        }
        made
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut codex(&self.home, &self.workspace, args))
    }

    fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        run.assert_code(0);
        run.stdout
    }

    fn fails(&self, args: &[&str]) -> String {
        let run = self.run(args);
        run.assert_code(1);
        run.stderr
    }
}

fn thread_id(run: &Run) -> String {
    run.assert_code(0);
    let first: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    first["thread_id"].as_str().unwrap().to_owned()
}

#[test]
fn sessions_are_listed_named_shown_and_found_by_their_words() {
    let made = Made::with(&["paint the fence", "count the beans"]);
    let list = made.ok(&["sessions", "list"]);
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(list.lines().next().unwrap().starts_with(&made.ids[1]) && list.contains("paint the fence"), "{list}");
    let found: Value = serde_json::from_str(&made.ok(&["sessions", "list", "--json", "BEANS"])).unwrap();
    assert_eq!(found["sessions"][0]["id"], made.ids[1].as_str());
    assert_eq!(found["sessions"].as_array().unwrap().len(), 1);

    made.ok(&["sessions", "rename", &made.ids[0], "fence"]);
    assert!(made.ok(&["sessions", "list"]).contains("fence\n"));
    let shown = made.ok(&["sessions", "show", "fence"]);
    assert!(shown.starts_with("# fence\n") && shown.contains("## User\n\npaint the fence\n") && shown.contains("an answer"), "{shown}");
    assert_eq!(made.ok(&["sessions", "show", "--last"]), made.ok(&["sessions", "show", &made.ids[1]]));
    let hit = made.ok(&["sessions", "search", "PAINT the"]);
    assert_eq!(hit, format!("{}  fence\n  user: paint the fence\n", made.ids[0]));
    let none = made.run(&["sessions", "search", "no such words anywhere"]);
    none.assert_code(1);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", ""));
    let unknown = made.fails(&["sessions", "show", "nobody"]);
    assert!(unknown.starts_with("Error: no saved session is meant by `nobody`\nhint: "), "{unknown}");
}

#[test]
fn sessions_are_exported_without_secrets_on_request() {
    let made = Made::with(&["the key is sk-abcdefghijklmnopqrstuvwxyz0123"]);
    assert!(made.ok(&["sessions", "export", "--last"]).contains("sk-abcdef"));
    let json: Value = serde_json::from_str(&made.ok(&["sessions", "export", "--last", "--format", "json", "--redact"])).unwrap();
    assert_eq!(json["items"][0]["text"], "the key is [redacted]");
    made.ok(&["sessions", "export", "--last", "-o", "page.html"]);
    assert!(made.workspace.read("page.html").unwrap().starts_with("<!doctype html>"));
    let again = made.fails(&["sessions", "export", "--last", "-o", "page.html"]);
    assert!(again.contains("File exists"), "{again}");
}

#[test]
fn sessions_go_into_the_archive_and_back_and_away() {
    let made = Made::with(&["one", "two"]);
    assert_eq!(made.ok(&["archive", &made.ids[0]]), format!("archived {}\n", made.ids[0]));
    assert!(!made.ok(&["sessions", "list"]).contains(&made.ids[0]));
    assert!(made.ok(&["sessions", "list", "--archived"]).contains(&made.ids[0]));
    assert!(made.home.path().join("archived_sessions").is_dir());
    made.fails(&["archive", &made.ids[0]]);
    made.ok(&["unarchive", &made.ids[0]]);
    assert!(made.ok(&["sessions", "list"]).contains(&made.ids[0]));
    let asked = made.fails(&["delete", &made.ids[0]]);
    assert!(asked.contains("--yes"), "{asked}");
    made.ok(&["delete", "--yes", &made.ids[0]]);
    assert_eq!(made.home.session_files().len(), 1);
}

#[test]
fn old_sessions_are_removed_only_when_told_to() {
    let made = Made::with(&["one"]);
    assert_eq!(made.ok(&["sessions", "clean", "--older-than", "1", "--dry-run"]), "0 sessions, 0 B\n");
    let listed = made.ok(&["sessions", "clean", "--max-size", "0", "--dry-run"]);
    assert!(listed.contains(&made.ids[0]) && listed.contains("1 sessions"), "{listed}");
    made.fails(&["sessions", "clean", "--max-size", "0"]);
    assert_eq!(made.home.session_files().len(), 1);
    made.ok(&["sessions", "clean", "--max-size", "0", "--yes"]);
    assert_eq!(made.home.session_files().len(), 0);
    let no_limit = made.fails(&["sessions", "clean", "--yes"]);
    assert!(no_limit.contains("nothing says which sessions may go") && no_limit.contains("[retention]"), "{no_limit}");
}

#[test]
fn what_the_settings_let_go_is_shown_and_goes_once_a_day() {
    let made = Made::with(&["old", "named", "new"]);
    made.ok(&["sessions", "rename", &made.ids[1], "kept"]);
    let files = made.home.session_files();
    let age = |file: &std::path::Path, days: u64| {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(days * 24 * 60 * 60);
        std::fs::File::options().append(true).open(file).unwrap().set_modified(then).unwrap();
    };
    age(&files[0], 40);
    age(&files[1], 40);
    let config = made.home.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[retention]\nmax_age_days = 30\n")).unwrap();
    let shown = made.ok(&["sessions", "clean", "--dry-run"]);
    assert!(shown.contains(&made.ids[0]) && shown.contains("1 sessions") && !shown.contains(&made.ids[1]), "{shown}");
    assert_eq!(made.home.session_files().len(), 3);

    thread_id(&made.run(&["exec", "--json", "another"]));
    crate::process::eventually("the old session is removed", || (!files[0].exists()).then_some(()));
    assert!(files[1].exists() && files[2].exists());
    // Not again before tomorrow.
    age(&files[2], 40);
    thread_id(&made.run(&["exec", "--json", "one more"]));
    assert!(files[2].exists());
}

#[test]
fn a_copy_goes_on_where_its_source_stood() {
    let made = Made::with(&["one"]);
    thread_id(&made.run(&["exec", "--json", "resume", &made.ids[0], "two"]));
    let prefix = &made.ids[0][..made.ids[0].len() - 1];
    let all = thread_id(&made.run(&["exec", "--json", "fork", prefix, "three"]));
    let early = thread_id(&made.run(&["exec", "fork", "--json", "--keep-turns", "1", &made.ids[0], "other"]));
    assert!(all != made.ids[0] && early != made.ids[0] && early != all);
    let said = |number: usize| -> Vec<String> {
        let requests = made.server.requests();
        requests[number].texts_of("user").into_iter().filter(|text| !text.starts_with('<')).collect()
    };
    assert_eq!(said(2), ["one", "two", "three"]);
    assert_eq!(said(3), ["one", "other"]);
    assert_eq!(made.home.session_files().len(), 3);
    let nothing = made.fails(&["exec", "fork"]);
    assert!(nothing.contains("No prompt") || nothing.contains("name the session to copy"), "{nothing}");
}

#[test]
fn resume_and_fork_without_exec_find_the_session_and_want_a_terminal() {
    let made = Made::with(&["one"]);
    for args in [vec!["resume", "--last"], vec!["resume", &made.ids[0]], vec!["fork", &made.ids[0][..30]]] {
        assert_eq!(made.fails(&args), "Error: stdin is not a terminal\n");
    }
    let unknown = made.fails(&["resume", "nosuch"]);
    assert!(unknown.starts_with("ERROR: No saved session found with ID nosuch. Run `codex resume` without an ID"), "{unknown}");
}

#[test]
fn the_older_forms_are_understood() {
    let made = Made::with(&["one"]);
    let file = made.home.session_files().pop().unwrap().display().to_string();
    assert!(made.ok(&["--view", &file]).contains("## User\n\none\n"));
    assert!(made.ok(&["--history"]).contains(&made.ids[0]));
    assert_eq!(made.fails(&["--resume", &file]), "Error: stdin is not a terminal\n");
}
