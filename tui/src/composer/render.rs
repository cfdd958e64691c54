//! How the composer looks: a blank row, the text after its mark, a blank row, and below that what is open.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::popup::{PopupRow, View};
use super::state::Composer;
use super::textarea::{TAB, columns};
use crate::text::{Indent, truncate, width, wrap};
use crate::theme::{Look, Role};

/// What stands before the text.
const MARK: &str = "› ";
const MARK_COLUMNS: u16 = 2;
/// Columns kept free at the end of rows, where the cursor may stand.
const MARGIN: u16 = 1;
/// Most columns of names in a list, in parts of a hundred.
const MOST_NAME_PERCENT: usize = 60;

/// Fewest columns in which rows say what they mean.
const NARROWEST: usize = 30;

/// How a space is divided.
struct Parts {
    above: u16,
    text: u16,
    below: u16,
}

impl Composer {
    /// Rows that everything takes at a width: the text, the blank rows around it, and what is open below. In a space with fewer
    /// rows the text scrolls.
    pub fn height(&self, columns: u16, look: &Look) -> u16 {
        let blanks = if look.flat { 0 } else { 2 };
        let rows = blanks + self.text_rows(columns) + self.below(columns, look).0.len();
        u16::try_from(rows).unwrap_or(u16::MAX)
    }

    fn text_columns(columns: u16) -> usize {
        usize::from(columns.saturating_sub(MARK_COLUMNS + MARGIN).max(1))
    }

    fn text_rows(&self, columns: u16) -> usize {
        let columns = Self::text_columns(columns);
        self.width.set(columns);
        self.area.rows(columns).len()
    }

    fn parts(&self, area: Rect, look: &Look) -> Parts {
        let wanted = u16::try_from(self.text_rows(area.width)).unwrap_or(u16::MAX);
        let below = u16::try_from(self.below(area.width, look).0.len()).unwrap_or(u16::MAX);
        let mut room = area.height.saturating_sub(1);
        let mut take = |wanted: u16| {
            let taken = wanted.min(room);
            room -= taken;
            taken
        };
        // The first row of the text comes before everything, then what is open, then the rest of the text, then blank rows.
        let below = take(below);
        let text = 1 + take(wanted - 1);
        let blank = u16::from(!look.flat);
        let under = take(blank);
        let above = take(blank);
        Parts { above, text, below: if below > 0 { below + under } else { 0 } }
    }

    /// The first row of the text that is shown.
    fn first_row(&self, area: Rect, parts: &Parts) -> usize {
        let (row, _) = self.area.position(Self::text_columns(area.width));
        (row + 1).saturating_sub(usize::from(parts.text))
    }

    /// Where the cursor of the terminal belongs.
    pub fn cursor(&self, area: Rect, look: &Look) -> Option<Position> {
        if area.height == 0 || area.width <= MARK_COLUMNS {
            return None;
        }
        let parts = self.parts(area, look);
        let (row, column) = self.area.position(Self::text_columns(area.width));
        let row = u16::try_from(row - self.first_row(area, &parts)).ok()?;
        let column = u16::try_from(column).ok()?;
        Some(Position { x: (area.x + MARK_COLUMNS + column).min(area.right() - 1), y: area.y + parts.above + row })
    }

    /// Draws everything.
    pub fn render(&self, area: Rect, buf: &mut Buffer, look: &Look) {
        if area.height == 0 || area.width <= MARK_COLUMNS {
            return;
        }
        let parts = self.parts(area, look);
        let text = Rect { y: area.y + parts.above, height: parts.text, ..area };
        buf.set_string(text.x, text.y, MARK, look.style(Role::Strong));
        let inner = Rect { x: text.x + MARK_COLUMNS, width: text.width - MARK_COLUMNS, ..text };
        if self.area.is_empty() && self.search.is_none() {
            let placeholder = truncate(&self.placeholder, usize::from(inner.width));
            buf.set_string(inner.x, inner.y, placeholder, look.style(Role::Dim));
        }
        let first = self.first_row(area, &parts);
        let marked = self.search.as_ref().and_then(|search| search.spot(self.area.text())).or_else(|| self.chosen());
        for (y, row) in self.area.rows(Self::text_columns(area.width)).iter().skip(first).take(usize::from(parts.text)).enumerate() {
            let line = self.row_line(row.range.clone(), marked.as_ref(), look);
            let y = inner.y + u16::try_from(y).unwrap_or_default();
            buf.set_line(inner.x, y, &line, inner.width);
        }
        let (mut lines, selected) = self.below(area.width, look);
        let blank = usize::from(parts.below).saturating_sub(lines.len());
        // In little space the selected row is among those that are shown.
        lines.drain(..selected.end.saturating_sub(usize::from(parts.below)).min(selected.start));
        let y = text.bottom() + u16::try_from(blank).unwrap_or_default();
        let height = area.bottom().saturating_sub(y);
        Paragraph::new(lines).render(Rect { y, height, ..area }, buf);
    }

