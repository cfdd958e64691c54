//! Credentials and sign-in through the public surface, against a provider on the loopback interface.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod device;
mod harness;
mod keyring;
mod renewal;
mod restrictions;
mod storage;
