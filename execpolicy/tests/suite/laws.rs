//! What holds for every file and every command.

use std::path::Path;

use codex_execpolicy::{Decision, PatternToken, durable_prefix, rule_line};
use proptest::prelude::*;

use crate::{policy, try_policy};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just(String::new()), "\\PC{0,6}"]
}

fn token() -> impl Strategy<Value = PatternToken> {
    prop_oneof![word().prop_map(PatternToken::One), prop::collection::vec(word(), 2..4).prop_map(PatternToken::AnyOf)]
}

fn source_of(pattern: &[PatternToken], decision: Decision) -> String {
    format!("prefix_rule({}, \"{decision}\")\n", serde_json::to_string(pattern).unwrap())
}

fn fits(token: &PatternToken, word: &String) -> bool {
    match token {
        PatternToken::One(own) => own == word,
        PatternToken::AnyOf(words) => words.contains(word),
    }
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![Just(Decision::Allow), Just(Decision::Prompt), Just(Decision::Forbidden)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_matches_what_begins_with_its_pattern(
        pattern in prop::collection::vec(token(), 1..4),
        argv in prop::collection::vec(word(), 0..5),
    ) {
        let found = policy(&source_of(&pattern, Decision::Allow)).check(&argv).decision.is_some();
        let wanted = argv.len() >= pattern.len() && pattern.iter().zip(&argv).all(|(token, word)| fits(token, word));
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn more_rules_never_make_a_decision_milder(
        rules in prop::collection::vec((prop::collection::vec(token(), 1..3), decision()), 1..5),
        argv in prop::collection::vec(word(), 1..4),
    ) {
        let all: Vec<String> = rules.iter().map(|(pattern, decision)| source_of(pattern, *decision)).collect();
        let fewer = policy(&all[1..].concat()).check(&argv);
        let more = policy(&all.concat()).check(&argv);
        prop_assert!(more.decision >= fewer.decision);
        prop_assert!(more.matched_rules.len() >= fewer.matched_rules.len());
    }

    #[test]
    fn a_stored_line_reads_back_as_the_same_words(rest in prop::collection::vec("\\PC{0,12}", 1..4)) {
        let argv: Vec<String> = std::iter::once("touch".to_owned()).chain(rest).collect();
        if let Ok(prefix) = durable_prefix(&argv, Some(Path::new("/usr/bin/touch"))) {
            let line = rule_line(&prefix);
            prop_assert!(!line.contains('\n'));
            let rules = policy(&line);
            let words: Vec<PatternToken> = argv.into_iter().map(PatternToken::One).collect();
            prop_assert_eq!(&rules.prefix_rules()[0].pattern, &words);
        }
    }

    #[test]
    fn a_pattern_is_shown_as_it_could_be_written(pattern in prop::collection::vec(prop_oneof![
        any::<String>().prop_map(PatternToken::One),
        prop::collection::vec(any::<String>(), 2..4).prop_map(PatternToken::AnyOf),
    ], 1..4)) {
        // A carriage return inside quotes is passed over by the language, but an escaped one is not.
        let first = policy(&format!("prefix_rule({})", serde_json::to_string(&pattern).unwrap().replace('\u{7f}', "\\u007f")));
        let text = first.prefix_rules()[0].pattern_text();
        prop_assert!(text.chars().all(|c| !c.is_control()));
        let second = policy(&format!("prefix_rule({text})"));
        prop_assert_eq!(&second.prefix_rules()[0].pattern, &first.prefix_rules()[0].pattern);
    }

    #[test]
    fn reading_any_text_ends(source in any::<String>()) {
        let _ = try_policy(&source);
    }

    #[test]
    fn reading_anything_like_a_rule_file_ends(parts in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let _ = try_policy(&parts.concat());
    }
}

/// Pieces of which something like a rule file is made.
const PIECES: &[&str] = &[
    "prefix_rule(",
    "host_executable(",
    "network_rule(",
    "pattern=",
    "decision=",
    "match=",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "=",
    "\"a\"",
    "'b'",
    "\"allow\"",
    "\"deny\"",
    "f\"{x}\"",
    "f\"{",
    "\"\"\"",
    "\\",
    "\n",
    "\n  ",
    "\t",
    "def f():",
    "for x in ",
    "if ",
    "else",
    "elif ",
    "lambda x: ",
    "return ",
    "x",
    "x = ",
    "x += ",
    "*",
    "**",
    "<<",
    "1",
    "1000000",
    "range(",
    "not ",
    " in ",
    "#",
    ".",
    "-",
    "\u{feff}",
    "load(",
    "*=",
    "None",
    "[x for x in x]",
    ";",
    "|",
];
