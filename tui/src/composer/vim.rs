//! The modes of vi: inserting, which is where it starts, and commands with counts, motions and operators.
//!
//! Keys with Ctrl or Alt, arrows, Enter and Tab mean in both modes what they mean without modes, apart from Ctrl-R, which redoes
//! while commands are given.

mod repeat;
mod visual;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use self::repeat::{Change, Writing};
use self::visual::Visual;
use super::outcome::Outcome;
use super::state::Composer;
use super::textarea::Fragment;
use crate::keymap::Key;

/// The state of the modes.
#[derive(Clone, Debug, Default)]
pub(super) struct Vim {
    commands: bool,
    count: Option<usize>,
    operator: Option<(Operator, usize)>,
    waits: Option<Waits>,
    /// The last search for a character in the line.
    found: Option<Find>,
    /// Whether whole lines were cut or copied last.
    whole_lines: bool,
    /// A part of the text is being chosen.
    visual: Option<Visual>,
    /// The command under way, as it was typed.
    letters: String,
    writing: Option<Writing>,
    /// What `.` does again.
    last: Option<Change>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Delete,
    Change,
    Yank,
}

/// A command that needs another character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    G,
    Replace,
    Find { forward: bool, before: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Find {
    forward: bool,
    before: bool,
    letter: char,
}

/// Where a motion leads, and what an operator takes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Motion {
    /// Up to the place.
    Before(usize),
    /// With the character at the place.
    With(usize),
    /// Whole lines from here to the line of the place.
    Lines(usize),
}

/// Counts beyond this are typing errors.
const MOST: usize = 10_000;

impl Vim {
    pub(super) fn name(&self) -> &'static str {
        match self.visual {
            Some(visual) => visual.name(),
            None if self.commands => "NORMAL",
            None => "INSERT",
        }
    }

    pub(super) fn wants_escape(&self) -> bool {
        !self.commands || self.is_pending() || self.visual.is_some()
    }

    fn is_pending(&self) -> bool {
        self.operator.is_some() || self.waits.is_some() || self.count.is_some()
    }

    pub(super) fn insert(&mut self) {
        let (last, letters) = (self.last.take(), std::mem::take(&mut self.letters));
        *self = Self { found: self.found, whole_lines: self.whole_lines, last, letters, ..Self::default() };
    }

    fn forget(&mut self) {
        (self.count, self.operator, self.waits) = (None, None, None);
    }

    fn take_count(&mut self) -> usize {
        let outer = self.operator.map_or(1, |(_, count)| count);
        self.count.take().unwrap_or(1).saturating_mul(outer).min(MOST)
    }
}

impl Composer {
    /// A key with modes on; `None` when it means what it means without.
    pub(super) fn vim_key(&mut self, event: &KeyEvent) -> Option<Outcome> {
        let key = Key::of(event);
        let vim = self.vim.as_mut()?;
        if key.code() == KeyCode::Esc {
            return self.vim_escape();
        }
        if !vim.commands {
            return None;
        }
        if key == Key::new(KeyCode::Char('r'), KeyModifiers::CONTROL) {
            return Some(self.edited(|composer| {
                composer.area.redo();
            }));
        }
        let letter = match (event.code, key.code()) {
            (KeyCode::Char(letter), _) if key.is_text() => letter,
            (_, KeyCode::Backspace) => 'h',
            _ => {
                vim.forget();
                vim.forget_letters();
                return None;
            }
        };
        if letter == '?' && self.area.is_empty() {
            return None;
        }
        Some(self.vim_typed(letter))
    }

    fn vim_escape(&mut self) -> Option<Outcome> {
        let vim = self.vim.as_mut()?;
        if vim.commands {
            let open = vim.is_pending() || vim.visual.is_some();
            vim.leave_visual();
            vim.forget_letters();
            return open.then_some(Outcome::Redraw);
        }
        vim.commands = true;
        self.written();
        if self.area.line_range(self.area.cursor()).start < self.area.cursor() {
            self.area.left();
        }
        self.popup_after_move();
        Some(Outcome::Redraw)
    }

    /// Does something to the text; the cursor then stands on a character if the line has any.
    fn edited(&mut self, deed: impl FnOnce(&mut Self)) -> Outcome {
        let (cursor, before) = (self.area.cursor(), self.area.content());
        deed(self);
        self.stand_on_a_character();
        match self.after_edit(cursor, &before) {
            // The mode or a pending command may have changed, which is shown.
            Outcome::None => Outcome::Redraw,
            outcome => outcome,
        }
    }

