//! Long text on the whole screen: the transcript, a diff, help, a command that is asked about.
//!
//! A state machine: keys in, [`PagerTaken`] out, drawn into a buffer. Content is a list of blocks; a block is laid out when it
//! is first seen and not again until the width changes, so that a thousand cells cost what a screenful costs. The view is
//! held by a block and a row in it, not by a row of the whole.

mod blocks;
mod draw;
mod search;

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::text::Line;

use self::blocks::{Block, Blocks, Place};
use self::search::Search;
use crate::cells::Cell;
use crate::keymap::{Action, Context, Keymap};
use crate::theme::Look;

/// What a key led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagerTaken {
    /// Nothing, or the pager is to be drawn again.
    Stay,
    /// The pager is to be closed.
    Close,
    /// The pager is to be closed, and the user's message of this number, from 0, is to be edited.
    Edit(usize),
}

/// Long text on the whole screen.
#[derive(Debug)]
pub struct Pager {
    title: String,
    blocks: Blocks,
    top: Place,
    /// Rows of text on the screen, as last drawn.
    rows: usize,
    /// Whether new content moves the view.
    follows: bool,
    seen_end: bool,
    /// Whether the user's messages can be chosen for editing.
    edits: bool,
    chosen: Option<usize>,
    search: Search,
}

impl Pager {
    /// The conversation, at its end; the user's messages can be chosen.
    pub fn transcript(cells: Vec<Arc<dyn Cell>>, look: &Look) -> Self {
        let blocks = cells.into_iter().map(Block::Cell).collect();
        Self { edits: true, follows: true, ..Self::new("T R A N S C R I P T", blocks, look) }
    }

    /// Lines under a title, from their beginning; they are wrapped to the screen.
    pub fn lines(title: impl Into<String>, lines: Vec<Line<'static>>, look: &Look) -> Self {
        Self::new(title, Block::of_lines(lines), look)
    }

    /// Cells under a title, from their beginning.
    pub fn cells(title: impl Into<String>, cells: Vec<Arc<dyn Cell>>, look: &Look) -> Self {
        Self::new(title, cells.into_iter().map(Block::Cell).collect(), look)
    }

    fn new(title: impl Into<String>, blocks: Vec<Block>, look: &Look) -> Self {
        Self {
            title: title.into(),
            blocks: Blocks::new(blocks, look),
            top: Place::default(),
            rows: 1,
            follows: false,
            seen_end: false,
            edits: false,
            chosen: None,
            search: Search::default(),
        }
    }

    /// Takes the cells as they are now. Those that were there before are not laid out again.
    pub fn set_cells(&mut self, cells: Vec<Arc<dyn Cell>>) {
        self.blocks.replace(cells);
        self.top = self.blocks.clamp(self.top);
    }

    /// Whether this is the conversation.
    pub fn is_transcript(&self) -> bool {
        self.edits
    }

    /// Whether the end of the text has been on the screen.
    pub fn has_seen_end(&self) -> bool {
        self.seen_end
    }

    /// Begins to choose among the user's messages, with the last one.
    pub fn choose_last(&mut self) {
        let last = self.blocks.users().len().checked_sub(1);
        self.choose(last);
    }

    /// Takes a key. Keys that can be bound come from the context `pager`.
    pub fn key(&mut self, key: &KeyEvent, keymap: &Keymap) -> PagerTaken {
        if key.kind == KeyEventKind::Release {
            return PagerTaken::Stay;
        }
        if self.search.is_typing() {
            self.search_key(key);
            return PagerTaken::Stay;
        }
        if let Some(taken) = self.message_key(key) {
            return taken;
        }
        match keymap.action(Context::Pager, key) {
            Some(action) => self.act(action),
            None => PagerTaken::Stay,
        }
    }

    /// Takes pasted text, which goes to the search.
    pub fn paste(&mut self, text: &str) {
        if self.search.is_typing() {
            self.search.insert(text);
        }
    }

