//! The verdicts on the parts of a line, for whoever asks about each of them.

use codex_shell_command::{Danger, FileKind, Verdict, classify_leaves, reduce};
use pretty_assertions::assert_eq;

use crate::machine::{Machine, words};

fn judged(machine: &Machine, line: &str) -> Vec<(String, Verdict)> {
    let reduction = reduce(&words(&["bash", "-lc", line]));
    let verdicts = classify_leaves(&reduction, &machine.surroundings());
    reduction.leaves().iter().map(|leaf| leaf.argv.join(" ")).zip(verdicts).collect()
}

#[test]
fn every_part_has_a_verdict_of_its_own() {
    let machine = Machine::new();
    let expected = [
        ("ls", Verdict::Safe),
        ("touch x", Verdict::Unknown),
        ("rm -f x", Verdict::Dangerous(Danger::ForcedRemoval)),
        ("pwd", Verdict::Safe),
        ("rm -rf /", Verdict::Dangerous(Danger::DestroysRoot)),
        ("sh -c ls > f", Verdict::Unknown),
    ];
    let found = judged(&machine, "ls; touch x && rm -f x || bash -c 'pwd; rm -rf /' | sh -c 'ls > f'");
    assert_eq!(found, expected.map(|(text, verdict)| (text.to_owned(), verdict)));
}

#[test]
fn a_part_is_judged_where_it_stands() {
    let mut machine = Machine::new();
    let verdicts =
        |machine: &Machine, line: &str| -> Vec<Verdict> { judged(machine, line).into_iter().map(|(_, verdict)| verdict).collect() };
    assert_eq!(verdicts(&machine, "cat config; cd ~/.ssh; cat config"), [Verdict::Safe, Verdict::Safe, Verdict::Unknown]);
    // A second line, or a shell that nobody vouches for, leaves no part safe.
    assert_eq!(verdicts(&machine, "ls\npwd"), [Verdict::Unknown, Verdict::Unknown]);
    machine.files.put("/w/sh", FileKind::Regular, 1000, 0o755);
    assert_eq!(verdicts(&machine, "ls; ./sh -c 'ls'"), [Verdict::Safe, Verdict::Unknown]);
    assert_eq!(verdicts(&machine, "ls > f"), [Verdict::Unknown]);
}
