//! Markdown that arrives in pieces: finished lines are handed out once and never change.

use std::collections::HashMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use ratatui::text::Line;

use super::highlight::Highlighter;
use super::render;
use super::split::{self, Definition, Kind, Unit};
use crate::text::sanitize;
use crate::theme::Look;

/// Text that is longer than this and still open is looked at again only once it grew by a quarter.
const OPEN_CAP: usize = 8 * 1024;

/// A text under way. Lines come out without a blank line before the first.
#[derive(Clone, Debug)]
pub struct Stream {
    width: u16,
    look: Look,
    /// The line under way, as it came.
    partial: String,
    /// Whole lines that are not rendered yet.
    pending: String,
    /// Not before `pending` is this long is it worth a look.
    look_again_at: usize,
    fence: Option<Fence>,
    links: HashMap<String, String>,
    list: Option<List>,
    any: bool,
}

/// Code whose end has not come.
#[derive(Clone, Debug)]
struct Fence {
    mark: char,
    length: usize,
    indent: usize,
    highlighter: Highlighter,
    any: bool,
}

/// The list that the last unit was an item of.
#[derive(Clone, Copy, Debug)]
struct List {
    mark: char,
    next: Option<u64>,
    blank_after: bool,
}

impl Stream {
    /// A text that nothing of has come.
    pub fn new(width: u16, look: &Look) -> Self {
        Self {
            width,
            look: look.clone(),
            partial: String::new(),
            pending: String::new(),
            look_again_at: 0,
            fence: None,
            links: HashMap::new(),
            list: None,
            any: false,
        }
    }

    /// Lines from now on are made for another width.
    pub fn set_width(&mut self, width: u16) {
        self.width = width;
    }