    /// Does what a key is bound to.
    pub fn act(&mut self, action: Action) -> PagerTaken {
        match action {
            Action::PagerUp => self.up(1),
            Action::PagerDown => self.down(1),
            Action::PagerPageUp => self.up(self.rows),
            Action::PagerPageDown => self.down(self.rows),
            Action::PagerHalfUp => self.up(self.rows.div_ceil(2)),
            Action::PagerHalfDown => self.down(self.rows.div_ceil(2)),
            Action::PagerTop => {
                self.follows = false;
                self.top = Place::default();
            }
            Action::PagerBottom => self.go_to_end(),
            Action::PagerSearch => self.search.begin(),
            Action::PagerNext => self.go_to_match(true),
            Action::PagerPrevious => self.go_to_match(false),
            Action::PagerClose => return PagerTaken::Close,
            _ => {}
        }
        PagerTaken::Stay
    }

    /// Keys that choose among the user's messages or jump between them.
    fn message_key(&mut self, key: &KeyEvent) -> Option<PagerTaken> {
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        match key.code {
            KeyCode::Esc if self.search.is_active() => self.search.clear(),
            KeyCode::Esc | KeyCode::Left if self.edits && plain => {
                let users = self.blocks.users().len();
                let before = self.chosen.map_or(users.checked_sub(1), |chosen| Some(chosen.saturating_sub(1)));
                self.choose(before);
            }
            KeyCode::Right if self.chosen.is_some() => {
                let last = self.blocks.users().len().saturating_sub(1);
                self.choose(self.chosen.map(|chosen| (chosen + 1).min(last)));
            }
            KeyCode::Enter => return Some(self.chosen.map_or(PagerTaken::Stay, PagerTaken::Edit)),
            KeyCode::Char('[') if plain => self.jump(false),
            KeyCode::Char(']') if plain => self.jump(true),
            _ => return None,
        }
        Some(PagerTaken::Stay)
    }

    fn choose(&mut self, chosen: Option<usize>) {
        self.chosen = chosen.filter(|_| self.edits);
        let users = self.blocks.users();
        if let Some(block) = self.chosen.and_then(|chosen| users.get(chosen).copied()) {
            self.go_to(Place { block, row: 0 }, 2);
        }
    }

    /// Goes to the next of the user's messages, or to the one before.
    fn jump(&mut self, forward: bool) {
        let users = self.blocks.users();
        let top = self.top;
        let found = if forward {
            users.iter().copied().find(|user| *user > top.block)
        } else {
            users.iter().copied().rev().find(|user| Place { block: *user, row: self.blocks.gap(*user) } < top)
        };
        if let Some(block) = found {
            self.go_to(Place { block, row: self.blocks.gap(block) }, 0);
        } else if forward {
            self.go_to_end();
        }
    }

    fn up(&mut self, rows: usize) {
        self.follows = false;
        self.top = self.blocks.up(self.top, rows);
    }

    fn down(&mut self, rows: usize) {
        self.top = self.blocks.down(self.top, rows);
        self.keep_full();
    }

    fn go_to_end(&mut self) {
        self.top = self.blocks.last_top(self.rows);
        self.follows = true;
    }

    /// Puts a place on the screen, `above` rows below its top.
    fn go_to(&mut self, place: Place, above: usize) {
        self.top = self.blocks.up(place, above);
        self.follows = false;
        self.keep_full();
    }

    /// No empty rows at the end while there is text above.
    fn keep_full(&mut self) {
        let last = self.blocks.last_top(self.rows);
        if self.top >= last {
            self.top = last;
            self.follows = true;
        }
    }

    fn search_key(&mut self, key: &KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => {
                self.search.finish(&mut self.blocks, self.top);
                self.show_match();
            }
            KeyCode::Esc => self.search.clear(),
            KeyCode::Char('c') if control => self.search.clear(),
            KeyCode::Char('u') if control => self.search.erase_all(),
            KeyCode::Backspace => self.search.erase(),
            KeyCode::Char(c) if !control => self.search.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
    }

    fn go_to_match(&mut self, forward: bool) {
        self.search.step(forward);
        self.show_match();
    }

    /// Brings the present match to the screen, unless it is there.
    fn show_match(&mut self) {
        let Some(place) = self.search.current() else { return };
        let visible = place >= self.top && place < self.blocks.down(self.top, self.rows.saturating_sub(1));
        if !visible {
            self.go_to(place, self.rows / 3);
        }
    }
}
