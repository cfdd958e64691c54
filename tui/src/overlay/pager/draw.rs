//! Drawing a pager: title, rows, rule with the position, two rows of hints.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Pager;
use super::blocks::Place;
use super::search::occurrences;
use crate::text::{plain_text, truncate, width};
use crate::theme::{Look, Role};

/// Rows that are not text: title, rule, two of hints.
const FRAME: u16 = 4;

impl Pager {
    /// Draws into `area`; returns where the cursor stands: behind a search that is typed; for screen readers, which follow it, at
    /// the first row of the text.
    pub fn render(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        if area.width == 0 || area.height == 0 {
            return None;
        }
        self.blocks.set_form(area.width, look);
        self.rows = usize::from(area.height.saturating_sub(FRAME)).max(1);
        self.top = self.blocks.clamp(self.top);
        let last = self.blocks.last_top(self.rows);
        if self.follows || self.top > last {
            self.top = last;
        }
        self.seen_end |= self.top >= last;
        self.draw_title(area, buffer, look);
        self.draw_rows(area, buffer, look);
        let first = (look.flat && area.height > 1).then_some(Position { x: area.x, y: area.y + 1 });
        if area.height > FRAME {
            self.draw_rule(area, buffer, look);
            return self.draw_hints(area, buffer, look).or(first);
        }
        first
    }

    fn draw_title(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        let columns = usize::from(area.width);
        let title = if look.flat { self.title.replace(' ', "") } else { format!("/ {} {}", self.title, "/ ".repeat(columns)) };
        let title: String = title.chars().take(columns).collect();
        buffer.set_stringn(area.x, area.y, title.trim_end(), columns, look.style(Role::Dim));
    }

    fn draw_rows(&mut self, area: Rect, buffer: &mut Buffer, look: &Look) {
        let chosen = self.chosen.and_then(|chosen| self.blocks.users().get(chosen).copied());
        let visible = u16::try_from(self.rows).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
        let mut place = self.top;
        for n in 0..visible {
            let y = area.y + 1 + n;
            if place.block >= self.blocks.len() {
                if !look.flat {
                    buffer.set_stringn(area.x, y, "~", usize::from(area.width), look.style(Role::Dim));
                }
                continue;
            }
            let rows = self.blocks.rows(place.block);
            if let Some(row) = rows.get(place.row) {
                let row = self.with_matches(row, place, look);
                buffer.set_line(area.x, y, &row, area.width);
                if chosen == Some(place.block) && place.row >= self.blocks.gap(place.block) {
                    buffer.set_style(Rect { y, height: 1, ..area }, look.style(Role::CurrentMatch));
                }
            }
            place = self.blocks.down(place, 1);
        }
    }

    /// The row with what is looked for marked.
    fn with_matches(&self, row: &Line<'static>, place: Place, look: &Look) -> Line<'static> {
        if !self.search.is_active() {
            return row.clone();
        }
        let found = occurrences(&plain_text(row), self.search.wanted());
        if found.is_empty() {
            return row.clone();
        }
        let role = if self.search.current() == Some(place) { Role::CurrentMatch } else { Role::Match };
        let style = look.style(role).patch(look.style(Role::Accent));
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut at = 0;
        for span in &row.spans {
            for c in span.content.chars() {
                let inside = found.iter().any(|range| range.contains(&at));
                let style = if inside { span.style.patch(style) } else { span.style };
                match spans.last_mut() {
                    Some(last) if last.style == style => last.content.to_mut().push(c),
                    _ => spans.push(Span::styled(c.to_string(), style)),
                }
                at += c.len_utf8();
            }
        }
        Line { spans, ..row.clone() }
    }

    fn draw_rule(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        let columns = usize::from(area.width);
        let last = area.bottom() - 3;
        let percent = format!("{}%", self.percent());
        let rule = if look.flat {
            percent
        } else {
            let left = columns.saturating_sub(width(&percent) + 3);
            format!("{} {percent} ─", "─".repeat(left))
        };
        buffer.set_stringn(area.x, last, rule, columns, look.style(Role::Dim));
    }

    /// How much of the text is above the end of the screen.
    fn percent(&self) -> usize {
        let (before, all) = self.blocks.position(self.top);
        let shown = before + self.rows;
        if self.follows || shown >= all { 100 } else { (shown * 100 / all.max(1)).min(99) }
    }

    fn draw_hints(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        let columns = usize::from(area.width);
        let dim = look.style(Role::Dim);
        let (first, second) = (area.bottom() - 2, area.bottom() - 1);
        buffer.set_stringn(area.x, first, truncate(&hints(&self.first_hints(), columns), columns), columns, dim);
        if let Some(typed) = self.search.typed() {
            let shown = truncate(&format!(" /{typed}"), columns.saturating_sub(1));
            buffer.set_stringn(area.x, second, &shown, columns, Style::new());
            let x = area.x + u16::try_from(width(&shown)).unwrap_or(area.width).min(area.width - 1);
            return Some(Position { x, y: second });
        }
        buffer.set_stringn(area.x, second, truncate(&hints(&self.second_hints(columns), columns), columns), columns, dim);
        None
    }

    fn first_hints(&self) -> Vec<String> {
        let mut parts = vec!["↑/↓ to scroll", "pgup/pgdn to page", "home/end to jump"];
        if !self.blocks.users().is_empty() {
            parts.push("[/] to go by message");
        }
        parts.into_iter().map(str::to_owned).collect()
    }

    fn second_hints(&self, columns: usize) -> Vec<String> {
        let mut parts = vec!["q to quit".to_owned()];
        if self.search.is_active() {
            let (at, count) = self.search.count();
            parts.push(if count == 0 { format!("no match for {}", self.search.wanted()) } else { format!("match {at} of {count}") });
            parts.extend(["n/N to go on".to_owned(), "esc to clear".to_owned()]);
        } else if self.chosen.is_some() && columns < 72 {
            parts = vec!["enter to edit message".to_owned(), "esc to edit prev".to_owned(), "q to quit".to_owned()];
        } else if self.chosen.is_some() {
            parts.extend(["esc/← to edit prev", "→ to edit next", "enter to edit message"].map(str::to_owned));
        } else {
            if self.edits && !self.blocks.users().is_empty() {
                parts.push("esc to edit prev".to_owned());
            }
            parts.push("/ to search".to_owned());
        }
        parts
    }
}

/// As many hints as fit, the first ones first.
fn hints(parts: &[String], columns: usize) -> String {
    let mut line = String::new();
    for (at, part) in parts.iter().enumerate() {
        let gap = if at == 0 { " " } else { "   " };
        if at > 0 && width(&line) + gap.len() + width(part) > columns {
            break;
        }
        line.push_str(gap);
        line.push_str(part);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_that_do_not_fit_are_left_out_whole() {
        let parts = ["q to quit", "esc to edit prev", "/ to search"].map(str::to_owned);
        assert_eq!(hints(&parts, 80), " q to quit   esc to edit prev   / to search");
        assert_eq!(hints(&parts, 30), " q to quit   esc to edit prev");
        assert_eq!(hints(&parts, 5), " q to quit");
    }
}
