//! `/review`: has changes reviewed.

use codex_protocol::Op;
use codex_protocol::event::ReviewTarget;

use super::SlashCommand;
use crate::app::App;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("review", "have changes reviewed", run);

fn run(app: &mut App, _args: &str) {
    let choices =
        ["Review against a base branch (PR Style)", "Review uncommitted changes", "Review a commit", "Custom review instructions"];
    let choices = choices.map(|label| Choice::plain(label, "")).to_vec();
    app.menu("Select a review preset", "", choices, 1, |app, row| match row {
        0 => app.prompt("Base branch", "such as main", "main", |app, branch| begin(app, ReviewTarget::BaseBranch { branch })),
        1 => begin(app, ReviewTarget::UncommittedChanges),
        2 => app.prompt("Commit", "its id, or the beginning of it", "", |app, sha| begin(app, ReviewTarget::Commit { sha, title: None })),
        _ => {
            app.prompt("What should be reviewed?", "Type your instructions", "", |app, instructions| {
                begin(app, ReviewTarget::Custom { instructions });
            });
        }
    });
}

fn begin(app: &mut App, target: ReviewTarget) {
    app.chat.turn_asked_for();
    app.composer.set_running(true);
    app.submit(Op::Review(target));
}
