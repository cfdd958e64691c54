//! A workspace and its store: opening, the lock, looking at the start and the end of a turn.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::beneath::Root;
use crate::blobs::{Allowance, Blobs, private_folder};
use crate::codec;
use crate::error::SnapshotError;
use crate::log::{Log, Point, What, write_whole};
use crate::restore::{Target, is_of_another, restore};
use crate::scan::Scan;
use crate::tree::{Delta, Tree};

/// The folder of all stores in the home folder.
pub(crate) const FOLDER: &str = "snapshots";

/// Limits of what is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Larger files are known, not kept; in bytes.
    pub max_file: u64,
    /// How many bytes of files are kept for the workspace at most.
    pub max_bytes: u64,
    /// How many files and folders a workspace may have to be followed.
    pub max_files: usize,
    /// How many points are remembered.
    pub max_points: usize,
    /// Threads that look.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_file: 10 << 20, max_bytes: 2 << 30, max_files: 500_000, max_points: 400, threads: 2 }
    }
}

/// A turn, by the session's id and its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TurnKey {
    /// The session's id.
    pub thread: String,
    /// The turn's id.
    pub turn: String,
}

/// What a look cost and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Files and folders seen.
    pub files: usize,
    /// Paths that differ from the time before.
    pub changed: usize,
    /// Bytes that were read.
    pub read: u64,
    /// Whether nothing was known of the workspace before.
    pub first: bool,
    /// How long it took.
    pub took: Duration,
}

/// One folder whose files are followed.
#[derive(Debug)]
pub struct Workspace {
    pub(crate) root: Root,
    store: PathBuf,
    pub(crate) log: Log,
    pub(crate) blobs: Blobs,
    options: Options,
    excluded: HashSet<Box<[u8]>>,
    cache: Mutex<Option<(u64, Tree)>>,
}

/// What is known while the lock is held.
pub(crate) struct Held {
    _lock: File,
    pub(crate) points: Vec<Point>,
    pub(crate) tree: Tree,
    /// Whether there was an index.
    known: bool,
}

/// What an undo or a redo was about to do; kept until it is done.
#[derive(Serialize, Deserialize)]
struct Pending {
    what: What,
    /// The last point before it.
    #[serde(default)]
    after: u64,
}

/// When something that was begun is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// Right away: what is on disk was just looked at.
    Now,
    /// By a later start, after it was cut off: somebody may have changed files since.
    Later,
}

impl Workspace {
    /// Opens the store of a folder, making it if need be. Looks at nothing yet.
    ///
    /// # Errors
    /// When the folder is `/` or above the home folder of the program, or one of the two cannot be used.
    pub fn open(codex_home: &Path, root: &Path, options: Options) -> Result<Self, SnapshotError> {
        let absolute = |path: &Path| path.canonicalize().map_err(SnapshotError::io("cannot find", path));
        let path = absolute(root)?;
        private_folder(&codex_home.join(FOLDER)).map_err(SnapshotError::io("cannot make", codex_home.join(FOLDER)))?;
        let home = absolute(codex_home)?;
        // The home folder of a user holds ours, and is no project.
        let holds_home = home.parent().is_some_and(|user| user == path) || path.parent().is_none();
        if holds_home || path.starts_with(&home) {
            return Err(SnapshotError::NotAWorkspace(path));
        }
        let store = home.join(FOLDER).join(key(&path));
        let (log, blobs) = (Log::new(&store), store.join("blobs"));
        for folder in [&store, log.folder(), &blobs] {
            private_folder(folder).map_err(SnapshotError::io("cannot make", folder))?;
        }
        write_whole(&store.join("root"), path.as_os_str().as_bytes()).map_err(SnapshotError::io("cannot write", &store))?;
        let excluded = home.strip_prefix(&path).map(|below| below.as_os_str().as_bytes().into()).into_iter().collect();
        let root = Root::open(&path).map_err(SnapshotError::io("cannot look into", &path))?;
        Ok(Self { root, store, log, blobs: Blobs::new(blobs), options, excluded, cache: Mutex::new(None) })
    }

    /// The nearest of this folder and those above it of which anything is kept.
    #[must_use]
    pub fn find(codex_home: &Path, folder: &Path) -> Option<PathBuf> {
        let folder = folder.canonicalize().ok()?;
        let is_kept = |path: &&Path| codex_home.join(FOLDER).join(key(path)).join("points.jsonl").exists();
        folder.ancestors().find(is_kept).map(Path::to_path_buf)
    }

