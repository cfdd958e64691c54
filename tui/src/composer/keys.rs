//! What each key does.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::burst::Enter;
use super::history::Keeping;
use super::images::pasted_images;
use super::outcome::{Outcome, SearchState};
use super::popup::Taken;
use super::recall::Recall;
use super::state::{Composer, QUIT_WINDOW};
use super::submit::{Finished, finished};
use super::textarea::Fragment;
use super::units::MOST_INLINE;
use crate::keymap::{Action, Context, Key};

/// When a message goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Now,
    Later,
}

impl Composer {
    /// Handles a key that came at a moment. Releases are nothing.
    pub fn handle_key(&mut self, event: KeyEvent, now: Instant) -> Outcome {
        if event.kind == KeyEventKind::Release {
            return Outcome::None;
        }
        self.seen = Some(now);
        let key = Key::of(&event);
        let goes_on = key.is_text() || key == plain_enter();
        let is_over = self.burst.deadline().is_some_and(|deadline| deadline <= now);
        if !self.waiting.is_empty() || self.burst.is_holding() && (is_over || !goes_on) {
            // What was held comes first; this key follows with the next tick.
            self.waiting.push_back(event);
            return self.tick(now);
        }
        let ended = if is_over || !goes_on { self.end_burst() } else { Outcome::None };
        match self.key(&event, key, now) {
            Outcome::None => ended,
            outcome => outcome,
        }
    }

