//! What takes the whole terminal for a while, as the loop sees it; and going back to an earlier message.

use std::fmt::Debug;
use std::sync::Arc;

use codex_state::SessionSummary;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::state::App;
use crate::cells::Cell;
use crate::keymap::Keymap;
use crate::overlay::picker::{Answer, Job};
use crate::overlay::{Pager, PagerTaken};
use crate::theme::Look;

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

    /// Whether it shows what a question is about, and all of that was on the screen.
    fn was_read(&self) -> bool {
        false
    }

    /// Whether it shows the conversation.
    fn wants_cells(&self) -> bool {
        false
    }

    /// The conversation as it is now.
    fn set_cells(&mut self, _cells: Vec<Arc<dyn Cell>>) {}

    /// Something it wants done on disk.
    fn next_job(&mut self) -> Option<Job> {
        None
    }

    /// What came of it.
    fn heard(&mut self, _answer: Answer) {}
}

/// A pager with the keys it is bound to.
#[derive(Debug)]
struct Viewed {
    pager: Pager,
    keymap: Keymap,
    /// It shows what the present question is about.
    enlarged: bool,
}

impl Whole for Viewed {
    fn key(&mut self, key: KeyEvent) -> WholeTaken {
        match self.pager.key(&key, &self.keymap) {
            PagerTaken::Stay => WholeTaken::Stay,
            PagerTaken::Close => WholeTaken::Close,
            PagerTaken::Edit(message) => WholeTaken::Edit(message),
        }
    }

    fn paste(&mut self, text: &str) {
        self.pager.paste(text);
    }

    fn render(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.pager.render(area, buffer, look)
    }

    fn was_read(&self) -> bool {
        self.enlarged && self.pager.has_seen_end()
    }

    fn wants_cells(&self) -> bool {
        self.pager.is_transcript()
    }

    fn set_cells(&mut self, cells: Vec<Arc<dyn Cell>>) {
        self.pager.set_cells(cells);
    }
}

impl App {
    /// Shows lines on the whole terminal.
    pub(crate) fn show_pager(&mut self, title: &'static str, lines: Vec<Line<'static>>) {
        self.view(Pager::lines(title, lines, self.chat.look()));
    }

    /// Shows the conversation in full.
    pub(crate) fn show_transcript(&mut self) {
        self.view(Pager::transcript(self.all_cells(), self.chat.look()));
    }

    pub(crate) fn view(&mut self, pager: Pager) {
        let keymap = self.composer.keymap().clone();
        self.show_whole(Box::new(Viewed { pager, keymap, enlarged: false }));
    }

    /// Shows what the present question is about on the whole terminal.
    pub(crate) fn enlarge(&mut self, title: &'static str, lines: Vec<Line<'static>>) {
        let pager = Pager::lines(title, lines, self.chat.look());
        let keymap = self.composer.keymap().clone();
        self.show_whole(Box::new(Viewed { pager, keymap, enlarged: true }));
    }

    /// Everything that happened, with what is under way.
    pub(crate) fn all_cells(&self) -> Vec<Arc<dyn Cell>> {
        self.chat.cells().iter().cloned().chain(self.chat.live_cells()).collect()
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
        if overlay.was_read()
            && let Some(asked) = self.asked.front_mut()
        {
            asked.modal.was_read();
        }
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
        let mut pager = Pager::transcript(self.all_cells(), self.chat.look());
        pager.choose_last();
        self.view(pager);
    }

    /// The thread took turns back: what is kept is shown again below.
    pub(crate) fn rolled_back(&mut self, turns: u32) {
        self.chat.take_back(turns);
        self.chat.print_again();
        self.tell_after_rollback();
    }

    /// Says what waited for turns to be taken back; said before, it would have gone with them.
    pub(super) fn tell_after_rollback(&mut self) {
        if let Some((kind, text)) = self.after_rollback.take() {
            self.note(kind, &text);
        }
    }

    /// Empties screen and scrollback and shows everything again at the present width.
    pub(crate) fn redraw_all(&mut self) {
        // What cannot be written now cannot be written by the next frame, which tells.
        let _ = self.screen.wipe(true);
        self.chat.print_again();
        self.dirty = true;
    }

    /// Empties screen and scrollback but for the head; the conversation goes on, and the transcript has it still.
    pub(crate) fn clear_screen(&mut self) {
        let _ = self.screen.wipe(true);
        self.chat.print_head();
        self.dirty = true;
    }
}
