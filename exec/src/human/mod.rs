//! The log that people read on standard error.
//!
//! Text of models and tools goes through `sanitize` before it is put together with the few colours of
//! our own. The final message on standard output is `run`'s business; nothing here writes.

mod header;

use std::fmt::Write as _;
use std::path::Path;

use codex_protocol::EventMsg;
use codex_protocol::event::{Denials, McpStartupStatus, McpStartupUpdate, McpToolCallProgress};
use codex_protocol::items::{CommandItem, FileChangeItem, ItemChange, ItemStatus, McpItem, ThreadItem, ThreadItemKind};
use codex_protocol::plan::{PlanUpdate, StepStatus};

pub(crate) use self::header::HeaderFacts;
use crate::quote::command_line;
use crate::sanitize::sanitize;
use crate::style::{Look, Paint};

/// What of the model's reasoning is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShownReasoning {
    /// Nothing.
    Hidden,
    /// Summaries.
    Summaries,
    /// Summaries and raw reasoning.
    Raw,
}

/// The log of one run.
#[derive(Debug)]
pub(crate) struct HumanView {
    paint: Paint,
    reasoning: ShownReasoning,
    facts: HeaderFacts,
    prompt: String,
    tokens: Option<i64>,
    last_error: Option<String>,
}

impl HumanView {
    /// A log that has shown nothing; `prompt` is repeated below the header.
    pub(crate) fn new(paint: Paint, reasoning: ShownReasoning, facts: HeaderFacts, prompt: String) -> Self {
        Self { paint, reasoning, facts, prompt, tokens: None, last_error: None }
    }

    /// The text for one event and the item changes that came of it.
    pub(crate) fn show(&mut self, msg: &EventMsg, changes: &[ItemChange]) -> Vec<u8> {
        let mut out = String::new();
        for change in changes {
            match change {
                ItemChange::Started(item) => self.started(&mut out, item),
                ItemChange::Completed(item) => self.completed(&mut out, item),
                ItemChange::Updated(_) | ItemChange::Delta { .. } => {}
            }
        }
        self.event(&mut out, msg);
        out.into_bytes()
    }

    /// What stands at the very end: the tokens of the thread.
    pub(crate) fn footer(&self) -> Vec<u8> {
        match self.tokens {
            Some(tokens) => format!("{}\n{}\n", self.paint.show(Look::Dim, "tokens used"), with_commas(tokens)).into_bytes(),
            None => Vec::new(),
        }
    }

    fn line(&self, out: &mut String, look: Look, label: &str, text: &str) {
        let _ = writeln!(out, "{} {}", self.paint.show(look, label), sanitize(text));
    }

    fn event(&mut self, out: &mut String, msg: &EventMsg) {
        match msg {
            EventMsg::SessionConfigured(session) => {
                self.facts.write(out, self.paint, session);
                let _ = writeln!(out, "{}\n{}", self.paint.show(Look::Cyan, "user"), sanitize(&self.prompt));
            }
            EventMsg::PlanUpdate(update) => self.plan(out, update),
            EventMsg::TurnDiff(diff) if !diff.unified_diff.is_empty() => {
                let _ = writeln!(out, "{}", sanitize(&diff.unified_diff));
            }
            EventMsg::TokenCount(count) => {
                if let Some(info) = &count.info {
                    self.tokens = Some(info.total_token_usage.blended_total());
                }
            }
            EventMsg::ModelReroute(reroute) => {
                let text = format!("model rerouted: {} -> {} ({})", reroute.from_model, reroute.to_model, reroute.reason);
                self.line(out, Look::Warning, "warning:", &text);
            }
            EventMsg::Warning(warning) => self.line(out, Look::Warning, "warning:", &warning.message),
            EventMsg::McpStartupUpdate(McpStartupUpdate { status: McpStartupStatus::Failed { error }, .. }) => {
                self.line(out, Look::Warning, "warning:", error);
            }
            EventMsg::McpToolCallProgress(progress) => self.mcp_progress(out, progress),
            EventMsg::McpServerLog(log) => {
                let text = log.data.as_str().map_or_else(|| log.data.to_string(), str::to_owned);
                self.line(out, Look::Dim, "mcp:", &format!("{} ({}): {text}", log.server, log.level));
            }
            EventMsg::DeprecationNotice(notice) => {
                self.line(out, Look::Warning, "deprecated:", &notice.summary);
                if let Some(details) = &notice.details {
                    let _ = writeln!(out, "{}", self.paint.show(Look::Dim, &sanitize(details)));
                }
            }
            EventMsg::StreamError(error) => {
                let cause = error.additional_details.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
                self.line(out, Look::Error, "ERROR:", &format!("{}{cause}", error.message));
            }
            EventMsg::Error(error) => self.error(out, &error.message),
            EventMsg::TaskComplete(complete) => {
                self.denials(out, &complete.denials);
                if let Some(failure) = &complete.error {
                    self.error(out, &failure.message);
                }
            }
            EventMsg::TurnAborted(_) => {
                let _ = writeln!(out, "{}", self.paint.show(Look::Dim, "turn interrupted"));
            }
            // The rest is told by items.
            _ => {}
        }
    }

