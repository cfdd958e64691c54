//! The question whether a command may run, a host may be reached, or a patch may be applied.
//!
//! What runs is shown as it is: what is invisible or drives a terminal is spelled out, a long command can be scrolled, and how
//! much of it is out of sight is always said.

use std::time::Instant;

use codex_protocol::event::{ApplyPatchApprovalRequest, ExecApprovalRequest, ReviewDecision, SandboxEffect};
use codex_protocol::{ApprovalId, TurnId};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Choice, Choices, DEAF, Modal, Reply, Taken};
use crate::chat::pretty_command;
use crate::text::{Indent, hard_wrap, reveal, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// Rows of a command that are shown at once where there is room for them.
const ROWS: usize = 12;

#[derive(Debug)]
enum Subject {
    Command { turn: TurnId, line: String },
    Host { turn: TurnId, host: String, line: String },
    Patch { diff: Vec<String>, files: usize },
}

/// A question about a command or a patch.
#[derive(Debug)]
pub struct Approval {
    id: ApprovalId,
    subject: Subject,
    title: String,
    notes: Vec<(&'static str, String)>,
    choices: Choices,
    decisions: Vec<ReviewDecision>,
    appeared: Instant,
    scrolled: usize,
}

impl Approval {
    /// A question about a command.
    pub fn of_command(request: &ExecApprovalRequest, now: Instant) -> Self {
        let line = pretty_command(&request.command);
        let mut notes = Vec::new();
        match (&request.justification, &request.reason) {
            (Some(words), reason) => {
                notes.push(("Reason: ", words.clone()));
                notes.extend(reason.iter().filter(|reason| *reason != words).map(|reason| ("Asked because: ", reason.clone())));
            }
            (None, Some(reason)) => notes.push(("Reason: ", reason.clone())),
            (None, None) => {}
        }
        if request.sandbox_effect == SandboxEffect::Outside {
            notes.push(("Effect: ", "it runs outside the sandbox".to_owned()));
        }
        let (title, subject) = match &request.network_approval_context {
            Some(context) => (
                format!("Would you like to allow access to {}?", sanitize_line(&context.host)),
                Subject::Host { turn: request.turn_id.clone(), host: context.host.clone(), line },
            ),
            None => ("Would you like to run the following command?".to_owned(), Subject::Command { turn: request.turn_id.clone(), line }),
        };
        let (choices, decisions) = offered(request);
        let choices = Choices::new(choices);
        Self { id: request.answer_id(), subject, title, notes, choices, decisions, appeared: now, scrolled: 0 }
    }

    /// A question about a patch, whose changes stand in the conversation above.
    pub fn of_patch(request: &ApplyPatchApprovalRequest, now: Instant) -> Self {
        let mut notes: Vec<_> = request.reason.iter().map(|reason| ("Reason: ", reason.clone())).collect();
        if let Some(root) = &request.grant_root {
            notes.push(("Effect: ", format!("{} becomes writable for this session", root.display())));
        }
        let choices =
            Choices::new(vec![Choice::new("Yes, proceed", 'y'), Choice::new("Yes, and don't ask again for these files", 'a'), no()]);
        let decisions = vec![ReviewDecision::Approved, ReviewDecision::ApprovedForSession, ReviewDecision::Abort];
        let subject = Subject::Patch { diff: diff(request), files: request.changes.len() };
        let title = "Would you like to make the following edits?".to_owned();
        Self { id: request.answer_id(), subject, title, notes, choices, decisions, appeared: now, scrolled: 0 }
    }

    fn reply(&self, decision: ReviewDecision) -> Taken {
        let note = self.note(&decision);
        let id = self.id.clone();
        Taken::Done(match &self.subject {
            Subject::Command { turn, .. } | Subject::Host { turn, .. } => Reply::Command { id, turn: turn.clone(), decision, note },
            Subject::Patch { .. } => Reply::Patch { id, decision, note },
        })
    }

    fn note(&self, decision: &ReviewDecision) -> (bool, String) {
        let what = match &self.subject {
            Subject::Command { line, .. } => format!("run {}", first_line(line)),
            Subject::Host { host, .. } => format!("reach {host}"),
            Subject::Patch { files: 1, .. } => "edit 1 file".to_owned(),
            Subject::Patch { files, .. } => format!("edit {files} files"),
        };
        match decision {
            ReviewDecision::Approved => (true, format!("You approved codex to {what} this time")),
            ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: words } => {
                (true, format!("You approved codex to always run commands that start with {}", shown_words(words)))
            }
            ReviewDecision::ApprovedForSession => (true, format!("You approved codex to {what} in this session")),
            ReviewDecision::Denied => (false, format!("You did not let codex {what}")),
            ReviewDecision::Abort => (false, format!("You canceled the request to {what}")),
        }
    }

    /// The command as rows, everything in it visible.
    fn command_rows(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let line = match &self.subject {
            Subject::Command { line, .. } | Subject::Host { line, .. } => line,
            Subject::Patch { .. } => return Vec::new(),
        };
        let mut rows = Vec::new();
        for (at, text) in line.split('\n').enumerate() {
            let indent = Indent::hanging(if at == 0 { Span::styled("  $ ", look.style(Role::Dim)) } else { Span::raw("  ") });
            rows.extend(hard_wrap(&visible(text, look), usize::from(width), &indent));
        }
        rows
    }

    fn lines(&self, width: u16, most: u16, look: &Look) -> Vec<Line<'static>> {
        let blank = Line::default;
        let mut head = vec![blank(), Line::styled(format!("  {}", self.title), look.style(Role::Strong)), blank()];
        for (label, text) in &self.notes {
            let indent = Indent::hanging(Line::from(vec![Span::raw("  "), Span::styled(*label, Style::default())]));
            head.extend(wrap(&Line::styled(sanitize_line(text), look.style(Role::Emphasis)), usize::from(width), &indent));
            head.push(blank());
        }
        let mut foot = self.choices.lines(width, look);
        foot.push(blank());
        foot.extend(wrap(
            &Line::styled("Press enter to confirm or esc to cancel", look.style(Role::Dim)),
            usize::from(width),
            &Indent::blanks(2),
        ));
        let rows = self.command_rows(width, look);
        if !rows.is_empty() {
            let room = usize::from(most).saturating_sub(head.len() + foot.len() + 1).clamp(1, ROWS);
            head.extend(self.window(rows, room, look));
            head.push(blank());
        }
        head.extend(foot);
        head
    }

    /// As many rows as there is room for, and how many there are besides.
    fn window(&self, mut rows: Vec<Line<'static>>, room: usize, look: &Look) -> Vec<Line<'static>> {
        if rows.len() <= room {
            return rows;
        }
        let shown = room.saturating_sub(1).max(1);
        let from = self.scrolled.min(rows.len() - shown);
        let below = rows.len() - shown - from;
        rows.drain(..from);
        rows.truncate(shown);
        let text = format!("  … {from} rows above, {below} below (pgup/pgdn to scroll, ctrl + a for all)");
        rows.push(Line::styled(text, look.style(Role::Warning)));
        rows
    }
}

/// A text with what nobody could see spelled out, in a style of its own.
fn visible(text: &str, look: &Look) -> Line<'static> {
    let revealed = reveal(text);
    let mut spans = Vec::new();
    let mut from = 0;
    for mark in &revealed.marks {
        spans.push(Span::raw(revealed.text[from..mark.start].to_owned()));
        spans.push(Span::styled(revealed.text[mark.clone()].to_owned(), look.style(Role::Revealed)));
        from = mark.end;
    }
    spans.push(Span::raw(revealed.text[from..].to_owned()));
    Line::from(spans)
}

