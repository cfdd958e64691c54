//! Undo and redo of turns: what they changed, whether somebody changed it since, and the way back.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use crate::entry::{Blob, Entry, Kind, same};
use crate::error::SnapshotError;
use crate::log::{Point, What};
use crate::restore::Target;
use crate::workspace::{Held, TurnKey, Workspace};

/// Which turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The last one that changed files and is not undone, of this session or of any.
    Last {
        /// The session's id.
        thread: Option<String>,
    },
    /// This one and all later ones of its session.
    From(TurnKey),
}

/// How a path changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// Bytes, permissions, target or kind.
    Changed,
}

/// One path that a turn changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Below the workspace's folder.
    pub path: PathBuf,
    /// How.
    pub kind: ChangeKind,
}

/// A turn and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnChanges {
    /// Which.
    pub turn: TurnKey,
    /// When it ended, in seconds since 1970.
    pub time: u64,
    /// What it changed, by path.
    pub changes: Vec<Change>,
    /// Whether that is undone.
    pub undone: bool,
}

/// What an undo or a redo did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// The turns that were undone or done again.
    pub turns: Vec<TurnKey>,
    /// What it changed, by path.
    pub changes: Vec<Change>,
    /// What could not be brought back, because it was too large to be kept.
    pub lost: Vec<PathBuf>,
}

/// One path on its way back.
#[derive(Clone)]
struct Way {
    target: Option<Entry>,
    /// What it was left as.
    expected: Option<Entry>,
    /// Whether nobody else changed it in between.
    sure: bool,
}

type Ways = BTreeMap<Box<[u8]>, Way>;

