//! Kills runs wherever something can be lost, has their writes fail one by one, and goes on with the sessions: nothing that was
//! acted on is lost, nothing is done twice, every file can be read, and no process stays (A66).
//!
//! `CODEX_CRASH_POINTS` says how many points (200 unless set), `CODEX_CRASH_SEED` which. Both are printed, with a histogram of
//! where the runs were when they were killed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod kills;
mod script;
mod writes;

use std::sync::atomic::{AtomicUsize, Ordering};

/// A number in a variable of whoever runs the tests.
fn number_from(variable: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "how long the tests take is the caller's to say")]
    let text = std::env::var(variable).ok()?;
    text.parse().ok()
}

/// Does all of it on as many threads as there are processors.
fn on_all_processors<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}
