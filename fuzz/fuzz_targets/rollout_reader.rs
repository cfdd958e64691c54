//! A session file of any bytes: damaged, torn, of another program, or no session at all.

#![no_main]

use std::path::Path;

use codex_state::{LineOutcome, ReadLine, StateError, parse_line, read_rollout_from};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let outcomes: Vec<LineOutcome> = data.split(|byte| *byte == b'\n').map(parse_line).collect();
    outcomes.iter().for_each(writes_as_it_reads);
    let blank = outcomes.iter().filter(|outcome| **outcome == LineOutcome::Blank).count();

    match read_rollout_from(data, Path::new("session")) {
        Ok(rollout) => {
            // A line may hold the torn start of one record and the whole of the next, so only a bound is known.
            assert!(rollout.lines.len() + rollout.skipped <= data.len());
            assert!(!rollout.torn_tail || !data.ends_with(b"\n"));
            let known = rollout.lines.iter().filter(|line| matches!(line, ReadLine::Known(_))).count();
            assert_eq!(rollout.items().count(), known);
        }
        Err(StateError::Empty { .. }) => assert_eq!(blank, outcomes.len()),
        Err(StateError::NoThreadId { .. }) => assert!(blank < outcomes.len()),
        Err(error) => panic!("bytes in memory can be read: {error}"),
    }
});

/// A line that was read, written and read again is written the same.
fn writes_as_it_reads(outcome: &LineOutcome) {
    let LineOutcome::Known(line) = outcome else { return };
    let written = serde_json::to_vec(line).expect("a line that was read can be written");
    match parse_line(&written) {
        LineOutcome::Known(again) => {
            assert_eq!(String::from_utf8(serde_json::to_vec(&again).expect("and again")), String::from_utf8(written));
        }
        other => panic!("{} reads as {other:?}", String::from_utf8_lossy(&written)),
    }
}
