//! Lets sandboxed commands use git's writing commands without opening `.git` to them.

mod argv;
mod config_text;
mod repository;
mod settings;

pub use argv::{Globals, Verdict, Write, classify, split_globals};
pub use repository::{Doubt, Repository};
