//! What rules say about commands.

use std::path::Path;

use codex_execpolicy::{Decision, Policy, ProgramToRun, Scope};
use pretty_assertions::assert_eq;

use crate::{policy, words};

fn json(policy: &Policy, line: &str) -> String {
    serde_json::to_string(&policy.check(&words(line))).unwrap()
}

fn resolving(policy: &Policy, line: &str) -> String {
    serde_json::to_string(&policy.check_resolving(&words(line))).unwrap()
}

#[test]
fn an_evaluation_has_the_keys_that_programs_know() {
    let policy = policy(concat!(
        "prefix_rule([\"git\", \"push\"], \"prompt\", justification=\"pushing needs a look\")\n",
        "prefix_rule([\"git\"])\n",
    ));
    assert_eq!(
        json(&policy, "git push origin"),
        concat!(
            "{\"matchedRules\":[{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"push\"],\"decision\":\"prompt\",",
            "\"justification\":\"pushing needs a look\"}},{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\"],\"decision\":\"allow\"}}],",
            "\"decision\":\"prompt\"}"
        )
    );
    assert_eq!(json(&policy, "ls"), "{\"matchedRules\":[]}");
    assert_eq!(
        resolving(&policy, "/usr/bin/git push"),
        concat!(
            "{\"matchedRules\":[{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"push\"],\"decision\":\"prompt\",",
            "\"resolvedProgram\":\"/usr/bin/git\",\"justification\":\"pushing needs a look\"}},",
            "{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\"],\"decision\":\"allow\",\"resolvedProgram\":\"/usr/bin/git\"}}],",
            "\"decision\":\"prompt\"}"
        )
    );
}

#[test]
fn the_strictest_of_all_matches_wins_whatever_the_order() {
    let rules = ["prefix_rule([\"a\"])", "prefix_rule([\"a\", \"b\"], \"prompt\")", "prefix_rule([\"a\"], \"forbidden\")"];
    let (allow, prompt, forbidden) = (Decision::Allow, Decision::Prompt, Decision::Forbidden);
    for (chosen, line, wanted) in [
        (&[0][..], "a b", allow),
        (&[0, 1], "a b", prompt),
        (&[1, 0], "a b", prompt),
        (&[0, 1], "a c", allow),
        (&[2, 1, 0], "a b", forbidden),
        (&[0, 1, 2], "a b", forbidden),
    ] {
        let text: Vec<_> = chosen.iter().map(|rule| rules[*rule]).collect();
        let evaluation = policy(&text.join("\n")).check(&words(line));
        assert_eq!(evaluation.decision, Some(wanted));
        assert_eq!(evaluation.decisive().unwrap().decision, wanted);
    }
}

#[test]
fn matches_come_in_the_order_of_files_and_lines_and_every_one_of_them() {
    let mut policy = policy("prefix_rule([\"a\"])\nprefix_rule([[\"a\", \"a\"]], \"prompt\")");
    policy.add_source("second".as_ref(), Scope::Project, "\nprefix_rule([\"a\", \"b\"])").unwrap();
    let evaluation = policy.check(&words("a b c"));
    let places: Vec<_> = evaluation
        .matched_rules
        .iter()
        .map(|found| {
            let codex_execpolicy::RuleMatch::PrefixRuleMatch(found) = found else { panic!("a prefix rule") };
            (found.origin.to_string(), found.origin.scope, found.matched_prefix.len())
        })
        .collect();
    assert_eq!(
        places,
        [
            ("my.rules:1".to_owned(), Scope::User, 1),
            ("my.rules:2".to_owned(), Scope::User, 1),
            ("my.rules:2".to_owned(), Scope::User, 1),
            ("second:2".to_owned(), Scope::Project, 2),
        ]
    );
}

#[test]
fn words_are_compared_exactly() {
    let policy = policy("prefix_rule([\"git\", [\"push\", \"fetch\"], \"--all\"])\nprefix_rule([\"x\", \"\"])");
    for (line, matches) in [
        ("git push --all", true),
        ("git fetch --all -v", true),
        ("git push", false),
        ("git pull --all", false),
        ("git --all push", false),
        ("Git push --all", false),
        ("git push --all=x", false),
        ("git pushh --all", false),
        ("/usr/bin/git push --all", false),
        ("bash -lc 'git push --all'", false),
        ("env git push --all", false),
        ("x ''", true),
        ("x", false),
        ("x y", false),
    ] {
        assert_eq!(policy.check(&words(line)).decision.is_some(), matches, "{line}");
    }
    assert_eq!(policy.check(&[]).decision, None);
}

