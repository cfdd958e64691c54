//! The content of a pager, laid out block by block when it is needed.

use std::sync::Arc;

use ratatui::text::Line;

use crate::cells::Cell;
use crate::text::{Indent, hard_wrap, plain_text};
use crate::theme::Look;

/// Lines that make one block of plain text.
const BLOCK_LINES: usize = 100;
/// Rows that a block is taken to have until it was laid out.
const GUESS: usize = 6;

/// A piece of content.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Cell(Arc<dyn Cell>),
    Lines(Arc<[Line<'static>]>),
}

impl Block {
    pub(super) fn of_lines(lines: Vec<Line<'static>>) -> Vec<Self> {
        lines.chunks(BLOCK_LINES).map(|lines| Self::Lines(lines.into())).collect()
    }
}

/// A row of the content: a block, and a row in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) block: usize,
    pub(super) row: usize,
}

/// Blocks, with the rows of those that were seen.
#[derive(Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    rows: Vec<Option<Arc<[Line<'static>]>>>,
    width: u16,
    look: Look,
}

impl Blocks {
    pub(super) fn new(blocks: Vec<Block>, look: &Look) -> Self {
        let rows = vec![None; blocks.len()];
        Self { blocks, rows, width: 80, look: look.clone() }
    }

    /// Another width or look lets everything be laid out anew.
    pub(super) fn set_form(&mut self, width: u16, look: &Look) {
        if self.width != width || self.look != *look {
            self.width = width;
            self.look = look.clone();
            self.rows.fill(None);
        }
    }

    /// Takes other cells; rows of those that stay are kept.
    pub(super) fn replace(&mut self, cells: Vec<Arc<dyn Cell>>) {
        let same = |block: &Block, cell: &Arc<dyn Cell>| matches!(block, Block::Cell(old) if Arc::ptr_eq(old, cell));
        let kept = self.blocks.iter().zip(&cells).take_while(|(block, cell)| same(block, cell)).count();
        self.rows.truncate(kept);
        self.rows.resize(cells.len(), None);
        self.blocks = cells.into_iter().map(Block::Cell).collect();
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The blocks that are messages of the user's.
    pub(super) fn users(&self) -> Vec<usize> {
        let is_user = |block: &Block| matches!(block, Block::Cell(cell) if cell.is_user());
        (0..self.blocks.len()).filter(|at| is_user(&self.blocks[*at])).collect()
    }

    /// Blank rows before a block.
    pub(super) fn gap(&self, at: usize) -> usize {
        match self.blocks.get(at) {
            Some(Block::Cell(cell)) if at > 0 && !cell.joins_previous() => 1,
            _ => 0,
        }
    }

    /// The words of a block.
    pub(super) fn plain(&self, at: usize) -> String {
        match &self.blocks[at] {
            Block::Cell(cell) => cell.plain(),
            Block::Lines(lines) => lines.iter().map(plain_text).collect::<Vec<_>>().join("\n"),
        }
    }

    /// The rows of a block, its blank rows first.
    pub(super) fn rows(&mut self, at: usize) -> Arc<[Line<'static>]> {
        if let Some(rows) = self.rows.get(at).and_then(Option::as_ref) {
            return Arc::clone(rows);
        }
        let Some(block) = self.blocks.get(at) else { return Arc::from([]) };
        let mut rows = vec![Line::default(); self.gap(at)];
        match block {
            Block::Cell(cell) => {
                // Code is not wrapped in the scrollback; here nothing may be out of sight.
                let columns = usize::from(self.width);
                let wrapped = cell.full(self.width, &self.look);
                rows.extend(wrapped.iter().flat_map(|line| hard_wrap(line, columns, &Indent::default())));
            }
            // Every blank of a command or a diff is part of it.
            Block::Lines(lines) => rows.extend(lines.iter().flat_map(|line| hard_wrap(line, usize::from(self.width), &Indent::default()))),
        }
        let rows: Arc<[Line<'static>]> = rows.into();
        self.rows[at] = Some(Arc::clone(&rows));
        rows
    }

    fn height(&mut self, at: usize) -> usize {
        self.rows(at).len()
    }

    /// The place `rows` rows above, at most the first.
    pub(super) fn up(&mut self, from: Place, rows: usize) -> Place {
        let (mut place, mut left) = (self.clamp(from), rows);
        while left > place.row {
            if place.block == 0 {
                return Place::default();
            }
            left -= place.row;
            place.block -= 1;
            place.row = self.height(place.block);
        }
        place.row -= left;
        self.settle(place)
    }

    /// The place `rows` rows below, at most the end.
    pub(super) fn down(&mut self, from: Place, rows: usize) -> Place {
        let mut place = self.clamp(from);
        place.row += rows;
        self.settle(place)
    }

    /// The first place from which everything to the end fits into `rows` rows.
    pub(super) fn last_top(&mut self, rows: usize) -> Place {
        let end = Place { block: self.blocks.len(), row: 0 };
        self.up(end, rows)
    }

    /// A place inside the content, or its end.
    pub(super) fn clamp(&mut self, place: Place) -> Place {
        if place.block >= self.blocks.len() {
            return Place { block: self.blocks.len(), row: 0 };
        }
        let height = self.height(place.block);
        self.settle(Place { row: place.row.min(height), ..place })
    }

    /// The same row, named by the block it is in.
    fn settle(&mut self, mut place: Place) -> Place {
        while place.block < self.blocks.len() {
            let height = self.height(place.block);
            if place.row < height {
                return place;
            }
            place = Place { block: place.block + 1, row: place.row - height };
        }
        Place { block: self.blocks.len(), row: 0 }
    }

    /// Rows before a place and rows of all; guessed where blocks were not seen yet.
    pub(super) fn position(&self, place: Place) -> (usize, usize) {
        let (seen, known) = self.rows.iter().flatten().fold((0, 0), |sum, rows| (sum.0 + 1, sum.1 + rows.len()));
        let guess = if seen == 0 { GUESS } else { known.div_ceil(seen).max(1) };
        let height = |rows: &Option<Arc<[Line<'static>]>>| rows.as_ref().map_or(guess, |rows| rows.len());
        let before = self.rows.iter().take(place.block).map(height).sum::<usize>() + place.row;
        (before, self.rows.iter().map(height).sum())
    }
}
