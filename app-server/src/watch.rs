//! `fs/watch`: tells a client what changes at a path or directly below it, a moment later and not once a write.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{AbsolutePathBuf, ServerNotification};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::connection::{Connection, spelt_notification};
use crate::error::Failure;

/// How long changes are gathered.
const GATHER: Duration = Duration::from_millis(200);
/// Changes that may wait to be gathered; what comes on top changes the same few paths.
const MOST_CHANGES: usize = 1024;
/// Watches of one connection.
const MOST_WATCHES: usize = 256;

/// The watches of one connection. Dropping a watcher ends it.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<HashMap<String, RecommendedWatcher>>);

impl Watches {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, RecommendedWatcher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `fs/watch`. A path that is not there is watched in its folder.
    pub(crate) fn watch(&self, params: &wire::FsWatchParams, connection: &Arc<Connection>) -> Result<wire::FsWatchResponse, Failure> {
        if self.lock().len() >= MOST_WATCHES {
            return Err(Failure::invalid(format!("a client may have {MOST_WATCHES} watches")));
        }
        let path = params.path.as_path().to_path_buf();
        let (sender, changes) = mpsc::channel(MOST_CHANGES);
        let whole_folder = path.is_dir();
        let wanted = path.clone();
        let heard = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for changed in event.paths.into_iter().filter(|changed| whole_folder || *changed == wanted) {
                // When too many wait, those that do tell of the same moment.
                let _ = sender.try_send(changed);
            }
        };
        let failed = |error: notify::Error| Failure::internal(error.to_string());
        let mut watcher = notify::recommended_watcher(heard).map_err(failed)?;
        if let Some(folder) = watched_folder(&path) {
            watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        let id = uuid::Uuid::new_v4().to_string();
        self.lock().insert(id.clone(), watcher);
        tokio::spawn(tell(changes, id.clone(), Arc::clone(connection)));
        Ok(wire::FsWatchResponse { path: params.path.clone(), watch_id: id })
    }

    /// `fs/unwatch`; one that is not there is ended too.
    pub(crate) fn unwatch(&self, params: &wire::FsUnwatchParams) -> wire::FsUnwatchResponse {
        self.lock().remove(&params.watch_id);
        wire::FsUnwatchResponse {}
    }
}

/// A folder itself; for anything else the folder around it, which hears of files that editors replace.
fn watched_folder(path: &Path) -> Option<PathBuf> {
    if path.is_dir() { Some(path.to_path_buf()) } else { path.parent().filter(|folder| folder.is_dir()).map(Path::to_path_buf) }
}

async fn tell(mut changes: mpsc::Receiver<PathBuf>, id: String, connection: Arc<Connection>) {
    loop {
        let first = tokio::select! {
            biased;
            () = connection.closed.cancelled() => return,
            change = changes.recv() => match change {
                Some(change) => change,
                None => return,
            },
        };
        let mut changed = BTreeSet::from([first]);
        tokio::time::sleep(GATHER).await;
        while let Ok(change) = changes.try_recv() {
            changed.insert(change);
        }
        let changed_paths = changed.into_iter().filter_map(AbsolutePathBuf::new).collect();
        let notification = wire::FsChangedNotification { changed_paths, watch_id: id.clone() };
        let (method, text) = spelt_notification(&ServerNotification::FsChanged(notification));
        connection.notify(method, &text);
    }
}
