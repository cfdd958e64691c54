//! The question whether commands may do more than the sandbox lets them.

use std::time::Instant;

use codex_protocol::ApprovalId;
use codex_protocol::event::{PermissionProfile, PermissionScope, PermissionsResponse, RequestPermissions};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{Choice, Choices, DEAF, Modal, Page, Reply, Taken};
use crate::text::{Indent, reveal, sanitize_line};
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
        self.wanted.words().iter().map(|wish| reveal(wish).text).collect()
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

    fn page<'a>(&self, width: u16, look: &'a Look) -> Page<'a> {
        let mut page = Page::new(width, look);
        page.blank();
        page.words(&Line::styled("Would you like to grant these permissions?", look.style(Role::Strong)));
        page.blank();
        let margin = " ".repeat(page.margin());
        if let Some(reason) = &self.reason {
            let indent = Indent::hanging(Span::raw(format!("{margin}Reason: ")));
            page.wrapped(&Line::styled(sanitize_line(reason), look.style(Role::Emphasis)), &indent);
            page.blank();
        }
        page.begin_subject();
        for wish in self.wishes() {
            page.wrapped(&Line::from(wish), &Indent::hanging(Span::raw(format!("{margin}- "))));
        }
        page.blank();
        page.choices(&self.choices, 0);
        page.blank();
        page.words(&Line::styled("Press enter to confirm or esc to cancel", look.style(Role::Dim)));
        page
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
        self.page(width, look).height(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.page(area.width, look).draw(area, buffer)
    }

    fn headline(&self) -> String {
        format!("Permissions requested: {}", self.wishes().join(", "))
    }
}
