//! `thread/files/undo` and `thread/files/redo`: what turns changed in files, taken back and brought back.
//!
//! **Not here:** how files are kept and restored (`codex-snapshot`), and the conversation, which stays as it is
//! (`thread/rollback`).

use codex_app_server_protocol::types as wire;
use codex_snapshot::{ChangeKind, Options, Restored, Scope, SnapshotError, TurnKey, Workspace};
use serde_json::json;

use crate::error::Failure;
use crate::server::Server;

impl Server {
    /// `thread/files/undo`.
    pub(crate) async fn thread_files_undo(
        &self,
        params: wire::ThreadFilesUndoParams,
    ) -> Result<wire::ThreadFilesRestoredResponse, Failure> {
        let thread = params.thread_id.clone();
        let scope = match params.turn_id {
            Some(turn) => Scope::From(TurnKey { thread, turn }),
            None => Scope::Last { thread: Some(thread) },
        };
        self.restore_files(&params.thread_id, move |workspace| {
            if params.preview { workspace.would_undo(&scope) } else { workspace.undo(&scope, params.force) }
        })
        .await
    }

    /// `thread/files/redo`.
    pub(crate) async fn thread_files_redo(
        &self,
        params: wire::ThreadFilesRedoParams,
    ) -> Result<wire::ThreadFilesRestoredResponse, Failure> {
        self.restore_files(&params.thread_id, move |workspace| workspace.redo(params.force)).await
    }

    async fn restore_files(
        &self,
        thread: &str,
        act: impl FnOnce(&Workspace) -> Result<Restored, SnapshotError> + Send + 'static,
    ) -> Result<wire::ThreadFilesRestoredResponse, Failure> {
        let thread = self.loaded(thread)?;
        if thread.state().turn.is_some() {
            return Err(Failure::invalid("a turn is running: interrupt it before files are restored"));
        }
        let (home, cwd) = (thread.config.codex_home.clone(), thread.config.cwd.clone());
        let work = move || {
            let root = Workspace::find(&home, &cwd).ok_or(SnapshotError::NothingToUndo(cwd))?;
            act(&Workspace::open(&home, &root, Options::default())?)
        };
        let restored = tokio::task::spawn_blocking(work).await.map_err(|error| Failure::internal(error.to_string()))?;
        restored.map(answer).map_err(|error| match &error {
            SnapshotError::Conflict(paths) => {
                let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
                Failure::invalid(error.to_string()).with_data(json!({"conflicts": paths}))
            }
            SnapshotError::NothingToUndo(_) | SnapshotError::NothingToRedo(_) | SnapshotError::NoSuchTurn(_) => {
                Failure::invalid(error.to_string()).with_data(json!({"nothing": true}))
            }
            SnapshotError::Io { .. } => Failure::internal(error.to_string()),
            _ => Failure::invalid(error.to_string()),
        })
    }
}

fn answer(restored: Restored) -> wire::ThreadFilesRestoredResponse {
    let changes = restored.changes.into_iter().map(|change| wire::RestoredFile {
        path: change.path.to_string_lossy().into_owned(),
        kind: match change.kind {
            ChangeKind::Added => wire::RestoredKind::Added,
            ChangeKind::Removed => wire::RestoredKind::Removed,
            ChangeKind::Changed => wire::RestoredKind::Changed,
        },
    });
    wire::ThreadFilesRestoredResponse {
        turn_ids: restored.turns.into_iter().map(|turn| turn.turn).collect(),
        changes: changes.collect(),
        lost: restored.lost.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
    }
}
