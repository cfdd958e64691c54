//! The one place that writes to the terminal and reads from it: modes, the inline part, scrollback, the screen of overlays.
//!
//! The inline part is placed by relative movement alone. No row number is ever asked for or believed, so the first frame waits
//! for no answer, and nothing that a terminal does with old rows on a resize can make us write into history: see [`inline`].
//! What is printed above it is printed once, in order, and belongs to the terminal from then on.
//!
//! **Not here:** what is shown (`chat`, `cells`, ...), which key does what (`keymap`).

mod above;
mod alternate;
mod inline;
pub mod input;
pub mod keys;
mod modes;
mod notify;
mod paint;
mod screen;
mod signals;
mod suspend;

pub use inline::Inline;
pub use modes::{Modes, are_ours, come_back, come_back_after_stop, restore_on_panic, step_aside};
pub use notify::{Method, clean_notification, notification};
pub use screen::{Habits, Output, RowsKept, Screen, Size, standard_output};
pub use signals::{Ended, Signals};
pub use suspend::{stop_and_wait, wait_for_foreground};
