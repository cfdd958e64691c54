//! The text being written: editing, pastes, images, history, popups. Knows no thread and no terminal: keys in, outcome out.
//!
//! [`Composer`] is the whole of it. It has no timers: what has to happen later is asked for by [`Composer::next_deadline`] and done
//! by [`Composer::tick`]. It reads files only to look up history and to see whether a pasted path is an image; finding files for
//! `@` is somebody else's work, whose results are handed in.
//!
//! * [`textarea`]: the text and its cursor. `units`: what placeholders in it stand for.
//! * `keys`: what each key does. `burst`: whether keys come too fast for a person. `vim`: the modes of vi.
//! * `submit`: what a finished text is. `history`, `search`: what was sent before.
//! * [`popup`]: the lists below the text. `render`, `shortcuts`: how it looks.
//! * [`editor`]: the text in a program of its own. [`files`]: the work behind `@`.

mod burst;
pub mod editor;
pub mod files;
mod history;
mod images;
mod keys;
mod options;
mod outcome;
pub mod popup;
mod recall;
mod render;
mod search;
mod shortcuts;
mod state;
mod submit;
pub mod textarea;
mod units;
mod vim;

#[cfg(test)]
mod tests;

pub use self::history::History;
pub use self::options::{ComposerOptions, MentionEntry, SlashEntry};
pub use self::outcome::{AttachedImage, Draft, Hint, Mention, Outcome};
pub use self::state::Composer;
