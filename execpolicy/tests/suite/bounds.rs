//! Files that would run for ever, fill the memory or overflow a stack end in a message.

use codex_execpolicy::{MAX_FILE_BYTES, Policy, PolicyError};

use crate::{policy, try_policy};

/// Text of a file, and what is said about it.
const ENDLESS: &[(&str, &str)] = &[
    ("[0 for a in range(1000) for b in range(1000) for c in range(1000)]", "more than 50000 calls and turns of loops"),
    ("def f():\n    for a in range(100000):\n        for b in range(100000):\n            pass\nf()", "more than 50000"),
    ("def f(n):\n    f(n)\nf(1)", "call stack overflow"),
    ("x = [1]\nfor i in range(60):\n    x += x\n", "more than 64 MiB of memory"),
    ("x = [1]\nfor i in range(60):\n    x = x + x\n", "more than 64 MiB of memory"),
    ("x = \"a\"\nfor i in range(60):\n    x = x + x\n", "more than 64 MiB of memory"),
    ("x = \"a\" * 2000000000", "repeating may make 100000 elements at most"),
    ("x = 2000000000 * [0]", "repeating may make 100000 elements at most"),
    ("x = (0,) * 2000000000", "repeating may make 100000 elements at most"),
    ("x = \"a\" * 1000000000000", "repeating may make 100000 elements at most"),
    ("x = \"a\"\nx *= 2000000000", "repeating may make 100000 elements at most"),
    ("def f(x):\n    if True:\n        x <<= 2000000000\nf(1)", "shifted by 256 bits at most"),
    ("x = \"a\" * 100000\ny = x.replace(\"a\", x).replace(\"a\", x)", "more than 64 MiB of memory"),
    ("x = \"a\" * 100000\ny = x.join([x] * 100000)", "more than 64 MiB of memory"),
    ("x = [[0] * 100000] * 100000\ny = str(x)", "more than 4 million steps"),
    ("x = \"%s\" * 30000\ny = x % tuple([x] * 30000)", "more than 64 MiB of memory"),
    ("x = \"a\" * 100000\ny = [f\"{x}{x}\" for n in range(100000)]", "more than 64 MiB of memory"),
    ("x = [0] * 100000\nfor i in range(1000):\n    y = [x, x, x] == [x, x, list(x)]", "more than 64 MiB of memory"),
    ("x = \"a\" * 100000\nfor i in range(50000):\n    y = \"b\" in x", "more than 4 million steps"),
    ("def f(x):\n    return [f(x) for y in x]\nf([1])", "call stack overflow"),
    ("x = [\"a\"] * 100000\nfor i in range(40000):\n    prefix_rule(x)", "more than 64 MiB of memory"),
    ("x = [\"a\"] * 10000\nfor i in range(40000):\n    prefix_rule([x], match = x)", "more than 4 million steps"),
    ("x = (1,) * 100000\nfor i in range(40000):\n    y = all(x)", "more than 4 million steps"),
    ("x = {}\nfor i in range(40000):\n    x[i] = list(range(60))", "more than 64 MiB of memory"),
];

#[test]
fn a_file_that_does_not_end_is_ended() {
    for (source, text) in ENDLESS {
        let error = try_policy(source).expect_err(source);
        assert!(error.contains(text), "{source}\n{error}");
    }
}

#[test]
fn values_that_share_parts_are_not_gone_through_for_ever() {
    let shared = "x = [1]\ny = [1]\nfor i in range(64):\n    x = [x, x]\n    y = [y, y]\n";
    for (last, text) in [
        ("z = x == y", "million steps"),
        ("z = x < y", "64 MiB"),
        ("z = str(x)", "million steps"),
        ("z = x in [y]", "million steps"),
        ("z: list[list[list[list[int]]]] = x", "million steps"),
    ] {
        let error = try_policy(&format!("{shared}{last}\n")).unwrap_err();
        assert!(error.contains(text) && error.contains("--> my.rules:6:"), "{last}\n{error}");
    }
    let error = try_policy(&format!(
        "{}z = {{x: 1}}\n",
        shared.replace(['[', ']'], "~").replace("~1~", "(1,)").replace("~x, x~", "(x, x)").replace("~y, y~", "(y, y)")
    ))
    .unwrap_err();
    assert!(error.contains("million steps") || error.contains("64 MiB"), "{error}");
}

