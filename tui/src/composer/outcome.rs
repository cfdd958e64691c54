//! What comes out of a key, and what was written.

use std::fmt;
use std::path::PathBuf;

use super::textarea::{Fragment, UnitId};
use super::units::Payload;

/// What a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing changed.
    None,
    /// Something to be drawn changed.
    Redraw,
    /// A message is to be sent; while a turn runs it steers that.
    Submit(Draft),
    /// A message is to be sent when the running turn is over.
    Queue(Draft),
    /// A command behind `/` is to be run.
    Command {
        /// Its name, never an alias.
        name: String,
        /// What follows the name, trimmed; empty when nothing does.
        args: String,
    },
    /// No command has the name; the text stays.
    UnknownCommand(String),
    /// A line is to be run in the user's shell.
    Shell(String),
    /// `!` stands alone; the text stays.
    EmptyShell,
    /// The running turn is to be interrupted.
    Interrupt,
    /// The program is to be left.
    Quit,
    /// Esc, and there was nothing for it to do here.
    Escape,
    /// The text is to be edited in a program of its own; see [`super::editor`].
    OpenEditor,
    /// The image on the clipboard is wanted; see [`super::Composer::attach_image`].
    PasteImage,
    /// The next mode is wanted.
    NextMode,
    /// The last queued message is wanted back; see [`super::Composer::set_draft`].
    EditQueued,
}

/// A message as it was written and as it goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What goes out: pastes in full, marks of images in place.
    pub text: String,
    /// The images, in the order of their marks.
    pub images: Vec<AttachedImage>,
    /// What was mentioned with `$`.
    pub mentions: Vec<Mention>,
    pub(super) shown: Fragment,
    pub(super) payloads: Vec<(UnitId, Payload)>,
}

impl Draft {
    /// A message of nothing but text.
    pub fn plain(text: &str) -> Self {
        let shown = Fragment::plain(text);
        Self { text: shown.text.clone(), shown, ..Self::default() }
    }

    /// The text with placeholders, as it was written.
    pub fn shown(&self) -> &str {
        &self.shown.text
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.shown.text.is_empty()
    }
}

/// An image file with the mark that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedImage {
    /// Its mark in the text, such as `[Image #1]`.
    pub label: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Something that was mentioned with `$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its name without `$`.
    pub name: String,
    /// What it is, such as `Skill`.
    pub kind: String,
    /// Where it is kept.
    pub path: String,
}

/// What the line below the text should say instead of the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The same key once more leaves; the key as hints show it.
    QuitAgain(String),
    /// A key queues what is written.
    Queue(String),
    /// History is being searched.
    Search {
        /// What for.
        query: String,
        /// What came of it.
        state: SearchState,
    },
}

/// What came of a search in history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchState {
    /// Nothing is searched for yet.
    Empty,
    /// Older entries are still being read.
    Looking,
    /// Found.
    Found,
    /// There is none.
    NotFound,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuitAgain(key) => write!(f, "{key} again to quit"),
            Self::Queue(key) => write!(f, "{key} to queue message"),
            Self::Search { query, state } => {
                let note = match state {
                    SearchState::Empty | SearchState::Found => "",
                    SearchState::Looking => "  looking…",
                    SearchState::NotFound => "  no match",
                };
                write!(f, "search history: {query}{note}")
            }
        }
    }
}