    /// How its lines look.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Takes a piece and returns the lines that it finished.
    pub fn push(&mut self, delta: &str) -> Vec<Line<'static>> {
        self.partial.push_str(delta);
        let Some(end) = self.partial.rfind('\n') else { return Vec::new() };
        self.pending.push_str(&sanitize(&self.partial[..=end]));
        self.partial.drain(..=end);
        if self.look.raw { self.as_written() } else { self.advance(false) }
    }

    /// Ends the text and returns the lines that were left.
    pub fn finish(&mut self) -> Vec<Line<'static>> {
        let partial = std::mem::take(&mut self.partial);
        self.pending.push_str(&sanitize(&partial));
        if self.look.raw { self.as_written() } else { self.advance(true) }
    }

    /// How the part that is not finished would look if the text ended here.
    pub fn unfinished(&self) -> Vec<Line<'static>> {
        if self.partial.is_empty() && self.pending.is_empty() {
            return Vec::new();
        }
        self.clone().finish()
    }

    /// The lines that came, as they came.
    fn as_written(&mut self) -> Vec<Line<'static>> {
        let lines = std::mem::take(&mut self.pending);
        lines.lines().map(|line| Line::from(line.to_owned())).collect()
    }

    fn advance(&mut self, is_end: bool) -> Vec<Line<'static>> {
        let mut out = Vec::new();
        if self.fence.is_some() {
            let pending = std::mem::take(&mut self.pending);
            let used = self.code(&pending, is_end, &mut out);
            self.pending = pending[used..].to_owned();
            if self.fence.is_some() {
                return out;
            }
            self.look_again_at = 0;
        }
        if self.pending.trim().is_empty() || (!is_end && self.pending.len() < self.look_again_at) {
            return out;
        }
        let source = std::mem::take(&mut self.pending);
        let (units, definitions) = split::units(&source);
        let mut definitions = definitions.into_iter().peekable();
        let mut used = 0;
        for (at, unit) in units.iter().enumerate() {
            let next = units.get(at + 1).map(|next| next.range.start);
            if next.is_none() && !is_end && unit.kind != Kind::Fence && !split::is_closed(unit, &source) {
                break;
            }
            self.define(&mut definitions, unit.range.start);
            let end = next.unwrap_or_else(|| line_end(&source, unit.range.end));
            self.unit(&source[..end], unit, next.is_none() && !is_end, &mut out);
            used = end;
        }
        if is_end {
            return out;
        }
        self.define(&mut definitions, used);
        if self.fence.is_none() {
            self.pending = source[used..].to_owned();
            let open = self.pending.len();
            self.look_again_at = if open > OPEN_CAP { open + open / 4 } else { 0 };
        }
        out
    }

    /// Remembers the definitions that stand before `end`.
    fn define(&mut self, definitions: &mut Peekable<IntoIter<Definition>>, end: usize) {
        while let Some(definition) = definitions.next_if(|definition| definition.start < end) {
            self.links.entry(definition.name).or_insert(definition.url);
        }
    }

    /// Renders one unit, which reaches to the end of `source`.
    fn unit(&mut self, source: &str, unit: &Unit, is_open: bool, out: &mut Vec<Line<'static>>) {
        let text = &source[unit.range.clone()];
        if unit.kind == Kind::Fence {
            self.list = None;
            let (opening, code) = text_lines(&source[unit.range.start..]);
            self.fence = Some(Fence::open(opening, &self.look));
            self.code(code, !is_open, out);
            if !is_open {
                self.fence = None;
            }
            return;
        }
        let (number, blank) = self.place_in_list(text, unit.kind == Kind::Item);
        let lines = render::unit(text, self.width, &self.look, &self.links, number);
        if let Some(list) = self.list.as_mut() {
            list.blank_after = split::blank_follows(source, unit.range.start);
        }
        if !lines.is_empty() {
            if self.any && blank {
                out.push(Line::default());
            }
            self.any = true;
            out.extend(lines);
        }
    }

    /// The number of an item where it goes on counting, and whether a blank line stands before the unit.
    fn place_in_list(&mut self, text: &str, is_item: bool) -> (Option<u64>, bool) {
        if !is_item {
            self.list = None;
            return (None, true);
        }
        let head = text.trim_start();
        let digits = head.chars().take_while(char::is_ascii_digit).count();
        let mark = head.chars().nth(digits).unwrap_or('-');
        let written = head[..digits].parse::<u64>().ok();
        let before = self.list.filter(|list| list.mark == mark && list.next.is_some() == written.is_some());
        let number = before.and_then(|list| list.next).or(written);
        self.list = Some(List { mark, next: number.map(|number| number.saturating_add(1)), blank_after: false });
        (number, before.is_none_or(|list| list.blank_after))
    }

    /// Takes lines of code out of `text` and returns how many bytes were used.
    fn code(&mut self, text: &str, is_end: bool, out: &mut Vec<Line<'static>>) -> usize {
        let mut used = 0;
        while let Some(fence) = self.fence.as_mut() {
            let rest = &text[used..];
            let line = match rest.find('\n') {
                Some(end) => &rest[..end],
                None if is_end && !rest.is_empty() => rest,
                None => break,
            };
            used = (used + line.len() + 1).min(text.len());
            if fence.is_closed_by(line) {
                self.fence = None;
                break;
            }
            let indent = line.chars().take(fence.indent).take_while(|c| *c == ' ').count();
            let code = Line::from(fence.highlighter.line(&line[indent..]));
            if !std::mem::replace(&mut fence.any, true) && self.any {
                out.push(Line::default());
            }
            self.any = true;
            out.push(code);
        }
        used
    }
}

impl Fence {
    fn open(line: &str, look: &Look) -> Self {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let mark = line[indent..].chars().next().unwrap_or('`');
        let info = line[indent..].trim_start_matches(mark);
        let length = line.len() - indent - info.len();
        Self { mark, length, indent, highlighter: Highlighter::new(info, look), any: false }
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let bare = line.trim_start_matches(' ');
        let rest = bare.trim_start_matches(self.mark);
        line.len() - bare.len() < 4 && bare.len() - rest.len() >= self.length && rest.trim().is_empty()
    }
}

fn text_lines(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

fn line_end(source: &str, from: usize) -> usize {
    if source[..from].ends_with('\n') { from } else { source[from..].find('\n').map_or(source.len(), |newline| from + newline + 1) }
}
