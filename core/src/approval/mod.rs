//! May this run, and how: decided by parsed commands, rules and policies, never by the model's words; asked about where
//! the policy says so; answered once.
//!
//! `gate` is the way in for commands, `patches` for patches. `decide` holds the whole table as one pure function.

pub(crate) mod additional;
pub(crate) mod decide;
pub(crate) mod denials;
pub(crate) mod gate;
mod grants;
mod judge;
pub(crate) mod patches;
pub(crate) mod pending;
pub(crate) mod permissions;
pub(crate) mod permit;
mod removal;
mod room;
pub(crate) mod rulebook;
pub(crate) mod wishes;
pub(crate) mod words;

use self::grants::Grants;
use self::pending::PendingApprovals;
use self::permissions::PermissionGrants;
use self::rulebook::RuleBook;

/// What a thread knows of questions and answers.
#[derive(Debug)]
pub(crate) struct Approvals {
    pub(crate) pending: PendingApprovals,
    pub(crate) grants: Grants,
    pub(crate) permissions: PermissionGrants,
    pub(crate) rules: RuleBook,
}

impl Approvals {
    pub(crate) fn new(rules: RuleBook) -> Self {
        Self { pending: PendingApprovals::default(), grants: Grants::default(), permissions: PermissionGrants::default(), rules }
    }
}
