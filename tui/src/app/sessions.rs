//! Choosing an earlier session: the picker on the whole terminal, its work on the agent's thread.

use codex_state::{SessionStore, SessionSummary, Timestamp};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::engine::{Beginning, Found};
use super::overlays::{Whole, WholeTaken};
use super::setup::Stored;
use super::state::App;
use crate::keymap::Keymap;
use crate::overlay::picker::{Answer, Job, Picker, PickerOptions, PickerOrigin, PickerOutcome, PickerPurpose};
use crate::theme::Look;

/// Programs with a screen, as session files name them.
const SCREENS: [&str; 2] = ["cli", "vscode"];

#[derive(Debug)]
struct Sessions {
    picker: Picker,
    keymap: Keymap,
}

impl Whole for Sessions {
    fn key(&mut self, key: KeyEvent) -> WholeTaken {
        match self.picker.key(&key, &self.keymap) {
            PickerOutcome::None | PickerOutcome::Redraw => WholeTaken::Stay,
            PickerOutcome::Chosen(session) => WholeTaken::Session(session),
            PickerOutcome::Closed => WholeTaken::Close,
            PickerOutcome::Quit => WholeTaken::Quit,
        }
    }

    fn paste(&mut self, text: &str) {
        self.picker.paste(text);
    }

    fn render(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.picker.render(area, buffer, look, Timestamp::now());
        self.picker.cursor(area, look)
    }

    fn next_job(&mut self) -> Option<Job> {
        self.picker.next_job()
    }

    fn heard(&mut self, answer: Answer) {
        self.picker.take(answer);
    }
}

impl App {
    /// Has an earlier session chosen from a list.
    pub(crate) fn choose_session(&mut self, fork: bool, all: bool, origin: PickerOrigin) {
        self.forking = fork;
        let picker = Picker::new(PickerOptions {
            purpose: if fork { PickerPurpose::Fork } else { PickerPurpose::Resume },
            origin,
            folder: (!all).then(|| self.chat.facts.cwd.clone()),
            providers: None,
            home: self.chat.facts.home.clone(),
        });
        let keymap = self.composer.keymap().clone();
        self.show_whole(Box::new(Sessions { picker, keymap }));
        self.do_jobs();
    }

    /// Begins what the overlay wants done on disk.
    pub(crate) fn do_jobs(&mut self) {
        while let Some(mut job) = self.overlay.as_mut().and_then(|overlay| overlay.next_job()) {
            if let Job::List { query, .. } = &mut job
                && !self.lists_others
            {
                query.sources = Some(SCREENS.map(str::to_owned).to_vec());
            }
            if let Some(server) = self.server.clone() {
                self.find_out(async move { Found::Picked(server.picked(job).await) });
                continue;
            }
            let store = SessionStore::new(&self.config.codex_home).with_index_in(&self.config.sqlite_home);
            self.engine.find(move || Some(Found::Picked(job.run(&store))));
        }
    }

    /// A session was chosen.
    pub(crate) fn go_to(&mut self, session: SessionSummary) {
        let stored = if self.server.is_some() { Stored::Named(session.id.to_string()) } else { Stored::File(session.path) };
        let beginning = if self.forking { Beginning::Fork(stored) } else { Beginning::Resume(stored) };
        self.change_thread(beginning);
    }
}
