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

    /// Another id for a call whose own belongs to an earlier one; `None` when its own is free. The same
    /// history gives the same id, so that a replay makes the requests that were recorded.
    pub(crate) fn free_call_id(&self, wanted: &str) -> Option<String> {
        let taken = |id: &str| self.items.iter().any(|item| item.call_id() == Some(id));
        if !taken(wanted) {
            return None;
        }
        (2..).map(|number| format!("{wanted}_{number}")).find(|id| !taken(id))
    }

    /// The items in order.
    pub(crate) fn items(&self) -> &[ResponseItem] {
        &self.items
    }
}