fn no() -> Choice {
    Choice { label: "No, and tell Codex what to do differently (esc)".to_owned(), about: String::new(), letter: Some('n') }
}

fn offered(request: &ExecApprovalRequest) -> (Vec<Choice>, Vec<ReviewDecision>) {
    let mut decisions = request.available_decisions.clone();
    if decisions.is_empty() {
        decisions = vec![ReviewDecision::Approved, ReviewDecision::Abort];
    }
    let host = request.network_approval_context.as_ref().map(|context| sanitize_line(&context.host));
    let label = |decision: &ReviewDecision| match (decision, &host) {
        (ReviewDecision::Approved, None) => Choice::new("Yes, proceed", 'y'),
        (ReviewDecision::Approved, Some(_)) => Choice::new("Yes, just this once", 'y'),
        (ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: words }, _) => {
            Choice::new(format!("Yes, and don't ask again for commands that start with `{}`", shown_words(words)), 'p')
        }
        (ReviewDecision::ApprovedForSession, None) => Choice::new("Yes, and don't ask again for this command in this session", 'a'),
        (ReviewDecision::ApprovedForSession, Some(host)) => Choice::new(format!("Yes, and allow {host} for this session"), 'a'),
        (ReviewDecision::Denied, _) => Choice::new("No, continue without it", 'd'),
        (ReviewDecision::Abort, _) => no(),
    };
    (decisions.iter().map(label).collect(), decisions)
}

