//! Going back to an earlier message: with the conversation alone, or with the files too.
//!
//! What would become of files is shown before anything is done. Files go first: where that fails, nothing was taken back.

use codex_protocol::Op;

use super::engine::Found;
use super::files::{Files, Outcome, Refused, named};
use super::state::App;
use crate::chat::Notice;
use crate::modal::Choice;

/// Where to go back to.
#[derive(Clone)]
struct Goal {
    /// What goes to the composer.
    text: String,
    /// How many turns of the conversation are taken back.
    turns: u32,
}

impl App {
    /// Takes the thread back to before a message of the user's, which goes to the composer.
    pub(crate) fn edit_message(&mut self, message: usize) {
        let Some((text, ids)) = self.chat.turns_from(message) else { return };
        let goal = Goal { text, turns: u32::try_from(ids.len()).unwrap_or(u32::MAX) };
        let ids: Vec<String> = ids.into_iter().flatten().map(|id| id.to_string()).collect();
        let files = self.thread_files().filter(|_| !ids.is_empty());
        let Some(files) = files else { return self.take_back(goal) };
        self.find_out(async move {
            let found = files.would_undo(&ids).await;
            Found::Ask(Box::new(move |app: &mut Self| match found {
                Ok((Some(turn), outcome)) if outcome.count() > 0 => app.ask_how_far(goal, files, turn, &outcome),
                Ok(_) | Err(Refused::Nothing) => app.take_back(goal),
                Err(Refused::Conflict(_)) => app.take_back(goal),
                Err(Refused::Because(why)) => {
                    app.after_rollback = Some((Notice::Warning, format!("What was changed in files is not known, and stays: {why}")));
                    app.take_back(goal);
                }
            }))
        });
    }

    fn ask_how_far(&mut self, goal: Goal, files: Files, turn: String, outcome: &Outcome) {
        let count = match outcome.count() {
            1 => "1 file becomes what it was".to_owned(),
            count => format!("{count} files become what they were"),
        };
        let choices = vec![
            Choice::plain("Conversation only", "Files stay as they are"),
            Choice::plain("Conversation and files", format!("{count}; /redo brings the changes back")),
            Choice::plain("Cancel", "Nothing changes"),
        ];
        let about = format!("The turns since then changed files. Taken back, this would happen: {}", outcome.in_words());
        self.menu("Go back to before this message?", &about, choices, 0, move |app, row| match row {
            0 => app.take_back(goal),
            1 => app.take_files_back(goal, files, turn, false),
            _ => {}
        });
    }

    fn take_files_back(&mut self, goal: Goal, files: Files, turn: String, force: bool) {
        self.find_out(async move {
            let done = files.undo(Some(turn.clone()), force).await;
            Found::Ask(Box::new(move |app: &mut Self| match done {
                Ok(outcome) => {
                    app.after_rollback = Some((Notice::Info, format!("Taken back in files: {}", outcome.in_words())));
                    app.take_back(goal);
                }
                Err(Refused::Nothing) => app.take_back(goal),
                Err(Refused::Conflict(paths)) => app.ask_about_conflict(goal, files, turn, &paths),
                Err(Refused::Because(why)) => app.note(Notice::Error, &format!("Nothing was taken back: {why}")),
            }))
        });
    }

    fn ask_about_conflict(&mut self, goal: Goal, files: Files, turn: String, paths: &[String]) {
        let choices = vec![
            Choice::plain("Cancel", "Nothing changes"),
            Choice::plain("Conversation only", "Files stay as they are"),
            Choice::plain("Conversation and files", "These are overwritten; /redo brings them back"),
        ];
        let about = format!("Changed since, by you or another program: {}", named(paths));
        self.menu("Overwrite what was changed since?", &about, choices, 0, move |app, row| match row {
            1 => app.take_back(goal),
            2 => app.take_files_back(goal, files, turn, true),
            _ => {}
        });
    }

    fn take_back(&mut self, goal: Goal) {
        if self.chat.is_running() {
            self.note(Notice::Error, "A turn runs: nothing of the conversation was taken back.");
            self.tell_after_rollback();
            return;
        }
        self.composer.set_text(&goal.text);
        self.submit(Op::Rollback { turns: goal.turns });
    }
}