    fn denials(&self, out: &mut String, denials: &Denials) {
        for denial in &denials.first {
            let text = format!("`{}` by {} ({}): {}", denial.command, denial.by.as_str(), denial.rule, denial.message);
            self.line(out, Look::Warning, "denied:", &text);
        }
        let more = denials.count.saturating_sub(denials.first.len());
        if more > 0 {
            self.line(out, Look::Warning, "denied:", &format!("{more} more"));
        }
    }

    fn mcp_progress(&self, out: &mut String, progress: &McpToolCallProgress) {
        let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
        let message = progress.message.as_deref().unwrap_or_default();
        self.line(out, Look::Dim, "mcp:", &format!("{}{total} {message}", progress.progress));
    }

    /// The event that ends a turn repeats the error before it; people need to read it once.
    fn error(&mut self, out: &mut String, message: &str) {
        if self.last_error.as_deref() != Some(message) {
            self.line(out, Look::Error, "ERROR:", message);
            self.last_error = Some(message.to_owned());
        }
    }

    fn plan(&self, out: &mut String, update: &PlanUpdate) {
        if let Some(explanation) = update.explanation.as_deref().filter(|text| !text.trim().is_empty()) {
            let _ = writeln!(out, "{}", self.paint.show(Look::Italic, &sanitize(explanation)));
        }
        for step in &update.plan {
            let text = sanitize(&step.step);
            let (mark, text) = match step.status {
                StepStatus::Completed => (self.paint.show(Look::Green, "✓"), text.into_owned()),
                StepStatus::InProgress => (self.paint.show(Look::Cyan, "→"), text.into_owned()),
                StepStatus::Pending => (self.paint.show(Look::Dim, "•"), self.paint.show(Look::Dim, &text)),
            };
            let _ = writeln!(out, "  {mark} {text}");
        }
    }

    fn started(&self, out: &mut String, item: &ThreadItem) {
        match &item.kind {
            ThreadItemKind::Command(command) => self.command_started(out, command),
            ThreadItemKind::FileChange(_) => {
                let _ = writeln!(out, "{}", self.paint.show(Look::Bold, "apply patch"));
            }
            ThreadItemKind::McpToolCall(call) => {
                let _ = writeln!(out, "{} {} started", self.paint.show(Look::Bold, "mcp:"), mcp_name(call));
            }
            ThreadItemKind::WebSearch { query, .. } => self.web_search(out, query),
            _ => {}
        }
    }

