//! A list to choose from: numbered rows that digits take at once, or rows to be ticked, put in order and filtered.
//!
//! Knows no settings and no thread: rows in, keys in, [`ListOutcome`] out. What a row would change can be shown as it is walked over:
//! every move is told, and whoever asked puts a preview beside or below.

mod draw;
mod question;

#[cfg(test)]
mod tests;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::text::Line;

pub use self::question::{ListQuestion, Preview};
use crate::keymap::{Action, Context, Key, Keymap};

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRow {
    /// What it is.
    pub label: String,
    /// After the label in parentheses, such as `current`.
    pub tag: Option<&'static str>,
    /// What it means, in a few words.
    pub about: String,
    /// Whether it is ticked; only where rows are.
    pub checked: bool,
    /// Why it cannot be taken; `None` when it can.
    pub disabled: Option<String>,
}

impl ListRow {
    /// A row with a label and what it means.
    pub fn new(label: impl Into<String>, about: impl Into<String>) -> Self {
        Self { label: label.into(), about: about.into(), ..Self::default() }
    }

    /// The same with a word in parentheses after the label.
    #[must_use]
    pub fn tagged(self, tag: &'static str) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// The same ticked or not.
    #[must_use]
    pub fn ticked(self, checked: bool) -> Self {
        Self { checked, ..self }
    }
}

/// What is done with the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// One is taken; digits take it at once where nothing is typed to filter.
    #[default]
    Choose,
    /// They are ticked.
    Check,
    /// They are ticked and put in order.
    CheckAndOrder,
}

/// Where a preview stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreviewPlace {
    /// Below the rows.
    #[default]
    Below,
    /// Beside them where there is room, else below.
    Beside,
}

/// How a list is set up.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// Its first line, in bold.
    pub title: String,
    /// Below that; several lines are wrapped each.
    pub subtitle: Vec<String>,
    /// What is done with the rows.
    pub kind: ListKind,
    /// What stands where nothing was typed yet; `None` when rows are not filtered.
    pub filter: Option<&'static str>,
    /// Where a preview stands.
    pub preview: PreviewPlace,
    /// Its last line; `None` says which keys there are.
    pub footer: Option<String>,
    /// The row that is selected first.
    pub selected: usize,
}

/// What a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListOutcome {
    /// Nothing changed.
    None,
    /// Something to be drawn changed.
    Redraw,
    /// Another row is selected, or was ticked or moved: what it means can be shown.
    Moved,
    /// A row was taken, by its place in the rows as they were given.
    Chosen(usize),
    /// The ticks were confirmed: the rows that are ticked, in order, by their places as they were given.
    Confirmed(Vec<usize>),
    /// The list was closed without a choice.
    Cancelled,
}

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct List {
    options: ListOptions,
    /// With the places they were given at.
    rows: Vec<(usize, ListRow)>,
    query: String,
    /// Among the rows that fit.
    selected: usize,
    preview: Vec<Line<'static>>,
    /// The first row that is shown; moved by drawing, which alone knows the room.
    offset: std::cell::Cell<usize>,
}

impl List {
    /// A list of rows.
    pub fn new(options: ListOptions, rows: Vec<ListRow>) -> Self {
        let selected = options.selected.min(rows.len().saturating_sub(1));
        let rows = rows.into_iter().enumerate().collect();
        Self { options, rows, query: String::new(), selected, preview: Vec::new(), offset: std::cell::Cell::new(0) }
    }

    /// The selected row, by its place as it was given; `None` when no row fits.
    pub fn selected(&self) -> Option<usize> {
        self.shown().nth(self.selected).map(|(place, _)| *place)
    }

    /// The rows that are ticked, in order, by their places as they were given.
    pub fn checked(&self) -> Vec<usize> {
        self.rows.iter().filter(|(_, row)| row.checked).map(|(place, _)| *place).collect()
    }

    /// Its first line.
    pub fn title(&self) -> &str {
        &self.options.title
    }

    /// What is shown beside or below the rows.
    pub fn set_preview(&mut self, preview: Vec<Line<'static>>) {
        self.preview = preview;
    }

