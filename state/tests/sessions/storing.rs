use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use codex_state::{Archive, Cursor, ListQuery, RolloutRecorder, SessionStore, SortKey, StateError};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{at, meta, recorded, runtime, said};

struct Home {
    folder: tempfile::TempDir,
    ids: Vec<ThreadId>,
}

impl Home {
    /// Sessions that began one day after the other, the first earliest; the even ones in `/even`.
    fn with(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<ThreadId> = (0..count).map(|_| ThreadId::generate()).collect();
        for (number, id) in ids.iter().enumerate() {
            let mut meta = meta(*id, if number % 2 == 0 { "/even" } else { "/odd" });
            meta.timestamp = format!("2026-11-{:02}T10:00:00.000Z", number + 1);
            recorded(folder.path(), meta, &at(&format!("2026-11-{:02}T10:00:00", number + 1)), &[&format!("task {number}")]);
        }
        Self { folder, ids }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn store(&self) -> SessionStore {
        SessionStore::new(self.path())
    }

    /// Numbers of the sessions that a query gives, in order.
    fn listed(&self, query: &ListQuery) -> Vec<usize> {
        let page = self.store().list(query).unwrap();
        page.sessions.iter().map(|session| self.ids.iter().position(|id| *id == session.id).unwrap()).collect()
    }

    fn index(&self) -> PathBuf {
        self.path().join("session_heads_1.sqlite")
    }
}

#[test]
fn a_list_is_filtered_sorted_and_paged() {
    let home = Home::with(5);
    let all = ListQuery::default();
    assert_eq!(home.listed(&all), [4, 3, 2, 1, 0]);
    assert_eq!(home.listed(&ListQuery { cwd: Some("/odd".into()), ..all.clone() }), [3, 1]);
    assert_eq!(home.listed(&ListQuery { preview_contains: Some("task 2".into()), ..all.clone() }), [2]);
    assert_eq!(home.listed(&ListQuery { words: Some("EVEN 4".into()), ..all.clone() }), [4]);
    assert_eq!(home.listed(&ListQuery { providers: Some(vec!["other".into()]), ..all.clone() }), [0usize; 0]);
    assert_eq!(home.listed(&ListQuery { sources: Some(vec!["cli".into()]), ..all.clone() }), [0usize; 0]);

    let first = home.store().list(&ListQuery { limit: Some(2), ..all.clone() }).unwrap();
    let cursor: Cursor = first.next.unwrap().to_string().parse().unwrap();
    assert_eq!(home.listed(&ListQuery { limit: Some(2), after: Some(cursor), ..all.clone() }), [2, 1]);
    let last = home.store().list(&ListQuery { limit: Some(5), ..all.clone() }).unwrap();
    assert_eq!(last.next, None);
    assert!(matches!("garbage".parse::<Cursor>(), Err(StateError::Cursor(_))));

    let file = fs::File::options().append(true).open(home.store().file(home.ids[1], Archive::Both).unwrap().path).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(home.listed(&ListQuery { sort: SortKey::Updated, limit: Some(1), ..all }), [1]);
}

#[test]
fn the_index_may_go_be_damaged_or_be_impossible_at_any_time() {
    let home = Home::with(3);
    let all = ListQuery::default();
    assert!(!home.index().exists());
    assert_eq!(home.listed(&all), [2, 1, 0]);
    assert_eq!(fs::metadata(home.index()).unwrap().permissions().mode() & 0o777, 0o600);
    fs::remove_file(home.index()).unwrap();
    assert_eq!(home.listed(&all), [2, 1, 0]);
    for content in [b"garbage".to_vec(), vec![0; 4096], Vec::new()] {
        fs::write(home.index(), content).unwrap();
        assert_eq!(home.listed(&all), [2, 1, 0]);
    }
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", home.index().display()));
    }
    fs::create_dir(home.index()).unwrap();
    assert_eq!(home.listed(&all), [2, 1, 0]);
    // Below a file no folder can be made, whoever runs this.
    let nowhere = home.store().with_index_in(&std::env::current_exe().unwrap().join("folder"));
    assert_eq!(nowhere.list(&all).unwrap().sessions.len(), 3);
}

#[test]
fn the_index_follows_the_files() {
    let home = Home::with(2);
    let all = ListQuery::default();
    assert_eq!(home.listed(&all), [1, 0]);
    let path = home.store().file(home.ids[0], Archive::Both).unwrap().path;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("task 0", "another")).unwrap();
    assert_eq!(home.store().list(&all).unwrap().sessions[1].preview, "another");
    fs::remove_file(home.store().file(home.ids[1], Archive::Both).unwrap().path).unwrap();
    assert_eq!(home.listed(&all), [0]);
}

