//! `codex undo` and `codex redo`: take back what turns changed in files, and bring it back.
//!
//! Works on what the sessions in this folder, or the nearest one above it, have kept. A file that somebody changed since is
//! overwritten only when a person says so. **Not here:** the conversation, which stays as it is.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use codex_exec::sanitize;
use codex_snapshot::{Change, ChangeKind, Options, Restored, Scope, SnapshotError, TurnChanges, Workspace};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// `codex undo`.
#[derive(Args, Debug)]
pub(crate) struct UndoArgs {
    /// Take back this turn and the later ones of its session; the number is that of `--list`
    #[arg(long, value_name = "N", conflicts_with = "session")]
    turn: Option<usize>,

    /// Take back the last turn of this session (its id, or the start of it)
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// Show the turns that can be taken back, and change nothing
    #[arg(long, conflicts_with_all = ["turn", "session", "force"])]
    list: bool,

    #[command(flatten)]
    common: Common,
}

/// `codex redo`.
#[derive(Args, Debug)]
pub(crate) struct RedoArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
struct Common {
    /// Overwrite files that were changed since
    #[arg(long)]
    force: bool,

    /// As one JSON object
    #[arg(long)]
    json: bool,

    /// The folder whose files are meant
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    cd: Option<PathBuf>,
}

/// How many paths of a turn are named in the list.
const NAMED: usize = 3;

/// Takes back, or lists.
pub(crate) fn run(args: &UndoArgs) -> Result<u8, Failure> {
    let workspace = args.common.workspace("undo")?;
    let turns = if args.list || args.turn.is_some() || args.session.is_some() { workspace.turns().map_err(told)? } else { Vec::new() };
    if args.list {
        return Ok(list(&workspace, &turns, args.common.json));
    }
    let scope = match (args.turn, &args.session) {
        (Some(number), _) => {
            let turn = number.checked_sub(1).and_then(|at| turns.get(at));
            let missing = || Failure::new(format!("Error: there is no turn {number} here")).hint("`codex undo --list` shows the turns");
            Scope::From(turn.ok_or_else(missing)?.turn.clone())
        }
        (None, Some(start)) => Scope::Last { thread: Some(session(&turns, start)?) },
        (None, None) => Scope::Last { thread: None },
    };
    args.common.carry_out(&workspace, "taken back", |force| workspace.undo(&scope, force))
}

/// Brings back.
pub(crate) fn run_redo(args: &RedoArgs) -> Result<u8, Failure> {
    let workspace = args.common.workspace("redo")?;
    args.common.carry_out(&workspace, "done again", |force| workspace.redo(force))
}

/// The one session whose id starts like this.
fn session(turns: &[TurnChanges], start: &str) -> Result<String, Failure> {
    let mut ids: Vec<&str> = turns.iter().map(|turn| turn.turn.thread.as_str()).filter(|id| id.starts_with(start)).collect();
    ids.dedup();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => Err(Failure::new(format!("Error: no session `{start}` changed files here")).hint("`codex undo --list` shows the turns")),
        _ => Err(Failure::new(format!("Error: several sessions begin with `{start}`")).hint("give more of the id")),
    }
}

fn told(error: SnapshotError) -> Failure {
    Failure::new(format!("Error: {error}"))
}

impl Common {
    /// The workspace around the folder; `verb` is for the words about one where nothing happened.
    fn workspace(&self, verb: &str) -> Result<Workspace, Failure> {
        let ambient = gather(Environment::of_this_process(), &EXEC)?;
        let folder = self.cd.as_ref().map_or_else(|| ambient.cwd.clone(), |cd| ambient.cwd.join(cd));
        if !folder.is_dir() {
            return Err(Failure::new(format!("Error: `{}` is no folder", folder.display())));
        }
        let nothing = || {
            Failure::new(format!("Error: nothing to {verb}: no turn changed files in `{}`", folder.display()))
                .hint("files are kept where `undo.enabled` is not false and the session is not ephemeral")
        };
        // A patch that was cut off is no change of a turn's.
        for message in codex_core::take_back_cut_off(&ambient.codex_home) {
            let _ = writeln!(std::io::stderr(), "warning: {}", sanitize(&message));
        }
        let root = Workspace::find(&ambient.codex_home, &folder).ok_or_else(nothing)?;
        Workspace::open(&ambient.codex_home, &root, Options::default()).map_err(told)
    }

    fn carry_out(&self, workspace: &Workspace, done: &str, act: impl Fn(bool) -> Result<Restored, SnapshotError>) -> Result<u8, Failure> {
        let restored = match act(self.force) {
            Err(SnapshotError::Conflict(paths)) if !self.json && overwrite(&paths) => act(true),
            other => other,
        };
        let restored = restored.map_err(|error| match error {
            SnapshotError::Conflict(_) => {
                told(error).hint("`--force` overwrites them; the next `codex redo` or `codex undo` brings them back")
            }
            error => told(error),
        })?;
        let text = if self.json { format!("{}\n", as_json(workspace, &restored)) } else { in_words(&restored, done) };
        crate::output::print(&text);
        for path in &restored.lost {
            let path = path.display().to_string();
            let _ = writeln!(std::io::stderr(), "warning: `{}` was too large to be kept and stays as it is", sanitize(&path));
        }
        Ok(0)
    }
}

/// Asks a person who is there.
fn overwrite(paths: &[PathBuf]) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "changed since, by you or another program:");
    for path in paths {
        let _ = writeln!(stderr, "  {}", sanitize(&path.display().to_string()));
    }
    let _ = write!(stderr, "overwrite? [y/N] ");
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    }
}

fn in_words(restored: &Restored, done: &str) -> String {
    let mut text = String::new();
    for change in &restored.changes {
        text += &format!("{} {}\n", word(change.kind), sanitize(&change.path.display().to_string()));
    }
    let turns = restored.turns.len();
    text + &format!("{turns} {} {done}\n", if turns == 1 { "turn" } else { "turns" })
}

fn changes_as_json(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(|change| json!({"path": change.path.to_string_lossy(), "kind": word(change.kind)})).collect()
}

fn as_json(workspace: &Workspace, restored: &Restored) -> Value {
    let lost: Vec<_> = restored.lost.iter().map(|path| path.to_string_lossy()).collect();
    json!({"root": workspace.root(), "turns": restored.turns, "changes": changes_as_json(&restored.changes), "lost": lost})
}

fn list(workspace: &Workspace, turns: &[TurnChanges], as_json: bool) -> u8 {
    let mut text = String::new();
    if as_json {
        let turns: Vec<Value> = turns
            .iter()
            .enumerate()
            .map(|(at, turn)| {
                json!({"number": at + 1, "thread": turn.turn.thread, "turn": turn.turn.turn, "time": turn.time,
                    "undone": turn.undone, "changes": changes_as_json(&turn.changes)})
            })
            .collect();
        text = format!("{}\n", json!({"root": workspace.root(), "turns": turns}));
    } else {
        for (at, turn) in turns.iter().enumerate() {
            let files: Vec<String> =
                turn.changes.iter().take(NAMED).map(|change| sanitize(&change.path.display().to_string()).into_owned()).collect();
            let more = turn.changes.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let undone = if turn.undone { ", undone" } else { "" };
            text += &format!("{:>3}  session {}{undone}: {}{more}\n", at + 1, turn.turn.thread, files.join(", "));
        }
        if turns.is_empty() {
            text = "no turn changed files here\n".to_owned();
        }
    }
    crate::output::print(&text);
    0
}
