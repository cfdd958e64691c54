//! Thread items: what a person sees of a turn, made from events by one projection.
//!
//! `exec --json`, the app server, the terminal interface and every other front-end read items
//! from [`ItemStream`] and only spell them in their own wire form.

mod project;
mod thread_item;

pub use self::project::{ItemChange, ItemStream};
pub use self::thread_item::{CommandItem, FileChangeItem, ItemStatus, McpItem, ThreadItem, ThreadItemKind};
