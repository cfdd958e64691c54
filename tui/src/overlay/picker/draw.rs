//! How a picker looks: a title, what is searched for, a table, keys.

use std::path::Path;

use codex_state::{SessionSummary, SortKey, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::{Picker, PickerOrigin, PickerPurpose};
use crate::text::{Indent, sanitize_line, tilde, truncate, truncate_line, width, wrap};
use crate::theme::{Look, Role};

/// Most columns of a branch.
const BRANCH: usize = 20;
/// Most columns of a folder.
const FOLDER: usize = 32;
/// Fewest columns a conversation must have; columns before it give way, the least telling first.
const CONVERSATION: usize = 24;
/// Between columns.
const GAP: usize = 2;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Created,
    Updated,
    Branch,
    Folder,
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Created => "Created at",
            Self::Updated => "Updated at",
            Self::Branch => "Branch",
            Self::Folder => "CWD",
        }
    }
}

impl Picker {
    /// Draws everything as of a moment.
    pub fn render(&self, area: Rect, buf: &mut Buffer, look: &Look, now: Timestamp) {
        let columns = usize::from(area.width);
        let mut lines = self.head(columns, look);
        let foot = self.foot(columns, look);
        let room = usize::from(area.height).saturating_sub(lines.len() + foot.len());
        let table = if look.flat { self.flat_rows(columns, room, now) } else { self.table(columns, room, look, now) };
        lines.extend(table);
        Paragraph::new(lines).render(area, buf);
        let below = u16::try_from(foot.len()).unwrap_or(u16::MAX).min(area.height);
        Paragraph::new(foot).render(Rect { y: area.bottom() - below, height: below, ..area }, buf);
    }

    /// Where the cursor of the terminal belongs: behind what is being written; for screen readers, which follow it, at the
    /// selected session while nothing is.
    pub fn cursor(&self, area: Rect, look: &Look) -> Option<Position> {
        if look.flat && self.renaming.is_none() && self.search.is_empty() && !self.sessions.is_empty() {
            let row = self.selected.saturating_sub(self.offset.get()) + self.head(usize::from(area.width), look).len();
            let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            return Some(Position { x: area.x, y: y.min(area.bottom().saturating_sub(1)) });
        }
        let (line, text) = match &self.renaming {
            Some((_, name)) => (1, format!("{RENAME}{name}")),
            None if self.search.is_empty() => (1, String::new()),
            None => (1, format!("{SEARCH}{}", self.search)),
        };
        let column = u16::try_from(width(&text)).unwrap_or(u16::MAX);
        (area.height > line).then(|| Position { x: area.x.saturating_add(column).min(area.right().saturating_sub(1)), y: area.y + line })
    }

    fn head(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let purpose = match self.options.purpose {
            PickerPurpose::Resume => "Resume a previous session",
            PickerPurpose::Fork => "Fork a previous session",
        };
        let sort = match self.sort {
            SortKey::Updated => Column::Updated.title(),
            SortKey::Created => Column::Created.title(),
        };
        let dim = look.style(Role::Dim);
        let title = Line::from(vec![Span::styled(purpose, look.style(Role::Title)), Span::styled(format!("  Sort: {sort}"), dim)]);
        let search = match (&self.renaming, self.search.is_empty()) {
            (Some((_, name)), _) => Line::from(format!("{RENAME}{name}")),
            (None, true) => Line::from(Span::styled("Type to search", dim)),
            (None, false) => Line::from(format!("{SEARCH}{}", self.search)),
        };
        vec![truncate_line(title, columns), truncate_line(search, columns)]
    }

    fn foot(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let verb = match self.options.purpose {
            PickerPurpose::Resume => "enter to resume",
            PickerPurpose::Fork => "enter to fork",
        };
        let close = match self.options.origin {
            PickerOrigin::Start => "esc to start new",
            PickerOrigin::Conversation => "esc to go back",
        };
        let mut foot = Vec::new();
        if let Some(failure) = &self.failure {
            let line = Line::from(Span::styled(sanitize_line(failure), look.style(Role::Failure)));
            foot.extend(wrap(&line, columns, &Indent::blanks(0)));
        }
        let hints = if self.renaming.is_some() {
            vec!["enter to rename", "esc to cancel"]
        } else {
            vec![verb, close, "ctrl + c to quit", "tab to toggle sort", "↑/↓ to browse", "ctrl + r to rename"]
        };
        foot.extend(hint_lines(&hints, columns, look.style(Role::Dim)));
        foot
    }

