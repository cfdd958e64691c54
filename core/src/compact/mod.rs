//! Compaction: a long history gives way to the user's own messages, a summary by the model, and a ledger by the program.
//!
//! The ledger is the part that does not depend on anybody's memory: the plan, what was read and is still as it was read, what
//! was edited, which commands ran and how they ended. Not here: when history counts as long (`context::history` estimates,
//! the turn asks).

mod ask;
mod budget;
mod ledger;
mod observe;
mod reads;
mod rebuild;
mod render;
mod run;

pub(crate) use self::ledger::Ledger;
pub(crate) use self::rebuild::from_summary_alone;
pub(crate) use self::run::{Place, compact, is_due, is_long, must_shrink, run_compaction, window_exceeded};

/// What compactions leave behind for the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompactionState {
    /// Everything noted up to the last compaction.
    pub(crate) ledger: Ledger,
    /// The message that stands for what the last one took out, by its first part.
    pub(crate) summary: Option<String>,
    /// The server refused the last request for its length.
    pub(crate) overflowed: bool,
}