    fn completed(&self, out: &mut String, item: &ThreadItem) {
        match &item.kind {
            ThreadItemKind::AgentMessage { text, .. } | ThreadItemKind::ProposedPlan { text } => {
                let _ = writeln!(out, "{}\n{}", self.paint.show(Look::Speaker, "codex"), sanitize(text));
            }
            ThreadItemKind::Reasoning { summary, content } => self.reasoning(out, summary, content),
            ThreadItemKind::Command(command) => self.command_ended(out, command),
            ThreadItemKind::FileChange(change) => self.patch_ended(out, change),
            ThreadItemKind::McpToolCall(call) => self.mcp_ended(out, call),
            ThreadItemKind::WebSearch { query, .. } => self.web_search(out, query),
            ThreadItemKind::ImageView { path } => self.path_line(out, "view image:", path),
            ThreadItemKind::ImageGeneration { saved_path: Some(path), .. } => self.path_line(out, "image:", path),
            ThreadItemKind::ContextCompaction => {
                let _ = writeln!(out, "{}", self.paint.show(Look::Dim, "context compacted"));
            }
            ThreadItemKind::UserMessage(_)
            | ThreadItemKind::Plan { .. }
            | ThreadItemKind::ImageGeneration { saved_path: None, .. }
            | ThreadItemKind::Notice { .. } => {}
        }
    }

    fn reasoning(&self, out: &mut String, summary: &[String], content: &[String]) {
        let shown: &[&[String]] = match self.reasoning {
            ShownReasoning::Hidden => &[],
            ShownReasoning::Summaries => &[summary],
            ShownReasoning::Raw => &[summary, content],
        };
        for part in shown.iter().copied().flatten() {
            let _ = writeln!(out, "{}", self.paint.show(Look::Dim, &sanitize(part)));
        }
    }

    fn command_started(&self, out: &mut String, command: &CommandItem) {
        let line = command_line(&command.command);
        let cwd = command.cwd.display().to_string();
        let line = self.paint.show(Look::Bold, &sanitize(&line));
        let _ = writeln!(out, "{}\n{line} in {}", self.paint.show(Look::Speaker, "exec"), sanitize(&cwd));
    }

    fn command_ended(&self, out: &mut String, command: &CommandItem) {
        let millis = command.duration.map_or(0, |duration| duration.as_millis());
        let end = match (command.status, command.exit_code) {
            (ItemStatus::Completed, _) => self.paint.show(Look::Green, &format!(" succeeded in {millis}ms:")),
            (ItemStatus::Declined, _) => self.paint.show(Look::Yellow, &format!(" declined in {millis}ms:")),
            (_, Some(code)) => self.paint.show(Look::Red, &format!(" exited {code} in {millis}ms:")),
            (_, None) => self.paint.show(Look::Red, " did not end with the turn:"),
        };
        let _ = writeln!(out, "{end}");
        if !command.aggregated_output.trim().is_empty() {
            let _ = writeln!(out, "{}", sanitize(&command.aggregated_output));
        }
    }

    fn patch_ended(&self, out: &mut String, change: &FileChangeItem) {
        let end = match change.status {
            ItemStatus::Completed => "completed",
            ItemStatus::Declined => "declined",
            ItemStatus::Failed | ItemStatus::InProgress => "failed",
        };
        let _ = writeln!(out, "{} {end}", self.paint.show(Look::Bold, "patch:"));
        for path in change.changes.keys() {
            let path = path.display().to_string();
            let _ = writeln!(out, "{}", self.paint.show(Look::Dim, &sanitize(&path)));
        }
        if change.status != ItemStatus::Completed && !change.output.trim().is_empty() {
            let _ = writeln!(out, "{}", sanitize(change.output.trim_end()));
        }
    }

    fn mcp_ended(&self, out: &mut String, call: &McpItem) {
        let end = if call.status == ItemStatus::Completed { "(completed)" } else { "(failed)" };
        let _ = writeln!(out, "{} {} {end}", self.paint.show(Look::Bold, "mcp:"), mcp_name(call));
        if let Some(error) = &call.error {
            let _ = writeln!(out, "{}", sanitize(error));
        }
    }

    fn web_search(&self, out: &mut String, query: &str) {
        if !query.is_empty() {
            self.line(out, Look::Bold, "web search:", query);
        }
    }

    fn path_line(&self, out: &mut String, label: &str, path: &Path) {
        self.line(out, Look::Bold, label, &path.display().to_string());
    }
}

fn mcp_name(call: &McpItem) -> String {
    sanitize(&format!("{}/{}", call.invocation.server, call.invocation.tool)).into_owned()
}

/// `1234567` as `1,234,567`.
fn with_commas(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
