//! `codex redo`: brings back what was undone. The work is that of [`super::undo`].

pub(crate) use super::undo::{RedoArgs, run_redo as run};
