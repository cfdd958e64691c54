//! `/diff`: what differs from the last commit, new files included.

use ratatui::text::Line;

use super::SlashCommand;
use crate::app::{App, Found};
use crate::chat::Notice;
use crate::text::{Indent, hard_wrap, sanitize};
use crate::theme::Role;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("diff", "show what differs from the last commit, new files included", run).any_time();

fn run(app: &mut App, _args: &str) {
    let (cwd, look) = (app.config.cwd.clone(), app.chat.look().clone());
    let columns = usize::from(app.screen.size().columns);
    app.engine.find(move || {
        Some(match codex_git::working_diff(&cwd) {
            Ok(diff) if diff.trim().is_empty() => Found::Note(Notice::Info, "Nothing differs from the last commit.".to_owned()),
            Ok(diff) => {
                let styled = |line: &str| {
                    let role = match line.as_bytes().first() {
                        Some(b'+') => Role::Added,
                        Some(b'-') => Role::Removed,
                        Some(b'@') => Role::Accent,
                        _ => return Line::from(line.to_owned()),
                    };
                    Line::styled(line.to_owned(), look.style(role))
                };
                let clean = sanitize(&diff);
                let lines = clean.lines().flat_map(|line| hard_wrap(&styled(line), columns, &Indent::default()));
                Found::Pager("D I F F", lines.collect())
            }
            Err(error) => Found::Note(Notice::Error, format!("No diff: {error}")),
        })
    });
}