#[test]
fn a_session_is_meant_by_id_prefix_or_name() {
    let home = Home::with(2);
    let store = home.store();
    let id = home.ids[0];
    assert_eq!(store.find(&id.to_string()).unwrap().id, id);
    store.rename(id, "  my name ").unwrap();
    assert_eq!(store.find("my name").unwrap().id, id);
    assert_eq!(store.name_of(id).unwrap().as_deref(), Some("my name"));
    let [one, two] = [home.ids[0].to_string(), home.ids[1].to_string()];
    let common = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
    assert_eq!(store.find(&one[..=common].to_uppercase()).unwrap().id, id);
    assert!(matches!(store.find(&one[..common]), Err(StateError::Ambiguous { ids, .. }) if ids.len() == 2));
    for unknown in ["", "x", "01a", "nobody", "ffffffff", "../../etc", &ThreadId::generate().to_string()] {
        assert!(matches!(store.find(unknown), Err(StateError::Unknown { .. })), "{unknown}");
    }
    assert!(matches!(store.rename(id, " \n"), Err(StateError::EmptyName)));
    assert!(matches!(store.rename(ThreadId::generate(), "x"), Err(StateError::NotFound { .. })));
}

#[test]
fn a_name_is_kept_in_the_index_of_names_as_others_write_it() {
    let home = Home::with(1);
    fs::write(home.path().join("session_index.jsonl"), "{\"id\":\"torn").unwrap();
    home.store().rename(home.ids[0], "first").unwrap();
    home.store().rename(home.ids[0], "second").unwrap();
    let text = fs::read_to_string(home.path().join("session_index.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((last["id"].clone(), last["thread_name"].clone()), (json!(home.ids[0]), json!("second")));
    assert!(last["updated_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn sessions_go_into_the_archive_and_back() {
    let home = Home::with(1);
    let store = home.store();
    let id = home.ids[0];
    let before = store.file(id, Archive::Without).unwrap().path;
    let archived = store.archive(id).unwrap();
    assert_eq!(archived, home.path().join("archived_sessions").join(before.file_name().unwrap()));
    assert_eq!(fs::metadata(archived.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(matches!(store.archive(id), Err(StateError::NotFound { archived: false, .. })));
    assert_eq!(home.listed(&ListQuery::default()), [0usize; 0]);
    assert_eq!(home.listed(&ListQuery { archive: Archive::Only, ..ListQuery::default() }), [0]);
    assert_eq!(store.unarchive(id).unwrap(), before);
    assert!(matches!(store.unarchive(id), Err(StateError::NotFound { archived: true, .. })));
    assert_eq!(home.listed(&ListQuery::default()), [0]);
}

#[test]
fn a_removed_session_leaves_neither_file_nor_name() {
    let home = Home::with(2);
    let store = home.store();
    for id in &home.ids {
        store.rename(*id, &format!("name of {id}")).unwrap();
    }
    store.delete(home.ids[0]).unwrap();
    assert!(matches!(store.delete(home.ids[0]), Err(StateError::NotFound { .. })));
    let names = fs::read_to_string(home.path().join("session_index.jsonl")).unwrap();
    assert!(!names.contains(&home.ids[0].to_string()) && names.contains(&home.ids[1].to_string()));
    assert_eq!(home.listed(&ListQuery::default()), [1]);
}

/// H3: a session that somebody goes on with is not opened, moved or removed by others.
#[test]
fn a_session_in_use_is_left_alone() {
    let home = Home::with(1);
    let store = home.store();
    let path = store.file(home.ids[0], Archive::Both).unwrap().path;
    let recorder = RolloutRecorder::resume(path.clone()).unwrap();
    assert!(matches!(RolloutRecorder::resume(path.clone()), Err(StateError::Busy { .. })));
    assert!(matches!(store.archive(home.ids[0]), Err(StateError::Busy { .. })));
    assert!(matches!(store.delete(home.ids[0]), Err(StateError::Busy { .. })));
    runtime().block_on(async {
        recorder.record(said("more")).await;
        recorder.flush().await.unwrap();
    });
    drop(recorder);
    RolloutRecorder::resume(path).unwrap();
}

/// H2: links do not lead out of the folders of sessions.
#[test]
fn links_are_not_followed() {
    let home = Home::with(1);
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = recorded(elsewhere.path(), meta(ThreadId::generate(), "/even"), &at("2026-11-25T10:00:00"), &["secret"]);
    let day = home.path().join("sessions/2026/11/01");
    symlink(&foreign, day.join(foreign.file_name().unwrap())).unwrap();
    symlink(foreign.parent().unwrap(), home.path().join("sessions/2026/11/25")).unwrap();
    assert_eq!(home.listed(&ListQuery::default()), [0]);
    let id = codex_state::thread_id_of(&foreign).unwrap();
    assert!(matches!(home.store().find(&id.to_string()), Err(StateError::Unknown { .. })));
}