    /// Does what is due at a moment.
    pub fn tick(&mut self, now: Instant) -> Outcome {
        self.seen = Some(now);
        let mut redraw = Outcome::None;
        if !self.waiting.is_empty() || self.burst.deadline().is_some_and(|deadline| deadline <= now) {
            match self.end_burst() {
                Outcome::None => {}
                Outcome::Redraw => redraw = Outcome::Redraw,
                outcome => return outcome,
            }
        }
        if self.quit_armed.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.quit_armed = None;
            redraw = Outcome::Redraw;
        }
        if let Some(event) = self.waiting.pop_front() {
            return match self.key(&event, Key::of(&event), now) {
                Outcome::None => redraw,
                outcome => outcome,
            };
        }
        if self.search.as_ref().is_some_and(|search| search.state == SearchState::Looking) {
            self.look_on();
            redraw = Outcome::Redraw;
        }
        redraw
    }

    /// What was typed very fast becomes what it would be as a paste; an Enter that was held is decided.
    fn end_burst(&mut self) -> Outcome {
        let Some((start, held)) = self.burst.end() else { return Outcome::None };
        if held == Some(false) {
            self.area.type_fast('\n');
        }
        let range = start..self.area.cursor();
        let mut outcome = Outcome::None;
        if range.start < range.end && self.area.is_border(range.start) {
            let text = self.area.text()[range.clone()].to_owned();
            let is_image = pasted_images(&text, &self.cwd, self.home.as_deref()).is_some();
            if is_image || text.chars().count() > MOST_INLINE {
                self.area.delete_range(range);
                self.paste(&text);
                outcome = Outcome::Redraw;
            }
        }
        match held {
            Some(true) => self.enter(),
            Some(false) => {
                self.text_changed();
                Outcome::Redraw
            }
            None => outcome,
        }
    }

    /// An Enter that was pressed, not pasted.
    fn enter(&mut self) -> Outcome {
        let event = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        let now = self.seen.unwrap_or_else(Instant::now);
        self.settled_key(&event, plain_enter(), now)
    }

    fn key(&mut self, event: &KeyEvent, key: Key, now: Instant) -> Outcome {
        if self.detect_bursts && self.search.is_none() && key == plain_enter() {
            match self.burst.entered(now) {
                Enter::Pressed => {}
                Enter::Held => return Outcome::None,
                Enter::HeldAfterAnother => {
                    self.area.type_fast('\n');
                    self.text_changed();
                    return Outcome::Redraw;
                }
            }
        }
        self.settled_key(event, key, now)
    }

    fn settled_key(&mut self, event: &KeyEvent, key: Key, now: Instant) -> Outcome {
        let disarmed = self.quit_armed.as_ref().is_some_and(|(armed, _)| *armed != key);
        if disarmed {
            self.quit_armed = None;
        }
        let outcome = self.key_somewhere(event, key, now);
        if disarmed && outcome == Outcome::None { Outcome::Redraw } else { outcome }
    }

    fn key_somewhere(&mut self, event: &KeyEvent, key: Key, now: Instant) -> Outcome {
        if self.search.is_some()
            && let Some(outcome) = self.search_key(event)
        {
            return outcome;
        }
        if self.shortcuts {
            self.shortcuts = false;
            match key.code() {
                KeyCode::Esc => return Outcome::Escape,
                KeyCode::Char('?') => return Outcome::Redraw,
                _ => {}
            }
        }
        if self.popup.is_open()
            && let Some(outcome) = self.popup_key(event)
        {
            return outcome;
        }
        if self.vim.is_some()
            && let Some(outcome) = self.vim_key(event)
        {
            return outcome;
        }
        match self.keymap.action(Context::Composer, event) {
            Some(action) => self.act(action, key, now),
            None if key.code() == KeyCode::Esc => self.escape(),
            None => match event.code {
                KeyCode::Char(letter) if key.is_text() => self.typed(letter, now),
                _ => Outcome::None,
            },
        }
    }

    fn typed(&mut self, letter: char, now: Instant) -> Outcome {
        if letter == '?' && self.area.is_empty() {
            self.shortcuts = true;
            return Outcome::Redraw;
        }
        if self.detect_bursts && self.burst.typed(self.area.cursor(), now) {
            self.area.type_fast('\n');
        }
        if self.burst.is_on() {
            self.area.type_fast(letter)
        } else {
            self.area.type_char(letter)
        }
        self.text_changed();
        Outcome::Redraw
    }

    /// A key while a list is open; `None` when it is meant for the text.
    fn popup_key(&mut self, event: &KeyEvent) -> Option<Outcome> {
        match self.keymap.action(Context::Popup, event)? {
            Action::PopupUp => self.popup.move_by(false),
            Action::PopupDown => self.popup.move_by(true),
            Action::PopupClose => self.popup.dismiss(),
            action => {
                let complete = action == Action::PopupComplete;
                match self.popup.take(complete) {
                    Some(Taken::Insert(range, text)) => self.insert_taken(range, &text),
                    Some(Taken::Command(name)) => return Some(self.run_command(name, String::new())),
                    None => {
                        // Nothing fits: the list gives way, and the key means what it means without it.
                        self.popup.dismiss();
                        return None;
                    }
                }
            }
        }
        Some(Outcome::Redraw)
    }

    fn escape(&mut self) -> Outcome {
        match (self.running, self.area.is_empty()) {
            (true, _) => Outcome::Interrupt,
            (false, true) => Outcome::Escape,
            (false, false) => Outcome::None,
        }
    }

    fn act(&mut self, action: Action, key: Key, now: Instant) -> Outcome {
        match action {
            Action::Submit => self.submit(Sending::Now),
            Action::Queue => self.submit(if self.running { Sending::Later } else { Sending::Now }),
            Action::Cancel => self.cancel(key, now),
            Action::DeleteOrQuit if self.area.is_empty() => self.leave(key, now),
            Action::EditQueued => Outcome::EditQueued,
            Action::HistorySearch => self.begin_search(),
            Action::ExternalEditor => Outcome::OpenEditor,
            Action::PasteImage => Outcome::PasteImage,
            Action::NextMode => Outcome::NextMode,
            Action::Up => self.up(),
            Action::Down => self.down(),
            action => self.edit(action),
        }
    }

    fn edit(&mut self, action: Action) -> Outcome {
        let (cursor, before) = (self.area.cursor(), self.area.content());
        let area = &mut self.area;
        match action {
            Action::Newline => area.insert_text("\n"),
            Action::Left => area.left(),
            Action::Right => area.right(),
            Action::WordLeft => area.word_left(),
            Action::WordRight => area.word_right(),
            Action::LineStart => area.line_start(),
            Action::LineEnd => area.line_end(),
            Action::TextStart => area.set_cursor(0),
            Action::TextEnd => area.set_cursor(usize::MAX),
            Action::DeleteBack => area.delete_back(),
            Action::DeleteForward | Action::DeleteOrQuit => area.delete_forward(),
            Action::DeleteWordBack => area.kill_word_back(),
            Action::DeleteWordForward => area.kill_word_forward(),
            Action::KillLineStart => area.kill_line_start(),
            Action::KillLineEnd => area.kill_line_end(),
            Action::Yank => area.yank(),
            Action::Undo => {
                area.undo();
            }
            Action::Redo => {
                area.redo();
            }
            _ => return Outcome::None,
        }
        self.after_edit(cursor, &before)
    }

    /// What follows an edit or a move: whether it was one, and what that means for the list.
    pub(super) fn after_edit(&mut self, cursor: usize, before: &Fragment) -> Outcome {
        if self.area.content() != *before {
            self.text_changed();
            Outcome::Redraw
        } else if self.area.cursor() != cursor {
            self.popup_after_move();
            Outcome::Redraw
        } else {
            Outcome::None
        }
    }

    pub(super) fn up(&mut self) -> Outcome {
        let before = self.area.cursor();
        if self.recall_older() {
            return Outcome::Redraw;
        }
        if !self.area.row_up(self.width.get()) {
            self.area.set_cursor(0);
        }
        if self.area.cursor() == before { Outcome::None } else { Outcome::Redraw }
    }

    pub(super) fn down(&mut self) -> Outcome {
        let before = self.area.cursor();
        if self.recall_newer() {
            return Outcome::Redraw;
        }
        if !self.area.row_down(self.width.get()) {
            self.area.set_cursor(usize::MAX);
        }
        if self.area.cursor() == before { Outcome::None } else { Outcome::Redraw }
    }

    fn cancel(&mut self, key: Key, now: Instant) -> Outcome {
        if !self.area.is_empty() {
            self.popup.close();
            self.put_aside(Keeping::File);
            return Outcome::Redraw;
        }
        if self.running {
            return Outcome::Interrupt;
        }
        self.leave(key, now)
    }

    fn leave(&mut self, key: Key, now: Instant) -> Outcome {
        let again = self.quit_armed.as_ref().is_some_and(|(armed, until)| *armed == key && now < *until);
        if again || !self.confirm_quit {
            self.quit_armed = None;
            return Outcome::Quit;
        }
        self.quit_armed = Some((key, now + QUIT_WINDOW));
        Outcome::Redraw
    }

    fn submit(&mut self, sending: Sending) -> Outcome {
        let cursor = self.area.cursor();
        let before = &self.area.text()[..cursor];
        if before.ends_with('\\') && !before.ends_with("\\\\") {
            self.area.replace(cursor - 1..cursor, Fragment::plain("\n"));
            self.text_changed();
            return Outcome::Redraw;
        }
        let draft = self.draft();
        match finished(self.area.text(), &self.commands) {
            Finished::Empty => Outcome::None,
            Finished::Unknown(name) => Outcome::UnknownCommand(name),
            Finished::EmptyShell => Outcome::EmptyShell,
            Finished::Message => {
                let mut out = draft.clone();
                out.text = out.text.trim().to_owned();
                if out.text.is_empty() {
                    return Outcome::None;
                }
                self.history.add(draft, Keeping::File);
                self.clear_text();
                if sending == Sending::Now { Outcome::Submit(out) } else { Outcome::Queue(out) }
            }
            Finished::Shell(_) | Finished::Command { .. } => match finished(&draft.text, &self.commands) {
                Finished::Shell(line) => {
                    self.history.add(draft, Keeping::File);
                    self.clear_text();
                    Outcome::Shell(line)
                }
                Finished::Command { name, args } => self.run_command(name, args),
                _ => Outcome::None,
            },
        }
    }

    fn run_command(&mut self, name: String, args: String) -> Outcome {
        let mut draft = self.whole_draft();
        if args.is_empty() {
            // What was chosen from the list is recalled in full.
            draft = super::outcome::Draft::plain(&format!("/{name}"));
        }
        self.history.add(draft, Keeping::Run);
        self.clear_text();
        self.recall = Recall::default();
        Outcome::Command { name, args }
    }
}

fn plain_enter() -> Key {
    Key::new(KeyCode::Enter, KeyModifiers::NONE)
}
