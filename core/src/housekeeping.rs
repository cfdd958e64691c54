//! Removes once a day, when a thread begins, what the settings let go: sessions that are old or too much, and files kept for undo
//! of folders that are gone or long unused. In the background, and never what is in use.
//!
//! **Not here:** what may go (`codex_state::Retention`, `codex_snapshot::clean`).

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use codex_config::{Config, RetentionConfig};
use codex_state::{Retention, SessionStore, Timestamp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells by its time when the last cleaning began.
const STAMP: &str = ".cleaned";

/// Begins to clean where it is time to. Nobody waits for it.
pub(crate) fn begin(config: &Arc<Config>) {
    let config = Arc::clone(config);
    drop(tokio::task::spawn_blocking(move || clean(&config)));
}

/// What the settings let go of stored sessions; `None` where they keep all.
pub fn retention(config: &RetentionConfig) -> Option<Retention> {
    let RetentionConfig { max_age_days, max_total_bytes, keep_archived, keep_named, .. } = *config;
    let any = max_age_days.is_some() || max_total_bytes.is_some();
    any.then_some(Retention { max_age_days, max_total_bytes, keep_archived, keep_named })
}

fn clean(config: &Config) {
    let (home, unused) = (&config.codex_home, DAY * config.retention.undo_max_age_days);
    let (snapshots, stored) = (home.join("snapshots"), home.join("sessions"));
    if is_due(&snapshots) {
        match codex_snapshot::clean(home, unused, false) {
            Ok(cleaned) => tracing::info!(stores = cleaned.len(), "removed files that were kept for undo"),
            Err(error) => tracing::warn!(%error, "files kept for undo were not cleaned"),
        }
        stamp(&snapshots);
    }
    if let Some(retention) = retention(&config.retention)
        && is_due(&stored)
    {
        sessions(&SessionStore::new(home).with_index_in(&config.sqlite_home), &retention);
        stamp(&stored);
    }
}

fn sessions(store: &SessionStore, retention: &Retention) {
    let removals = store.removals(retention, Timestamp::now()).unwrap_or_else(|error| {
        tracing::warn!(%error, "sessions were not cleaned");
        Vec::new()
    });
    for removal in removals {
        match store.remove(&removal) {
            Ok(()) => tracing::info!(session = %removal.session.id, "removed a session, as the settings say"),
            Err(error) => tracing::info!(%error, session = %removal.session.id, "a session stays"),
        }
    }
}

/// Whether the last cleaning in a folder is a day ago. A folder that is not there holds nothing.
fn is_due(folder: &Path) -> bool {
    let modified = fs::metadata(folder.join(STAMP)).and_then(|about| about.modified()).ok();
    let is_fresh = modified.is_some_and(|at| SystemTime::now().duration_since(at).is_ok_and(|since| since < DAY));
    !is_fresh && folder.is_dir()
}

/// Notes that a folder was cleaned. One that was not cleaned to its end is not stamped, and the next start goes on.
fn stamp(folder: &Path) {
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(STAMP));
    if let Err(error) = made.and_then(|file| file.set_modified(SystemTime::now())) {
        tracing::debug!(%error, "the cleaning is not noted");
    }
}