    /// The folder that is followed.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root.path
    }

    /// Looks so that the next look is quick: for the time before a turn's first change.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn prepare(&self) -> Result<Report, SnapshotError> {
        let mut held = self.hold()?;
        self.look(&mut held, What::Seen)
    }

    /// Looks before a turn's first change.
    ///
    /// # Errors
    /// When the workspace is too large, or it or the store cannot be used.
    pub fn start(&self, turn: &TurnKey) -> Result<Report, SnapshotError> {
        let mut held = self.hold()?;
        self.look(&mut held, What::Start { turn: turn.clone() })
    }

    /// Looks after a turn's last change.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn end(&self, turn: &TurnKey) -> Result<Report, SnapshotError> {
        let mut held = self.hold()?;
        let report = self.look(&mut held, What::End { turn: turn.clone(), cut: false })?;
        self.forget_old(&mut held)?;
        Ok(report)
    }

    /// Takes the lock, reads what is known, finishes what was cut off.
    pub(crate) fn hold(&self) -> Result<Held, SnapshotError> {
        let path = self.store.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(SnapshotError::io("cannot open", &path))?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| SnapshotError::io("cannot lock", &path)(error.into()))?;
        let points = self.log.read().map_err(SnapshotError::io("cannot read", &self.store))?;
        let last = points.last().map_or(0, |point| point.n);
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).take();
        let tree = match cached {
            Some((n, tree)) if n == last => Some(tree),
            _ => self.load(&points),
        };
        let mut held = Held { _lock: lock, points, known: tree.is_some(), tree: tree.unwrap_or_default() };
        self.finish_pending(&mut held, When::Later)?;
        Ok(held)
    }

    /// The index, moved on to the last point when it is behind.
    fn load(&self, points: &[Point]) -> Option<Tree> {
        let (mut tree, n) = codec::read_index(&std::fs::read(self.store.join("index")).ok()?)?;
        for point in points.iter().filter(|point| point.n > n) {
            for delta in self.log.changes(point)? {
                tree.apply(&delta);
            }
        }
        Some(tree)
    }

    /// Looks at all files and adds a point. What somebody is in the middle of is noted as theirs first.
    pub(crate) fn look(&self, held: &mut Held, what: What) -> Result<Report, SnapshotError> {
        let begin = Instant::now();
        let failed = || SnapshotError::io("cannot keep files in", &self.store);
        let first = !held.known;
        if first && held.points.is_empty() {
            // Left by somebody who did not get to the end of a first look.
            self.blobs.keep_only(&HashSet::new()).map_err(failed())?;
        }
        let kept = self.blobs.size().and_then(|size| Ok((size, self.blobs.last_id()?)));
        let (size, last_id) = kept.map_err(failed())?;
        let allowance = Allowance::new(last_id, self.options.max_bytes.saturating_sub(size), self.options.max_file);
        let scan = Scan {
            root: &self.root,
            blobs: &self.blobs,
            allowance: &allowance,
            before: &held.tree,
            excluded: &self.excluded,
            threads: self.options.threads,
            most_files: self.options.max_files,
        };
        let seen = scan.run()?;
        let changes = if first { Vec::new() } else { seen.changes };
        let report = Report { files: seen.files, changed: changes.len(), read: seen.read, first, took: Duration::ZERO };
        held.tree = seen.tree;
        held.known = true;
        let mut changes = Some(changes).filter(|changes| !changes.is_empty());
        let of_another = if changes.is_some() { cut_off(&held.points, &what) } else { None };
        let what = match what {
            What::End { turn, .. } => What::End { cut: is_interleaved(&held.points, &turn), turn },
            other => other,
        };
        // Nothing seen is nothing to note.
        let is_idle = changes.is_none() && what == What::Seen;
        for what in of_another.into_iter().chain((!is_idle).then_some(what)) {
            let changes = changes.take().unwrap_or_default();
            let point = Point { n: held.points.last().map_or(0, |point| point.n) + 1, what, time: now(), changes: changes.len() };
            self.log.append(&point, &changes).map_err(SnapshotError::io("cannot write", &self.store))?;
            held.points.push(point);
        }
        let n = held.points.last().map_or(0, |point| point.n);
        if seen.stale || first {
            write_whole(&self.store.join("index"), &codec::write_index(&held.tree, n))
                .map_err(SnapshotError::io("cannot write", &self.store))?;
        }
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = Some((n, held.tree.clone()));
        Ok(Report { took: begin.elapsed(), ..report })
    }

    /// Makes paths what they were, in a way that is finished the next time if it is cut off now.
    pub(crate) fn carry_out(&self, held: &mut Held, what: What, targets: &[Target]) -> Result<(), SnapshotError> {
        let failed = || SnapshotError::io("cannot write", &self.store);
        let delta = |(path, after): &Target| Delta { path: path.clone(), before: held.tree.get(path).cloned(), after: after.clone() };
        let deltas: Vec<Delta> = targets.iter().map(delta).collect();
        let after = held.points.last().map_or(0, |point| point.n);
        write_whole(&self.store.join("pending.bin"), &codec::write_changes(&deltas)).map_err(failed())?;
        let line = serde_json::to_vec(&Pending { what, after }).map_err(|error| failed()(error.into()))?;
        write_whole(&self.store.join("pending.json"), &line).map_err(failed())?;
        self.finish_pending(held, When::Now)
    }

    fn finish_pending(&self, held: &mut Held, when: When) -> Result<(), SnapshotError> {
        let file = self.store.join("pending.json");
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(SnapshotError::io("cannot read", file)(error)),
        };
        let deltas = std::fs::read(self.store.join("pending.bin")).ok().and_then(|bytes| codec::read_changes(&bytes));
        if let (Ok(Pending { what, after }), Some(mut deltas)) = (serde_json::from_slice(&text), deltas)
            // All of it was done, and noted too.
            && !held.points.iter().any(|point| point.n > after && point.what == what)
        {
            if when == When::Later {
                deltas.retain(|delta| !is_of_another(&self.root, delta));
            }
            let targets: Vec<Target> = deltas.into_iter().map(|delta| (delta.path, delta.after)).collect();
            restore(&self.root, &self.blobs, &targets)?;
            self.look(held, what)?;
        }
        std::fs::remove_file(&file).map_err(SnapshotError::io("cannot remove", file))
    }

    /// Keeps the log and the store within their bounds.
    fn forget_old(&self, held: &mut Held) -> Result<(), SnapshotError> {
        let failed = || SnapshotError::io("cannot clean", &self.store);
        let too_large = self.blobs.size().map_err(failed())? > self.options.max_bytes / 4 * 3;
        if held.points.len() <= self.options.max_points && !too_large {
            return Ok(());
        }
        let keep = if too_large { held.points.len() / 2 } else { self.options.max_points / 2 };
        self.log.keep_last(&held.points, keep).map_err(failed())?;
        held.points.drain(..held.points.len() - keep);
        let of_tree = held.tree.folders.values().flat_map(|listing| listing.entries.iter().map(|(_, entry)| entry.clone()));
        let mut used: HashSet<_> = of_tree.filter_map(|entry| blob_of(&entry)).collect();
        for point in &held.points {
            let changes = self.log.changes(point).unwrap_or_default();
            used.extend(changes.iter().flat_map(|delta| [&delta.before, &delta.after]).flatten().filter_map(blob_of));
        }
        self.blobs.keep_only(&used).map_err(failed())
    }
}

/// The end of a turn that began and of which nothing was heard since, when it is not the one that is told of now.
fn cut_off(points: &[Point], now: &What) -> Option<What> {
    match (points.last().map(|point| &point.what), now) {
        (Some(What::Start { turn }), What::End { turn: own, .. }) if own == turn => None,
        (Some(What::Start { turn }), _) => Some(What::End { turn: turn.clone(), cut: true }),
        _ => None,
    }
}

/// Whether another turn was at work since this one began, so that it is not known which of them changed what.
fn is_interleaved(points: &[Point], turn: &TurnKey) -> bool {
    let own = |point: &&Point| !matches!(&point.what, What::Start { turn: begun } if begun == turn);
    let mut since = points.iter().rev().take_while(own);
    since.any(|point| matches!(&point.what, What::Start { turn: other } | What::End { turn: other, .. } if other != turn))
}

fn blob_of(entry: &crate::entry::Entry) -> Option<crate::entry::Blob> {
    if let crate::entry::Kind::File { blob, .. } = entry.kind { Some(blob) } else { None }
}

/// The name of a workspace's store.
fn key(root: &Path) -> String {
    Sha256::digest(root.as_os_str().as_bytes())[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
