//! `skills/changed`: clients hear that files of skills changed, once somebody has asked which skills there are.
//!
//! Watched is what the last lists looked into, each folder by itself, and what stands around a folder that is not there yet.
//! Whoever hears of a change asks again, and what is new is watched from then on. Where the system gives no watches, nobody
//! hears anything; lists are right all the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_skills::Skills;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::server::Server;

/// How long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(500);
/// Folders that are watched.
const MOST_FOLDERS: usize = 4_096;

/// What is watched.
#[derive(Debug, Default)]
pub(crate) struct SkillWatch(Mutex<Option<Watching>>);

#[derive(Debug)]
struct Watching {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    /// Folders with skills that are not there yet.
    missing: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl SkillWatch {
    /// Watches what a list looked into. Returns whether some of it was not watched before, and may have changed in between.
    pub(crate) fn watch(&self, server: &Arc<Server>, found: &Skills) -> bool {
        let mut watching = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if watching.is_none() {
            *watching = begin(server);
        }
        let Some(Watching { watcher, folders, missing }) = watching.as_mut() else { return false };
        let around: Vec<(&PathBuf, PathBuf)> = found.missing.iter().filter_map(|root| Some((root, existing(root)?))).collect();
        missing.lock().unwrap_or_else(PoisonError::into_inner).extend(around.iter().map(|(root, _)| (*root).clone()));
        let before = folders.len();
        for folder in found.folders.iter().chain(around.iter().map(|(_, folder)| folder)) {
            // One that is known may have gone and come again.
            let has_room = folders.len() < MOST_FOLDERS || folders.contains(folder);
            if has_room && watcher.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                folders.insert(folder.clone());
            }
        }
        folders.len() > before
    }
}

/// The nearest folder around one that is not there; not further than the one that holds `.agents`.
fn existing(root: &Path) -> Option<PathBuf> {
    root.ancestors().skip(1).take(2).find(|folder| folder.is_dir()).map(Path::to_path_buf)
}

fn begin(server: &Arc<Server>) -> Option<Watching> {
    let missing: Arc<Mutex<BTreeSet<PathBuf>>> = Arc::default();
    let (changed, known) = (Arc::new(Notify::new()), Arc::clone(&missing));
    let tell = Arc::clone(&changed);
    let heard = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| is_of_skills(path, &known)) {
            tell.notify_one();
        }
    };
    let watcher = notify::recommended_watcher(heard).inspect_err(|error| tracing::warn!(%error, "skills cannot be watched")).ok()?;
    let server = Arc::downgrade(server);
    tokio::spawn(async move {
        loop {
            changed.notified().await;
            tokio::time::sleep(GATHER).await;
            let Some(server) = server.upgrade() else { return };
            server.broadcast(&ServerNotification::SkillsChanged(wire::SkillsChangedNotification {}));
        }
    });
    Some(Watching { watcher, folders: BTreeSet::new(), missing })
}

/// Whether a change is one of skills, and not of what stands around a folder that is not there yet.
fn is_of_skills(path: &Path, missing: &Mutex<BTreeSet<PathBuf>>) -> bool {
    let missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
    let beside = missing.iter().any(|root| path.parent().is_some_and(|folder| root.starts_with(folder)));
    !beside || missing.iter().any(|root| root.starts_with(path) || path.starts_with(root))
}
