//! Names of session files, and the time stamps in and on them.

use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use jiff::{Timestamp, Zoned};

pub(crate) const SESSIONS: &str = "sessions";
pub(crate) const ARCHIVED: &str = "archived_sessions";

/// Formats a moment as session files hold it: RFC 3339 in UTC with milliseconds.
pub fn format_timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Where the session of a thread that began at this local time is recorded.
pub(crate) fn session_file(codex_home: &Path, thread: ThreadId, began: &Zoned) -> PathBuf {
    let day = began.strftime("%Y/%m/%d").to_string();
    let name = format!("rollout-{}-{thread}.jsonl", began.strftime("%Y-%m-%dT%H-%M-%S"));
    codex_home.join(SESSIONS).join(day).join(name)
}

/// Returns the thread that a session file is named after; `None` when the name is none of a session file.
pub fn thread_id_of(path: &Path) -> Option<ThreadId> {
    const ID: usize = 36;
    let stem = path.file_name()?.to_str()?.strip_prefix("rollout-")?.strip_suffix(".jsonl")?;
    let (stamp, id) = stem.split_at_checked(stem.len().checked_sub(ID)?)?;
    if !stamp.ends_with('-') {
        return None;
    }
    id.parse().ok()
}

/// The folder `YYYY/MM/DD` that a session file belongs to by its name.
pub(crate) fn day_of(path: &Path) -> Option<PathBuf> {
    let day = path.file_name()?.to_str()?.strip_prefix("rollout-")?.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    is_day.then(|| PathBuf::from(day.replace('-', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a1fb44-3968-7ef3-b54b-de943b8674a4";

    #[test]
    fn a_session_file_is_named_by_local_time_and_thread() {
        let began: Zoned = "2026-01-02T03:04:05.678-11:30[-11:30]".parse().unwrap();
        let path = session_file(Path::new("/h"), ID.parse().unwrap(), &began);
        assert_eq!(path, Path::new(&format!("/h/sessions/2026/01/02/rollout-2026-01-02T03-04-05-{ID}.jsonl")));
        assert_eq!(thread_id_of(&path), Some(ID.parse().unwrap()));
        assert_eq!(day_of(&path), Some(PathBuf::from("2026/01/02")));
        assert_eq!(day_of(Path::new("rollout-../../../x.jsonl")), None);
    }

    #[test]
    fn other_names_belong_to_no_thread() {
        for name in ["", "rollout-.jsonl", "x.jsonl", "rollout-日本日本日本日本日本日本日本日本日本日本日本日本日本.jsonl"]
        {
            assert_eq!(thread_id_of(Path::new(name)), None, "{name}");
        }
        for name in [format!("rollout-x-{ID}.json"), format!("rollout-x-{ID}.jsonl.tmp"), format!("rollout-{ID}.jsonl")] {
            assert_eq!(thread_id_of(Path::new(&name)), None, "{name}");
        }
    }

    #[test]
    fn stamps_are_utc_with_milliseconds() {
        let at: Timestamp = "2026-11-20T23:28:36.3509Z".parse().unwrap();
        assert_eq!(format_timestamp(at), "2026-11-20T23:28:36.350Z");
        assert_eq!(format_timestamp(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
