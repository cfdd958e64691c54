//! What a verdict costs.

use std::time::Duration;

use codex_shell_command::{OnDisk, Surroundings, Verdict, classify};

use crate::machine::{Machine, words};
use crate::stopwatch::Stopwatch;

/// The time of one run, from many, since the stopwatch counts in steps of some milliseconds.
fn each(mut run: impl FnMut() -> Verdict) -> Duration {
    const RUNS: u32 = 200;
    let watch = Stopwatch::start();
    for _ in 0..RUNS {
        assert_eq!(run(), Verdict::Safe);
    }
    watch.elapsed() / RUNS
}

#[test]
fn a_verdict_on_an_ordinary_line_takes_less_than_a_millisecond() {
    let machine = Machine::new();
    let argv = words(&["bash", "-lc", "cd src && rg -n 'fn main' --type rust . | head -20 && git status --short && sed -n '1,80p' lib.rs"]);
    let in_memory = each(|| classify(&argv, &machine.surroundings()));
    // Programs that this machine lacks are looked for in every folder of the path, which costs no less.
    let on_disk = Surroundings { lookup: &OnDisk, ..machine.surroundings() };
    let real = each(|| {
        classify(&argv, &on_disk);
        Verdict::Safe
    });
    println!("in memory {in_memory:?}, on disk {real:?}");
    // Five times as much without optimisation.
    let bound = Duration::from_millis(if cfg!(debug_assertions) { 5 } else { 1 });
    assert!(in_memory < bound && real < bound, "in memory {in_memory:?}, on disk {real:?}");
}
