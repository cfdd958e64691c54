use std::fs;
use std::path::Path;

use codex_state::{SessionStore, Timestamp};
use pretty_assertions::assert_eq;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tempfile::TempDir;

use super::*;
use crate::theme::Look;

/// A store with sessions of a folder, one a minute, each an hour long: first words, branch.
fn store(sessions: &[(&str, &str, Option<&str>)]) -> (TempDir, SessionStore) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("sessions/2026/11/20");
    fs::create_dir_all(&folder).unwrap();
    for (number, (words, cwd, branch)) in sessions.iter().enumerate() {
        write_session(&folder, number, words, cwd, *branch);
    }
    let store = SessionStore::new(home.path());
    (home, store)
}

fn write_session(folder: &Path, number: usize, words: &str, cwd: &str, branch: Option<&str>) {
    let id = format!("01a1fb45-edf5-7733-9423-{number:012x}");
    let (hour, minute) = (number / 60, number % 60);
    let git = branch.map_or("null".to_owned(), |branch| format!("{{\"branch\":\"{branch}\"}}"));
    let time = format!("2026-11-20T{hour:02}:{minute:02}:00.000Z");
    let lines = format!(
        "{{\"timestamp\":\"{time}\",\"type\":\"session_meta\",\"payload\":{{\"id\":\"{id}\",\"timestamp\":\"{time}\",\"cwd\":\"{cwd}\",\
         \"originator\":\"codex_cli\",\"cli_version\":\"0.1.0\",\"source\":\"cli\",\"model_provider\":\"mock\",\"git\":{git}}}}}\n\
         {{\"timestamp\":\"{time}\",\"type\":\"event_msg\",\"payload\":{{\"type\":\"user_message\",\"message\":\"{words}\"}}}}\n"
    );
    let path = folder.join(format!("rollout-2026-11-20T{hour:02}-{minute:02}-00-{id}.jsonl"));
    fs::write(&path, lines).unwrap();
    let updated =
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds("2026-11-20T01:00:00Z") + 60 * u64::try_from(number).unwrap());
    fs::File::options().append(true).open(path).unwrap().set_modified(updated).unwrap();
}

fn seconds(time: &str) -> u64 {
    u64::try_from(time.parse::<Timestamp>().unwrap().as_second()).unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T02:03:00Z".parse().unwrap()
}

fn options(folder: Option<&str>) -> PickerOptions {
    PickerOptions {
        purpose: PickerPurpose::Resume,
        origin: PickerOrigin::Start,
        folder: folder.map(PathBuf::from),
        providers: None,
        home: Some("/home/me".into()),
    }
}

/// Carries out everything that is wanted, and counts it.
fn settle(picker: &mut Picker, store: &SessionStore) -> usize {
    let mut jobs = 0;
    while let Some(job) = picker.next_job() {
        picker.take(job.run(store));
        jobs += 1;
    }
    jobs
}

fn press(picker: &mut Picker, key: &str) -> PickerOutcome {
    let key: Key = key.parse().unwrap();
    picker.key(&KeyEvent::new(key.code(), key.modifiers()), &Keymap::default())
}

fn write(picker: &mut Picker, text: &str) {
    for letter in text.chars() {
        picker.key(&KeyEvent::from(KeyCode::Char(letter)), &Keymap::default());
    }
}

fn titles(picker: &Picker) -> Vec<&str> {
    picker.sessions.iter().map(SessionSummary::title).collect()
}

fn picture(picker: &Picker, columns: u16, rows: u16, look: &Look) -> String {
    let area = Rect::new(0, 0, columns, rows);
    let mut buf = Buffer::empty(area);
    picker.render(area, &mut buf, look, now());
    assert!(picker.cursor(area, look).is_none_or(|cursor| area.contains(cursor)));
    let mut lines = Vec::new();
    for y in 0..rows {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..columns {
            let symbol = buf[(x, y)].symbol();
            if covered == 0 {
                line.push_str(symbol);
                covered = crate::text::width(symbol).saturating_sub(1);
            } else {
                covered -= 1;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn pictures(picker: &Picker) -> String {
    let mut all = String::new();
    for columns in [40, 80, 120] {
        all.push_str(&format!("--- {columns} columns\n{}\n", picture(picker, columns, 10, &Look::default())));
    }
    let flat = Look { flat: true, ..Look::default() };
    all.push_str(&format!("--- flat\n{}\n", picture(picker, 100, 10, &flat)));
    all
}

const SOME: &[(&str, &str, Option<&str>)] = &[
    ("fix the parser", "/home/me/code", Some("main")),
    ("日本語のテキストを読む", "/home/me/code", None),
    ("elsewhere entirely", "/srv/some/very/long/path/to/another/project", Some("feature/a-branch-with-a-long-name")),
    ("write tests for everything that was changed since the last release, and say what is missing", "/home/me/code", None),
];

#[test]
fn the_sessions_of_the_folder_are_offered_the_latest_first() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(Some("/home/me/code")));
    assert_eq!(press(&mut picker, "enter"), PickerOutcome::None);
    assert_eq!(settle(&mut picker, &store), 1);
    assert_eq!(titles(&picker), [SOME[3].0, SOME[1].0, SOME[0].0]);
    press(&mut picker, "down");
    match press(&mut picker, "enter") {
        PickerOutcome::Chosen(session) => assert_eq!(session.title(), SOME[1].0),
        other => panic!("{other:?}"),
    }
    assert_eq!(press(&mut picker, "esc"), PickerOutcome::Closed);
    assert_eq!(press(&mut picker, "ctrl-c"), PickerOutcome::Quit);
    let mut below = Picker::new(options(Some("/home/me/code/sub")));
    settle(&mut below, &store);
    assert!(picture(&below, 80, 10, &Look::default()).contains("No sessions yet"));
}

#[test]
fn typing_searches_and_tab_changes_the_order() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(None));
    settle(&mut picker, &store);
    assert_eq!(titles(&picker).len(), 4);
    write(&mut picker, "parser");
    // What was there stays until the answer comes, and only the last answer counts.
    assert_eq!(titles(&picker).len(), 4);
    assert_eq!(settle(&mut picker, &store), 1);
    assert_eq!(titles(&picker), [SOME[0].0]);
    write(&mut picker, "zzz");
    settle(&mut picker, &store);
    assert!(picture(&picker, 80, 10, &Look::default()).contains("No results for your search"));
    for _ in 0..20 {
        press(&mut picker, "backspace");
    }
    settle(&mut picker, &store);
    assert_eq!(titles(&picker).len(), 4);
    assert_eq!(press(&mut picker, "tab"), PickerOutcome::Redraw);
    settle(&mut picker, &store);
    assert!(picture(&picker, 80, 10, &Look::default()).contains("Sort: Created at"));
}

