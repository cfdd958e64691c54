//! Choosing a part of the text, by characters (`v`) or by lines (`V`), for an operator.

use std::ops::Range;

use super::{Operator, Vim};
use crate::composer::outcome::Outcome;
use crate::composer::state::Composer;
use crate::composer::textarea::Fragment;

/// What is chosen, and where choosing began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visual {
    lines: bool,
    anchor: usize,
}

impl Visual {
    pub(super) fn name(self) -> &'static str {
        if self.lines { "V-LINE" } else { "VISUAL" }
    }
}

impl Composer {
    /// The part of the text that is chosen.
    pub(in crate::composer) fn chosen(&self) -> Option<Range<usize>> {
        let Visual { lines, anchor } = self.vim.as_ref()?.visual?;
        let (cursor, anchor) = (self.area.cursor(), anchor.min(self.area.text().len()));
        let (from, to) = (cursor.min(anchor), cursor.max(anchor));
        Some(match lines {
            true => self.area.line_range(from).start..self.area.line_range(to).end,
            false => from..self.area.next_border(to),
        })
    }

    /// A letter while something is chosen; `None` when it is a motion, which chooses more or less.
    pub(super) fn visual_letter(&mut self, letter: char) -> Option<Outcome> {
        let range = self.chosen()?;
        let vim = self.vim.as_mut()?;
        let visual = vim.visual?;
        let operator = match letter {
            'd' | 'x' | 'X' | 'D' => Operator::Delete,
            'c' | 's' | 'C' | 'S' => Operator::Change,
            'y' | 'Y' => Operator::Yank,
            'v' | 'V' => {
                let lines = letter == 'V';
                vim.visual = (visual.lines != lines).then_some(Visual { lines, ..visual });
                vim.forget();
                return Some(Outcome::Redraw);
            }
            'o' => {
                let cursor = self.area.cursor();
                vim.visual = Some(Visual { anchor: cursor, ..visual });
                self.area.set_cursor(visual.anchor);
                return Some(Outcome::Redraw);
            }
            '~' | 'u' | 'U' => {
                vim.leave_visual();
                return Some(self.change_case(letter, range));
            }
            'J' => {
                vim.leave_visual();
                let end = self.area.line_range(range.start).end;
                self.area.set_cursor(range.start);
                return Some(self.join_lines(end));
            }
            'j' | 'k' => {
                let count = vim.take_count();
                let width = self.width.get();
                for _ in 0..count {
                    if letter == 'k' {
                        self.area.row_up(width)
                    } else {
                        self.area.row_down(width)
                    };
                }
                return Some(Outcome::Redraw);
            }
            'p' | 'P' | 'i' | 'a' | 'I' | 'A' | 'O' | 'r' => {
                vim.forget();
                return Some(Outcome::Redraw);
            }
            _ => return None,
        };
        vim.leave_visual();
        let whole = visual.lines || letter.is_ascii_uppercase();
        let range = match whole {
            true => self.area.line_range(range.start).start..self.area.line_range(range.end).end,
            false => range,
        };
        self.area.set_cursor(range.start);
        Some(self.operate(operator, range, whole))
    }

    /// Begins to choose.
    pub(super) fn begin_visual(&mut self, lines: bool) -> Outcome {
        let anchor = self.area.cursor();
        if let Some(vim) = &mut self.vim {
            vim.forget();
            vim.visual = Some(Visual { lines, anchor });
        }
        Outcome::Redraw
    }

    fn change_case(&mut self, how: char, range: Range<usize>) -> Outcome {
        let part = Fragment::part(self.area.text(), self.area.units(), range.clone());
        if part.text.is_empty() || !part.units.is_empty() {
            return Outcome::Redraw;
        }
        let upper = |letter: char| how == 'U' || how == '~' && !letter.is_uppercase();
        let changed: String = part
            .text
            .chars()
            .flat_map(|letter| if upper(letter) { letter.to_uppercase().collect::<Vec<_>>() } else { letter.to_lowercase().collect() })
            .collect();
        self.edited(|composer| {
            composer.area.replace(range.clone(), Fragment::plain(&changed));
            composer.area.set_cursor(range.start);
        })
    }
}

impl Vim {
    pub(super) fn leave_visual(&mut self) {
        self.visual = None;
        self.forget();
    }
}