fn shown_words(words: &[String]) -> String {
    let joined = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "));
    reveal(&joined).text
}

fn first_line(line: &str) -> String {
    let shown = reveal(line.lines().next().unwrap_or_default()).text;
    let short = crate::text::truncate(&shown, 80);
    if line.lines().nth(1).is_some() { format!("{short} ...") } else { short }
}

fn diff(request: &ApplyPatchApprovalRequest) -> Vec<String> {
    use codex_protocol::event::FileChange;
    let mut lines = Vec::new();
    for (path, change) in &request.changes {
        lines.push(format!("{}", path.display()));
        match change {
            FileChange::Add { content } => lines.extend(content.lines().map(|line| format!("+{line}"))),
            FileChange::Delete { content } => lines.extend(content.lines().map(|line| format!("-{line}"))),
            FileChange::Update { unified_diff, move_path } => {
                lines.extend(move_path.iter().map(|path| format!("moves to {}", path.display())));
                lines.extend(unified_diff.lines().map(str::to_owned));
            }
        }
        lines.push(String::new());
    }
    lines
}

impl Modal for Approval {
    fn is_question(&self, id: &ApprovalId) -> bool {
        self.id == *id
    }

    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken {
        if now.saturating_duration_since(self.appeared) < DEAF {
            return Taken::Ignored;
        }
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc => return self.reply(ReviewDecision::Abort),
            KeyCode::Char('c') if control => return self.reply(ReviewDecision::Abort),
            KeyCode::Char('a') if control => return Taken::Enlarge,
            KeyCode::PageDown => {
                self.scrolled += ROWS / 2;
                return Taken::Redraw;
            }
            KeyCode::PageUp => {
                self.scrolled = self.scrolled.saturating_sub(ROWS / 2);
                return Taken::Redraw;
            }
            _ => {}
        }
        match self.choices.key(key) {
            (Some(at), _) => self.decisions.get(at).cloned().map_or(Taken::Ignored, |decision| self.reply(decision)),
            (None, true) => Taken::Redraw,
            (None, false) => Taken::Ignored,
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        u16::try_from(self.lines(width, most, look).len()).unwrap_or(most).min(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        super::draw(&self.lines(area.width, area.height, look), area, buffer);
    }

    fn enlarged(&self, width: u16, look: &Look) -> Option<(&'static str, Vec<Line<'static>>)> {
        Some(match &self.subject {
            Subject::Command { .. } | Subject::Host { .. } => ("E X E C", self.command_rows(width, look)),
            Subject::Patch { diff, .. } => {
                let rows = diff.iter().flat_map(|text| hard_wrap(&visible(text, look), usize::from(width), &Indent::default()));
                ("P A T C H", rows.collect())
            }
        })
    }

    fn headline(&self) -> String {
        match &self.subject {
            Subject::Command { line, .. } => format!("Approval requested: {}", first_line(line)),
            Subject::Host { host, .. } => format!("Approval requested: access to {host}"),
            Subject::Patch { files, .. } => format!("Approval requested: edit {files} files"),
        }
    }
}
