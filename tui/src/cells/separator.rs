//! The rule between work and the answer.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::elapsed;
use crate::text::width;
use crate::theme::{Look, Role};

/// Work that took less is not worth a word.
const LONG: Duration = Duration::from_secs(60);

/// A rule as wide as the terminal, with how long the work took when that was long.
#[derive(Clone, Copy, Debug)]
pub struct SeparatorCell {
    worked: Option<Duration>,
}

impl SeparatorCell {
    /// A rule after work of this length.
    pub fn new(worked: Option<Duration>) -> Self {
        Self { worked: worked.filter(|time| *time >= LONG) }
    }
}

impl Cell for SeparatorCell {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let words = self.plain();
        if look.flat {
            return if words.is_empty() { Vec::new() } else { vec![Line::from(words)] };
        }
        let label = if words.is_empty() { String::new() } else { format!("─ {words} ") };
        let label = crate::text::truncate(&label, usize::from(columns));
        let rest = usize::from(columns).saturating_sub(width(&label));
        vec![Line::from(Span::styled(format!("{label}{}", "─".repeat(rest)), look.style(Role::Dim)))]
    }

    fn plain(&self) -> String {
        self.worked.map(|time| format!("Worked for {}", elapsed(time))).unwrap_or_default()
    }
}