impl Workspace {
    /// The turns that changed files, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn turns(&self) -> Result<Vec<TurnChanges>, SnapshotError> {
        let held = self.hold()?;
        let undone = undone(&held.points);
        let mut turns: Vec<TurnChanges> = Vec::new();
        for point in &held.points {
            let What::End { turn, .. } = &point.what else { continue };
            let changes = self.log.changes(point).unwrap_or_default();
            let changes = changes.iter().map(|delta| change(delta.path(), delta.before.as_ref(), delta.after.as_ref()));
            match turns.iter_mut().find(|known| known.turn == *turn) {
                Some(known) => {
                    known.changes.extend(changes);
                    known.time = point.time;
                }
                None if point.changes == 0 => {}
                None => turns.push(TurnChanges {
                    turn: turn.clone(),
                    time: point.time,
                    changes: changes.collect(),
                    undone: undone.contains(turn),
                }),
            }
        }
        Ok(turns)
    }

    /// What [`Self::undo`] would do, by what the turns changed: nothing is touched, and nobody looks whether files changed since.
    ///
    /// # Errors
    /// When there is nothing to undo, or the store cannot be read.
    pub fn would_undo(&self, scope: &Scope) -> Result<Restored, SnapshotError> {
        let turns = {
            let held = self.hold()?;
            self.choose(&held, scope)?
        };
        let mut kinds: BTreeMap<PathBuf, (ChangeKind, ChangeKind)> = BTreeMap::new();
        for known in self.turns()?.into_iter().filter(|known| turns.contains(&known.turn)) {
            for Change { path, kind } in known.changes {
                kinds.entry(path).and_modify(|(_, last)| *last = kind).or_insert((kind, kind));
            }
        }
        let back = |(path, (first, last)): (PathBuf, (ChangeKind, ChangeKind))| {
            let kind = match (first, last) {
                // It came and went.
                (ChangeKind::Added, ChangeKind::Removed) => return None,
                (ChangeKind::Added, _) => ChangeKind::Removed,
                (_, ChangeKind::Removed) => ChangeKind::Added,
                _ => ChangeKind::Changed,
            };
            Some(Change { path, kind })
        };
        Ok(Restored { turns, changes: kinds.into_iter().filter_map(back).collect(), lost: Vec::new() })
    }

    /// Takes back what turns changed. With `force` also where somebody changed a file since.
    ///
    /// # Errors
    /// [`SnapshotError::Conflict`] when somebody did and `force` is not given: then nothing was touched.
    pub fn undo(&self, scope: &Scope, force: bool) -> Result<Restored, SnapshotError> {
        let mut held = self.hold()?;
        self.look(&mut held, What::Seen)?;
        let turns = self.choose(&held, scope)?;
        let mut ways = Ways::new();
        for point in &held.points {
            let What::End { turn, cut } = &point.what else { continue };
            if turns.contains(turn) {
                self.follow(point, !cut, &mut ways);
            }
        }
        self.bring_back(&mut held, turns.clone(), What::Undo { turns }, ways, force)
    }

    /// Takes back the last undo. With `force` also where somebody changed a file since.
    ///
    /// # Errors
    /// As [`Self::undo`].
    pub fn redo(&self, force: bool) -> Result<Restored, SnapshotError> {
        let mut held = self.hold()?;
        self.look(&mut held, What::Seen)?;
        let nothing = || SnapshotError::NothingToRedo(self.root().to_path_buf());
        let point = last_undo(&held.points).cloned().ok_or_else(nothing)?;
        let What::Undo { turns } = point.what.clone() else { return Err(nothing()) };
        let mut ways = Ways::new();
        self.follow(&point, true, &mut ways);
        self.bring_back(&mut held, turns, What::Redo { of: point.n }, ways, force)
    }

    fn choose(&self, held: &Held, scope: &Scope) -> Result<Vec<TurnKey>, SnapshotError> {
        let undone = undone(&held.points);
        let mut known: Vec<&TurnKey> = Vec::new();
        for point in &held.points {
            if let What::End { turn, .. } = &point.what
                && point.changes > 0
                && !undone.contains(turn)
                && !known.contains(&turn)
            {
                known.push(turn);
            }
        }
        let nothing = || SnapshotError::NothingToUndo(self.root().to_path_buf());
        match scope {
            Scope::Last { thread } => {
                let of_thread = |turn: &&&TurnKey| thread.as_ref().is_none_or(|thread| turn.thread == *thread);
                known.iter().rev().find(of_thread).map(|turn| vec![(*turn).clone()]).ok_or_else(nothing)
            }
            Scope::From(first) => {
                let began = |point: &&Point| matches!(&point.what, What::Start { turn } | What::End { turn, .. } if turn == first);
                let from = held.points.iter().find(began).ok_or_else(|| SnapshotError::NoSuchTurn(first.turn.clone()))?.n;
                let later = |turn: &&&TurnKey| {
                    let ended = |point: &Point| matches!(&point.what, What::End { turn: own, .. } if own == **turn) && point.n >= from;
                    turn.thread == first.thread && held.points.iter().any(ended)
                };
                let turns: Vec<TurnKey> = known.iter().filter(later).map(|turn| (*turn).clone()).collect();
                if turns.is_empty() { Err(nothing()) } else { Ok(turns) }
            }
        }
    }

    /// Adds what changed before a point. What is not kept any more is not sure.
    fn follow(&self, point: &Point, sure: bool, ways: &mut Ways) {
        for delta in self.log.changes(point).unwrap_or_default() {
            match ways.get_mut(&delta.path) {
                Some(way) => {
                    way.sure &= sure && same(way.expected.as_ref(), delta.before.as_ref());
                    way.expected = delta.after;
                }
                None => {
                    ways.insert(delta.path, Way { target: delta.before, expected: delta.after, sure });
                }
            }
        }
    }

    fn bring_back(&self, held: &mut Held, turns: Vec<TurnKey>, what: What, ways: Ways, force: bool) -> Result<Restored, SnapshotError> {
        let mut restored = Restored { turns, ..Restored::default() };
        let mut targets: Vec<Target> = Vec::new();
        let mut conflicts = Vec::new();
        for (path, way) in ways {
            let name = crate::tree::to_path(&path).to_path_buf();
            let current = held.tree.get(&path);
            if same(current, way.target.as_ref()) {
                continue;
            }
            if !(way.sure && same(current, way.expected.as_ref())) {
                conflicts.push(name.clone());
            }
            if self.is_lost(way.target.as_ref()) {
                restored.lost.push(name);
                continue;
            }
            restored.changes.push(change(name, current, way.target.as_ref()));
            targets.push((path, way.target));
        }
        if !conflicts.is_empty() && !force {
            return Err(SnapshotError::Conflict(conflicts));
        }
        self.carry_out(held, what, &targets)?;
        Ok(restored)
    }

    fn is_lost(&self, target: Option<&Entry>) -> bool {
        match target.map(|entry| &entry.kind) {
            Some(Kind::File { blob: Blob::Unkept, .. } | Kind::Skipped) => true,
            Some(Kind::File { blob, len, .. }) => self.blobs.read(*blob, *len).is_err(),
            _ => false,
        }
    }
}

fn change(path: PathBuf, before: Option<&Entry>, after: Option<&Entry>) -> Change {
    let kind = match (before, after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    Change { path, kind }
}

/// The undos that were not taken back.
fn standing(points: &[Point]) -> Vec<&Point> {
    let mut standing: Vec<&Point> = Vec::new();
    for point in points {
        match &point.what {
            What::Undo { .. } => standing.push(point),
            What::Redo { of } => standing.retain(|undo| undo.n != *of),
            _ => {}
        }
    }
    standing
}

fn undone(points: &[Point]) -> HashSet<TurnKey> {
    let turns = standing(points).into_iter().filter_map(|point| if let What::Undo { turns } = &point.what { Some(turns) } else { None });
    turns.flatten().cloned().collect()
}

/// The last undo, unless a turn changed files since.
fn last_undo(points: &[Point]) -> Option<&Point> {
    let undo = standing(points).pop()?;
    let since = points.iter().filter(|point| point.n > undo.n);
    let changed = since.into_iter().any(|point| matches!(point.what, What::End { .. }) && point.changes > 0);
    (!changed).then_some(undo)
}
