use std::fs;
use std::path::Path;

use codex_protocol::ThreadId;
use codex_state::{find_by_id, find_by_name, find_newest};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{at, meta, recorded};

fn newest(home: &Path, cwd: Option<&str>) -> Option<ThreadId> {
    find_newest(home, cwd.map(Path::new)).unwrap().map(|found| found.meta.id)
}

#[test]
fn the_newest_session_is_the_one_that_began_last_in_a_directory_or_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let [old, here, there] = [(); 3].map(|()| ThreadId::generate());
    recorded(home.path(), meta(there, "/there"), &at("2026-11-20T10:00:00"), &["x"]);
    recorded(home.path(), meta(here, "/here"), &at("2026-09-30T23:59:59"), &["x"]);
    recorded(home.path(), meta(old, "/here"), &at("2026-09-30T09:00:00"), &["x"]);
    assert_eq!(newest(home.path(), None), Some(there));
    assert_eq!(newest(home.path(), Some("/here")), Some(here));
    assert_eq!(newest(home.path(), Some("/nowhere")), None);
}

#[test]
fn sub_agents_damaged_files_and_strange_names_are_passed_over() {
    let home = tempfile::tempdir().unwrap();
    let own = ThreadId::generate();
    recorded(home.path(), meta(own, "/w"), &at("2026-11-20T10:00:00"), &["x"]);
    let mut review = meta(ThreadId::generate(), "/w");
    review.source = json!({"subagent": "review"});
    recorded(home.path(), review, &at("2026-11-20T11:00:00"), &["x"]);
    let damaged = recorded(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T12:00:00"), &["x"]);
    fs::write(damaged, "{").unwrap();
    fs::write(home.path().join("sessions/2026/11/20/zzz.jsonl"), "").unwrap();
    fs::write(home.path().join("sessions/zzz"), "").unwrap();
    assert_eq!(newest(home.path(), Some("/w")), Some(own));
}

#[test]
fn a_session_is_found_by_its_thread_wherever_it_lies() {
    let home = tempfile::tempdir().unwrap();
    let [first, second, archived] = [(); 3].map(|()| ThreadId::generate());
    let paths = [first, second, archived].map(|id| recorded(home.path(), meta(id, "/w"), &at("2026-11-20T10:00:00"), &["x"]));
    fs::create_dir(home.path().join("archived_sessions")).unwrap();
    let moved = home.path().join("archived_sessions").join(paths[2].file_name().unwrap());
    fs::rename(&paths[2], &moved).unwrap();

    assert_eq!(find_by_id(home.path(), first).unwrap().as_deref(), Some(paths[0].as_path()));
    assert_eq!(find_by_id(home.path(), second).unwrap().as_deref(), Some(paths[1].as_path()));
    assert_eq!(find_by_id(home.path(), archived).unwrap(), Some(moved));
    assert_eq!(find_by_id(home.path(), ThreadId::generate()).unwrap(), None);
}

#[test]
fn a_home_without_sessions_has_none() {
    let home = tempfile::tempdir().unwrap();
    for home in [home.path().to_owned(), home.path().join("missing")] {
        assert_eq!(find_by_id(&home, ThreadId::generate()).unwrap(), None);
        assert_eq!(newest(&home, None), None);
        assert_eq!(find_by_name(&home, "x").unwrap(), None);
    }
}

#[test]
fn the_last_naming_of_a_thread_counts() {
    let home = tempfile::tempdir().unwrap();
    let [a, b] = [(); 2].map(|()| ThreadId::generate());
    let line =
        |id: ThreadId, name: &str| format!("{}\n", json!({"id": id, "thread_name": name, "updated_at": "2026-11-20T23:45:42.980642425Z"}));
    let torn = line(a, "torn");
    let index =
        [line(a, "one"), line(b, "two"), "garbage\n".to_owned(), line(a, "three"), line(b, "same"), line(a, "same"), line(b, "b")].concat();
    fs::write(home.path().join("session_index.jsonl"), format!("{index}{}", &torn[..torn.len() - 10])).unwrap();

    let found = |name| find_by_name(home.path(), name).unwrap();
    assert_eq!(found("same"), Some(a));
    assert_eq!(found("b"), Some(b));
    for gone in ["one", "two", "three", "torn", ""] {
        assert_eq!(found(gone), None, "{gone}");
    }

    fs::write(home.path().join("session_index.jsonl"), [line(a, "x"), line(b, "x")].concat()).unwrap();
    assert_eq!(found("x"), Some(b));
}