    fn stand_on_a_character(&mut self) {
        let line = self.area.line_range(self.area.cursor());
        if self.vim.as_ref().is_some_and(|vim| vim.commands) && self.area.cursor() == line.end && line.start < line.end {
            self.area.left();
        }
    }

    fn vim_command(&mut self, letter: char) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        if let Some(waits) = vim.waits.take() {
            return self.waited_for(waits, letter);
        }
        if vim.visual.is_some()
            && let Some(outcome) = self.visual_letter(letter)
        {
            return outcome;
        }
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        match letter {
            'v' | 'V' if vim.operator.is_none() && vim.visual.is_none() => self.begin_visual(letter == 'V'),
            '1'..='9' | '0' if letter != '0' || vim.count.is_some() => {
                let digit = letter.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or_default();
                vim.count = Some(vim.count.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(MOST));
                Outcome::Redraw
            }
            'd' => self.operator(Operator::Delete),
            'c' => self.operator(Operator::Change),
            'y' => self.operator(Operator::Yank),
            'g' => self.wait(Waits::G),
            'r' if vim.operator.is_none() => self.wait(Waits::Replace),
            'f' | 't' => self.wait(Waits::Find { forward: true, before: letter == 't' }),
            'F' | 'T' => self.wait(Waits::Find { forward: false, before: letter == 'T' }),
            'j' | 'k' if vim.operator.is_none() => {
                for _ in 0..vim.take_count() {
                    let moved = if letter == 'k' { self.up() } else { self.down() };
                    if moved == Outcome::None {
                        break;
                    }
                }
                self.stand_on_a_character();
                Outcome::Redraw
            }
            letter => self.motion_or_deed(letter),
        }
    }

    fn wait(&mut self, waits: Waits) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.waits = Some(waits);
        }
        Outcome::Redraw
    }

    fn waited_for(&mut self, waits: Waits, letter: char) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        match waits {
            Waits::G if letter == 'g' => {
                vim.count = None;
                let lines = vim.operator.is_some();
                self.go(if lines { Motion::Lines(0) } else { Motion::Before(0) })
            }
            Waits::G => {
                vim.forget();
                Outcome::Redraw
            }
            Waits::Replace => {
                let count = vim.take_count();
                self.replace_letters(letter, count)
            }
            Waits::Find { forward, before } => {
                vim.found = Some(Find { forward, before, letter });
                self.find(false)
            }
        }
    }

    fn operator(&mut self, operator: Operator) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        match vim.operator {
            None => {
                vim.operator = Some((operator, vim.count.take().unwrap_or(1)));
                Outcome::Redraw
            }
            Some((same, _)) if same == operator => {
                let count = vim.take_count();
                let last = self.line_below(self.area.cursor(), count - 1);
                self.go(Motion::Lines(last))
            }
            Some(_) => {
                vim.forget();
                Outcome::Redraw
            }
        }
    }

    /// A place in the line so many lines below.
    fn line_below(&self, at: usize, lines: usize) -> usize {
        (0..lines).fold(at, |at, _| (self.area.line_range(at).end + 1).min(self.area.text().len()))
    }

    fn line_above(&self, at: usize, lines: usize) -> usize {
        (0..lines).fold(at, |at, _| self.area.line_range(at).start.saturating_sub(1))
    }

    fn motion_or_deed(&mut self, letter: char) -> Outcome {
        let at = self.area.cursor();
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        let counted = vim.count.is_some();
        if matches!(letter, ';' | ',') {
            return self.find(letter == ',');
        }
        let operator = vim.operator.map(|(operator, _)| operator);
        let is_motion = matches!(letter, 'h' | 'l' | ' ' | 'w' | 'b' | 'e' | '0' | '^' | '$' | 'G' | 'j' | 'k');
        if !is_motion {
            return if operator.is_some() {
                vim.forget();
                Outcome::Redraw
            } else {
                self.deed(letter)
            };
        }
        let count = vim.take_count();
        let line = self.area.line_range(at);
        let times = |step: &dyn Fn(usize) -> usize| (0..count).fold(at, |at, _| step(at));
        let area = &self.area;
        let motion = match letter {
            'h' => Motion::Before(times(&|at| if at > line.start { area.previous_border(at) } else { at })),
            'l' | ' ' => Motion::Before(times(&|at| if at < line.end { area.next_border(at) } else { at })),
            // To change a word leaves the blanks behind it.
            'w' if operator == Some(Operator::Change) => Motion::Before(times(&|at| area.word_end(at))),
            'w' => {
                let to = times(&|at| area.word_start_after(at));
                // A word at the end of a line does not take the line end with it.
                Motion::Before(if operator.is_some() && to > line.end && count == 1 { line.end } else { to })
            }
            'b' => Motion::Before(times(&|at| area.word_back(at))),
            'e' => Motion::With(times(&|at| area.last_of_word_after(at))),
            '0' => Motion::Before(line.start),
            '^' => Motion::Before(first_letter(area.text(), line)),
            '$' => Motion::Before(area.line_range(self.line_below(at, count - 1)).end),
            'j' => Motion::Lines(self.line_below(at, count)),
            'k' => Motion::Lines(self.line_above(at, count)),
            _ if counted => Motion::Lines(self.line_below(0, count - 1)),
            _ => Motion::Lines(area.text().len()),
        };
        self.go(motion)
    }

    /// Goes where a motion leads, or lets the operator have what lies between.
    fn go(&mut self, motion: Motion) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        let operator = vim.operator.take().map(|(operator, _)| operator);
        vim.forget();
        let at = self.area.cursor();
        let Some(operator) = operator else {
            let to = match motion {
                Motion::Before(to) | Motion::With(to) => to,
                Motion::Lines(to) => first_letter(self.area.text(), self.area.line_range(to)),
            };
            return self.edited(|composer| composer.area.set_cursor(to));
        };
        match motion {
            Motion::Before(to) => self.operate(operator, at.min(to)..at.max(to), false),
            Motion::With(to) => self.operate(operator, at.min(to)..self.area.next_border(at.max(to)), false),
            Motion::Lines(to) => {
                let (first, last) = (self.area.line_range(at.min(to)), self.area.line_range(at.max(to)));
                self.operate(operator, first.start..last.end, true)
            }
        }
    }

    fn operate(&mut self, operator: Operator, range: Range<usize>, lines: bool) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.whole_lines = lines;
            if operator == Operator::Change {
                vim.insert();
            }
        }
        self.edited(|composer| {
            let area = &mut composer.area;
            let kept = Fragment::part(area.text(), area.units(), range.clone());
            match operator {
                Operator::Yank => {
                    if !lines {
                        area.set_cursor(range.start);
                    }
                    area.keep(kept);
                }
                Operator::Change => {
                    area.kill(range);
                    area.keep(kept);
                }
                Operator::Delete if lines => {
                    // A line end goes with the lines: the one behind them, else the one before.
                    let text = area.text();
                    let whole = if range.end < text.len() { range.start..range.end + 1 } else { range.start.saturating_sub(1)..range.end };
                    area.kill(whole);
                    area.keep(kept);
                    let line = area.line_range(area.cursor());
                    let start = first_letter(area.text(), line);
                    area.set_cursor(start);
                }
                Operator::Delete => area.kill(range),
            }
        })
    }

    fn find(&mut self, reverse: bool) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        let count = vim.take_count();
        let Some(find) = vim.found else {
            vim.forget();
            return Outcome::Redraw;
        };
        let forward = find.forward != reverse;
        let line = self.area.line_range(self.area.cursor());
        let mut at = self.area.cursor();
        for _ in 0..count {
            let text = self.area.text();
            let hit = if forward {
                let from = self.area.next_border(at).min(line.end);
                text[from..line.end].find(find.letter).map(|place| from + place)
            } else {
                text[line.start..at].rfind(find.letter).map(|place| line.start + place)
            };
            match hit {
                Some(place) => at = place,
                None => {
                    if let Some(vim) = &mut self.vim {
                        vim.forget();
                    }
                    return Outcome::Redraw;
                }
            }
        }
        match (forward, find.before) {
            (true, true) => at = self.area.previous_border(at),
            (false, true) => at = self.area.next_border(at),
            (_, false) => {}
        }
        self.go(if forward { Motion::With(at) } else { Motion::Before(at) })
    }

    fn replace_letters(&mut self, letter: char, count: usize) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.forget();
        }
        let (start, line) = (self.area.cursor(), self.area.line_range(self.area.cursor()));
        let end = (0..count).fold(start, |at, _| if at < line.end { self.area.next_border(at) } else { usize::MAX });
        if end > line.end || letter.is_control() {
            return Outcome::Redraw;
        }
        self.edited(|composer| {
            composer.area.replace(start..end, Fragment::plain(&letter.to_string().repeat(count)));
            composer.area.left();
        })
    }

    /// Commands that are neither motion nor operator.
    fn deed(&mut self, letter: char) -> Outcome {
        let Some(vim) = self.vim.as_mut() else { return Outcome::None };
        let count = vim.take_count();
        let (at, line) = (self.area.cursor(), self.area.line_range(self.area.cursor()));
        let forward = |area: &super::textarea::TextArea| (0..count).fold(at, |at, _| if at < line.end { area.next_border(at) } else { at });
        let back =
            |area: &super::textarea::TextArea| (0..count).fold(at, |at, _| if at > line.start { area.previous_border(at) } else { at });
        match letter {
            'x' => self.operate(Operator::Delete, at..forward(&self.area), false),
            'X' => self.operate(Operator::Delete, back(&self.area)..at, false),
            'D' => self.operate(Operator::Delete, at..line.end, false),
            'C' => self.operate(Operator::Change, at..line.end, false),
            's' => self.operate(Operator::Change, at..forward(&self.area), false),
            'S' => self.operate(Operator::Change, line, true),
            'Y' => {
                let last = self.area.line_range(self.line_below(at, count - 1));
                self.operate(Operator::Yank, line.start..last.end, true)
            }
            'p' | 'P' => self.put(letter == 'p', count),
            'u' => self.edited(|composer| while_some(count, || composer.area.undo())),
            '~' => self.swap_case(forward(&self.area)),
            'J' => self.join_lines(line.end),
            'i' | 'I' | 'a' | 'A' | 'o' | 'O' => self.begin_inserting(letter, at, line),
            _ => Outcome::None,
        }
    }

    fn begin_inserting(&mut self, letter: char, at: usize, line: Range<usize>) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.insert();
        }
        self.edited(|composer| {
            let area = &mut composer.area;
            match letter {
                'I' => area.set_cursor(first_letter(area.text(), line)),
                'a' if at < line.end => area.right(),
                'A' => area.set_cursor(line.end),
                'o' => {
                    area.set_cursor(line.end);
                    area.insert_text("\n");
                }
                'O' => {
                    area.set_cursor(line.start);
                    area.insert_text("\n");
                    area.set_cursor(line.start);
                }
                _ => {}
            }
        })
    }

    fn put(&mut self, after: bool, count: usize) -> Outcome {
        let lines = self.vim.as_ref().is_some_and(|vim| vim.whole_lines);
        let (at, line) = (self.area.cursor(), self.area.line_range(self.area.cursor()));
        self.edited(|composer| {
            let area = &mut composer.area;
            let cut = area.cut_text().clone();
            if lines && after {
                area.set_cursor(line.end);
                (0..count).for_each(|_| area.insert(with_line_end(&cut, true)));
                let start = first_letter(area.text(), area.line_range(line.end + 1));
                area.set_cursor(start);
            } else if lines {
                area.set_cursor(line.start);
                (0..count).for_each(|_| area.insert(with_line_end(&cut, false)));
                area.set_cursor(line.start);
            } else if !cut.text.is_empty() {
                if after && at < line.end {
                    area.right();
                }
                (0..count).for_each(|_| area.insert(cut.clone()));
                area.left();
            }
        })
    }

    fn swap_case(&mut self, end: usize) -> Outcome {
        let start = self.area.cursor();
        let part = Fragment::part(self.area.text(), self.area.units(), start..end);
        if part.text.is_empty() || !part.units.is_empty() {
            return Outcome::None;
        }
        let swapped: String = part
            .text
            .chars()
            .flat_map(
                |letter| if letter.is_uppercase() { letter.to_lowercase().collect::<Vec<_>>() } else { letter.to_uppercase().collect() },
            )
            .collect();
        self.edited(|composer| composer.area.replace(start..end, Fragment::plain(&swapped)))
    }

    fn join_lines(&mut self, end: usize) -> Outcome {
        let text = self.area.text();
        if end >= text.len() {
            return Outcome::None;
        }
        let blanks = text[end + 1..].len() - text[end + 1..].trim_start_matches([' ', '\t']).len();
        self.edited(|composer| {
            composer.area.replace(end..end + 1 + blanks, Fragment::plain(" "));
            composer.area.left();
        })
    }
}

/// Where the first character of a line is that is no blank.
fn first_letter(text: &str, line: Range<usize>) -> usize {
    let part = &text[line.clone()];
    line.start + (part.len() - part.trim_start_matches([' ', '\t']).len())
}

fn with_line_end(content: &Fragment, before: bool) -> Fragment {
    let mut content = content.clone();
    if before {
        content.text.insert(0, '\n');
        for unit in &mut content.units {
            unit.range = unit.range.start + 1..unit.range.end + 1;
        }
    } else {
        content.text.push('\n');
    }
    content
}

/// Does something so many times, or until it is no longer possible.
fn while_some(count: usize, mut deed: impl FnMut() -> bool) {
    for _ in 0..count {
        if !deed() {
            return;
        }
    }
}
