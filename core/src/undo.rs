//! Keeps the workspace's files for undo: looks in the background when a turn begins, again before its first command or patch
//! that could write, and once more when it ends. A turn that writes nothing costs nothing but the first of these.
//!
//! **Not here:** how files are kept and brought back (`codex-snapshot`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use codex_protocol::EventMsg;
use codex_protocol::TurnId;
use codex_protocol::event::Warning;
use codex_protocol::policy::SandboxPolicy;
use codex_snapshot::{Options, Report, SnapshotError, TurnKey, Workspace};
use tokio::sync::OnceCell;

use crate::host::TurnHost;
use crate::session::Session;

/// What undo knows of one thread.
#[derive(Debug)]
pub(crate) struct Undo {
    /// `None` when nothing is kept.
    keeping: Option<Keeping>,
}

#[derive(Debug)]
struct Keeping {
    codex_home: PathBuf,
    tmpdir: Option<PathBuf>,
    options: Options,
    opened: Mutex<HashMap<PathBuf, Option<Arc<Workspace>>>>,
    turn: Mutex<Option<Started>>,
    told: std::sync::atomic::AtomicBool,
}

/// The running turn and the workspaces that were looked at before it wrote.
#[derive(Clone, Debug)]
struct Started {
    turn: TurnId,
    workspaces: Arc<OnceCell<Vec<Arc<Workspace>>>>,
}

impl Undo {
    /// With `options` files are kept, otherwise nothing is.
    pub(crate) fn new(codex_home: &Path, tmpdir: Option<&Path>, options: Option<Options>) -> Self {
        let keeping = options.map(|options| Keeping {
            codex_home: codex_home.to_path_buf(),
            tmpdir: tmpdir.map(Path::to_path_buf),
            options,
            opened: Mutex::default(),
            turn: Mutex::default(),
            told: std::sync::atomic::AtomicBool::new(false),
        });
        Self { keeping }
    }

    /// Begins to look at what the turn may change, without anybody waiting for it.
    pub(crate) fn begin(&self, turn: &TurnId, cwd: &Path, sandbox: &SandboxPolicy) {
        let Some(keeping) = &self.keeping else { return };
        *keeping.turn.lock().unwrap_or_else(PoisonError::into_inner) = Some(Started { turn: turn.clone(), workspaces: Arc::default() });
        if !writes(sandbox) {
            return;
        }
        for workspace in keeping.roots(cwd, sandbox).into_iter().filter_map(|root| keeping.open(&root).ok().flatten()) {
            // Detached: a program that ends meanwhile loses nothing, and what is being looked at is locked against the turn.
            drop(tokio::task::spawn_blocking(move || match workspace.prepare() {
                Ok(report) => log(&workspace, &report),
                Err(error) => tracing::warn!(%error, "files could not be kept for undo"),
            }));
        }
    }

    /// Has everything kept that a command under this policy, or a patch, could change. Waits for it.
    pub(crate) async fn before_writes(&self, host: &TurnHost, sandbox: &SandboxPolicy) {
        let Some(keeping) = &self.keeping else { return };
        if !writes(sandbox) {
            return;
        }
        let started = keeping.turn.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(started) = started.filter(|started| started.turn == host.turn_id()) else { return };
        let look = async || {
            let mut workspaces = Vec::new();
            for root in keeping.roots(host.cwd(), sandbox) {
                let opened = keeping.open(&root);
                let looked = match opened {
                    Ok(Some(workspace)) => in_background(workspace, host.session().turn_key(&started.turn), Workspace::start).await,
                    Ok(None) => continue,
                    Err(error) => Err(error),
                };
                match looked {
                    Ok(workspace) => workspaces.push(workspace),
                    Err(error) => keeping.tell(host.session(), &root, &error).await,
                }
            }
            workspaces
        };
        started.workspaces.get_or_init(look).await;
    }

    /// Notes what the turn changed.
    pub(crate) async fn end(&self, session: &Session, turn: &TurnId) {
        let Some(keeping) = &self.keeping else { return };
        let started = keeping.turn.lock().unwrap_or_else(PoisonError::into_inner).take_if(|started| started.turn == *turn);
        let Some(workspaces) = started.and_then(|started| started.workspaces.get().cloned()) else { return };
        for workspace in workspaces {
            let root = workspace.root().to_path_buf();
            if let Err(error) = in_background(workspace, session.turn_key(turn), Workspace::end).await {
                keeping.tell(session, &root, &error).await;
            }
        }
    }
}

impl Keeping {
    /// The folders a turn works in: those that it may write to, without the ones for temporary files.
    fn roots(&self, cwd: &Path, sandbox: &SandboxPolicy) -> Vec<PathBuf> {
        let mut roots = vec![cwd.to_path_buf()];
        if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = sandbox {
            roots.extend(writable_roots.iter().filter(|root| !self.is_passing(root)).cloned());
        }
        roots.sort();
        // What lies in another is kept with it.
        roots.dedup_by(|inner, outer| inner.starts_with(&*outer));
        roots
    }

    fn is_passing(&self, root: &Path) -> bool {
        root == Path::new("/tmp") || self.tmpdir.as_deref() == Some(root) || root.starts_with(&self.codex_home)
    }

    /// `None` for a folder that is never followed, such as the user's home.
    fn open(&self, root: &Path) -> Result<Option<Arc<Workspace>>, SnapshotError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(root) {
            return Ok(known.clone());
        }
        let workspace = match Workspace::open(&self.codex_home, root, self.options.clone()) {
            Ok(workspace) => Some(Arc::new(workspace)),
            Err(SnapshotError::NotAWorkspace(_)) => None,
            Err(error) => return Err(error),
        };
        opened.insert(root.to_path_buf(), workspace.clone());
        Ok(workspace)
    }

    /// Says once a session that there will be no undo, and why; from then on nothing is tried in that folder.
    async fn tell(&self, session: &Session, root: &Path, error: &SnapshotError) {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(root.to_path_buf(), None);
        tracing::warn!(%error, "files could not be kept for undo");
        if !self.told.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let message = format!("this turn cannot be undone: {error}");
            session.events.show(EventMsg::Warning(Warning { message })).await;
        }
    }
}

type Look = fn(&Workspace, &TurnKey) -> Result<Report, SnapshotError>;

async fn in_background(workspace: Arc<Workspace>, turn: TurnKey, look: Look) -> Result<Arc<Workspace>, SnapshotError> {
    let root = workspace.root().to_path_buf();
    let looked = tokio::task::spawn_blocking(move || {
        let report = look(&workspace, &turn)?;
        log(&workspace, &report);
        Ok(workspace)
    });
    looked
        .await
        .unwrap_or_else(|error| Err(SnapshotError::Io { what: "cannot look into", path: root, source: std::io::Error::other(error) }))
}

fn log(workspace: &Workspace, report: &Report) {
    let Report { files, changed, read, first, took } = *report;
    tracing::info!(root = %workspace.root().display(), files, changed, read, first, millis = took.as_millis(), "looked at the workspace for undo");
}

fn writes(sandbox: &SandboxPolicy) -> bool {
    !matches!(sandbox, SandboxPolicy::ReadOnly { .. })
}
