//! The row that says that a turn runs, how long, and what about.

use std::time::{Duration, Instant};

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// Time between two pictures of what moves.
const PULSE: Duration = Duration::from_millis(200);

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

    /// When the row looks otherwise; `None` while no turn runs.
    pub(super) fn next_tick(&self, animated: bool, drawn: Instant) -> Option<Instant> {
        let started = self.started?;
        if animated {
            return Some(drawn + PULSE);
        }
        let passed = drawn.saturating_duration_since(started);
        Some(started + Duration::from_secs(passed.as_secs() + 1))
    }

    /// The row and what stands below it.
    pub(super) fn lines(&self, look: &Look, animated: bool, suffix: &str) -> Vec<Line<'static>> {
        let Some(started) = self.started else { return Vec::new() };
        let passed = started.elapsed();
        let bright = !animated || (passed.as_millis() / PULSE.as_millis()) % 4 < 2;
        let bullet = if bright { Style::default() } else { Style::default().add_modifier(Modifier::DIM) };
        let word = self.retry.as_ref().map(|(message, _)| message.as_str()).or(self.header.as_deref()).unwrap_or("Working");
        let dim = look.style(Role::Dim);
        let mut row = vec![
            Span::styled("• ", bullet),
            Span::styled(word.to_owned(), Style::default().add_modifier(Modifier::BOLD)),
            Span::styled(format!(" ({} • esc to interrupt)", elapsed(passed)), dim),
        ];
        if !suffix.is_empty() {
            row.push(Span::styled(format!(" · {suffix}"), dim));
        }
        let mut lines = vec![Line::from(row)];
        if let Some((_, Some(details))) = &self.retry {
            lines.push(Line::styled(format!("  └ {details}"), dim));
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
