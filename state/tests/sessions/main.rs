//! Recording, reading back and finding sessions, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod damage;
mod finding;
mod recording;
mod support;
