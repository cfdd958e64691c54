//! The conversation as it goes to the model: append-only, so that a server's prompt cache hits.

use codex_protocol::ResponseItem;

/// Items in order. There is no way to change one that is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    items: Vec<ResponseItem>,
}

impl History {
    /// A history of items read from a session file.
    pub(crate) fn from_items(items: Vec<ResponseItem>) -> Self {
        Self { items }
    }

    /// Adds an item at the end. Items that no server understands are left out.
    pub(crate) fn push(&mut self, item: ResponseItem) {
        if !matches!(item, ResponseItem::Other) {
            self.items.push(item);
        }
    }

    /// The items in order.
    pub(crate) fn items(&self) -> &[ResponseItem] {
        &self.items
    }
}
