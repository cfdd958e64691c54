use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use codex_protocol::ThreadId;
use codex_state::{Archive, ExportFormat, Redactor, Retention, SearchQuery, SessionStore, Speaker, StateError, export};
use jiff::{SignedDuration, Timestamp};
use pretty_assertions::assert_eq;

use crate::support::{at, meta, recorded};

/// A home with one session, a copy of a fixture.
fn home_with(fixture: &str) -> (tempfile::TempDir, SessionStore, ThreadId) {
    let home = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let id = codex_state::read_meta(&source).unwrap().id;
    let day = home.path().join("sessions/2026/11/20");
    fs::create_dir_all(&day).unwrap();
    fs::copy(source, day.join(format!("rollout-2026-11-20T10-00-00-{id}.jsonl"))).unwrap();
    let store = SessionStore::new(home.path());
    (home, store, id)
}

fn exported(store: &SessionStore, id: ThreadId, format: ExportFormat, redactor: Option<&Redactor>) -> String {
    let mut out = Vec::new();
    export(&store.summary(id).unwrap(), format, redactor, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_session_is_exported_with_what_was_said_and_done() {
    let (_home, store, id) = home_with("reference/tools-and-resume.jsonl");
    let markdown = exported(&store, id, ExportFormat::Markdown, None);
    for part in [
        "# do it; never touch b.txt",
        "## User\n\nagain",
        "**exec_command**\n\n```\ncat a.txt\n```",
        "## Codex\n\ndone",
        "> **Looking** at files",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    assert!(!markdown.contains("environment_context") && !markdown.contains("(left out)"), "{markdown}");
    let html = exported(&store, id, ExportFormat::Html, None);
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</body></html>\n") && html.contains("do it; never touch b.txt"));
    let json: serde_json::Value = serde_json::from_str(&exported(&store, id, ExportFormat::Json, None)).unwrap();
    assert_eq!(json["session"]["id"], id.to_string());
    let kinds: Vec<&str> = json["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    let calls = ["call", "output"].repeat(4);
    assert_eq!(kinds, [&["user", "reasoning"], calls.as_slice(), &["assistant", "user", "assistant"]].concat());
}

#[test]
fn turns_that_were_taken_back_are_not_exported() {
    let (_home, store, id) = home_with("reference/rolled-back.jsonl");
    let markdown = exported(&store, id, ExportFormat::Markdown, None);
    assert!(markdown.contains("\nu2\n") && markdown.contains("\nu4\n") && !markdown.contains("\nu3\n"), "{markdown}");
}

/// X4: an export without secrets has none in any part.
#[test]
fn secrets_are_left_out_on_request() {
    let home = tempfile::tempdir().unwrap();
    let id = ThreadId::generate();
    recorded(home.path(), meta(id, "/w"), &at("2026-11-20T10:00:00"), &["use sk-abcdefghijklmnopqrstuvwx and my-own-secret-word"]);
    let store = SessionStore::new(home.path());
    store.rename(id, "my-own-secret-word").unwrap();
    let redactor = Redactor::new(["my-own-secret-word".to_owned()]);
    for format in [ExportFormat::Markdown, ExportFormat::Html, ExportFormat::Json] {
        let plain = exported(&store, id, format, None);
        assert!(plain.contains("sk-abcdef") && plain.contains("my-own-secret-word"), "{plain}");
        let clean = exported(&store, id, format, Some(&redactor));
        assert!(clean.contains("use [redacted] and [redacted]") && !clean.contains("my-own") && !clean.contains("sk-abc"), "{clean}");
    }
}

fn found(store: &SessionStore, query: &SearchQuery) -> Vec<(ThreadId, Speaker, String)> {
    let mut hits = Vec::new();
    store
        .search(query, |hit| {
            hits.push((hit.session, hit.speaker, hit.snippet[hit.marked.0..hit.marked.1].to_owned()));
            ControlFlow::Continue(())
        })
        .unwrap();
    hits
}

#[test]
fn what_was_said_in_any_session_is_found() {
    let home = tempfile::tempdir().unwrap();
    let store = SessionStore::new(home.path());
    let [first, second] = [(); 2].map(|()| ThreadId::generate());
    recorded(home.path(), meta(first, "/w"), &at("2026-11-20T10:00:00"), &["the \"quoted\" Pfad C:\\x\nÄpfel", "Ünicode 😀 ENDE"]);
    recorded(
        home.path(),
        meta(second, "/w"),
        &at("2026-11-21T10:00:00"),
        &["nothing of it", "<environment_context>needle</environment_context>"],
    );
    let query = |pattern: &str| SearchQuery { pattern: pattern.to_owned(), ..SearchQuery::default() };
    for (pattern, want) in [("\"QUOTED\"", "\"quoted\""), ("C:\\x", "C:\\x"), ("äpfel", "Äpfel"), ("😀 ende", "😀 ENDE"), ("x\nä", "x Ä")]
    {
        assert_eq!(found(&store, &query(pattern)), [(first, Speaker::User, want.to_owned())], "{pattern}");
    }
    assert_eq!(found(&store, &query("needle")), []);
    assert_eq!(found(&store, &query("Be kind")), [], "instructions are no conversation");
    assert_eq!(found(&store, &SearchQuery { case_sensitive: true, ..query("ende") }), []);
    assert_eq!(found(&store, &SearchQuery { is_regex: true, ..query(r"n\w+ing of") })[0].0, second);
    assert_eq!(found(&store, &SearchQuery { archive: Archive::Only, ..query("ende") }), []);
    for wrong in [query(""), SearchQuery { is_regex: true, ..query("(") }] {
        assert!(matches!(store.search(&wrong, |_| ControlFlow::Continue(())), Err(StateError::Pattern { .. })));
    }
}

#[test]
fn a_search_ends_when_enough_was_found() {
    let home = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..500).map(|number| format!("word {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for _ in 0..4 {
        recorded(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T10:00:00"), &texts);
    }
    let mut taken = 0;
    let query = SearchQuery { pattern: "word".to_owned(), ..SearchQuery::default() };
    SessionStore::new(home.path())
        .search(&query, |_| {
            taken += 1;
            if taken == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(taken, 10);
}

#[test]
fn only_what_is_too_old_or_too_much_may_go() {
    let home = tempfile::tempdir().unwrap();
    let store = SessionStore::new(home.path());
    let ids = [(); 4].map(|()| ThreadId::generate());
    let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    for (days, id) in [40_i64, 30, 20, 10].into_iter().zip(ids) {
        let path = recorded(home.path(), meta(id, "/w"), &at("2026-11-20T10:00:00"), &["x"]);
        let written = now - SignedDuration::from_hours(24 * days);
        fs::File::options().append(true).open(path).unwrap().set_modified(written.into()).unwrap();
    }
    let size = store.summary(ids[0]).unwrap().size;
    store.rename(ids[0], "kept").unwrap();
    let gone = |retention: Retention| -> Vec<ThreadId> {
        store.removals(&retention, now).unwrap().iter().map(|removal| removal.session.id).collect()
    };
    assert_eq!(gone(Retention::default()), []);
    assert_eq!(gone(Retention { max_age_days: Some(25), ..Retention::default() }), ids[..2]);
    assert_eq!(gone(Retention { max_age_days: Some(25), keep_named: true, ..Retention::default() }), ids[1..2]);
    assert_eq!(gone(Retention { max_total_bytes: Some(2 * size + 1), ..Retention::default() }), ids[..2]);
    let removal = store.removals(&Retention { max_age_days: Some(25), ..Retention::default() }, now).unwrap().remove(1);
    store.remove(&removal).unwrap();
    assert!(matches!(store.summary(ids[1]), Err(StateError::NotFound { .. })));
}
