//! How a list looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::{List, ListKind, ListRow, PreviewPlace};
use crate::text::{Indent, truncate_line, width, wrap};
use crate::theme::{Look, Role};

/// Rows of a list that is filtered.
const MOST_FILTERED: usize = 8;
/// From this width on a preview stands beside the rows.
const WIDE: u16 = 90;

/// The parts of a list, as lines.
struct Parts {
    head: Vec<Line<'static>>,
    /// The line of the filter within the head.
    filter: Option<usize>,
    body: Vec<Line<'static>>,
    /// The line of the selected row within all.
    selected: Option<usize>,
    foot: Vec<Line<'static>>,
}

impl List {
    /// Rows it wants of at most `most`.
    pub fn height(&self, columns: u16, most: u16, look: &Look) -> u16 {
        let parts = self.parts(columns, usize::from(most), look);
        u16::try_from(parts.head.len() + parts.body.len() + parts.foot.len()).unwrap_or(u16::MAX).min(most)
    }

    /// Where the cursor of the terminal belongs: behind what is typed to filter; for screen readers, which follow it, at the
    /// selected row while nothing is.
    pub fn cursor(&self, area: Rect, look: &Look) -> Option<Position> {
        let parts = self.parts(area.width, usize::from(area.height), look);
        if look.flat && self.query.is_empty() {
            let line = parts.selected?;
            return Some(Position { x: area.x, y: (area.y + u16::try_from(line).ok()?).min(area.bottom().saturating_sub(1)) });
        }
        let line = parts.filter?;
        let mark = if self.query.is_empty() { "  " } else { "  > " };
        let column = u16::try_from(width(mark) + width(&self.query)).ok()?;
        Some(Position { x: (area.x + column).min(area.right().saturating_sub(1)), y: area.y + u16::try_from(line).ok()? })
    }

    /// Draws everything.
    pub fn render(&self, area: Rect, buf: &mut Buffer, look: &Look) {
        let parts = self.parts(area.width, usize::from(area.height), look);
        let mut lines = parts.head;
        let body = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let rows = u16::try_from(parts.body.len()).unwrap_or(u16::MAX);
        lines.extend(parts.body);
        lines.extend(parts.foot);
        Paragraph::new(lines).render(area, buf);
        if self.is_beside(area.width, look) {
            let x = area.x + self.list_columns(area.width, look);
            let y = area.y + body.saturating_sub(1);
            let beside = Rect { x, y, width: area.right().saturating_sub(x), height: (rows + 1).min(area.bottom().saturating_sub(y)) };
            let cut = |line: &Line<'static>| truncate_line(line.clone(), usize::from(beside.width));
            Paragraph::new(self.preview.iter().map(cut).collect::<Vec<_>>()).render(beside, buf);
        }
    }

    fn is_beside(&self, columns: u16, look: &Look) -> bool {
        self.options.preview == PreviewPlace::Beside && columns >= WIDE && !look.flat && !self.preview.is_empty()
    }

    fn list_columns(&self, columns: u16, look: &Look) -> u16 {
        if self.is_beside(columns, look) { columns / 2 } else { columns }
    }

    fn parts(&self, columns: u16, most: usize, look: &Look) -> Parts {
        let (mut head, filter) = self.head(columns, look);
        let mut foot = self.foot(columns, look);
        let rows = self.row_lines(usize::from(self.list_columns(columns, look)), look);
        let room = most.saturating_sub(head.len() + foot.len()).max(1);
        let least = rows.iter().map(Vec::len).sum::<usize>().clamp(1, 3);
        if most < head.len() + foot.len() + least {
            // In very little room the rows come before everything else.
            foot.clear();
            let keep = most.saturating_sub(rows.iter().map(Vec::len).sum::<usize>()).min(head.len());
            head.drain(..head.len() - keep);
        }
        let room = room.max(most.saturating_sub(head.len() + foot.len()));
        let heights: Vec<usize> = rows.iter().map(Vec::len).collect();
        let mut body = self.window(rows, room, look);
        if self.is_beside(columns, look) {
            // Room for what stands beside.
            let wanted = self.preview.len().saturating_sub(1).min(room);
            body.resize(body.len().max(wanted), Line::default());
        }
        let above = heights.get(self.offset.get()..self.selected).map(|above| above.iter().sum::<usize>());
        let selected = above.filter(|above| *above < body.len()).map(|above| head.len() + above);
        let selected = selected.filter(|_| !heights.is_empty());
        Parts { filter: filter.filter(|line| *line < head.len()), head, body, selected, foot }
    }

