//! `/diff`: what differs from the last commit, new files included.

use super::{SlashCommand, Where};
use crate::app::{App, Found};
use crate::chat::Notice;
use crate::overlay::diff_lines;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("diff", "show what differs from the last commit, new files included", run).any_time().only(Where::SameFiles);

fn run(app: &mut App, _args: &str) {
    let (cwd, look) = (app.chat.facts.cwd.clone(), app.chat.look().clone());
    app.engine.find(move || {
        Some(match codex_git::working_diff(&cwd) {
            Ok(diff) if diff.trim().is_empty() => Found::Note(Notice::Info, "Nothing differs from the last commit.".to_owned()),
            Ok(diff) => Found::Pager("D I F F", diff_lines(&diff, &look)),
            Err(error) => Found::Note(Notice::Error, format!("No diff: {error}")),
        })
    });
}
