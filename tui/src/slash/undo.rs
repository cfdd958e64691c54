//! `/undo` and `/redo`: what turns changed in files, taken back and done again. The conversation stays.

use codex_snapshot::{ChangeKind, Options, Restored, Scope, SnapshotError, Workspace};

use super::SlashCommand;
use crate::app::{App, Found};
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const UNDO: SlashCommand = SlashCommand::new("undo", "take back what the last turn changed in files", undo);
pub(super) const REDO: SlashCommand = SlashCommand::new("redo", "bring back what was undone", redo);

/// Paths that are named.
const NAMED: usize = 8;

#[derive(Clone, Copy)]
enum Deed {
    Undo,
    Redo,
}

fn undo(app: &mut App, _args: &str) {
    carry_out(app, Deed::Undo, false);
}

fn redo(app: &mut App, _args: &str) {
    carry_out(app, Deed::Redo, false);
}

fn carry_out(app: &mut App, deed: Deed, force: bool) {
    let (home, cwd) = (app.config.codex_home.clone(), app.config.cwd.clone());
    let thread = app.thread().map(|thread| thread.to_string());
    app.engine.find(move || {
        let Some(root) = Workspace::find(&home, &cwd) else {
            return Some(Found::Note(Notice::Info, "There is nothing to undo: no turn changed files here.".to_owned()));
        };
        let act = |workspace: Workspace| match deed {
            Deed::Undo => workspace.undo(&Scope::Last { thread }, force),
            Deed::Redo => workspace.redo(force),
        };
        Some(match Workspace::open(&home, &root, Options::default()).and_then(act) {
            Ok(restored) => Found::Note(Notice::Info, in_words(&restored, deed)),
            Err(SnapshotError::Conflict(paths)) => {
                let names: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
                Found::Ask(Box::new(move |app: &mut App| ask(app, deed, &names)))
            }
            Err(error) => Found::Note(Notice::Error, error.to_string()),
        })
    });
}

fn ask(app: &mut App, deed: Deed, paths: &[String]) {
    let choices = vec![
        Choice::plain("No, leave everything as it is", ""),
        Choice::plain("Yes, overwrite them", "The next undo or redo brings them back"),
    ];
    let about = format!("Changed since, by you or another program: {}", paths.join(", "));
    app.menu("Overwrite what was changed since?", &crate::text::sanitize_line(&about), choices, 0, move |app, row| {
        if row == 1 {
            carry_out(app, deed, true);
        }
    });
}

fn in_words(restored: &Restored, deed: Deed) -> String {
    let done = match deed {
        Deed::Undo => "Taken back",
        Deed::Redo => "Done again",
    };
    let word = |kind: ChangeKind| match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    };
    let named = restored.changes.iter().take(NAMED).map(|change| format!("{} ({})", change.path.display(), word(change.kind)));
    let more = restored.changes.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let lost = match restored.lost.len() {
        0 => String::new(),
        count => format!("; {count} files were too large to be kept and stay as they are"),
    };
    format!("{done}: {}{more}{lost}", named.collect::<Vec<_>>().join(", "))
}
