//! The verdicts of the crate, from outside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod abuse;
mod corpus;
#[cfg(unix)]
mod differential;
mod leaves;
mod machine;
mod secrets;
mod speed;
mod stopwatch;