    /// What is said where there are no rows.
    fn note(&self) -> Option<&'static str> {
        match (self.sessions.is_empty(), self.loading, self.search.trim().is_empty()) {
            (false, _, _) => None,
            (true, true, _) => Some("Loading sessions…"),
            (true, false, true) => Some("No sessions yet"),
            (true, false, false) => Some("No results for your search"),
        }
    }

    /// The part of the sessions that is shown in so many rows.
    fn window(&self, room: usize) -> std::ops::Range<usize> {
        self.page_rows.set(room);
        let mut first = self.offset.get().min(self.selected);
        if self.selected >= first + room.max(1) {
            first = self.selected + 1 - room.max(1);
        }
        first = first.min(self.sessions.len().saturating_sub(room));
        self.offset.set(first);
        first..(first + room).min(self.sessions.len())
    }

    fn table(&self, columns: usize, room: usize, look: &Look, now: Timestamp) -> Vec<Line<'static>> {
        if let Some(note) = self.note() {
            return vec![Line::from(Span::styled(format!("  {note}"), look.style(Role::Dim)))];
        }
        let window = self.window(room.saturating_sub(1));
        let first = window.start;
        let shown = &self.sessions[window];
        let home = self.options.home.as_deref();
        let text = |column: Column, session: &SessionSummary| cell(column, session, home, now);
        let mut wanted = vec![Column::Created, Column::Updated, Column::Branch];
        if self.options.folder.is_none() {
            wanted.push(Column::Folder);
        }
        let sized = |column: Column| {
            let widest = shown.iter().map(|session| width(&text(column, session))).max().unwrap_or_default();
            let most = match column {
                Column::Branch => BRANCH,
                Column::Folder => FOLDER,
                Column::Created | Column::Updated => usize::MAX,
            };
            (column, widest.max(width(column.title())).min(most))
        };
        let mut sizes: Vec<(Column, usize)> = wanted.into_iter().map(sized).collect();
        let given = |sizes: &[(Column, usize)]| 2 + sizes.iter().map(|(_, size)| size + GAP).sum::<usize>();
        let other = if self.sort == SortKey::Updated { Column::Created } else { Column::Updated };
        for column in [other, Column::Branch, Column::Folder, Column::Created, Column::Updated] {
            if given(&sizes) + CONVERSATION <= columns {
                break;
            }
            sizes.retain(|(own, _)| *own != column);
        }
        let last = columns.saturating_sub(given(&sizes));
        let mut titles = String::from("  ");
        for (column, size) in &sizes {
            titles.push_str(&padded(column.title(), size + GAP));
        }
        titles.push_str("Conversation");
        let mut lines = vec![Line::from(Span::styled(truncate(&titles, columns), look.style(Role::Strong)))];
        for (at, session) in shown.iter().enumerate() {
            let is_selected = first + at == self.selected;
            let (base, dim) = match (is_selected, self.stale) {
                (_, true) => (look.style(Role::Dim), look.style(Role::Dim)),
                (true, false) => (look.style(Role::Selected), look.style(Role::Selected)),
                (false, false) => (Style::new(), look.style(Role::Dim)),
            };
            let mut before = String::new();
            for (column, size) in &sizes {
                let text = text(*column, session);
                let text = if *column == Column::Folder { cut_left(&text, *size) } else { truncate(&text, *size) };
                before.push_str(&padded(&text, size + GAP));
            }
            lines.push(Line::from(vec![
                Span::styled(if is_selected { "> " } else { "  " }, base),
                Span::styled(before, dim),
                Span::styled(truncate(&conversation(session), last), base),
            ]));
        }
        lines
    }

    /// Rows for a screen reader.
    fn flat_rows(&self, columns: usize, room: usize, now: Timestamp) -> Vec<Line<'static>> {
        if let Some(note) = self.note() {
            return vec![Line::from(note)];
        }
        let home = self.options.home.as_deref();
        let window = self.window(room);
        let more = if self.next.is_some() { " or more" } else { "" };
        let line = |at: usize| {
            let session = &self.sessions[at];
            let mark = if at == self.selected { ", selected" } else { "" };
            let before = format!("{} of {}{more}{mark}: ", at + 1, self.sessions.len());
            let mut after = format!(", updated {}, created {}", ago(session.updated_at, now), ago(session.created_at, now));
            let branch = cell(Column::Branch, session, home, now);
            if branch != "-" {
                after.push_str(&format!(", branch {branch}"));
            }
            if self.options.folder.is_none() {
                after.push_str(&format!(", in {}", cell(Column::Folder, session, home, now)));
            }
            // What was said first gives way to what tells sessions apart, but not wholly.
            let left = columns.saturating_sub(width(&before) + width(&after)).max(CONVERSATION);
            Line::from(truncate(&format!("{before}{}{after}", truncate(&conversation(session), left)), columns))
        };
        window.map(line).collect()
    }
}

const SEARCH: &str = "Search: ";
const RENAME: &str = "New name: ";

fn cell(column: Column, session: &SessionSummary, home: Option<&Path>, now: Timestamp) -> String {
    match column {
        Column::Created => ago(session.created_at, now),
        Column::Updated => ago(session.updated_at, now),
        Column::Branch => {
            let branch = session.git.as_ref().and_then(|git| git.branch.as_deref()).filter(|branch| !branch.is_empty());
            sanitize_line(branch.unwrap_or("-"))
        }
        Column::Folder => tilde(&session.cwd, home),
    }
}

fn conversation(session: &SessionSummary) -> String {
    let title = sanitize_line(session.title());
    if title.trim().is_empty() { "(no message yet)".to_owned() } else { title }
}

fn padded(text: &str, size: usize) -> String {
    format!("{text}{}", " ".repeat(size.saturating_sub(width(text))))
}

/// Cut on the left: of a path the end says more.
fn cut_left(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut kept: Vec<char> = Vec::new();
    let mut used = 1;
    for letter in text.chars().rev() {
        let size = width(letter.encode_utf8(&mut [0; 4]));
        if used + size > most {
            break;
        }
        used += size;
        kept.push(letter);
    }
    kept.push('…');
    kept.into_iter().rev().collect()
}

/// How long ago a moment was: `5 seconds ago`, `1 minute ago`, `3 days ago`.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        86_400..2_592_000 => (seconds / 86_400, "day"),
        2_592_000..31_536_000 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// Hints in one line where they fit, else closer together, else in several.
fn hint_lines(hints: &[&str], columns: usize, style: Style) -> Vec<Line<'static>> {
    for gap in [5, 3] {
        let line = hints.join(&" ".repeat(gap));
        if width(&line) <= columns {
            return vec![Line::from(Span::styled(line, style))];
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for hint in hints {
        match lines.last_mut() {
            Some(line) if width(line) + 2 + width(hint) <= columns => line.push_str(&format!("  {hint}")),
            _ => lines.push((*hint).to_owned()),
        }
    }
    lines.into_iter().map(|line| Line::from(Span::styled(truncate(&line, columns), style))).collect()
}
