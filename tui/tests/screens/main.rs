//! How every cell, overlay and main screen looks, at several widths.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cells;
mod coverage;
mod dialogs;
mod docs;
mod overlays;
mod rows;
mod samples;
mod svg;
mod wishes;
