//! Numbered choices: digits and letters choose at once, arrows and Enter too.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

use crate::text::{Indent, wrap};
use crate::theme::{Look, Role};

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it does.
    pub label: String,
    /// More about it, in a column of its own.
    pub about: String,
    /// The letter that chooses it.
    pub letter: Option<char>,
}

impl Choice {
    /// A choice with a letter, which is shown behind the label.
    pub fn new(label: impl Into<String>, letter: char) -> Self {
        Self { label: format!("{} ({letter})", label.into()), about: String::new(), letter: Some(letter) }
    }

    /// A choice without one.
    pub fn plain(label: impl Into<String>, about: impl Into<String>) -> Self {
        Self { label: label.into(), about: about.into(), letter: None }
    }
}

/// Choices, one of them selected.
#[derive(Clone, Debug)]
pub struct Choices {
    choices: Vec<Choice>,
    selected: usize,
}

impl Choices {
    /// The first is selected.
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { choices, selected: 0 }
    }

    /// Another is selected.
    pub fn select(mut self, at: usize) -> Self {
        self.selected = at.min(self.choices.len().saturating_sub(1));
        self
    }

    /// Which is selected.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Takes a key: the number of what was chosen, or whether something moved.
    pub fn key(&mut self, key: KeyEvent) -> (Option<usize>, bool) {
        let count = self.choices.len().max(1);
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Enter if plain => (Some(self.selected), true),
            KeyCode::Up => self.move_by(count - 1),
            KeyCode::Down => self.move_by(1),
            KeyCode::Char('p') if control => self.move_by(count - 1),
            KeyCode::Char('n') if control => self.move_by(1),
            KeyCode::Char(c) if plain => {
                let by_letter = self.choices.iter().position(|choice| choice.letter.is_some_and(|letter| letter == c.to_ascii_lowercase()));
                let by_digit = c.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1)).filter(|at| *at < self.choices.len());
                match by_letter.or(by_digit) {
                    Some(at) => {
                        self.selected = at;
                        (Some(at), true)
                    }
                    None if c == 'k' => self.move_by(count - 1),
                    None if c == 'j' => self.move_by(1),
                    None => (None, false),
                }
            }
            _ => (None, false),
        }
    }

    fn move_by(&mut self, by: usize) -> (Option<usize>, bool) {
        self.selected = (self.selected + by) % self.choices.len().max(1);
        (None, true)
    }

    /// The rows.
    pub fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let widest = self.choices.iter().map(|choice| crate::text::width(&choice.label)).max().unwrap_or_default();
        let mut lines = Vec::new();
        for (at, choice) in self.choices.iter().enumerate() {
            let selected = at == self.selected;
            let style = if selected { look.style(Role::Accent) } else { ratatui::style::Style::default() };
            let mark = if selected { "› " } else { "  " };
            let head = Span::styled(format!("{mark}{}. ", at + 1), style);
            if choice.about.is_empty() {
                lines.extend(wrap(&Line::styled(choice.label.clone(), style), usize::from(width), &Indent::hanging(head)));
            } else {
                let label = Span::styled(format!("{:<1$}  ", choice.label, widest), style);
                let about = Line::styled(choice.about.clone(), look.style(Role::Dim));
                lines.extend(wrap(&about, usize::from(width), &Indent::hanging(Line::from(vec![head, label]))));
            }
        }
        lines
    }
}
