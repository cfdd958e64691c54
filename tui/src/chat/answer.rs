//! The answer that streams: finished lines go out once, the unfinished end is shown live.

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
    pub(super) cell: Arc<dyn Cell>,
    pub(super) source: String,
    /// Lines that were left.
    pub(super) lines: Vec<Line<'static>>,
}

impl Answer {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

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

    /// Ends it. `whole` is the text as the server told it in the end; without any, what came is what there is.
    pub(super) fn finish(&mut self, whole: Option<&str>, width: u16, look: &Look) -> Option<Finished> {
        let mut open = match (self.open.take(), whole) {
            (Some(open), _) => open,
            (None, Some(text)) => {
                let mut open = Open::new(None, width, look);
                open.source = text.to_owned();
                let lines = open.stream.push(text);
                let mut lines = open.mark(lines, look);
                let rest = open.stream.finish();
                lines.extend(open.mark(rest, look));
                let cell = make::answer(text);
                return Some(Finished { cell, source: text.to_owned(), lines });
            }
            (None, None) => return None,
        };
        let mut lines = Vec::new();
        if let Some(rest) = whole.and_then(|text| text.strip_prefix(open.source.as_str())).map(str::to_owned) {
            // Pieces may have been lost; the whole is not.
            let more = open.stream.push(&rest);
            lines.extend(open.mark(more, look));
            open.source.push_str(&rest);
        }
        let rest = open.stream.finish();
        lines.extend(open.mark(rest, look));
        let source = whole.unwrap_or(&open.source).to_owned();
        Some(Finished { cell: make::answer(&source), source, lines })
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

    fn mark(&mut self, lines: Vec<Line<'static>>, look: &Look) -> Vec<Line<'static>> {
        let first = self.printed == 0;
        self.printed += lines.len();
        marked(lines, first, look)
    }
}
