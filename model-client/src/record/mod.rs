//! Keeps the model traffic of a run in a file, and plays it back without any network.
//!
//! Both sides work on the canonical form, so a recording knows nothing of wires, addresses or keys. What differs
//! from run to run (ids, times, folders) is replaced by placeholders before it is written and before it is compared;
//! placeholders in what the model said become the present values again.
//!
//! A file is JSON lines: a header `{"format":"codex-recording","version":1}`, then one line for each request with
//! its normalised body and the events or the error that answered it. Parts of `request` that are left out of a file
//! are not compared.

mod compare;
mod event;
mod file;
mod normalise;
mod recorder;
mod replay;

pub use file::{RecordError, Recording};
pub use normalise::Surroundings;
pub use recorder::RecordingClient;
pub use replay::{ReplayClient, ReplayMode};
