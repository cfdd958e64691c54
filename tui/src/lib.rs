//! The terminal interface of `codex`: a conversation that is printed once into the terminal's own scrollback, and below it
//! the small part that lives: what runs, what waits, the composer, the status line.
//!
//! The rooms, each of which knows only those above it in this list:
//!
//! * [`text`]: what may reach a terminal at all, widths, wrapping. [`theme`]: colours and attributes.
//! * [`keymap`]: keys to named actions.
//! * [`markdown`] and [`cells`]: what happened, as lines.
//! * [`composer`]: the text being written, with its popups. [`overlay`] and [`modal`]: what takes the screen or the keys for a while.
//! * [`terminal`]: the one place that writes to the terminal.
//! * [`chat`]: events of a thread to cells. [`slash`]: one file a command. [`start`]: trust and sign-in before the first thread.
//! * [`app`]: the loop that joins them.
//!
//! **Not here:** what a turn does (`codex-core`), reading settings (`codex-config`), finding sessions (`codex-state`).

pub mod app;
pub mod cells;
pub mod chat;
pub mod composer;
pub mod keymap;
pub mod markdown;
pub mod modal;
pub mod overlay;
pub mod slash;
pub mod start;
pub mod terminal;
pub mod text;
pub mod theme;

pub use app::{Conversation, Exit, Launch, Place, Stored, Surroundings, TuiError, run};
