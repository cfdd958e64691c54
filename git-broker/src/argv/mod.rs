//! What a git command line asks for, read from its words alone.
//!
//! Allow-lists throughout: a subcommand or option that is not in [`tables`] is not brokered, and so are abbreviated
//! options. Both sides use it: the client to choose a way, the broker because it believes nobody.
//!
//! **Not here:** which repository is meant, and what the broker adds to the line.

mod classify;
mod global;
mod parse;
mod rules;
mod tables;

pub use classify::{Verdict, Write, classify};
pub use global::{Globals, split_globals};
pub(crate) use parse::names_git;
