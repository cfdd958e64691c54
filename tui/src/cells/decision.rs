//! What a person decided, or what was decided in their place.

use codex_protocol::event::ReviewDecision;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, sanitize_line, truncate, wrap};
use crate::theme::{Look, Role};

/// Columns of a command that a decision quotes.
const QUOTED: usize = 80;

/// A decision about a command or a patch.
#[derive(Clone, Debug)]
pub struct DecisionCell {
    yes: bool,
    before: String,
    subject: String,
    after: &'static str,
}

impl DecisionCell {
    /// About a command, given as a person would type it.
    pub fn command(decision: &ReviewDecision, command: &str) -> Self {
        let mut rows = command.trim().lines();
        let first = rows.next().unwrap_or_default();
        let quoted = truncate(&sanitize_line(first), QUOTED);
        let subject = if rows.next().is_some() && !quoted.ends_with('…') { format!("{quoted} ...") } else { quoted };
        let (yes, before, subject, after) = match decision {
            ReviewDecision::Approved => (true, "You approved codex to run ", subject, " this time"),
            ReviewDecision::ApprovedForSession => (true, "You approved codex to run ", subject, " every time this session"),
            ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: prefix } => {
                (true, "You approved codex to always run commands that start with ", sanitize_line(&prefix.join(" ")), "")
            }
            ReviewDecision::Denied => (false, "You did not approve codex to run ", subject, ""),
            ReviewDecision::Abort => (false, "You canceled the request to run ", subject, ""),
        };
        Self { yes, before: before.to_owned(), subject, after }
    }

    /// About a patch to `files` files.
    pub fn patch(decision: &ReviewDecision, files: usize) -> Self {
        let what = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        let (yes, before, after) = match decision {
            ReviewDecision::Approved | ReviewDecision::ApprovedExecpolicyAmendment { .. } => {
                (true, "You approved codex to edit ", " this time")
            }
            ReviewDecision::ApprovedForSession => (true, "You approved codex to edit ", " every time this session"),
            ReviewDecision::Denied => (false, "You did not approve codex to edit ", ""),
            ReviewDecision::Abort => (false, "You canceled the request to edit ", ""),
        };
        Self { yes, before: before.to_owned(), subject: what, after }
    }

    /// In words of the caller's.
    pub fn other(yes: bool, text: &str) -> Self {
        Self { yes, before: sanitize_line(text), subject: String::new(), after: "" }
    }
}

impl Cell for DecisionCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let (sign, word, role) = if self.yes { ("✔ ", "Approved: ", Role::Success) } else { ("✗ ", "Refused: ", Role::Failure) };
        let indent = Indent::hanging(mark(look, sign, word, look.style(role)));
        let line = Line::from(vec![
            Span::styled(self.before.clone(), Style::new()),
            Span::styled(self.subject.clone(), look.style(Role::Dim)),
            Span::raw(self.after),
        ]);
        wrap(&line, usize::from(width), &indent)
    }

    fn plain(&self) -> String {
        format!("{}{}{}", self.before, self.subject, self.after)
    }
}
