//! `.`: the last change again, at another place. What a command was typed as is kept, and what was written behind it.

use super::Vim;
use crate::composer::outcome::Outcome;
use crate::composer::state::Composer;
use crate::composer::textarea::Fragment;

/// A change: the letters of its command, and what was written before Esc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    letters: String,
    written: Option<String>,
}

/// A change whose writing goes on.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    letters: String,
    /// The text when the writing began.
    before: String,
    at: usize,
}

impl Composer {
    /// A letter of a command, as it is typed.
    pub(super) fn vim_typed(&mut self, letter: char) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        if letter == '.' && vim.waits.is_none() && vim.operator.is_none() && vim.visual.is_none() {
            return self.again();
        }
        vim.letters.push(letter);
        let before = self.area.text().to_owned();
        let outcome = self.vim_command(letter);
        let changed = *self.area.text() != *before;
        let Some(vim) = self.vim.as_mut() else { return outcome };
        if !vim.commands {
            let letters = std::mem::take(&mut vim.letters);
            vim.writing = Some(Writing { letters, before: self.area.text().to_owned(), at: self.area.cursor() });
        } else if !vim.is_pending() && vim.visual.is_none() {
            let letters = std::mem::take(&mut vim.letters);
            // Undoing is no change, nor is another message from history.
            let moves = letters.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['j', 'k', 'u']);
            if changed && !moves {
                vim.last = Some(Change { letters, written: None });
            }
        }
        outcome
    }

    /// Esc after writing: the change is whole.
    pub(super) fn written(&mut self) {
        let Some(vim) = self.vim.as_mut() else { return };
        let Some(Writing { letters, before, at }) = vim.writing.take() else { return };
        let text = self.area.text();
        let behind = before.len() - at;
        let stands = text.len() >= before.len() && text.starts_with(&before[..at]) && text.ends_with(&before[at..]);
        // What is no writing at one place, such as after an arrow key, is not repeated.
        let written = stands.then(|| text[at..text.len() - behind].to_owned());
        vim.last = Some(Change { letters, written });
    }

    fn again(&mut self) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        let count = vim.count.take();
        vim.letters.clear();
        let Some(Change { letters, written }) = vim.last.clone() else { return Outcome::Redraw };
        let command = letters.trim_start_matches(|c: char| c.is_ascii_digit() && c != '0');
        let letters = count.map_or_else(|| letters.clone(), |count| format!("{count}{command}"));
        for letter in letters.chars() {
            self.vim_command(letter);
        }
        if self.vim.as_ref().is_some_and(|vim| !vim.commands) {
            if let Some(written) = written.filter(|written| !written.is_empty()) {
                self.edited(|composer| composer.area.insert(Fragment::plain(&written)));
            }
            self.vim_escape();
        }
        Outcome::Redraw
    }
}

impl Vim {
    /// The command under way is given up.
    pub(super) fn forget_letters(&mut self) {
        self.letters.clear();
    }
}
