//! How much of a new history each part may take, in tokens.

use codex_model_client::catalogue::ModelInfo;

/// What the messages of the user may take at most, as the published program has it.
const MOST_FOR_USER: i64 = 20_000;

/// What the ledger may take at most.
const MOST_FOR_LEDGER: i64 = 24_000;

/// Shares of a new history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// For the messages of the user.
    pub(crate) user: i64,
    /// For the ledger.
    pub(crate) ledger: i64,
}

impl Budget {
    /// What a model's window allows: with both parts full, more than a third is left before the next compaction.
    pub(crate) fn of(model: &ModelInfo) -> Self {
        let third = model.auto_compact_limit.max(0) * 3 / 10;
        Self { user: third.min(MOST_FOR_USER), ledger: third.min(MOST_FOR_LEDGER) }
    }
}

#[cfg(test)]
mod tests {
    use codex_model_client::catalogue::lookup;

    use super::*;

    #[test]
    fn a_large_window_gives_the_published_budget_and_a_small_one_its_share() {
        assert_eq!(Budget::of(&lookup("gpt-5.1-codex")).user, 20_000);
        let small = ModelInfo { auto_compact_limit: 5_000, ..lookup("gpt-5.1-codex") };
        assert_eq!(Budget::of(&small), Budget { user: 1_500, ledger: 1_500 });
    }
}
