//! The row that says that a turn runs, how long, and what about.

use std::time::{Duration, Instant};

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::text::{Indent, sanitize_line, truncate_line, wrap};
use crate::theme::{Look, Role};

/// Time between two pictures of what moves.
const PULSE: Duration = Duration::from_millis(200);

/// Rows of why a request is tried again.
const DETAILS: usize = 3;

/// What the row shows.
#[derive(Debug, Default)]
pub(super) struct Status {
    started: Option<Instant>,
    header: Option<String>,
    /// The part of the summary that comes in.
    section: String,
    /// A request is tried again: what is told, and why.
    retry: Option<(String, Option<String>)>,
}

impl Status {
    pub(super) fn is_running(&self) -> bool {
        self.started.is_some()
    }

    pub(super) fn start(&mut self) {
        *self = Self { started: Some(Instant::now()), ..Self::default() };
    }

    /// Ends it; returns how long it was.
    pub(super) fn stop(&mut self) -> Option<Duration> {
        let length = self.started.map(|started| started.elapsed());
        *self = Self::default();
        length
    }

    /// How long the turn has been running.
    pub(super) fn since(&self) -> Option<Duration> {
        self.started.map(|started| started.elapsed())
    }

    /// A piece of a reasoning summary: its first bold words head the row.
    pub(super) fn reasoning(&mut self, delta: &str) {
        self.section.push_str(delta);
        let Some(rest) = self.section.split_once("**").map(|(_, rest)| rest) else { return };
        if let Some((header, _)) = rest.split_once("**") {
            let header = sanitize_line(header.trim());
            if !header.is_empty() {
                self.header = Some(header);
            }
        }
    }

    /// Another part of the summary begins.
    pub(super) fn next_section(&mut self) {
        self.section.clear();
    }

    pub(super) fn set_retry(&mut self, message: String, details: Option<String>) {
        self.retry = Some((sanitize_line(&message), details.map(|details| sanitize_line(&details))));
    }

    pub(super) fn going_on(&mut self) {
        self.retry = None;
    }

    /// When the row looks otherwise; `None` while no turn runs, and where rows stay as they are until something happens.
    pub(super) fn next_tick(&self, look: &Look, animated: bool, drawn: Instant) -> Option<Instant> {
        let started = self.started.filter(|_| !look.flat)?;
        if animated {
            return Some(drawn + PULSE);
        }
        let passed = drawn.saturating_duration_since(started);
        Some(started + Duration::from_secs(passed.as_secs() + 1))
    }

    /// The row and what stands below it. Flat, they do not count seconds: what is read aloud stays as it is.
    pub(super) fn lines(&self, width: u16, look: &Look, animated: bool, suffix: &str) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let Some(started) = self.started else { return Vec::new() };
        let passed = started.elapsed();
        let bright = !animated || (passed.as_millis() / PULSE.as_millis()) % 4 < 2;
        let bullet = if bright { Style::default() } else { Style::default().add_modifier(Modifier::DIM) };
        let word = self.retry.as_ref().map(|(message, _)| message.as_str()).or(self.header.as_deref()).unwrap_or("Working");
        let dim = look.style(Role::Dim);
        if look.flat {
            let mut lines = vec![Line::from(format!("{word} (esc to interrupt)"))];
            lines.extend((!suffix.is_empty()).then(|| Line::from(suffix.to_owned())));
            lines.extend(self.retry.iter().filter_map(|(_, details)| details.clone()).map(Line::from));
            return lines.iter().flat_map(|line| wrap(line, columns, &Indent::default())).collect();
        }
        let mut row = vec![
            Span::styled("• ", bullet),
            Span::styled(word.to_owned(), Style::default().add_modifier(Modifier::BOLD)),
            Span::styled(format!(" ({} • esc to interrupt)", elapsed(passed)), dim),
        ];
        if !suffix.is_empty() {
            row.push(Span::styled(format!(" · {suffix}"), dim));
        }
        let mut lines = vec![truncate_line(Line::from(row), columns)];
        if let Some((_, Some(details))) = &self.retry {
            let indent = Indent::hanging(Span::styled("  └ ", dim));
            lines.extend(wrap(&Line::styled(details.clone(), dim), columns, &indent).into_iter().take(DETAILS));
        }
        lines
    }
}

/// `45s`, `1m 05s`, `1h 02m 03s`.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, s) => format!("{h}h {m:02}m {s:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (seconds, text) in [(0, "0s"), (45, "45s"), (65, "1m 05s"), (3723, "1h 02m 03s")] {
            assert_eq!(elapsed(Duration::from_secs(seconds)), text);
        }
    }
}
