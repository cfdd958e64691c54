//! Turns through the public surface, against a scripted model server and with real commands.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod suite;
