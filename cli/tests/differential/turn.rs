//! Keeps the two programs from running at the same time; several runs of one of them may.
//!
//! They share `/tmp`, and the names in it that their sandboxes protect. Our stand-in for a missing `/tmp/.git` can go between the
//! moment the reference looks and the moment it mounts, and the reference then leaves an empty `/tmp/.git` behind, which makes
//! everything below `/tmp` part of a repository for whatever runs next.

use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Which program runs, and how many times.
struct State {
    is_ours: bool,
    running: usize,
}

static STATE: Mutex<State> = Mutex::new(State { is_ours: true, running: 0 });
static CHANGED: Condvar = Condvar::new();

/// The right to run a program, until it is dropped.
pub(crate) struct Turn(());

/// Waits until only runs of this program are under way.
pub(crate) fn of(program: &Path) -> Turn {
    let is_ours = program == Path::new(env!("CARGO_BIN_EXE_codex"));
    let is_taken = |state: &mut State| state.running > 0 && state.is_ours != is_ours;
    let mut state = CHANGED.wait_while(lock(), is_taken).unwrap_or_else(PoisonError::into_inner);
    state.is_ours = is_ours;
    state.running += 1;
    Turn(())
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock().running -= 1;
        CHANGED.notify_all();
    }
}
