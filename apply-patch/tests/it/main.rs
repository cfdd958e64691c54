//! The crate as its users see it: on real directories.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpus;
mod executable;
mod links;
mod plan;
mod resolver;
mod transaction;
mod tree;
