//! What takes the whole screen for a while: transcript, diff, pickers, help.

pub mod picker;
