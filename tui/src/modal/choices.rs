//! Numbered choices: digits and letters choose at once, arrows and Enter too.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

use crate::text::{Indent, wrap};
use crate::theme::{Look, Role};

/// Columns that what choices mean has at least beside their names.
const NARROWEST: usize = 24;

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

    /// The same without what each means.
    pub fn without_about(&self) -> Self {
        let choices = self.choices.iter().map(|choice| Choice { about: String::new(), ..choice.clone() }).collect();
        Self { choices, selected: self.selected }
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

    /// Their rows, one after the other.
    pub fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        self.rows(width, look).into_iter().flatten().collect()
    }

    /// The rows of each.
    pub fn rows(&self, width: u16, look: &Look) -> Vec<Vec<Line<'static>>> {
        let columns = usize::from(width);
        if look.flat {
            let total = self.choices.len();
            let text = |(at, choice): (usize, &Choice)| {
                let mark = if at == self.selected { ", selected" } else { "" };
                let about = if choice.about.is_empty() { String::new() } else { format!(": {}", choice.about) };
                wrap(&Line::from(format!("{} of {total}{mark}: {}{about}", at + 1, choice.label)), columns, &Indent::default())
            };
            return self.choices.iter().enumerate().map(text).collect();
        }
        let widest = self.choices.iter().map(|choice| crate::text::width(&choice.label)).max().unwrap_or_default();
        // Where little room is left beside the widest name, what a choice means stands below it.
        let below = widest + 7 + NARROWEST > columns;
        let row = |(at, choice): (usize, &Choice)| {
            let selected = at == self.selected;
            let style = if selected { look.style(Role::Accent) } else { ratatui::style::Style::default() };
            let mark = if selected { "› " } else { "  " };
            let head = Span::styled(format!("{mark}{}. ", at + 1), style);
            let about = Line::styled(choice.about.clone(), look.style(Role::Dim));
            let indent = crate::text::width(&head.content);
            if choice.about.is_empty() || below {
                let mut rows = wrap(&Line::styled(choice.label.clone(), style), columns, &Indent::hanging(head));
                if !choice.about.is_empty() {
                    rows.extend(wrap(&about, columns, &Indent::blanks(indent)));
                }
                return rows;
            }
            let gap = " ".repeat(widest + 2 - crate::text::width(&choice.label));
            let label = Span::styled(format!("{}{gap}", choice.label), style);
            wrap(&about, columns, &Indent::hanging(Line::from(vec![head, label])))
        };
        self.choices.iter().enumerate().map(row).collect()
    }
}
