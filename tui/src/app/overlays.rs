//! What takes the whole terminal for a while, as the loop sees it; and going back to an earlier message.

use std::fmt::Debug;

use codex_state::SessionSummary;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::state::App;
use crate::overlay::picker::{Answer, Job};
use crate::theme::{Look, Role};

/// What an overlay wants of the loop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WholeTaken {
    /// Nothing, or to be drawn again.
    Stay,
    /// To be closed.
    Close,
    /// To be closed, and the user's message of this number, from 0, is to be edited.
    Edit(usize),
    /// To be closed, and this session is wanted.
    Session(Box<SessionSummary>),
    /// The program is to be left.
    Quit,
}

/// Something on the whole terminal.
pub(crate) trait Whole: Debug + Send {
    fn key(&mut self, key: KeyEvent) -> WholeTaken;
    fn paste(&mut self, _text: &str) {}
    fn render(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position>;

    /// Something it wants done on disk.
    fn next_job(&mut self) -> Option<Job> {
        None
    }

    /// What came of it.
    fn heard(&mut self, _answer: Answer) {}
}

#[derive(Debug)]
struct Pager {
    title: &'static str,
    lines: Vec<Line<'static>>,
    top: usize,
    rows: usize,
    /// Rows where the user's messages begin, and which of them is to be edited.
    messages: Vec<(usize, usize)>,
    chosen: Option<usize>,
}

impl Pager {
    fn last_top(&self) -> usize {
        self.lines.len().saturating_sub(self.rows)
    }

    fn choose(&mut self, chosen: usize) {
        self.chosen = Some(chosen);
        self.top = self.messages.get(chosen).map_or(self.top, |(from, _)| from.saturating_sub(2)).min(self.last_top());
    }
}

impl Whole for Pager {
    fn key(&mut self, key: KeyEvent) -> WholeTaken {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Char('q') => return WholeTaken::Close,
            KeyCode::Char('c' | 't') if control => return WholeTaken::Close,
            KeyCode::Enter => {
                if let Some(chosen) = self.chosen {
                    return WholeTaken::Edit(chosen);
                }
            }
            KeyCode::Esc | KeyCode::Left if !self.messages.is_empty() => {
                let next = self.chosen.map_or(self.messages.len() - 1, |chosen| chosen.saturating_sub(1));
                self.choose(next);
            }
            KeyCode::Right if self.chosen.is_some() => {
                let next = self.chosen.map_or(0, |chosen| (chosen + 1).min(self.messages.len() - 1));
                self.choose(next);
            }
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.top = (self.top + 1).min(self.last_top()),
            KeyCode::PageUp => self.top = self.top.saturating_sub(self.rows),
            KeyCode::PageDown | KeyCode::Char(' ') => self.top = (self.top + self.rows).min(self.last_top()),
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = self.last_top(),
            _ => {}
        }
        WholeTaken::Stay
    }

    fn render(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        let dim = look.style(Role::Dim);
        let rows = usize::from(area.height.saturating_sub(4));
        let at_end = self.top >= self.last_top();
        self.rows = rows;
        if at_end && self.chosen.is_none() {
            self.top = self.last_top();
        }
        let title = format!("/ {} {}", self.title, "/ ".repeat(usize::from(area.width)));
        buffer.set_stringn(area.x, area.y, title, usize::from(area.width), dim);
        let chosen = self.chosen.and_then(|chosen| self.messages.get(chosen)).copied();
        for row in 0..rows {
            let y = area.y + 1 + u16::try_from(row).unwrap_or_default();
            match self.lines.get(self.top + row) {
                Some(line) => _ = buffer.set_line(area.x, y, line, area.width),
                None => _ = buffer.set_stringn(area.x, y, "~", 1, dim),
            }
            if chosen.is_some_and(|(from, to)| (from..to).contains(&(self.top + row))) {
                buffer.set_style(Rect::new(area.x, y, area.width, 1), look.style(Role::Selected));
            }
        }
        let percent = if self.last_top() == 0 { 100 } else { self.top * 100 / self.last_top() };
        let foot = area.bottom().saturating_sub(3);
        let rule = format!("{:─>1$} ─", format!(" {percent}%"), usize::from(area.width).saturating_sub(2));
        buffer.set_stringn(area.x, foot, rule, usize::from(area.width), dim);
        buffer.set_stringn(area.x, foot + 1, " ↑/↓ to scroll   pgup/pgdn to page   home/end to jump", usize::from(area.width), dim);
        let hint = match (self.messages.is_empty(), self.chosen) {
            (true, _) => " q to quit",
            (false, None) => " q to quit   esc to edit prev",
            (false, Some(_)) => " q to quit   esc/← to edit prev   → to edit next   enter to edit message",
        };
        buffer.set_stringn(area.x, foot + 2, hint, usize::from(area.width), dim);
        None
    }
}

