//! A rule file of any text, read as the user's and judged by, whatever it says.
//!
//! Behind a byte 0xFF (which no UTF-8 text has) come the words of a command, separated by further such bytes.

#![no_main]

use std::path::Path;

use codex_execpolicy::{Decision, Policy, PolicyError, ProgramToRun, RuleMatch, Scope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.split(|byte| *byte == 0xff).map(|part| String::from_utf8_lossy(part).into_owned());
    let source = parts.next().unwrap_or_default();
    let argv: Vec<String> = parts.collect();
    let mut policy = Policy::default();
    match policy.add_source("fuzz.rules".as_ref(), Scope::User, &source) {
        Ok(()) => judge(&policy, &argv),
        Err(PolicyError::Parse { source, .. }) => assert!(policy.is_empty() && !source.to_string().is_empty()),
        Err(error) => panic!("a text in memory can be read: {error}"),
    }
});

fn judge(policy: &Policy, argv: &[String]) {
    for rule in policy.prefix_rules() {
        // What is shown could be written, and means the same.
        let mut again = Policy::default();
        let text = format!("prefix_rule({})", rule.pattern_text());
        again.add_source("again.rules".as_ref(), Scope::User, &text).expect("a pattern reads back");
        assert_eq!(again.prefix_rules()[0].pattern, rule.pattern);
    }
    let trusted = ProgramToRun { path: Some(Path::new("/usr/bin/x")), trusted: true };
    let planted = ProgramToRun { trusted: false, ..trusted };
    for evaluation in [policy.check(argv), policy.check_resolving(argv), policy.check_to_run(argv, trusted)] {
        assert_eq!(evaluation.decision, evaluation.matched_rules.iter().map(RuleMatch::decision).max());
        serde_json::to_string(&evaluation).expect("an evaluation can be written");
    }
    assert_ne!(policy.check_to_run(argv, planted).decision, Some(Decision::Allow));
    // What restricts counts however the program was found.
    let plain = policy.check(argv).decision;
    assert!(plain <= Some(Decision::Allow) || plain <= policy.check_to_run(argv, planted).decision);
}
