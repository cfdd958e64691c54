//! Cells from what events say.

use std::path::Path;
use std::sync::Arc;

use codex_protocol::event::UserMessage;

use super::Facts;
use super::work::Command;
use crate::cells::{AgentCell, Cell, CommandCell, DecisionCell, ExploringCell, HeaderCell, ImageCell, NoticeCell, TipCell, UserCell};
use crate::text::{display_path, tilde};

pub use crate::cells::{Notice, command_text as pretty_command};

pub(super) fn user(message: &UserMessage) -> Arc<dyn Cell> {
    let marks = message.message.contains("[Image #");
    let names = message.local_images.iter().map(|path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
    let images = names.enumerate().map(|(at, name)| format!("[Image #{}] {name}", at + 1)).filter(|_| !marks).collect();
    Arc::new(UserCell::new(message.message.clone(), images))
}

pub(super) fn answer(text: &str) -> Arc<dyn Cell> {
    Arc::new(AgentCell::new(text))
}

fn command_cell(command: &Command) -> CommandCell {
    let cell = CommandCell::running(&command.argv, command.parsed.clone(), command.source);
    match command.end {
        None => CommandCell { output: command.output.clone(), ..cell },
        Some(end) => cell.ended(end.code, end.duration, command.output.clone()),
    }
}

pub(super) fn command(command: &Command) -> Arc<dyn Cell> {
    Arc::new(command_cell(command))
}

pub(super) fn explored(group: &[Command]) -> Arc<dyn Cell> {
    Arc::new(ExploringCell::new(group.iter().map(command_cell).collect()))
}

pub(super) fn image_viewed(path: &Path, cwd: &Path) -> Arc<dyn Cell> {
    Arc::new(ImageCell::viewed(display_path(path, Some(cwd), None)))
}

/// A line of news.
pub fn notice(kind: Notice, text: &str) -> Arc<dyn Cell> {
    Arc::new(NoticeCell::new(kind, text))
}

/// What a person decided.
pub fn decision(yes: bool, text: &str) -> Arc<dyn Cell> {
    Arc::new(DecisionCell::new(yes, text))
}

/// The box at the head of a conversation.
pub fn card(facts: &Facts) -> Arc<dyn Cell> {
    Arc::new(HeaderCell {
        version: facts.version.clone(),
        model: facts.model.clone(),
        effort: facts.effort.map(|effort| effort.as_str().to_owned()),
        directory: tilde(&facts.cwd, facts.home.as_deref()),
    })
}

/// A tip below the card.
pub fn tip(text: &str) -> Arc<dyn Cell> {
    Arc::new(TipCell::new(text))
}
