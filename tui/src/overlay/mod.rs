//! What takes the whole screen for a while: transcript, diff, pickers, help.

mod diff;
mod help;
mod pager;
pub mod picker;

pub use diff::diff_lines;
pub use help::{HelpSection, help_pager};
pub use pager::{Pager, PagerTaken};