#[test]
fn a_path_counts_as_the_name_at_its_end_when_asked_for() {
    let git = "prefix_rule([\"git\"], \"prompt\")\n";
    let cases: &[(&str, &str, Option<&str>)] = &[
        ("", "/usr/bin/git x", Some("/usr/bin/git")),
        ("", "/usr/../bin/./git/ x", Some("/bin/git")),
        ("", "./git", None),
        ("", "bin/git", None),
        ("", "/", None),
        ("", "/usr/bin/git2", None),
        ("host_executable(\"git\", [\"/usr/bin/git\"])", "/usr/bin/git", Some("/usr/bin/git")),
        ("host_executable(\"git\", [\"/usr/bin/git\"])", "/opt/git", None),
        ("host_executable(\"git\", [\"/x/../usr/bin/git\"])", "/usr//bin/git", Some("/usr/bin/git")),
        ("host_executable(\"git\", [])", "/usr/bin/git", None),
        ("host_executable(\"git\", [\"/a/git\"])\nhost_executable(\"git\", [\"/b/git\"])", "/a/git", None),
        ("host_executable(\"git\", [\"/a/git\"])\nhost_executable(\"git\", [\"/b/git\"])", "/b/git", Some("/b/git")),
        ("host_executable(\"hg\", [])", "/usr/bin/git", Some("/usr/bin/git")),
    ];
    for (hosts, line, resolved) in cases {
        let evaluation = policy(&format!("{git}{hosts}")).check_resolving(&words(line));
        let found = evaluation.decisive().and_then(|found| found.resolved_program.as_deref());
        assert_eq!(found, resolved.map(Path::new), "{hosts} {line}");
    }
}

#[test]
fn a_rule_that_spells_the_path_wins_alone_in_a_check() {
    let policy = policy("prefix_rule([\"/usr/bin/git\", \"status\"])\nprefix_rule([\"git\"], \"forbidden\")");
    assert_eq!(policy.check_resolving(&words("/usr/bin/git status")).decision, Some(Decision::Allow));
    assert_eq!(policy.check_resolving(&words("/usr/bin/git push")).decision, Some(Decision::Forbidden));
}

/// Requirements C3 and C7: an allowing rule is about the program that was meant, not about any file of its name.
#[test]
fn a_rule_allows_no_file_that_could_have_been_planted() {
    let (allow, forbidden) = (Some(Decision::Allow), Some(Decision::Forbidden));
    let touch = "prefix_rule([\"touch\"])\n";
    let cases = [
        (touch, "touch x", Some("/usr/bin/touch"), true, allow),
        (touch, "/usr/bin/touch x", Some("/usr/bin/touch"), true, allow),
        (touch, "touch x", Some("/repo/bin/touch"), false, None),
        (touch, "/repo/bin/touch x", Some("/repo/bin/touch"), false, None),
        (touch, "./touch x", Some("/repo/touch"), false, None),
        (touch, "touch x", None, false, None),
        (touch, "env touch x", Some("/usr/bin/env"), true, None),
        ("prefix_rule([\"/repo/touch\"])", "/repo/touch", Some("/repo/touch"), false, None),
        ("prefix_rule([\"touch\"])\nhost_executable(\"touch\", [\"/bin/touch\"])", "touch x", Some("/usr/bin/touch"), true, None),
        ("prefix_rule([\"touch\"])\nhost_executable(\"touch\", [\"/bin/touch\"])", "touch x", Some("/bin/touch"), true, allow),
        ("prefix_rule([\"touch\"])\nhost_executable(\"touch\", [\"/bin/touch\"])", "touch x", None, true, None),
        ("prefix_rule([\"/opt/t/touch\"])", "touch x", Some("/opt/t/touch"), true, allow),
        // What restricts needs no trust.
        ("prefix_rule([\"touch\"], \"forbidden\")", "/repo/bin/touch x", Some("/repo/bin/touch"), false, forbidden),
        ("prefix_rule([\"touch\"], \"forbidden\")", "touch x", None, false, forbidden),
        ("prefix_rule([\"/usr/bin/touch\"], \"forbidden\")", "touch x", Some("/usr/bin/touch"), true, forbidden),
        ("prefix_rule([\"touch\"], \"forbidden\")", "./touch x", Some("/repo/touch"), false, forbidden),
        ("prefix_rule([\"touch\"], \"forbidden\")", "../b/touch x", None, false, forbidden),
        ("prefix_rule([\"touch\"], \"forbidden\")\nhost_executable(\"touch\", [])", "./touch x", None, false, None),
        ("prefix_rule([\"touch\"])", "./touch x", None, true, None),
        ("prefix_rule([\"touch\"])", "./touch x", Some("/usr/bin/touch"), true, None),
        ("prefix_rule([\"/repo/t\"], \"forbidden\")", "./t x", Some("/repo/t"), false, forbidden),
        ("prefix_rule([\"/usr/bin/touch\"])\nprefix_rule([\"touch\"], \"forbidden\")", "/usr/bin/touch x", None, true, forbidden),
    ];
    for (rules, line, path, trusted, wanted) in cases {
        let program = ProgramToRun { path: path.map(Path::new), trusted };
        assert_eq!(policy(rules).check_to_run(&words(line), program).decision, wanted, "{rules}: {line} at {path:?}");
    }
    let none = ProgramToRun { path: None, trusted: true };
    assert_eq!(policy(touch).check_to_run(&[], none).decision, None);
}

/// Abuse case A45: what is allowed for one command is not allowed for the next one on the line.
#[test]
fn a_rule_for_cat_says_nothing_about_the_rest_of_a_line() {
    let policy = policy("prefix_rule([\"cat\"])");
    assert_eq!(policy.check(&words("cat f")).decision, Some(Decision::Allow));
    for part in ["p", "p cat"] {
        assert_eq!(policy.check(&words(part)).decision, None);
    }
    for script in ["cat f | p", "cat f && p", "cat f; p"] {
        let argv = ["bash", "-lc", script].map(String::from);
        assert_eq!(policy.check(&argv).decision, None);
    }
}
