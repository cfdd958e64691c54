//! Cells from what events say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex_protocol::event::{FileChange, ImageGenerationEnd, McpInvocation, ReviewOutput, UserMessage};
use codex_protocol::plan::PlanUpdate;
use codex_protocol::response_item::WebSearchAction;
use serde_json::Value;

use super::Facts;
use super::work::Command;
use crate::cells::{
    AgentCell, Cell, CommandCell, CommandState, DecisionCell, ExploringCell, HeaderCell, ImageCell, McpCell, NoticeCell, PatchCell,
    PlanCell, ReasoningCell, ReviewCell, SeparatorCell, TipCell, UserCell, WebCell,
};
use crate::text::{display_path, tilde};

pub(super) use crate::cells::marked;
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

pub(super) fn reasoning(text: &str) -> Option<Arc<dyn Cell>> {
    ReasoningCell::new(text).map(|cell| Arc::new(cell) as Arc<dyn Cell>)
}

fn command_cell(command: &Command) -> CommandCell {
    let state = match command.end {
        None => CommandState::Running,
        Some(end) => CommandState::Ended { exit: end.code, duration: end.duration },
    };
    CommandCell {
        command: pretty_command(&command.argv),
        parsed: command.parsed.clone(),
        source: command.source,
        output: command.output.clone(),
        state,
    }
}

pub(super) fn command(command: &Command) -> Arc<dyn Cell> {
    Arc::new(command_cell(command))
}

pub(super) fn explored(group: &[Command], _cwd: &Path) -> Arc<dyn Cell> {
    Arc::new(ExploringCell::new(group.iter().map(command_cell).collect()))
}

pub(super) fn plan(update: &PlanUpdate) -> Arc<dyn Cell> {
    Arc::new(PlanCell::new(update.clone()))
}

pub(super) fn searching() -> Arc<dyn Cell> {
    Arc::new(WebCell::running())
}

pub(super) fn searched(query: &str, action: &WebSearchAction) -> Arc<dyn Cell> {
    Arc::new(WebCell::done(query, action))
}

pub(super) fn mcp(invocation: &McpInvocation, result: Option<&Result<Value, String>>, took: Option<Duration>) -> Arc<dyn Cell> {
    Arc::new(McpCell::new(invocation, result, took))
}

pub(super) fn image_viewed(path: &Path, cwd: &Path) -> Arc<dyn Cell> {
    Arc::new(ImageCell::viewed(display_path(path, Some(cwd), None)))
}

pub(super) fn image_generated(image: &ImageGenerationEnd, cwd: &Path) -> Arc<dyn Cell> {
    let saved = image.saved_path.as_ref().map(|path| display_path(path, Some(cwd), None));
    Arc::new(ImageCell::generated(image.revised_prompt.clone(), saved))
}

/// A line of news.
pub fn notice(kind: Notice, text: &str) -> Arc<dyn Cell> {
    Arc::new(NoticeCell::new(kind, text))
}

/// What a person decided.
pub fn decision(yes: bool, text: &str) -> Arc<dyn Cell> {
    Arc::new(DecisionCell::other(yes, text))
}

pub(super) fn review_started(hint: &str) -> Arc<dyn Cell> {
    Arc::new(ReviewCell::Started(hint.to_owned()))
}

pub(super) fn review_finished() -> Arc<dyn Cell> {
    Arc::new(ReviewCell::Finished)
}

/// What a reviewer found, as markdown.
pub(super) fn review_text(output: &ReviewOutput, cwd: &Path) -> String {
    ReviewCell::found(output, cwd).plain()
}

pub(super) fn patch(changes: &BTreeMap<PathBuf, FileChange>, cwd: &Path) -> Arc<dyn Cell> {
    Arc::new(PatchCell::new(changes, cwd))
}

pub(super) fn patch_failed(message: &str) -> Arc<dyn Cell> {
    Arc::new(NoticeCell::patch_failed(message))
}

pub(super) fn rule(long: Option<Duration>) -> Arc<dyn Cell> {
    Arc::new(SeparatorCell::new(long))
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
