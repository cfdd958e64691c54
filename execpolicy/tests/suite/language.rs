//! What may stand in a rule file, and what is said about what may not.

use codex_execpolicy::{Decision, NetworkProtocol, Policy, PolicyError};
use pretty_assertions::assert_eq;

use crate::{policy, try_policy, words};

/// Text of a file, and how many of `a`, `b c`, `d` it then allows.
const ACCEPTED: &[(&str, usize)] = &[
    ("", 0),
    ("# nothing\n", 0),
    ("prefix_rule([\"a\"])", 1),
    ("prefix_rule(pattern=[\"a\"], decision=\"allow\", match=[\"a\", [\"a\", \"x y\"], \"a 'x y'\"], not_match=[\"b\"])", 1),
    ("prefix_rule([\"a\"], \"allow\", [\"a\"], [\"b\"], \"why\")\r\n", 1),
    ("names = [\"a\"] + [\"d\"]\n[prefix_rule([name]) for name in names]", 2),
    ("def rule(*words):\n    prefix_rule(list(words))\nrule(\"a\")\nrule(\"b\", \"c\")\n", 2),
    ("tool = \"a\"\nprefix_rule([tool], justification=f\"{tool} is fine\")", 1),
    ("for name in (\"a\", \"d\"):\n    prefix_rule([name])\n", 2),
    ("if True:\n    prefix_rule([\"a\"])\nelse:\n    prefix_rule([\"d\"])\n", 1),
    ("make = lambda name: [name]\nprefix_rule(make(\"d\"))", 1),
    ("prefix_rule([\"b\", [\"c\", \"x\"]])\nprefix_rule([[\"a\", \"d\"]])", 3),
    ("prefix_rule([2 * \"a\", \"x\"])\nprefix_rule([\"aaa\"[1 << 1]])", 1),
    ("prefix_rule([\"%s\" % \"a\"])\nprefix_rule([\" d \".strip()])", 2),
];

#[test]
fn a_rule_file_is_starlark() {
    for (source, allowed) in ACCEPTED {
        let policy = policy(source);
        let found = ["a", "b c", "d"].iter().filter(|line| policy.check(&words(line)).decision == Some(Decision::Allow)).count();
        assert_eq!(found, *allowed, "{source}");
    }
}

