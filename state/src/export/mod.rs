//! A session as a document: Markdown for people, HTML for browsers, JSON for programs.
//!
//! Only what is in force and what was said or done: turns that were taken back, and what the program tells the model in its
//! own name, are left out. One item is held at a time.

mod html;
mod json;
mod markdown;

use std::io::{self, Write};

use codex_protocol::ResponseItem;
use codex_protocol::response_item::{LocalShellAction, ReasoningSummary};
use codex_protocol::rollout::RolloutItem;

use crate::StateError;
use crate::head::is_own_words;
use crate::outline::{Outline, Start};
use crate::redact::Redactor;
use crate::search::plain_arguments;
use crate::summary::SessionSummary;

/// What a session is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Text with headings.
    Markdown,
    /// One page without outside parts.
    Html,
    /// One object: `{"session", "items"}`.
    Json,
}

/// One thing that was said or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) timestamp: String,
    pub(crate) what: What,
    pub(crate) text: String,
}

/// What kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    User,
    Assistant,
    Reasoning,
    /// A call of this tool.
    Call(String),
    Output,
    Compaction,
}

/// Writes the parts of a document in order.
pub(crate) trait Format {
    fn begin(&mut self, session: &SessionSummary, out: &mut dyn Write) -> io::Result<()>;
    fn entry(&mut self, entry: &Entry, out: &mut dyn Write) -> io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes a session to `out`; with a redactor, without secrets.
///
/// # Errors
///
/// [`StateError::Read`] and as [`Outline::of`] for the session; [`StateError::Write`] when `out` cannot be written.
pub fn export(session: &SessionSummary, format: ExportFormat, redactor: Option<&Redactor>, out: &mut dyn Write) -> Result<(), StateError> {
    let mut writer: Box<dyn Format> = match format {
        ExportFormat::Markdown => Box::new(markdown::Markdown),
        ExportFormat::Html => Box::new(html::Html),
        ExportFormat::Json => Box::new(json::Json::default()),
    };
    let outline = Outline::of(&session.path)?;
    let clean = |text: &str| redactor.map_or_else(|| text.to_owned(), |redactor| redactor.redact(text).into_owned());
    let shown = SessionSummary { name: session.name.as_deref().map(clean), preview: clean(&session.preview), ..session.clone() };
    let mut outcome = writer.begin(&shown, out);
    outline.visit(Start::Beginning, &mut |line| {
        for mut entry in entries(line.timestamp, line.item) {
            entry.text = clean(&entry.text);
            if outcome.is_ok() {
                outcome = writer.entry(&entry, out);
            }
        }
    })?;
    let written = outcome.and_then(|()| writer.end(out)).and_then(|()| out.flush());
    written.map_err(|source| StateError::Write { path: session.path.clone(), source })
}

fn entries(timestamp: String, item: RolloutItem) -> Vec<Entry> {
    let entry = |what, text| vec![Entry { timestamp: timestamp.clone(), what, text }];
    let item = match item {
        RolloutItem::ResponseItem(item) => item,
        RolloutItem::Compacted(compacted) => return entry(What::Compaction, compacted.message),
        RolloutItem::SessionMeta(_) | RolloutItem::TurnContext(_) | RolloutItem::EventMsg(_) => return Vec::new(),
    };
    match &item {
        ResponseItem::Message { role, .. } => {
            let text = item.message_text().unwrap_or_default();
            match role.as_str() {
                "assistant" => entry(What::Assistant, text),
                "user" if is_own_words(&text) => entry(What::User, text),
                _ => Vec::new(),
            }
        }
        ResponseItem::Reasoning { summary, .. } => {
            let texts: Vec<&str> = summary.iter().map(|ReasoningSummary::SummaryText { text }| text.as_str()).collect();
            if texts.is_empty() { Vec::new() } else { entry(What::Reasoning, texts.join("\n\n")) }
        }
        ResponseItem::FunctionCall { name, arguments, .. } => entry(What::Call(name.clone()), plain_arguments(arguments)),
        ResponseItem::CustomToolCall { name, input, .. } => entry(What::Call(name.clone()), input.clone()),
        ResponseItem::LocalShellCall { action: LocalShellAction::Exec { command, .. }, .. } => {
            entry(What::Call("local_shell".to_owned()), command.join(" "))
        }
        ResponseItem::FunctionCallOutput { output, .. } | ResponseItem::CustomToolCallOutput { output, .. } => {
            entry(What::Output, output.to_text())
        }
        _ => Vec::new(),
    }
}

/// What is known of a session beside its content, as pairs for people.
pub(crate) fn facts(session: &SessionSummary) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Session", session.id.to_string()),
        ("Began", session.created_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Folder", session.cwd.display().to_string()),
        ("Version", session.cli_version.clone()),
    ];
    if let Some(provider) = &session.model_provider {
        facts.push(("Provider", provider.clone()));
    }
    if let Some(branch) = session.git.as_ref().and_then(|git| git.branch.clone()) {
        facts.push(("Branch", branch));
    }
    facts
}
