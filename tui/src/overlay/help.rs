//! Help: what keys do, section by section.

use std::sync::Arc;

use ratatui::text::{Line, Span};

use super::Pager;
use crate::cells::Cell;
use crate::text::{Indent, sanitize_line, width, wrap};
use crate::theme::{Look, Role};

/// A title, and rows of keys and what they do.
pub type HelpSection = (String, Vec<(String, String)>);

/// Columns that the keys take at most, where what they do stands beside them.
const KEYS: usize = 30;
/// Columns that what they do has at least there.
const BESIDE: usize = 24;

/// A pager of help.
pub fn help_pager(sections: &[HelpSection], look: &Look) -> Pager {
    let keys = sections.iter().flat_map(|(_, rows)| rows).map(|(keys, _)| width(keys)).max().unwrap_or_default().min(KEYS);
    let cells = sections.iter().map(|section| Arc::new(Section { section: section.clone(), keys }) as Arc<dyn Cell>);
    Pager::cells("H E L P", cells.collect(), look)
}

/// A section, laid out at the width it is shown at.
#[derive(Debug)]
struct Section {
    section: HelpSection,
    /// Columns of the keys of all sections.
    keys: usize,
}

impl Cell for Section {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let (title, rows) = &self.section;
        let columns = usize::from(columns);
        let mut lines = wrap(&Line::from(Span::styled(sanitize_line(title), look.style(Role::Title))), columns, &Indent::default());
        let margin = if look.flat { "" } else { "  " };
        for (keys, about) in rows {
            let keys = Span::styled(sanitize_line(keys), look.style(Role::Accent));
            let about = sanitize_line(about);
            let beside = margin.len() + self.keys + 2;
            if look.flat {
                let row = Line::from(vec![keys, Span::raw(format!(": {about}"))]);
                lines.extend(wrap(&row, columns, &Indent::default()));
            } else if beside + BESIDE <= columns {
                let gap = " ".repeat((self.keys + 2).saturating_sub(width(&keys.content)).max(2));
                let first = Line::from(vec![Span::raw(margin), keys, Span::raw(gap)]);
                lines.extend(wrap(&Line::from(about), columns, &Indent { first, rest: Line::from(" ".repeat(beside)) }));
            } else {
                // What keys do stands below them.
                lines.extend(wrap(&Line::from(keys), columns, &Indent::blanks(margin.len())));
                lines.extend(wrap(&Line::from(about), columns, &Indent::blanks(2 * margin.len())));
            }
        }
        lines
    }

    fn plain(&self) -> String {
        let (title, rows) = &self.section;
        let rows = rows.iter().map(|(keys, about)| sanitize_line(&format!("{keys}: {about}")));
        std::iter::once(sanitize_line(title)).chain(rows).collect::<Vec<_>>().join("\n")
    }
}
