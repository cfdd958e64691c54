//! The question whether a command may run, a host may be reached, or a patch may be applied.
//!
//! What runs is shown as it is: what is invisible or drives a terminal is spelled out, a long command can be scrolled, and how
//! much of it is out of sight is always said. No yes is taken before all of it was on the screen.

use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

use codex_protocol::event::{ApplyPatchApprovalRequest, ExecApprovalRequest, PermissionProfile, ReviewDecision, SandboxEffect};
use codex_protocol::{ApprovalId, TurnId};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{Choice, Choices, DEAF, Modal, Page, Reply, Taken};
use crate::chat::pretty_command;
use crate::text::{Indent, hard_wrap, is_mixed_script, reveal, sanitize_line};
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
    /// The first row of the command that is shown.
    scrolled: usize,
    /// What drawing, which alone knows the room, found out.
    read: Cell<Read>,
    /// A yes was not taken, because something was not read yet.
    refused: bool,
}

/// How much of a command was on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Read {
    /// At this width.
    width: u16,
    /// Rows of it, from the first on, without a gap.
    rows: usize,
    /// Rows that were shown last.
    shown: usize,
    all: bool,
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
        notes.push(("In: ", shown_path(&request.cwd)));
        if request.sandbox_effect == SandboxEffect::Outside {
            notes.push(("Effect: ", "it runs outside the sandbox".to_owned()));
        }
        // Each on a row of its own, so that no name can hide another.
        let more = request.additional_permissions.iter().chain(&request.opened_by_yes).flat_map(PermissionProfile::words);
        notes.extend(more.map(|more| ("This once: ", reveal(&more).text)));
        notes.extend(look_alikes(&line).map(|words| ("Look twice: ", words)));
        let (title, subject) = match &request.network_approval_context {
            Some(context) => (
                format!("Would you like to allow access to {}?", sanitize_line(&context.host)),
                Subject::Host { turn: request.turn_id.clone(), host: context.host.clone(), line },
            ),
            None => ("Would you like to run the following command?".to_owned(), Subject::Command { turn: request.turn_id.clone(), line }),
        };
        let (choices, decisions) = offered(request);
        let choices = Choices::new(choices);
        Self::new(request.answer_id(), subject, title, notes, (choices, decisions), now)
    }

    fn new(
        id: ApprovalId,
        subject: Subject,
        title: String,
        notes: Vec<(&'static str, String)>,
        (choices, decisions): (Choices, Vec<ReviewDecision>),
        appeared: Instant,
    ) -> Self {
        let read = Cell::new(Read { all: matches!(subject, Subject::Patch { .. }), ..Read::default() });
        Self { id, subject, title, notes, choices, decisions, appeared, scrolled: 0, read, refused: false }
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
        Self::new(request.answer_id(), subject, title, notes, (choices, decisions), now)
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
        let last = line.split('\n').count() - 1;
        for (at, text) in line.split('\n').enumerate() {
            let indent = match (look.flat, at) {
                (true, 0) => Indent::hanging(Span::raw("Command: ")),
                (true, _) => Indent::default(),
                (false, 0) => Indent::hanging(Span::styled("  $ ", look.style(Role::Dim))),
                (false, _) => Indent::hanging(Span::raw("  ")),
            };
            let mut text = visible(text, look);
            if at < last {
                text.spans.push(Span::styled("⏎", look.style(Role::Dim)));
            }
            rows.extend(hard_wrap(&text, usize::from(width), &indent));
        }
        rows
    }

    /// The page, and which of its lines are the command.
    fn page<'a>(&self, width: u16, most: u16, look: &'a Look) -> (Page<'a>, Window) {
        let mut page = Page::new(width, look);
        page.blank();
        page.words(&Line::styled(self.title.clone(), look.style(Role::Strong)));
        page.blank();
        let margin = " ".repeat(page.margin());
        for (label, text) in &self.notes {
            let indent = Indent::hanging(Span::raw(format!("{margin}{label}")));
            page.wrapped(&Line::styled(sanitize_line(text), look.style(Role::Emphasis)), &indent);
        }
        if !self.notes.is_empty() {
            page.blank();
        }
        let mut foot = Page::new(width, look);
        self.foot(&mut foot);
        let rows = self.command_rows(width, look);
        let count = rows.len();
        let mut window = Window::default();
        if count > 0 {
            page.begin_subject();
            let behind = usize::from(!look.flat);
            let room = usize::from(most).saturating_sub(page.len() + foot.len() + behind).clamp(1, ROWS);
            let shown = if count <= room { count } else { room.saturating_sub(1).max(1) };
            let from = self.scrolled.min(count - shown);
            let lines = page.extend(rows.into_iter().skip(from).take(shown));
            window = Window { lines, from, count };
            if shown < count || self.refused {
                let besides = rows_besides(from, count - shown - from);
                let begin = match (self.refused, besides.is_empty()) {
                    (false, _) => "…",
                    (true, false) => "Read all of it first:",
                    (true, true) => "Read all of it first",
                };
                let text = format!("{begin}{besides} (pgup/pgdn to scroll, ctrl + a for all)");
                page.words(&Line::styled(text, look.style(Role::Warning)));
            }
            page.blank();
        }
        self.foot(&mut page);
        (page, window)
    }

    fn foot(&self, page: &mut Page<'_>) {
        page.choices(&self.choices, 0);
        page.blank();
        let style = page.look().style(Role::Dim);
        page.words(&Line::styled("Press enter to confirm or esc to cancel", style));
    }

    /// Notes which rows of the command are on the screen.
    fn note_read(&self, page: &Page<'_>, window: &Window, rows: u16) {
        let width = page.columns();
        let mut read = self.read.get();
        if read.width != width {
            // Other rows than those that were read.
            read = Read { width, all: read.all, ..Read::default() };
        }
        let visible = page.visible(rows);
        let shown = window.lines.clone().take_while(|line| visible.contains(line)).count();
        if window.from <= read.rows {
            read.rows = read.rows.max(window.from + shown);
        }
        read.shown = shown;
        read.all |= read.rows >= window.count;
        self.read.set(read);
    }

    /// Goes on in the command, without a gap.
    fn scroll(&mut self, down: bool) -> Taken {
        let step = self.read.get().shown.max(1);
        let page = |rows: usize| if rows > 2 { rows - 1 } else { rows };
        self.scrolled = if down { self.scrolled.saturating_add(page(step)) } else { self.scrolled.saturating_sub(page(step)) };
        let count = self.rows_at(self.read.get().width);
        self.scrolled = self.scrolled.min(count.saturating_sub(1));
        Taken::Redraw
    }

    fn rows_at(&self, width: u16) -> usize {
        self.command_rows(width, &Look::default()).len()
    }

    fn decide(&mut self, at: usize) -> Taken {
        let Some(decision) = self.decisions.get(at).cloned() else { return Taken::Ignored };
        self.refused = false;
        let is_no = matches!(decision, ReviewDecision::Denied | ReviewDecision::Abort);
        if is_no || self.read.get().all {
            return self.reply(decision);
        }
        self.refused = true;
        Taken::Redraw
    }
}

