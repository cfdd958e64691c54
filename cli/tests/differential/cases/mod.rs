//! The tasks that are compared.

mod answers;
mod commands;
mod failures;
mod patches;
mod sessions;
mod start_up;
mod tools;

use crate::case::Case;

/// Every case, the slow ones first.
pub(crate) fn all() -> Vec<Case> {
    let groups =
        [sessions::cases(), failures::cases(), commands::cases(), patches::cases(), tools::cases(), answers::cases(), start_up::cases()];
    groups.into_iter().flatten().collect()
}
