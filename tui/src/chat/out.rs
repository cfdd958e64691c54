//! What is final and not printed yet. Cells are laid out when they are printed and not before: meanwhile the terminal may have
//! got another width, such as while an overlay is looked at.

use std::sync::Arc;

use ratatui::text::Line;

use crate::cells::Cell;
use crate::theme::Look;

#[derive(Debug)]
enum Part {
    Cell(Arc<dyn Cell>),
    /// A blank line, unless nothing stands before it.
    Gap,
    Lines(Vec<Line<'static>>),
}

/// The lines to come.
#[derive(Debug, Default)]
pub(super) struct Out {
    parts: Vec<Part>,
    /// Whether anything was printed, so that a blank line goes before the next.
    any: bool,
}

impl Out {
    /// Lines that are laid out already follow.
    pub(super) fn lines(&mut self, lines: Vec<Line<'static>>) {
        self.parts.push(Part::Lines(lines));
    }

    /// What comes next is set apart from what came before.
    pub(super) fn gap(&mut self) {
        self.parts.push(Part::Gap);
    }

    /// A cell follows.
    pub(super) fn cell(&mut self, cell: &Arc<dyn Cell>) {
        self.parts.push(Part::Cell(Arc::clone(cell)));
    }

    /// Nothing was printed: the screen is empty.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// Nothing was printed but this cell, and what waits follows it; `amid` when lines of an answer do.
    pub(super) fn below(&mut self, cell: Arc<dyn Cell>, amid: bool) {
        self.any = false;
        let gap = amid && matches!(self.parts.first(), None | Some(Part::Lines(_)));
        self.parts.splice(0..0, [Part::Cell(cell)].into_iter().chain(gap.then_some(Part::Gap)));
    }

    /// Takes everything, as lines of a width.
    pub(super) fn take(&mut self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            match part {
                Part::Lines(more) => lines.extend(more),
                Part::Gap => {
                    if std::mem::replace(&mut self.any, true) {
                        lines.push(Line::default());
                    }
                }
                Part::Cell(cell) => self.lay_out(&cell, width, look, &mut lines),
            }
        }
        lines
    }

    fn lay_out(&mut self, cell: &Arc<dyn Cell>, width: u16, look: &Look, lines: &mut Vec<Line<'static>>) {
        let own = cell.lines(width, look);
        if own.is_empty() {
            return;
        }
        if self.any && !cell.joins_previous() {
            lines.push(Line::default());
        }
        let apart = cell.is_user() && !look.flat;
        if apart {
            lines.push(Line::default());
        }
        lines.extend(own);
        if apart {
            lines.push(Line::default());
        }
        self.any = true;
    }
}