    /// The rows around the selected one that fit.
    fn window(&self, rows: Vec<Vec<Line<'static>>>, room: usize, look: &Look) -> Vec<Line<'static>> {
        if rows.is_empty() {
            return vec![Line::from(Span::styled("  no matches", look.style(Role::Dim)))];
        }
        let most = if self.options.filter.is_some() { MOST_FILTERED } else { usize::MAX };
        let heights: Vec<usize> = rows.iter().map(Vec::len).collect();
        let selected = self.selected.min(rows.len() - 1);
        let mut first = self.offset.get().min(selected);
        let fits = |first: usize| heights[first..=selected].iter().sum::<usize>() <= room && selected - first < most;
        while first < selected && !fits(first) {
            first += 1;
        }
        // What is free below is used for rows above.
        while first > 0 && heights[first - 1..].iter().sum::<usize>() <= room && rows.len() - first < most {
            first -= 1;
        }
        self.offset.set(first);
        rows.into_iter().skip(first).take(most).flatten().take(room).collect()
    }

    fn head(&self, columns: u16, look: &Look) -> (Vec<Line<'static>>, Option<usize>) {
        let columns = usize::from(columns);
        let mut head = if look.flat { Vec::new() } else { vec![Line::default()] };
        let indent = Indent::blanks(if look.flat { 0 } else { 2 });
        if !self.options.title.is_empty() {
            head.extend(wrap(&Line::from(Span::styled(self.options.title.clone(), look.style(Role::Title))), columns, &indent));
        }
        for line in &self.options.subtitle {
            head.extend(wrap(&Line::from(Span::styled(line.clone(), look.style(Role::Dim))), columns, &indent));
        }
        if head.len() > 1 && !look.flat {
            head.push(Line::default());
        }
        let Some(placeholder) = self.options.filter else { return (head, None) };
        if self.query.is_empty() {
            head.push(Line::from(Span::styled(format!("  {placeholder}"), look.style(Role::Dim))));
        } else {
            head.push(Line::from(format!("  > {}", self.query)));
        }
        let line = head.len() - 1;
        (head, Some(line))
    }

    fn foot(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let mut foot = if look.flat { Vec::new() } else { vec![Line::default()] };
        if !self.preview.is_empty() && !self.is_beside(columns, look) {
            let cut = |line: &Line<'static>| {
                let mut spans = vec![Span::raw("  ")];
                spans.extend(line.spans.iter().cloned());
                truncate_line(Line::from(spans), usize::from(columns))
            };
            foot.extend(self.preview.iter().map(cut));
        }
        let text = self.options.footer.clone().unwrap_or_else(|| {
            match self.options.kind {
                ListKind::Choose => "Press enter to confirm or esc to go back",
                ListKind::Check => "Use ↑↓ to navigate, space to select, enter to confirm, esc to cancel.",
                ListKind::CheckAndOrder => "Use ↑↓ to navigate, ←→ to move, space to select, enter to confirm, esc to cancel.",
            }
            .to_owned()
        });
        let dim = look.style(Role::Dim);
        foot.extend(wrap(&Line::from(Span::styled(text, dim)), usize::from(columns), &Indent::blanks(if look.flat { 0 } else { 2 })));
        foot
    }

