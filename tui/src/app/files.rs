//! What turns changed in files: shown, taken back and done again, wherever the thread runs.
//!
//! **Not here:** how files are kept (`codex-snapshot`); what is asked before (`back`, `slash::undo`).

use std::path::PathBuf;
use std::sync::Arc;

use codex_app_server_client::ClientError;
use codex_app_server_protocol::types as wire;
use codex_snapshot::{ChangeKind, Options, Restored, Scope, SnapshotError, TurnKey, Workspace};
use serde::Serialize;

use super::elsewhere::Server;
use super::engine::with_causes;
use super::state::App;
use crate::text::sanitize_line;

/// Paths that are named.
const NAMED: usize = 8;

/// The files of a thread.
#[derive(Clone)]
pub(crate) struct Files {
    thread: String,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Here { home: PathBuf, cwd: PathBuf },
    There(Arc<Server>),
}

/// What was, or would be, changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    changes: Vec<(String, ChangeKind)>,
    lost: usize,
}

/// Why nothing was changed.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    /// There is nothing to do, or no such turn.
    Nothing,
    /// Somebody changed these since.
    Conflict(Vec<String>),
    /// Something else, in words.
    Because(String),
}

impl Outcome {
    /// How many files.
    pub(crate) fn count(&self) -> usize {
        self.changes.len()
    }

    /// The files by name, each with what becomes of it.
    pub(crate) fn in_words(&self) -> String {
        let word = |kind: ChangeKind| match kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        let named = self.changes.iter().take(NAMED).map(|(path, kind)| format!("{} ({})", sanitize_line(path), word(*kind)));
        let more = self.changes.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let lost = match self.lost {
            0 => String::new(),
            count => format!("; {count} files were too large to be kept and stay as they are"),
        };
        format!("{}{more}{lost}", named.collect::<Vec<_>>().join(", "))
    }
}

/// Paths in a sentence.
pub(crate) fn named(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let names: Vec<String> = paths.iter().take(NAMED).map(|path| sanitize_line(path)).collect();
    if more > 0 { format!("{}, and {more} more", names.join(", ")) } else { names.join(", ") }
}

impl App {
    /// The files of the thread, once there is one.
    pub(crate) fn thread_files(&self) -> Option<Files> {
        let place = match &self.server {
            Some(server) => Place::There(Arc::clone(server)),
            None => Place::Here { home: self.config.codex_home.clone(), cwd: self.config.cwd.clone() },
        };
        Some(Files { thread: self.thread()?.to_string(), place })
    }
}

impl Files {
    /// What an undo would do: of the last turn that changed files, or of the first of these that did and all after it.
    pub(crate) async fn would_undo(&self, turns: &[String]) -> Result<(Option<String>, Outcome), Refused> {
        if turns.is_empty() {
            return Ok((None, self.undone(None, Mode::Look).await?));
        }
        for turn in turns {
            match self.undone(Some(turn.clone()), Mode::Look).await {
                Err(Refused::Nothing) => {}
                other => return other.map(|outcome| (Some(turn.clone()), outcome)),
            }
        }
        Err(Refused::Nothing)
    }

    /// Takes back what the last turn changed, or a turn and all after it. With `force` also where somebody changed a file since.
    pub(crate) async fn undo(&self, turn: Option<String>, force: bool) -> Result<Outcome, Refused> {
        self.undone(turn, if force { Mode::Overwrite } else { Mode::Careful }).await
    }

    /// Does again what was taken back last.
    pub(crate) async fn redo(&self, force: bool) -> Result<Outcome, Refused> {
        match &self.place {
            Place::Here { .. } => self.here(move |workspace| workspace.redo(force)).await,
            Place::There(server) => {
                let params = wire::ThreadFilesRedoParams { thread_id: self.thread.clone(), force };
                there(server, "thread/files/redo", &params).await
            }
        }
    }

    async fn undone(&self, turn: Option<String>, mode: Mode) -> Result<Outcome, Refused> {
        let thread = self.thread.clone();
        match &self.place {
            Place::Here { .. } => {
                let scope = match turn {
                    Some(turn) => Scope::From(TurnKey { thread, turn }),
                    None => Scope::Last { thread: Some(thread) },
                };
                self.here(move |workspace| match mode {
                    Mode::Look => workspace.would_undo(&scope),
                    Mode::Careful => workspace.undo(&scope, false),
                    Mode::Overwrite => workspace.undo(&scope, true),
                })
                .await
            }
            Place::There(server) => {
                let (force, preview) = (mode == Mode::Overwrite, mode == Mode::Look);
                let params = wire::ThreadFilesUndoParams { thread_id: thread, turn_id: turn, force, preview };
                there(server, "thread/files/undo", &params).await
            }
        }
    }

    async fn here(&self, act: impl FnOnce(&Workspace) -> Result<Restored, SnapshotError> + Send + 'static) -> Result<Outcome, Refused> {
        let Place::Here { home, cwd } = self.place.clone() else { return Err(Refused::Nothing) };
        let work = move || {
            let root = Workspace::find(&home, &cwd).ok_or(SnapshotError::NothingToUndo(cwd))?;
            act(&Workspace::open(&home, &root, Options::default())?)
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|error| Refused::Because(error.to_string()))?;
        let shown = |path: PathBuf| path.display().to_string();
        match done {
            Ok(restored) => {
                let changes = restored.changes.into_iter().map(|change| (shown(change.path), change.kind)).collect();
                Ok(Outcome { changes, lost: restored.lost.len() })
            }
            Err(SnapshotError::Conflict(paths)) => Err(Refused::Conflict(paths.into_iter().map(shown).collect())),
            Err(SnapshotError::NothingToUndo(_) | SnapshotError::NothingToRedo(_) | SnapshotError::NoSuchTurn(_)) => Err(Refused::Nothing),
            Err(error) => Err(Refused::Because(with_causes(&error))),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Look,
    Careful,
    Overwrite,
}

async fn there(server: &Server, method: &str, params: &impl Serialize) -> Result<Outcome, Refused> {
    let client = server.client().await.map_err(Refused::Because)?;
    let answer: Result<wire::ThreadFilesRestoredResponse, ClientError> = client.request(method, params).await;
    match answer {
        Ok(restored) => {
            let kind = |kind: wire::RestoredKind| match kind {
                wire::RestoredKind::Added => ChangeKind::Added,
                wire::RestoredKind::Removed => ChangeKind::Removed,
                wire::RestoredKind::Changed => ChangeKind::Changed,
            };
            let changes = restored.changes.into_iter().map(|file| (file.path, kind(file.kind))).collect();
            Ok(Outcome { changes, lost: restored.lost.len() })
        }
        Err(ClientError::Refused { error, .. }) => {
            let member = |name: &str| error.data.as_ref().and_then(|data| data.get(name));
            if let Some(paths) = member("conflicts").and_then(serde_json::Value::as_array) {
                return Err(Refused::Conflict(paths.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect()));
            }
            if member("nothing").is_some() {
                return Err(Refused::Nothing);
            }
            Err(Refused::Because(error.message))
        }
        Err(error) => Err(Refused::Because(error.to_string())),
    }
}
