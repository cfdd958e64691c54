//! Everything the model sees is built here: append-only inside a thread, each piece bounded.

pub(crate) mod fragments;
pub(crate) mod history;
pub(crate) mod instructions;
pub(crate) mod normalize;
pub(crate) mod output;
pub(crate) mod prompt;
pub(crate) mod tokens;
pub(crate) mod user_message;

/// The base instructions of every model that brings none of its own.
pub(crate) const BASE_INSTRUCTIONS: &str = include_str!("prompts/base.md");
