//! The conversation as it goes to the model: append-only, so that a server's prompt cache hits.
//!
//! Two things rewrite it, and both say so in the session file: a compaction puts a shorter one in its place, and a rollback
//! takes the last turns off. Knows what it costs: as the server counted it, and by estimate what came since.

use codex_protocol::ResponseItem;

use super::tokens;

/// Items in order. There is no way to change one that is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    items: Vec<ResponseItem>,
    /// When each item came, milliseconds since 1970.
    stamps: Vec<i64>,
    counted: Option<Counted>,
    /// Where the turns of the user begin.
    turns: Vec<usize>,
    /// Whether something stood before the first item, and was replaced.
    replaced: bool,
    /// Tokens below which another compaction would bring nothing.
    floor: i64,
}

/// What a server said of the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted {
    items: usize,
    tokens: i64,
}

impl History {
    /// Adds an item at the end. Items that no server understands are left out.
    pub(crate) fn push(&mut self, item: ResponseItem) {
        self.push_at(item, jiff::Timestamp::now().as_millisecond());
    }

    /// Adds an item that came at another time.
    pub(crate) fn push_at(&mut self, item: ResponseItem, at: i64) {
        if !matches!(item, ResponseItem::Other) {
            self.items.push(item);
            self.stamps.push(at);
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

    /// When each item came, milliseconds since 1970.
    pub(crate) fn stamps(&self) -> &[i64] {
        &self.stamps
    }

    /// Takes down what the server counted for everything up to here, its answer included.
    pub(crate) fn counted(&mut self, tokens: i64) {
        self.counted = (tokens > 0).then_some(Counted { items: self.items.len(), tokens });
    }

    /// Tokens of the next request: what the server counted, and by estimate what came since. `overhead` is what a request
    /// has besides the items, for when no server counted anything.
    pub(crate) fn tokens(&self, overhead: i64) -> i64 {
        let (from, base) = self.counted.map_or((0, overhead), |counted| (counted.items, counted.tokens));
        base + self.items[from..].iter().map(tokens::of_item).sum::<i64>()
    }

    /// Tokens below which a compaction brings nothing.
    pub(crate) fn floor(&self) -> i64 {
        self.floor
    }

    /// Says that a compaction below so many tokens brings nothing.
    pub(crate) fn set_floor(&mut self, tokens: i64) {
        self.floor = tokens;
    }

    /// Marks that a turn of the user begins here.
    pub(crate) fn begin_turn(&mut self) {
        self.begin_turn_at(self.items.len());
    }

    /// Marks that a turn of the user began with this item.
    pub(crate) fn begin_turn_at(&mut self, item: usize) {
        self.turns.push(item);
    }

    /// How many turns of the user can be taken back.
    pub(crate) fn turns(&self) -> usize {
        self.turns.len()
    }

    /// Puts other items in the place of all. Turns before cannot be taken back from here any more.
    pub(crate) fn replace(&mut self, items: Vec<ResponseItem>) {
        let now = jiff::Timestamp::now().as_millisecond();
        self.stamps = vec![now; items.len()];
        self.items = items;
        self.counted = None;
        self.turns = Vec::new();
        self.replaced = true;
        self.floor = 0;
    }

    /// Takes the last turns off; all that are here when there are fewer. False when that would reach behind a replacement,
    /// and nothing is done then.
    pub(crate) fn take_back(&mut self, turns: usize) -> bool {
        let Some(at) = self.turns.len().checked_sub(turns) else {
            if self.replaced {
                return false;
            }
            let first = self.turns.first().copied().unwrap_or(self.items.len());
            self.turns.clear();
            self.cut(first);
            return true;
        };
        let length = self.turns.get(at).copied().unwrap_or(self.items.len());
        self.turns.truncate(at);
        self.cut(length);
        true
    }

    fn cut(&mut self, length: usize) {
        self.items.truncate(length);
        self.stamps.truncate(length);
        self.counted = self.counted.filter(|counted| counted.items <= length);
        self.floor = 0;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn with_turns(count: usize) -> History {
        let mut history = History::default();
        history.push(ResponseItem::developer_text("rules"));
        for number in 0..count {
            history.begin_turn();
            history.push(ResponseItem::user_text(format!("turn {number}")));
        }
        history
    }

    #[test]
    fn what_the_server_counted_counts_and_the_rest_is_estimated() {
        let mut history = with_turns(1);
        let whole = history.tokens(50);
        history.counted(1_000);
        assert_eq!(history.tokens(50), 1_000);
        history.push(ResponseItem::user_text("x".repeat(4_000)));
        assert!((2_000..2_050).contains(&history.tokens(50)), "{}", history.tokens(50));
        history.replace(vec![ResponseItem::user_text("turn 0")]);
        assert!(history.tokens(50) < whole);
    }

    #[test]
    fn turns_are_taken_back_up_to_the_first_but_not_behind_a_replacement() {
        let mut history = with_turns(3);
        assert!(history.take_back(1));
        assert_eq!(history.items().len(), 3);
        assert!(history.take_back(9));
        assert_eq!(history, {
            let mut bare = with_turns(0);
            bare.stamps = history.stamps.clone();
            bare
        });
        history.replace(vec![ResponseItem::user_text("summary")]);
        history.begin_turn();
        history.push(ResponseItem::user_text("more"));
        assert!(!history.take_back(2));
        assert!(history.take_back(1));
        assert_eq!(history.items().len(), 1);
    }
}