    /// A row of the text: placeholders stand out, and what was searched for.
    fn row_line(&self, row: std::ops::Range<usize>, marked: Option<&std::ops::Range<usize>>, look: &Look) -> Line<'static> {
        let text = self.area.text();
        let in_unit = |at: usize| self.area.units().iter().any(|unit| unit.range.contains(&at));
        let style = |at: usize| {
            if marked.is_some_and(|range| range.contains(&at)) {
                look.style(Role::CurrentMatch)
            } else if in_unit(at) {
                look.style(Role::Accent)
            } else {
                Style::new()
            }
        };
        let mut spans: Vec<Span<'static>> = Vec::new();
        for (at, letter) in text[row.clone()].char_indices() {
            let style = style(row.start + at);
            let shown = if letter == '\t' { TAB } else { &text[row.start + at..row.start + at + letter.len_utf8()] };
            match spans.last_mut() {
                Some(last) if last.style == style => last.content.to_mut().push_str(shown),
                _ => spans.push(Span::styled(shown.to_owned(), style)),
            }
        }
        Line::from(spans)
    }

    /// What is open below the text, as lines, and which of them are the selected row.
    fn below(&self, columns: u16, look: &Look) -> (Vec<Line<'static>>, std::ops::Range<usize>) {
        let columns = usize::from(columns);
        if self.shortcuts {
            return (self.shortcut_lines(columns, look), 0..0);
        }
        let Some(view) = self.popup.view() else { return (Vec::new(), 0..0) };
        let rows = if look.flat { flat_rows(&view, columns) } else { table(view.rows, view.selected, columns, look) };
        let start = rows.iter().take(view.selected).map(Vec::len).sum();
        let selected = start..start + rows.get(view.selected).map_or(0, Vec::len);
        let mut lines: Vec<Line<'static>> = rows.into_iter().flatten().collect();
        let dim = look.style(Role::Dim);
        lines.extend(view.note.map(|note| Line::from(Span::styled(format!("  {note}"), dim))));
        if let Some(footer) = view.footer {
            lines.push(Line::default());
            lines.extend(wrap(&Line::from(Span::styled(footer, dim)), columns, &Indent::blanks(2)));
        }
        (lines, selected)
    }
}

/// Rows as two columns, what does not fit the second wrapped in it.
fn table(rows: &[PopupRow], selected: usize, columns: usize, look: &Look) -> Vec<Vec<Line<'static>>> {
    let widest = rows.iter().map(|row| width(&row.label)).max().unwrap_or_default();
    let has_about = columns >= NARROWEST && rows.iter().any(|row| !row.about.is_empty());
    let room = columns.saturating_sub(2);
    let names = if has_about { widest.min(room * MOST_NAME_PERCENT / 100) } else { widest.min(room) };
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let is_selected = at == selected;
        let mut first = vec![Span::raw("  ")];
        first.extend(label(row, names, is_selected, look));
        if !has_about || row.about.is_empty() {
            lines.push(vec![Line::from(first)]);
            continue;
        }
        first.push(Span::raw(" ".repeat(names.saturating_sub(width(&row.label)) + 2)));
        let about = Span::styled(row.about.clone(), if is_selected { look.style(Role::Selected) } else { look.style(Role::Dim) });
        let indent = Indent { first: Line::from(first), rest: Line::from(" ".repeat(2 + names + 2)) };
        lines.push(wrap(&Line::from(about), columns, &indent));
    }
    lines
}

/// A name with the letters that fit in bold, cut where it is too long. Of a path the end says more than the beginning.
fn label(row: &PopupRow, most: usize, is_selected: bool, look: &Look) -> Vec<Span<'static>> {
    let base = if is_selected { look.style(Role::Selected) } else { Style::new() };
    let bold = base.patch(look.style(Role::Match)).patch(look.style(Role::Strong));
    let letters: Vec<char> = row.label.chars().collect();
    let total = width(&row.label);
    let mut spans = Vec::new();
    let mut skip = 0;
    if total > most && !row.about.is_empty() {
        return vec![Span::styled(truncate(&row.label, most), base)];
    }
    if total > most {
        let mut over = total + 1 - most.max(1);
        while over > 0 && skip < letters.len() {
            over = over.saturating_sub(columns(letters[skip].encode_utf8(&mut [0; 4])));
            skip += 1;
        }
        spans.push(Span::styled("…", base));
    }
    for (at, letter) in letters.into_iter().enumerate().skip(skip) {
        let style = if row.matched.binary_search(&at).is_ok() { bold } else { base };
        match spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push(letter),
            _ => spans.push(Span::styled(letter.to_string(), style)),
        }
    }
    spans
}

/// Rows for a screen reader: which one of how many, and which is selected.
fn flat_rows(view: &View<'_>, columns: usize) -> Vec<Vec<Line<'static>>> {
    let line = |(at, row): (usize, &PopupRow)| {
        let about = if row.about.is_empty() { String::new() } else { format!(": {}", row.about) };
        let mark = if at == view.selected { ", selected" } else { "" };
        let text = format!("{} of {}{mark}: {}{about}", view.above + at + 1, view.total, row.label);
        wrap(&Line::from(text), columns, &Indent::blanks(0))
    };
    view.rows.iter().enumerate().map(line).collect()
}
