//! The loop: keys, events of the thread and time come in, frames go out.
//!
//! [`run`] is the whole program from the first frame to the exit code. [`engine`] keeps the threads of the agent on a thread of
//! their own, so that no work of theirs holds up a key; everything they say comes through one channel. Nothing wakes the loop
//! while nothing happens and nothing moves.

mod back;
mod clipboard;
mod clock;
mod commands;
mod draw;
mod editor;
mod elsewhere;
mod engine;
mod expand;
mod files;
mod footer;
mod keys;
mod leave;
mod look;
mod mode;
mod overlays;
mod pace;
mod prompts;
mod run;
mod saved;
mod sessions;
mod setup;
mod skills;
mod state;
mod tell;
#[cfg(test)]
mod tests;
mod title;
mod turns;

pub(crate) use elsewhere::Server;
pub(crate) use engine::{Beginning, Found, News, with_causes};
pub(crate) use files::{Files, Refused, named};
pub(crate) use footer::{ITEMS as STATUS_ITEMS, item as status_item};
pub use run::run;
pub(crate) use run::{Ears, size as terminal_size};
pub use setup::{Conversation, Exit, Launch, Place, Stored, Surroundings, TuiError};
pub(crate) use skills::SkillEntry;
pub(crate) use state::{App, Chosen};
pub(crate) use title::ITEMS as TITLE_ITEMS;
pub(crate) use turns::now as seconds_now;

pub(crate) use self::look::first_look;