    fn shown(&self) -> impl Iterator<Item = &(usize, ListRow)> + Clone {
        let words: Vec<String> = self.query.to_lowercase().split_whitespace().map(str::to_owned).collect();
        self.rows.iter().filter(move |(_, row)| {
            let text = format!("{} {}", row.label, row.about).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
    }

    fn count(&self) -> usize {
        self.shown().count()
    }

    /// Handles a key.
    pub fn key(&mut self, event: &KeyEvent, keymap: &Keymap) -> ListOutcome {
        if event.kind == KeyEventKind::Release {
            return ListOutcome::None;
        }
        let key = Key::of(event);
        if key == Key::new(KeyCode::Char('c'), KeyModifiers::CONTROL) {
            return ListOutcome::Cancelled;
        }
        if let Some(action) = keymap.action(Context::List, event)
            && let Some(outcome) = self.act(action)
        {
            return outcome;
        }
        match event.code {
            KeyCode::Char(letter) if key.is_text() => self.letter(letter),
            KeyCode::Backspace if !self.query.is_empty() => {
                self.query.pop();
                self.filtered()
            }
            _ => ListOutcome::None,
        }
    }

    /// `None` when the action means nothing here and the key may be text.
    fn act(&mut self, action: Action) -> Option<ListOutcome> {
        let count = self.count();
        let last = count.saturating_sub(1);
        let ticks = self.options.kind != ListKind::Choose;
        Some(match action {
            Action::ListUp => self.select(if self.selected == 0 { last } else { self.selected - 1 }),
            Action::ListDown => self.select(if self.selected >= last { 0 } else { self.selected + 1 }),
            Action::ListPageUp => self.select(self.selected.saturating_sub(8)),
            Action::ListPageDown => self.select((self.selected + 8).min(last)),
            Action::ListFirst => self.select(0),
            Action::ListLast => self.select(last),
            Action::ListCancel => ListOutcome::Cancelled,
            Action::ListAccept if ticks => ListOutcome::Confirmed(self.checked()),
            Action::ListAccept => self.take(self.selected),
            Action::ListToggle if ticks => self.tick(),
            Action::ListMoveBack if self.options.kind == ListKind::CheckAndOrder => self.shift(false),
            Action::ListMoveForward if self.options.kind == ListKind::CheckAndOrder => self.shift(true),
            _ => return None,
        })
    }

    fn letter(&mut self, letter: char) -> ListOutcome {
        if self.options.filter.is_some() {
            self.query.push(letter);
            return self.filtered();
        }
        match letter.to_digit(10).and_then(|digit| usize::try_from(digit).ok()) {
            Some(digit) if digit > 0 && self.options.kind == ListKind::Choose && digit <= self.count() => self.take(digit - 1),
            _ => ListOutcome::None,
        }
    }

    fn filtered(&mut self) -> ListOutcome {
        self.selected = 0;
        self.offset.set(0);
        ListOutcome::Moved
    }

    fn select(&mut self, row: usize) -> ListOutcome {
        if self.selected == row {
            return ListOutcome::None;
        }
        self.selected = row;
        ListOutcome::Moved
    }

    fn take(&mut self, row: usize) -> ListOutcome {
        let Some((place, disabled)) = self.shown().nth(row).map(|(place, row)| (*place, row.disabled.is_some())) else {
            return ListOutcome::None;
        };
        self.selected = row;
        if disabled { ListOutcome::Moved } else { ListOutcome::Chosen(place) }
    }

    fn tick(&mut self) -> ListOutcome {
        let Some(place) = self.selected() else { return ListOutcome::None };
        match self.rows.iter_mut().find(|(own, row)| *own == place && row.disabled.is_none()) {
            Some((_, row)) => {
                row.checked = !row.checked;
                ListOutcome::Moved
            }
            None => ListOutcome::None,
        }
    }

    /// Moves the selected row; only among all rows, for among those that fit nobody sees where it goes.
    fn shift(&mut self, forward: bool) -> ListOutcome {
        let to = if forward { Some(self.selected + 1) } else { self.selected.checked_sub(1) };
        match to.filter(|to| *to < self.rows.len() && self.query.is_empty()) {
            Some(to) => {
                self.rows.swap(self.selected, to);
                self.selected = to;
                ListOutcome::Moved
            }
            None => ListOutcome::None,
        }
    }
}
