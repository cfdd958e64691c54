//! The answer that streams: finished lines go out once, the unfinished end is shown live.
//!
//! Something else may be told in the middle of an answer. Then what came is a message of its own, and the rest of the same item
//! goes on below as another one; the whole text that the server tells in the end is compared with all of them.

use std::sync::Arc;

use codex_protocol::ItemId;
use ratatui::text::Line;

use super::make;
use crate::cells::{Cell, marked};
use crate::markdown::Stream;
use crate::theme::Look;

/// Columns of the mark before an answer.
const MARK: u16 = 2;

/// The answer under way, if there is one.
#[derive(Debug, Default)]
pub(super) struct Answer {
    open: Option<Open>,
    /// What was told of an item before something else came between.
    told: Option<(ItemId, String)>,
}

#[derive(Debug)]
struct Open {
    item: Option<ItemId>,
    source: String,
    stream: Stream,
    /// Lines that went out.
    printed: usize,
}

/// What ends with an answer.
#[derive(Debug)]
pub(super) struct Finished {
    /// The message, or the rest of it; `None` when all of it was told before.
    pub(super) cell: Option<Arc<dyn Cell>>,
    /// All of it, as the model wrote it.
    pub(super) source: String,
    /// Lines that were left.
    pub(super) lines: Vec<Line<'static>>,
}

impl Answer {
    pub(super) fn set_width(&mut self, width: u16) {
        if let Some(open) = &mut self.open {
            open.stream.set_width(width.saturating_sub(MARK).max(1));
        }
    }

    /// Takes a piece; returns the lines it finished.
    pub(super) fn push(&mut self, item: &ItemId, delta: &str, width: u16, look: &Look) -> Vec<Line<'static>> {
        let open = self.open.get_or_insert_with(|| Open::new(Some(item.clone()), width, look));
        open.source.push_str(delta);
        let lines = open.stream.push(delta);
        open.mark(lines, look)
    }

    /// Whether pieces of another item are open.
    pub(super) fn is_other(&self, item: &ItemId) -> bool {
        self.open.as_ref().is_some_and(|open| open.item.as_ref() != Some(item))
    }

    /// Ends it in the middle: something else is told now.
    pub(super) fn break_off(&mut self, look: &Look) -> Option<Finished> {
        let mut open = self.open.take()?;
        let lines = open.end(look);
        if let Some(item) = open.item.take() {
            let before = self.told.take().filter(|(told, _)| *told == item).map(|(_, text)| text).unwrap_or_default();
            self.told = Some((item, before + &open.source));
        }
        let cell = (!open.source.trim().is_empty()).then(|| make::answer(&open.source));
        Some(Finished { cell, source: open.source, lines })
    }

    /// Ends it with the whole text, as the server told it in the end. Pieces may have been lost; the whole is not.
    pub(super) fn finish(&mut self, item: Option<&ItemId>, whole: &str, width: u16, look: &Look) -> Finished {
        let told = self.told.take().filter(|(told, _)| item.is_none_or(|item| item == told)).map(|(_, text)| text);
        let rest = told.as_deref().and_then(|told| whole.strip_prefix(told));
        let is_rest = rest.is_some();
        let text = rest.unwrap_or(whole);
        let mut open = self.open.take().unwrap_or_else(|| Open::new(None, width, look));
        let mut lines = Vec::new();
        if let Some(more) = text.strip_prefix(open.source.as_str()).map(str::to_owned) {
            let finished = open.stream.push(&more);
            lines.extend(open.mark(finished, look));
            open.source.push_str(&more);
        }
        lines.extend(open.end(look));
        let shown = if is_rest { open.source.as_str() } else { whole };
        let cell = (!shown.trim().is_empty()).then(|| make::answer(shown));
        Finished { cell, source: whole.to_owned(), lines }
    }

    /// Begins it anew at a width; returns the lines that are finished.
    pub(super) fn again(&mut self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let mut fresh = Open::new(open.item.take(), width, look);
        fresh.source = std::mem::take(&mut open.source);
        let lines = fresh.stream.push(&fresh.source);
        let lines = fresh.mark(lines, look);
        *open = fresh;
        lines
    }

    /// How the end that is not finished looks.
    pub(super) fn unfinished(&self, look: &Look) -> Vec<Line<'static>> {
        let Some(open) = &self.open else { return Vec::new() };
        marked(open.stream.unfinished(), open.printed == 0, look)
    }

    /// What came so far.
    pub(super) fn cell(&self) -> Option<Arc<dyn Cell>> {
        self.open.as_ref().filter(|open| !open.source.trim().is_empty()).map(|open| make::answer(&open.source))
    }
}

impl Open {
    fn new(item: Option<ItemId>, width: u16, look: &Look) -> Self {
        let stream = Stream::new(width.saturating_sub(MARK).max(1), look);
        Self { item, source: String::new(), stream, printed: 0 }
    }

    /// The lines that were left.
    fn end(&mut self, look: &Look) -> Vec<Line<'static>> {
        let rest = self.stream.finish();
        self.mark(rest, look)
    }

    fn mark(&mut self, lines: Vec<Line<'static>>, look: &Look) -> Vec<Line<'static>> {
        let first = self.printed == 0;
        self.printed += lines.len();
        marked(lines, first, look)
    }
}
