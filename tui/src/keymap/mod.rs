//! Keys to named actions, by context, with the user's changes. Does not read the terminal.
//!
//! [`actions`] is the one list of what can be bound; [`Keymap`] joins it with `[tui.keymap]`; [`key`] reads and writes keys.

pub mod actions;
pub mod key;
mod map;

pub use self::actions::{Action, Context};
pub use self::key::{Key, KeyError};
pub use self::map::{Keymap, KeymapError, KeymapRow, describe};