#[test]
fn values_that_contain_themselves_are_no_trap() {
    policy("x = []\nx.append(x)\nif str(x) != \"[[...]]\":\n    fail(x)\ny = {}\ny[1] = y\nif repr(y) != \"{1: {...}}\":\n    fail(y)\n");
    policy("x = []\nx.append(x)\nz = x == x\n");
    let two = "x = []\nx.append(x)\ny = []\ny.append(y)\n";
    assert!(try_policy(&format!("{two}z = x == y\n")).unwrap_err().contains("million steps"));
    assert!(try_policy(&format!("{two}z = x < y\n")).unwrap_err().contains("nested too deeply"));
}

#[test]
fn a_limit_is_told_with_its_place() {
    let error = try_policy("x = 1\n\nfor a in range(1000):\n    for b in range(1000):\n        x += 1\n").unwrap_err();
    assert_eq!(
        error,
        "the rule file takes more than 50000 calls and turns of loops\n --> my.rules:4:5\n  |\n4 |     for b in range(1000):\n  |"
    );
}

#[test]
fn the_same_file_always_ends_in_the_same_way() {
    for (source, _) in ENDLESS.iter().step_by(3) {
        assert_eq!(try_policy(source).unwrap_err(), try_policy(source).unwrap_err());
    }
}

#[test]
fn deep_nesting_is_refused_before_anything_recursive_reads_it() {
    for source in [
        format!("x = {}", "[".repeat(500_000)),
        format!("x = {}1", "-".repeat(500_000)),
        format!("x = {}1", "1+".repeat(300_000)),
        format!("x = {}1", "not ".repeat(200_000)),
        format!("x = a{}", "()".repeat(300_000)),
        format!("x = {}1", "lambda:".repeat(100_000)),
        format!("x = {}1", "1 if 1 else ".repeat(50_000)),
        (0..1_200).map(|depth| format!("{}if 1:\n", " ".repeat(depth))).collect(),
        format!("x = {}1", "{1: ".repeat(100_000)),
        format!("x = {}1", "f(a, ".repeat(100_000)),
        format!("x = a{}", "[0]".repeat(100_000)),
        format!("x = a{}", ".b".repeat(100_000)),
        format!("x = {}1", "1 and ".repeat(100_000)),
        format!("x = [1 {}]", "for x in [] ".repeat(50_000)),
        format!("x: {}", "list[".repeat(100_000)),
        format!("x = {}1", "lambda a: ".repeat(200)),
        format!("x = {}1{}", "[".repeat(200), " for a in []]".repeat(200)),
        format!("x = f\"{{{}1{}}}\"", "(".repeat(100_000), ")".repeat(100_000)),
    ] {
        let error = try_policy(&source).expect_err(&source[..30]);
        assert!(error.starts_with("the rule file is nested too deeply\n"), "{error}");
        assert!(error.contains("--> my.rules:"), "{error}");
    }
}

#[test]
fn what_is_just_not_too_deep_is_read() {
    let blocks: String = (0..1_000).map(|depth| format!("{}if True:\n", " ".repeat(depth))).collect();
    for source in [
        format!("x = {}{}", "[".repeat(900), "]".repeat(900)),
        format!("x = {}1", "-".repeat(900)),
        format!("x = {}1", "1+".repeat(900)),
        format!("x = {}1", "1 if 1 else ".repeat(450)),
        format!("{blocks}{}prefix_rule([\"a\"])", " ".repeat(1_000)),
        format!("if 0:\n  pass\n{}", "elif 0:\n  pass\n".repeat(40_000)),
        "x = []\nfor i in range(40000):\n    x = [x]\ny = str(x)\n".to_owned(),
    ] {
        policy(&source);
    }
}

#[test]
fn long_files_are_refused() {
    let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
    policy(&format!("#{}", " ".repeat(limit - 1)));
    let long = format!("#{}", " ".repeat(limit));
    assert!(try_policy(&long).unwrap_err().contains("1 MiB"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.rules");
    std::fs::write(&path, long).unwrap();
    let Err(PolicyError::Read { source, .. }) = Policy::read_files([&path]) else { panic!("a long file is not read") };
    assert!(source.to_string().contains("1 MiB"));
}
