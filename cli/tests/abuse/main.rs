//! The abuse cases of the security contract, A01 to A68: each is a test named after its number.
//!
//! The built binary runs against a scripted model server that plays a hostile model, in a workspace that may be hostile
//! too. `docs/security.md` has the table of all cases; `table` checks that it is complete, that every test it names is
//! there, and that no case waits for a crate that exists.
//!
//! A case that this machine cannot express prints `skipped: ` and the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking, and says why it is skipped")]

mod parsers;
mod sandbox_and_paths;
mod secrets;
mod support;
mod table;
mod trust;
