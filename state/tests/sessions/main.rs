//! Recording, reading back and finding sessions, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpus;
mod damage;
mod exporting;
mod finding;
mod recording;
mod storing;
mod support;
