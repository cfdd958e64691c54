//! The public surface of the crate, layer by layer and key by key.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod edits;
mod effects;
mod errors;
mod instructions;
mod keys;
mod layering;
mod page;
mod sandboxing;
mod schema;
mod support;
mod unknown;
