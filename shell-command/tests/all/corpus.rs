//! The recorded corpus of commands: what ran unasked, and what we want to be asked about.

use codex_shell_command::{Danger, Verdict};
use serde_json::Value;

use crate::machine::Machine;

/// Cases judged otherwise than recorded, with the reason; none is laxer.
const DIVERGENCES: &[(&[&str], Verdict, &str)] = &[
    (&["bash", "-lc", "xargs rm -rf"], DANGEROUS, "the same behind a pipe is wanted dangerous"),
    (&["dash", "-c", "rm -rf d"], DANGEROUS, "the tolerant scan reads the script of every shell"),
    (&["bash", "-l", "-c", "rm -rf d"], DANGEROUS, "the tolerant scan reads a script behind any options"),
    (&["bash", "--norc", "-c", "rm -rf d"], DANGEROUS, "the tolerant scan reads a script behind any options"),
    (&["bash", "-xc", "rm -rf d"], DANGEROUS, "the tolerant scan reads a script behind any options"),
];

const DANGEROUS: Verdict = Verdict::Dangerous(Danger::ForcedRemoval);

fn expected(case: &Value) -> Verdict {
    let wanted = case["wanted"].as_str().or(case["reference"].as_str()).unwrap();
    match wanted {
        "safe" => Verdict::Safe,
        "unknown" | "ask" => Verdict::Unknown,
        _ => DANGEROUS,
    }
}

fn kind(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Safe => "safe",
        Verdict::Unknown => "unknown",
        Verdict::Dangerous(_) => "dangerous",
    }
}

#[test]
fn every_recorded_command_gets_the_wanted_verdict() {
    let machine = Machine::new();
    let mut differing = Vec::new();
    let (mut safe, mut dangerous) = (0, 0);
    for line in include_str!("../fixtures/command_safety_cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let command: Vec<&str> = case["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let wanted = match DIVERGENCES.iter().find(|(words, _, _)| *words == command) {
            Some((_, verdict, _)) => *verdict,
            None => expected(&case),
        };
        safe += usize::from(kind(wanted) == "safe");
        dangerous += usize::from(kind(wanted) == "dangerous");
        let got = machine.judge(&command);
        if kind(got) != kind(wanted) {
            differing.push(format!("{command:?}: {} instead of {}", kind(got), kind(wanted)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(safe > 60 && dangerous > 20, "the corpus lost cases: {safe} safe, {dangerous} dangerous");
}
