//! Reviews: a turn that hands the work to a reviewer, a thread of its own with its own instructions and nothing of the
//! conversation, and brings back what it found.
//!
//! `target` says what is to be reviewed, in the words the reviewer gets; `output` reads and shows what it answers; `run` is
//! the turn. The reviewer's thread is made by the thread manager like any other.

mod output;
mod run;
mod target;

pub(crate) use run::run_review;

/// What a reviewer goes by instead of the base instructions.
pub(crate) const REVIEWER_INSTRUCTIONS: &str = include_str!("reviewer.md");

/// The name of reviewers in headers and session files.
pub(crate) const SUBAGENT: &str = "review";