#[test]
fn an_answer_that_comes_too_late_is_dropped() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(None));
    let late = picker.next_job().unwrap().run(&store);
    write(&mut picker, "parser");
    assert!(!picker.take(late));
    assert_eq!(titles(&picker), Vec::<&str>::new());
    settle(&mut picker, &store);
    assert_eq!(titles(&picker), [SOME[0].0]);
}

#[test]
fn pages_are_read_as_the_selection_comes_near_their_end() {
    let many: Vec<(String, String)> = (0..170).map(|number| (format!("session {number}"), "/w".to_owned())).collect();
    let many: Vec<(&str, &str, Option<&str>)> = many.iter().map(|(words, cwd)| (words.as_str(), cwd.as_str(), None)).collect();
    let (_home, store) = store(&many);
    let mut picker = Picker::new(options(Some("/w")));
    assert_eq!(settle(&mut picker, &store), 1);
    assert_eq!(titles(&picker).len(), 50);
    let mut seen = vec![titles(&picker)[0].to_owned()];
    for _ in 0..169 {
        assert_eq!(press(&mut picker, "down"), PickerOutcome::Redraw);
        settle(&mut picker, &store);
        let shown = picture(&picker, 80, 24, &Look::default());
        let title = titles(&picker)[picker.selected].to_owned();
        assert!(shown.lines().any(|line| line.starts_with("> ") && line.ends_with(&title)), "{shown}");
        seen.push(title);
    }
    assert_eq!(press(&mut picker, "down"), PickerOutcome::None);
    assert_eq!(seen, (0..170).rev().map(|number| format!("session {number}")).collect::<Vec<_>>());
}

#[test]
fn a_session_is_renamed_in_place_and_found_by_its_name() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(None));
    settle(&mut picker, &store);
    press(&mut picker, "end");
    assert_eq!(press(&mut picker, "ctrl-r"), PickerOutcome::Redraw);
    assert_eq!(press(&mut picker, "enter"), PickerOutcome::Redraw);
    assert!(picture(&picker, 80, 10, &Look::default()).contains("a name cannot be empty; esc keeps the old one"));
    write(&mut picker, "the parser");
    assert!(picture(&picker, 80, 10, &Look::default()).contains("New name: the parser"));
    press(&mut picker, "enter");
    settle(&mut picker, &store);
    assert_eq!(titles(&picker)[3], "the parser");
    assert_eq!(store.find("the parser").unwrap().id, picker.sessions[3].id);
    press(&mut picker, "ctrl-r");
    write(&mut picker, " again");
    assert_eq!(press(&mut picker, "esc"), PickerOutcome::Redraw);
    assert_eq!(settle(&mut picker, &store), 0);
    assert_eq!(titles(&picker)[3], "the parser");
}

#[test]
fn a_store_that_cannot_be_read_says_so() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("sessions"), "no folder").unwrap();
    let mut picker = Picker::new(options(None));
    settle(&mut picker, &SessionStore::new(home.path()));
    let shown = picture(&picker, 120, 10, &Look::default());
    assert!(shown.contains("sessions") && !shown.contains("Loading"), "{shown}");
}

#[test]
fn one_folder_looks() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(Some("/home/me/code")));
    settle(&mut picker, &store);
    insta::assert_snapshot!(pictures(&picker));
}

#[test]
fn all_folders_look_when_forking_from_a_conversation() {
    let (_home, store) = store(SOME);
    let options = PickerOptions { purpose: PickerPurpose::Fork, origin: PickerOrigin::Conversation, ..options(None) };
    let mut picker = Picker::new(options);
    settle(&mut picker, &store);
    press(&mut picker, "down");
    insta::assert_snapshot!(pictures(&picker));
}

#[test]
fn searching_and_loading_look() {
    let mut picker = Picker::new(options(None));
    write(&mut picker, "parser");
    insta::assert_snapshot!(pictures(&picker));
}

#[test]
fn no_size_makes_it_panic() {
    let (_home, store) = store(SOME);
    let mut picker = Picker::new(options(None));
    settle(&mut picker, &store);
    for columns in 1..60 {
        for rows in 1..12 {
            picture(&picker, columns, rows, &Look::default());
            picture(&picker, columns, rows, &Look { flat: true, ..Look::default() });
        }
    }
}
