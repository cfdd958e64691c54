//! What takes the whole screen for a while: transcript, diff, pickers, help.

mod command;
mod diff;
mod help;
mod pager;
pub mod picker;

pub use command::{command_pager, revealed_lines};
pub use diff::{diff_lines, diff_pager};
pub use help::{HelpSection, help_pager};
pub use pager::{Pager, PagerTaken};
