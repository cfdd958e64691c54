//! `/undo` and `/redo`: what turns changed in files, taken back and done again. The conversation stays.

use super::SlashCommand;
use crate::app::{App, Files, Found, Refused, named};
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const UNDO: SlashCommand = SlashCommand::new("undo", "take back what the last turn changed in files", undo);
pub(super) const REDO: SlashCommand = SlashCommand::new("redo", "bring back what was undone", redo);

#[derive(Clone, Copy)]
enum Deed {
    Undo,
    Redo,
}

impl Deed {
    fn nothing(self) -> &'static str {
        match self {
            Self::Undo => "There is nothing to undo: no turn changed files here.",
            Self::Redo => "There is nothing to redo: nothing was undone here.",
        }
    }
}

fn undo(app: &mut App, _args: &str) {
    let Some(files) = app.thread_files() else { return app.note(Notice::Info, Deed::Undo.nothing()) };
    app.find_out(async move {
        match files.would_undo(&[]).await {
            Err(refused) => told(Deed::Undo, files, refused),
            Ok((_, outcome)) => Found::Ask(Box::new(move |app: &mut App| {
                let choices =
                    vec![Choice::plain("Yes, take it back", "/redo brings it back"), Choice::plain("No, leave everything as it is", "")];
                let about = format!("This would happen: {}", outcome.in_words());
                app.menu("Take back what the last turn changed in files?", &about, choices, 0, |app, row| {
                    if row == 0 {
                        carry_out(app, files, Deed::Undo, false);
                    }
                });
            })),
        }
    });
}

fn redo(app: &mut App, _args: &str) {
    match app.thread_files() {
        Some(files) => carry_out(app, files, Deed::Redo, false),
        None => app.note(Notice::Info, Deed::Redo.nothing()),
    }
}

fn carry_out(app: &App, files: Files, deed: Deed, force: bool) {
    app.find_out(async move {
        let done = match deed {
            Deed::Undo => files.undo(None, force).await,
            Deed::Redo => files.redo(force).await,
        };
        let verb = match deed {
            Deed::Undo => "Taken back",
            Deed::Redo => "Done again",
        };
        match done {
            Ok(outcome) => Found::Note(Notice::Info, format!("{verb}: {}", outcome.in_words())),
            Err(refused) => told(deed, files, refused),
        }
    });
}

fn told(deed: Deed, files: Files, refused: Refused) -> Found {
    match refused {
        Refused::Nothing => Found::Note(Notice::Info, deed.nothing().to_owned()),
        Refused::Because(why) => Found::Note(Notice::Error, why),
        Refused::Conflict(paths) => Found::Ask(Box::new(move |app: &mut App| ask(app, files, deed, &paths))),
    }
}

fn ask(app: &mut App, files: Files, deed: Deed, paths: &[String]) {
    let choices = vec![
        Choice::plain("No, leave everything as it is", ""),
        Choice::plain("Yes, overwrite them", "The next undo or redo brings them back"),
    ];
    let about = format!("Changed since, by you or another program: {}", named(paths));
    app.menu("Overwrite what was changed since?", &about, choices, 0, move |app, row| {
        if row == 1 {
            carry_out(app, files, deed, true);
        }
    });
}
