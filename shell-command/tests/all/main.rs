//! The verdicts of the crate, from outside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod abuse;
mod corpus;
mod machine;