    /// Each row that fits, as lines.
    fn row_lines(&self, columns: usize, look: &Look) -> Vec<Vec<Line<'static>>> {
        let shown: Vec<&ListRow> = self.shown().map(|(_, row)| row).collect();
        let numbers = self.options.filter.is_none() && self.options.kind == ListKind::Choose;
        let digits = shown.len().to_string().len();
        let sign = |at: usize, row: &ListRow| match self.options.kind {
            ListKind::Choose if numbers => format!("{:>digits$}. ", at + 1),
            ListKind::Choose => String::new(),
            ListKind::Check | ListKind::CheckAndOrder => (if row.checked { "[x] " } else { "[ ] " }).to_owned(),
        };
        let names: Vec<String> = shown.iter().enumerate().map(|(at, row)| format!("{}{}", sign(at, row), titled(row))).collect();
        let total = shown.len();
        if look.flat {
            let line = |(at, row): (usize, &&ListRow)| flat_row(at, total, at == self.selected, row, self.options.kind, columns);
            return shown.iter().enumerate().map(line).collect();
        }
        let widest = names.iter().map(|name| width(name)).max().unwrap_or_default();
        let has_about = shown.iter().any(|row| !row.about.is_empty() || row.disabled.is_some());
        let room = columns.saturating_sub(2);
        let column = if has_about { widest.min(room * 55 / 100) } else { widest.min(room) };
        let line = |(at, (row, name)): (usize, (&&ListRow, String))| row_line(row, name, at == self.selected, column, columns, look);
        shown.iter().zip(names).enumerate().map(line).collect()
    }
}

fn titled(row: &ListRow) -> String {
    match row.tag {
        Some(tag) => format!("{} ({tag})", row.label),
        None => row.label.clone(),
    }
}

/// A row in two columns. A name too long for its column pushes what it means to the next line.
fn row_line(row: &ListRow, name: String, is_selected: bool, column: usize, columns: usize, look: &Look) -> Vec<Line<'static>> {
    let base = match (is_selected, row.disabled.is_some()) {
        (_, true) => look.style(Role::Dim),
        (true, false) => look.style(Role::Selected),
        (false, false) => Style::new(),
    };
    let mark = Span::styled(if is_selected { "› " } else { "  " }, base);
    let about = row.disabled.as_ref().map_or_else(|| row.about.clone(), |why| format!("{} ({why})", row.about).trim_start().to_owned());
    let hanging = Indent { first: Line::from(mark), rest: Line::from(" ".repeat(2 + sign_columns(&name))) };
    let name_columns = width(&name);
    let name_line = Line::from(Span::styled(name, base));
    if about.is_empty() {
        return wrap(&name_line, columns, &hanging);
    }
    let style = if is_selected { base } else { look.style(Role::Dim) };
    let about = Line::from(Span::styled(about, style));
    let rest = Line::from(" ".repeat(2 + column + 2));
    if name_columns <= column {
        let mut first = hanging.first.spans;
        first.extend(name_line.spans);
        first.push(Span::raw(" ".repeat(column - name_columns + 2)));
        return wrap(&about, columns, &Indent { first: Line::from(first), rest });
    }
    let mut lines = wrap(&name_line, columns, &hanging);
    lines.extend(wrap(&about, columns, &Indent { first: hanging.rest.clone(), rest: hanging.rest }));
    lines
}

/// Columns of the number or box before a name.
fn sign_columns(name: &str) -> usize {
    if name.starts_with('[') {
        return 4;
    }
    let sign = name.trim_start_matches(' ').trim_start_matches(|letter: char| letter.is_ascii_digit());
    if sign.starts_with(". ") && sign.len() < name.len() { name.len() - sign.len() + 2 } else { 0 }
}

/// A row for a screen reader.
fn flat_row(at: usize, total: usize, is_selected: bool, row: &ListRow, kind: ListKind, columns: usize) -> Vec<Line<'static>> {
    let mut text = format!("{} of {total}", at + 1);
    if is_selected {
        text.push_str(", selected");
    }
    if kind != ListKind::Choose {
        text.push_str(if row.checked { ", on" } else { ", off" });
    }
    text.push_str(&format!(": {}", titled(row)));
    if !row.about.is_empty() {
        text.push_str(&format!(": {}", row.about));
    }
    if let Some(why) = &row.disabled {
        text.push_str(&format!(" ({why})"));
    }
    wrap(&Line::from(text), columns, &Indent::blanks(0))
}