/// Text of a file, and what is said about it.
const REFUSED: &[(&str, &str)] = &[
    ("prefix_rule([\"a\"], \"deny\")", "error: invalid decision: deny"),
    ("prefix_rule([\"a\"], \"Allow\")", "error: invalid decision: Allow"),
    ("prefix_rule([\"a\"], 3)", "error: Type of parameter `decision` doesn't match, expected `str`, actual `int (repr: 3)`"),
    ("prefix_rule([])", "error: invalid pattern element: pattern cannot be empty"),
    ("prefix_rule([\"a\", []])", "error: invalid pattern element: pattern alternatives cannot be empty"),
    ("prefix_rule([3])", "error: invalid pattern element: pattern element must be a string or list of strings (got int)"),
    ("prefix_rule([\"a\", (\"b\",)])", "error: invalid pattern element: pattern element must be a string or list of strings (got tuple)"),
    ("prefix_rule([[\"a\", 3]])", "error: invalid pattern element: pattern alternative must be a string (got int)"),
    (
        "prefix_rule(\"git status\")",
        "error: Type of parameter `pattern` doesn't match, expected `list`, actual `string (repr: \"git status\")`",
    ),
    ("prefix_rule()", "error: Missing parameter `pattern` for call to `prefix_rule`"),
    ("prefix_rule([\"a\"], foo=1)", "error: Found `foo` extra named parameter(s) for call to prefix_rule"),
    ("prefix_rule([\"a\"], match=[\"\"])", "error: invalid example: example cannot be an empty string"),
    ("prefix_rule([\"a\"], match=[\" # a\"])", "error: invalid example: example cannot be an empty string"),
    ("prefix_rule([\"a\"], match=[[]])", "error: invalid example: example cannot be an empty list"),
    ("prefix_rule([\"a\"], match=[\"a 'b\"])", "error: invalid example: example string has invalid shell syntax"),
    ("prefix_rule([\"a\"], not_match=[3])", "error: invalid example: example must be a string or list of strings (got int)"),
    ("prefix_rule([\"a\"], match=[[\"a\", 3]])", "error: invalid example: example tokens must be strings (got int)"),
    ("prefix_rule([\"a\"], justification=\" \\n\")", "error: invalid rule: justification cannot be empty"),
    ("network_rule(\"a\", \"http\", \"allow\", \"\")", "error: invalid rule: justification cannot be empty"),
    ("host_executable(\"a\", [\"bin/a\"])", "error: invalid rule: host_executable paths must be absolute (got bin/a)"),
    ("host_executable(\"a\", [\"/bin/b\"])", "error: invalid rule: host_executable path `/bin/b` must have basename `a`"),
    ("host_executable(\"a\", [3])", "error: invalid rule: host_executable paths must be strings (got int)"),
    ("host_executable(\"/bin/a\", [])", "error: invalid rule: host_executable name must be a bare executable name (got /bin/a)"),
    ("host_executable(\"..\", [])", "error: invalid rule: host_executable name must be a bare executable name (got ..)"),
    ("host_executable(\"\", [])", "error: invalid rule: host_executable name cannot be empty"),
    (
        "network_rule(\"a\", \"ftp\", \"allow\")",
        "error: invalid rule: network_rule protocol must be one of http, https, socks5_tcp, socks5_udp (got ftp)",
    ),
    (
        "network_rule(\"*.a\", \"http\", \"allow\")",
        "error: invalid rule: network_rule host must be a specific host; wildcards are not allowed",
    ),
    (
        "network_rule(\"http://a\", \"http\", \"allow\")",
        "error: invalid rule: network_rule host must be a hostname or IP literal (without scheme or path)",
    ),
    ("network_rule(\"\", \"http\", \"allow\")", "error: invalid rule: network_rule host cannot be empty"),
    ("network_rule(\"a b\", \"http\", \"allow\")", "error: invalid rule: network_rule host cannot contain whitespace"),
    ("network_rule(\"[::1\", \"http\", \"allow\")", "error: invalid rule: network_rule host has an invalid bracketed IPv6 literal"),
    ("network_rule(\"[::1]x\", \"http\", \"allow\")", "error: invalid rule: network_rule host contains an unsupported suffix: [::1]x"),
    ("network_rule(\"a:0\", \"http\", \"allow\")", "error: invalid rule: network_rule host has no valid port: a:0"),
    ("network_rule(\"a\", \"http\", \"maybe\")", "error: invalid decision: maybe"),
    ("network_rule(\"a\", \"http\")", "error: Missing parameter `decision` for call to `network_rule`"),
    ("load(\"x.rules\", \"y\")", "error: No imports are available"),
    ("print(\"a\")", "error: Variable `print` not found"),
    ("json.decode(\"1\")", "error: Variable `json` not found"),
    ("x = [1][7]", "error: Index `7` is out of bound"),
    ("fail(\"stop\")", "error: fail: stop"),
    ("prefix_rule([\"a\"]", "error: Parse error: "),
];

#[test]
fn what_is_wrong_is_said_with_its_place_and_line() {
    for (source, text) in REFUSED {
        let error = try_policy(source).expect_err(source);
        assert!(error.starts_with("starlark error: "), "{error}");
        assert!(error.contains(text), "{source}\nwanted {text}\n{error}");
        let row = source.lines().next().unwrap();
        assert!(error.contains("\n --> my.rules:1:") && error.contains(&format!("\n1 | {row}\n")), "{error}");
    }
}

#[test]
fn the_place_of_a_call_inside_a_function_is_named() {
    let error = try_policy("\ndef f():\n    prefix_rule([])\n\nf()\n").unwrap_err();
    assert!(error.contains("\n --> my.rules:3:5\n"), "{error}");
    assert!(error.contains("my.rules:5, in <module>"), "{error}");
}