/// The part of a command that is on a page.
#[derive(Debug, Default)]
struct Window {
    /// Where it stands on the page.
    lines: std::ops::Range<usize>,
    /// Its first row.
    from: usize,
    /// Rows of the whole command.
    count: usize,
}

/// How many rows there are besides those that are shown.
fn rows_besides(above: usize, below: usize) -> String {
    let rows = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    match (above, below) {
        (0, 0) => String::new(),
        (0, below) => format!(" {} below", rows(below)),
        (above, 0) => format!(" {} above", rows(above)),
        (above, below) => format!(" {} above, {below} below", rows(above)),
    }
}

/// A folder as it is, with what is invisible spelled out.
fn shown_path(path: &Path) -> String {
    reveal(&path.display().to_string()).text
}

/// The words that mix letters of alphabets that look alike.
fn look_alikes(line: &str) -> Option<String> {
    let apart = |c: char| c.is_whitespace() || "/\\'\"`=:;,.|&<>(){}[]$@".contains(c);
    let mut words: Vec<String> = line.split(apart).filter(|word| is_mixed_script(word)).map(|word| reveal(word).text).collect();
    words.dedup();
    words.truncate(5);
    (!words.is_empty()).then(|| format!("{} mixes letters of two alphabets that look alike", words.join(", ")))
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
            KeyCode::PageDown => return self.scroll(true),
            KeyCode::PageUp => return self.scroll(false),
            _ => {}
        }
        match self.choices.key(key) {
            (Some(at), _) => self.decide(at),
            (None, true) => Taken::Redraw,
            (None, false) => Taken::Ignored,
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        self.page(width, most, look).0.height(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        let (page, window) = self.page(area.width, area.height, look);
        self.note_read(&page, &window, area.height);
        page.draw(area, buffer)
    }

    fn was_read(&mut self) {
        self.read.get_mut().all = true;
        self.refused = false;
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
