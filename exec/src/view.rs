//! The one of the two views that a run has, with the stream it belongs on.

use codex_protocol::Event;
use codex_protocol::items::{ItemChange, ItemStream};

use crate::human::HumanView;
use crate::jsonl::JsonView;
use crate::output::Stream;

/// How a run is shown.
pub(crate) enum Shown {
    /// For people, on standard error.
    Human(Box<HumanView>),
    /// For programs, on standard output.
    Json(JsonView),
}

/// Turns events into bytes for a stream.
pub(crate) struct View {
    shown: Shown,
    items: ItemStream,
}

impl View {
    /// A view that has seen nothing.
    pub(crate) fn new(shown: Shown) -> Self {
        Self { shown, items: ItemStream::new() }
    }

    /// The stream the view writes to.
    pub(crate) fn stream(&self) -> Stream {
        match self.shown {
            Shown::Human(_) => Stream::Err,
            Shown::Json(_) => Stream::Out,
        }
    }

    /// What one event adds.
    pub(crate) fn push(&mut self, event: &Event) -> Vec<u8> {
        let changes: Vec<ItemChange> = self.items.push(event);
        match &mut self.shown {
            Shown::Human(view) => view.show(&event.msg, &changes),
            Shown::Json(view) => view.show(&event.msg, &changes),
        }
    }

    /// What stands at the end.
    pub(crate) fn footer(&self) -> Vec<u8> {
        match &self.shown {
            Shown::Human(view) => view.footer(),
            Shown::Json(_) => Vec::new(),
        }
    }
}
