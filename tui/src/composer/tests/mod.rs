//! Keys in, outcomes and pictures out.

mod history;
mod keys;
mod law;
mod paste;
mod pictures;
mod popups;
mod settings;
mod vim;

use std::time::{Duration, Instant};

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::keymap::Key;
use crate::theme::Look;

/// A composer with a clock of its own.
pub(super) struct Desk {
    pub(super) composer: Composer,
    pub(super) now: Instant,
}

pub(super) fn entry(name: &str, about: &str, takes_args: bool, aliases: &[&str]) -> SlashEntry {
    SlashEntry {
        name: name.to_owned(),
        about: about.to_owned(),
        takes_args,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    }
}

pub(super) fn commands() -> Vec<SlashEntry> {
    vec![
        entry("model", "choose the model and how long it thinks", false, &[]),
        entry("fast", "switch fast mode on or off", false, &[]),
        entry("permissions", "choose what may be done without asking", false, &["approvals"]),
        entry("experimental", "switch experimental features on or off", false, &[]),
        entry("skills", "list skills, or switch them on or off", false, &[]),
        entry("review", "have changes reviewed", false, &[]),
        entry("rename", "give this conversation a name", true, &[]),
        entry("new", "begin a new conversation", false, &[]),
        entry("resume", "go on with an earlier conversation", false, &[]),
        entry("plan", "plan before anything is changed", true, &[]),
        entry("status", "show settings and use of tokens", false, &[]),
        entry("statusline", "choose what the status line shows", false, &[]),
        entry("quit", "leave", false, &[]),
    ]
}

impl Desk {
    pub(super) fn with(options: ComposerOptions) -> Self {
        Self { composer: Composer::new(options), now: Instant::now() }
    }

    pub(super) fn new() -> Self {
        Self::with(ComposerOptions { commands: commands(), placeholder: "Ask for anything".to_owned(), ..ComposerOptions::default() })
    }

    /// One key, at the pace of a person.
    pub(super) fn press(&mut self, key: &str) -> Outcome {
        self.now += Duration::from_millis(80);
        self.at_once(key)
    }

    /// One key without any time passing.
    pub(super) fn at_once(&mut self, key: &str) -> Outcome {
        let key: Key = key.parse().unwrap();
        self.composer.handle_key(KeyEvent::new(key.code(), key.modifiers()), self.now)
    }

    /// Text at the pace of a person; the outcome of the last letter.
    pub(super) fn write(&mut self, text: &str) -> Outcome {
        let mut outcome = Outcome::None;
        for letter in text.chars() {
            self.now += Duration::from_millis(80);
            outcome = self.letter(letter);
        }
        outcome
    }

    /// Text in one go, line ends as Enter.
    pub(super) fn flood(&mut self, text: &str) -> Outcome {
        self.now += Duration::from_millis(80);
        text.chars().fold(Outcome::None, |_, letter| self.letter(letter))
    }

    fn letter(&mut self, letter: char) -> Outcome {
        let code = if letter == '\n' { crossterm::event::KeyCode::Enter } else { crossterm::event::KeyCode::Char(letter) };
        self.composer.handle_key(KeyEvent::from(code), self.now)
    }

    /// Lets time pass as far as something is due, and says what came of it.
    pub(super) fn settle(&mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while let Some(deadline) = self.composer.next_deadline().filter(|deadline| *deadline <= self.now + Duration::from_millis(100)) {
            self.now = self.now.max(deadline);
            outcomes.push(self.composer.tick(self.now));
            assert!(outcomes.len() < 1_000, "never settles");
        }
        outcomes
    }

    pub(super) fn text(&self) -> &str {
        self.composer.area.text()
    }

    /// The text with `|` at the cursor.
    pub(super) fn shown(&self) -> String {
        let mut text = self.text().to_owned();
        text.insert(self.composer.area.cursor(), '|');
        text
    }

    /// What is drawn at a width, trailing blanks cut, the cursor as `▏`.
    pub(super) fn picture(&self, columns: u16) -> String {
        self.picture_with(columns, &Look::default())
    }

    pub(super) fn picture_with(&self, columns: u16, look: &Look) -> String {
        let height = self.composer.height(columns, look);
        self.picture_in(Rect::new(0, 0, columns, height), look)
    }

    pub(super) fn picture_in(&self, area: Rect, look: &Look) -> String {
        let mut buf = Buffer::empty(area);
        self.composer.render(area, &mut buf, look);
        let cursor = self.composer.cursor(area, look);
        let mut rows = Vec::new();
        for y in 0..area.height {
            let mut row = String::new();
            let mut covered = 0;
            for x in 0..area.width {
                let symbol = buf[(x, y)].symbol();
                if cursor.is_some_and(|cursor| (cursor.x, cursor.y) == (x, y)) {
                    row.push('▏');
                }
                if covered == 0 {
                    row.push_str(symbol);
                    covered = crate::text::width(symbol).saturating_sub(1);
                } else {
                    covered -= 1;
                }
            }
            rows.push(row.trim_end().to_owned());
        }
        rows.join("\n")
    }
}
