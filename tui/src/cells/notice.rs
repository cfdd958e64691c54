//! News in a line or a few: information, warnings, errors.

use ratatui::style::Style;
use ratatui::text::Line;

use super::Cell;
use super::frame::{hanging, mark};
use crate::text::sanitize;
use crate::theme::{Look, Role};

/// What a piece of news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Good to know.
    Info,
    /// Needs attention.
    Warning,
    /// Something did not work.
    Error,
}

/// News.
#[derive(Clone, Debug)]
pub struct NoticeCell {
    kind: Notice,
    text: String,
}

impl NoticeCell {
    /// News of a kind.
    pub fn new(kind: Notice, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// Information.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Notice::Info, text)
    }

    /// A warning.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Notice::Warning, text)
    }

    /// An error.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Notice::Error, text)
    }

    /// The user interrupted a turn.
    pub fn interrupted() -> Self {
        Self::error("Conversation interrupted - tell the model what to do differently.")
    }

    /// History was replaced by a summary.
    pub fn compacted() -> Self {
        Self::info("Context compacted")
    }

    /// A patch that was not applied.
    pub fn patch_failed(reason: &str) -> Self {
        let reason = reason.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not fit the files");
        Self::error(format!("Patch not applied: {}", reason.trim()))
    }
}

impl Cell for NoticeCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let (sign, word, style) = match self.kind {
            Notice::Info => ("• ", "", Style::new()),
            Notice::Warning => ("⚠ ", "Warning: ", look.style(Role::Warning)),
            Notice::Error => ("■ ", "Error: ", look.style(Role::Failure)),
        };
        let mark_style = if self.kind == Notice::Info { look.style(Role::Dim) } else { style };
        hanging(mark(look, sign, word, mark_style), self.text.trim_end(), style, width)
    }

    fn plain(&self) -> String {
        sanitize(self.text.trim_end()).into_owned()
    }
}
