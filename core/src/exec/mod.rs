//! Commands of the model: the one place that starts them, and the live ones.

pub(crate) mod count;
pub(crate) mod env;
mod outcome;
pub(crate) mod run;
pub(crate) mod sessions;
pub(crate) mod start;
pub(crate) mod user_shell;
