//! The overview of keys that `?` opens.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::text::{Line, Span};

use super::state::Composer;
use crate::keymap::{Action, Key};
use crate::text::{truncate, width};
use crate::theme::{Look, Role};

/// Columns of the first column.
const FIRST: usize = 43;
/// Below this there is one column.
const NARROW: usize = 80;

impl Composer {
    /// Keys with what they do, by column, in the order of rows. Actions without a key are left out.
    fn shortcuts(&self) -> Vec<(Option<String>, Option<String>)> {
        let keyed = |action: Action, what: &str| self.keymap.hint(action).map(|key| format!("{key} {what}"));
        let signed = |text: &str| Some(text.to_owned());
        vec![
            (signed("/ for commands"), signed("! for shell commands")),
            (self.newline_key().map(|key| format!("{key} for newline")), keyed(Action::Queue, "to queue message")),
            (signed("@ for file paths"), keyed(Action::PasteImage, "to paste images")),
            (keyed(Action::ExternalEditor, "to edit in external editor"), signed("esc esc to edit previous message")),
            (keyed(Action::Cancel, "to exit"), keyed(Action::NextMode, "to change mode")),
            (keyed(Action::HistorySearch, "to search history"), keyed(Action::Transcript, "to view transcript")),
        ]
    }

    /// The key for a new line that is sure to work here: Shift-Enter only where the terminal tells it from Enter.
    fn newline_key(&self) -> Option<String> {
        let with_shift = |key: &&Key| key.modifiers() == KeyModifiers::SHIFT && key.code() == KeyCode::Enter;
        let keys = self.keymap.keys(Action::Newline);
        let shifted = keys.iter().find(with_shift).filter(|_| self.tells_modifiers);
        shifted.or_else(|| keys.iter().find(|key| !with_shift(key))).map(Key::to_string)
    }

    /// The overview, as lines.
    pub(super) fn shortcut_lines(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let rows = self.shortcuts();
        let dim = look.style(Role::Dim);
        let line = |text: String| Line::from(Span::styled(text, dim));
        if look.flat || columns < NARROW {
            let (left, right): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            return left.into_iter().chain(right).flatten().map(|text| line(truncate(&format!("  {text}"), columns))).collect();
        }
        let joined = rows.into_iter().map(|(left, right)| {
            let left = left.unwrap_or_default();
            let gap = " ".repeat(FIRST.saturating_sub(width(&left)));
            line(format!("  {left}{gap}{}", right.unwrap_or_default()).trim_end().to_owned())
        });
        joined.collect()
    }
}
