//! A unified diff as coloured lines.

use ratatui::text::{Line, Span};

use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// The lines of a diff, coloured by what they are.
pub fn diff_lines(diff: &str, look: &Look) -> Vec<Line<'static>> {
    let mut in_hunk = false;
    diff.lines()
        .map(|line| {
            in_hunk = (in_hunk && !line.starts_with("diff ")) || line.starts_with("@@");
            let role = match line.chars().next() {
                Some('@') if line.starts_with("@@") => Some(Role::Accent),
                Some('+') if in_hunk => Some(Role::Added),
                Some('-') if in_hunk => Some(Role::Removed),
                _ if line.starts_with("diff ") => Some(Role::Title),
                _ if !in_hunk => Some(Role::Dim),
                _ => None,
            };
            let style = role.map(|role| look.style(role)).unwrap_or_default();
            Line::from(Span::styled(sanitize_line(line), style))
        })
        .collect()
}
