//! Help: what keys do, section by section.

use ratatui::text::{Line, Span};

use super::Pager;
use crate::text::{sanitize_line, width};
use crate::theme::{Look, Role};

/// A title, and rows of keys and what they do.
pub type HelpSection = (String, Vec<(String, String)>);

/// A pager of help.
pub fn help_pager(sections: &[HelpSection], look: &Look) -> Pager {
    let keys = sections.iter().flat_map(|(_, rows)| rows).map(|(keys, _)| width(keys)).max().unwrap_or_default().min(30);
    let mut lines = Vec::new();
    for (title, rows) in sections {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(Span::styled(sanitize_line(title), look.style(Role::Title))));
        for (key, about) in rows {
            let gap = " ".repeat((keys + 2).saturating_sub(width(key)).max(2));
            lines.push(Line::from(vec![
                Span::raw("  "),
                Span::styled(sanitize_line(key), look.style(Role::Accent)),
                Span::raw(gap),
                Span::raw(sanitize_line(about)),
            ]));
        }
    }
    Pager::lines("H E L P", lines, look)
}