impl App {
    /// Shows lines on the whole terminal.
    pub(crate) fn show_pager(&mut self, title: &'static str, lines: Vec<Line<'static>>) {
        self.show_whole(Box::new(Pager { title, lines, top: 0, rows: 0, messages: Vec::new(), chosen: None }));
    }

    /// Shows the conversation in full.
    pub(crate) fn show_transcript(&mut self) {
        let pager = self.transcript();
        self.show_whole(Box::new(pager));
    }

    fn transcript(&self) -> Pager {
        let (width, look) = (self.screen.size().columns, self.chat.look());
        let mut lines: Vec<Line<'static>> = Vec::new();
        let mut messages = Vec::new();
        for cell in self.chat.cells().iter().chain(&self.chat.live_cells()) {
            if !lines.is_empty() && !cell.joins_previous() {
                lines.push(Line::default());
            }
            let from = lines.len();
            lines.extend(cell.full(width, look));
            if cell.is_user() {
                messages.push((from, lines.len()));
            }
        }
        let rows = usize::from(self.screen.size().rows.saturating_sub(4));
        let top = lines.len().saturating_sub(rows);
        Pager { title: "T R A N S C R I P T", lines, top, rows, messages, chosen: None }
    }

    pub(crate) fn show_whole(&mut self, whole: Box<dyn Whole>) {
        self.overlay = Some(whole);
        self.dirty = true;
        // What cannot be written now cannot be written by the next frame, which tells.
        let _ = self.screen.take_whole(true);
    }

    pub(crate) fn overlay_key(&mut self, key: KeyEvent) {
        let Some(overlay) = &mut self.overlay else { return };
        let taken = overlay.key(key);
        if taken == WholeTaken::Stay {
            self.do_jobs();
            return;
        }
        self.overlay = None;
        let _ = self.screen.take_whole(false);
        match taken {
            WholeTaken::Stay | WholeTaken::Close => {}
            WholeTaken::Edit(message) => self.edit_message(message),
            WholeTaken::Session(session) => self.go_to(*session),
            WholeTaken::Quit => self.leave(0),
        }
    }

    /// Whether there is an earlier message to go back to.
    pub(crate) fn can_go_back(&self) -> bool {
        !self.chat.is_running() && self.composer.is_empty() && self.chat.cells().iter().any(|cell| cell.is_user())
    }

    /// Shows the conversation with the last message chosen.
    pub(crate) fn go_back(&mut self) {
        if !self.can_go_back() {
            return;
        }
        let mut pager = self.transcript();
        pager.choose(pager.messages.len().saturating_sub(1));
        self.show_whole(Box::new(pager));
    }

    /// Takes the thread back to before a message of the user's, which goes to the composer.
    fn edit_message(&mut self, message: usize) {
        let users: Vec<_> = self.chat.cells().iter().filter(|cell| cell.is_user()).collect();
        let Some(cell) = users.get(message) else { return };
        let text = cell.plain();
        let text = text.strip_prefix("› ").unwrap_or(&text).to_owned();
        let turns = u32::try_from(users.len() - message).unwrap_or(u32::MAX);
        self.composer.set_text(&text);
        self.submit(codex_protocol::Op::Rollback { turns });
    }

    /// The thread took turns back: what is kept is shown again below.
    pub(crate) fn rolled_back(&mut self, turns: u32) {
        self.chat.take_back(turns);
        self.chat.print_again();
    }

    /// Empties the screen and shows everything again at the present width.
    pub(crate) fn redraw_all(&mut self, scrollback: bool) {
        let _ = self.screen.wipe(scrollback);
        self.chat.print_again();
        self.dirty = true;
    }
}
