//! The question whether commands may do more than the sandbox lets them.

use std::time::Instant;

use codex_protocol::ApprovalId;
use codex_protocol::event::{PermissionProfile, PermissionScope, PermissionsResponse, RequestPermissions};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Choice, Choices, DEAF, Modal, Reply, Taken};
use crate::text::{Indent, reveal, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// A question for permissions.
#[derive(Debug)]
pub struct Permissions {
    id: ApprovalId,
    reason: Option<String>,
    wanted: PermissionProfile,
    choices: Choices,
    appeared: Instant,
}

impl Permissions {
    /// The question as it was asked.
    pub fn new(request: &RequestPermissions, now: Instant) -> Self {
        let choices = Choices::new(vec![
            Choice::new("Yes, for this turn", 'y'),
            Choice::new("Yes, for this session", 'a'),
            Choice { label: "No, go on without (esc)".to_owned(), about: String::new(), letter: Some('n') },
        ]);
        let (reason, wanted) = (request.reason.clone(), request.permissions.clone());
        Self { id: request.answer_id(), reason, wanted, choices, appeared: now }
    }

    fn wishes(&self) -> Vec<String> {
        let network = self.wanted.opens_network().then(|| "use the network".to_owned());
        let path = |verb: &'static str| move |path: &std::path::PathBuf| format!("{verb} {}", reveal(&path.display().to_string()).text);
        network
            .into_iter()
            .chain(self.wanted.writes().iter().map(path("write")))
            .chain(self.wanted.reads().iter().map(path("read")))
            .collect()
    }

    fn reply(&self, row: usize) -> Taken {
        let (response, note) = match row {
            0 => (PermissionsResponse { permissions: self.wanted.clone(), scope: PermissionScope::Turn }, "for this turn"),
            1 => (PermissionsResponse { permissions: self.wanted.clone(), scope: PermissionScope::Session }, "for this session"),
            _ => (PermissionsResponse::default(), ""),
        };
        let what = self.wishes().join(", ");
        let note = if row < 2 { (true, format!("You let codex {what} {note}")) } else { (false, format!("You did not let codex {what}")) };
        Taken::Done(Reply::Permissions { id: self.id.clone(), response, note })
    }

    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let mut lines =
            vec![Line::default(), Line::styled("  Would you like to grant these permissions?", look.style(Role::Strong)), Line::default()];
        if let Some(reason) = &self.reason {
            let indent = Indent::hanging(Span::raw("  Reason: "));
            lines.extend(wrap(&Line::styled(sanitize_line(reason), look.style(Role::Emphasis)), columns, &indent));
            lines.push(Line::default());
        }
        for wish in self.wishes() {
            lines.extend(wrap(&Line::from(wish), columns, &Indent::hanging(Span::raw("  - "))));
        }
        lines.push(Line::default());
        lines.extend(self.choices.lines(width, look));
        lines.push(Line::default());
        lines.extend(wrap(&Line::styled("Press enter to confirm or esc to cancel", look.style(Role::Dim)), columns, &Indent::blanks(2)));
        lines
    }
}

impl Modal for Permissions {
    fn is_question(&self, id: &ApprovalId) -> bool {
        self.id == *id
    }

    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken {
        if now.saturating_duration_since(self.appeared) < DEAF {
            return Taken::Ignored;
        }
        if key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL) {
            return self.reply(2);
        }
        match self.choices.key(key) {
            (Some(row), _) => self.reply(row),
            (None, true) => Taken::Redraw,
            (None, false) => Taken::Ignored,
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        u16::try_from(self.lines(width, look).len()).unwrap_or(most).min(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        super::draw(&self.lines(area.width, look), area, buffer);
    }

    fn headline(&self) -> String {
        format!("Permissions requested: {}", self.wishes().join(", "))
    }
}