#[test]
fn examples_are_tried_when_the_file_is_read() {
    let error = try_policy("\nprefix_rule([\"a\", [\"b\", \"c\"]], match=[\"a b\", \"b c\", [\"x y\"]])").unwrap_err();
    assert_eq!(
        error,
        "expected every example to match at least one rule. rules: [[\"a\", [\"b\", \"c\"]]]; unmatched examples: [\"b c\", \"'x y'\"]\n \
         --> my.rules:2:1\n  |\n2 | prefix_rule([\"a\", [\"b\", \"c\"]], match=[\"a b\", \"b c\", [\"x y\"]])\n  |"
    );
    let error = try_policy("x = 1; prefix_rule([\"a\"], not_match=[\"b\", [\"a\", \"x y\"]], match=[\"c\"])").unwrap_err();
    assert!(error.starts_with("expected example to not match rule `[\"a\"]`: a 'x y'\n --> my.rules:1:8\n"), "{error}");
}

#[test]
fn an_example_is_tried_on_its_own_rule_alone() {
    let two = "prefix_rule([\"a\"], match=[\"b\"])\nprefix_rule([\"b\"])";
    assert!(try_policy(two).unwrap_err().starts_with("expected every example to match"));
    policy("prefix_rule([\"a\"], not_match=[\"b\"])\nprefix_rule([\"b\"])");
}

#[test]
fn examples_may_name_a_program_by_its_path() {
    policy("prefix_rule([\"git\"], match=[\"/usr/bin/git status\"])");
    policy("prefix_rule([\"git\"], match=[\"/opt/git\"], not_match=[\"/usr/bin/git\"])\nhost_executable(\"git\", [\"/opt/git\"])");
    assert!(try_policy("prefix_rule([\"git\"], match=[\"/usr/bin/git\"])\nhost_executable(\"git\", [\"/opt/git\"])").is_err());
}

#[test]
fn network_rules_are_read() {
    let policy = policy(concat!(
        "network_rule(\"Docs.Example.ORG.\", \"https\", \"allow\")\n",
        "network_rule(host=\"10.0.0.1:8080\", protocol=\"http\", decision=\"deny\", justification=\"internal\")\n",
        "network_rule(\"[::1]:53\", \"socks5_udp\", \"forbidden\")\n",
        "network_rule(\"::1\", \"socks5_tcp\", \"prompt\")\n",
    ));
    let found: Vec<_> = policy
        .network_rules()
        .iter()
        .map(|rule| (rule.host.as_str(), rule.port, rule.protocol, rule.decision, rule.justification.as_deref(), rule.origin.line))
        .collect();
    assert_eq!(
        found,
        [
            ("docs.example.org", None, NetworkProtocol::Https, Decision::Allow, None, 1),
            ("10.0.0.1", Some(8080), NetworkProtocol::Http, Decision::Forbidden, Some("internal"), 2),
            ("::1", Some(53), NetworkProtocol::Socks5Udp, Decision::Forbidden, None, 3),
            ("::1", None, NetworkProtocol::Socks5Tcp, Decision::Prompt, None, 4),
        ]
    );
}

#[test]
fn files_that_were_named_fail_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad, bytes) = (folder.path().join("good"), folder.path().join("bad"), folder.path().join("bytes"));
    std::fs::write(&good, "prefix_rule([\"a\"])").unwrap();
    std::fs::write(&bad, "x").unwrap();
    std::fs::write(&bytes, b"# \xff").unwrap();
    assert_eq!(Policy::read_files([&good, &good]).unwrap().prefix_rules().len(), 2);
    let error = Policy::read_files([&good, &bad]).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to parse policy at {}", bad.display()));
    for unreadable in [bytes, folder.path().join("none"), folder.path().to_owned()] {
        let error = Policy::read_files([&unreadable]).unwrap_err();
        assert!(matches!(error, PolicyError::Read { .. }));
        assert_eq!(error.to_string(), format!("failed to read policy at {}", unreadable.display()));
    }
}
