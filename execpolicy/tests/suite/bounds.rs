//! Files that would run for ever, fill the memory or overflow a stack end in a message.

use std::time::{Duration, Instant};

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
    ("x = \"a\" * 1000000000000", "too big"),
    ("x = \"a\"\nx *= 2000000000", "`*=` and `<<=` are not available"),
    ("def f(x):\n    if True:\n        x <<= 2000000000\nf(1)", "`*=` and `<<=` are not available"),
    ("x = 1 << 2000000000", "shifted by 256 bits at most"),
    ("x = list(range(2000000000))", "a range may have 100000 numbers at most"),
    ("x = list(range(0, -2000000000, -1))", "a range may have 100000 numbers at most"),
];

#[test]
fn a_file_that_does_not_end_is_ended() {
    for (source, text) in ENDLESS {
        let error = try_policy(source).expect_err(source);
        assert!(error.contains(text), "{source}\n{error}");
    }
}

#[test]
fn a_built_in_that_does_not_end_is_left_behind() {
    let start = Instant::now();
    let nested = "x = [1]\ny = [1]\nfor i in range(64):\n    x = [x, x]\n    y = [y, y]\nz = x == y\n";
    let error = try_policy(nested).unwrap_err();
    assert!(error.contains("ran for more than 3 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(60));
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
        format!("if 1:\n  pass\n{}", "elif 1:\n  pass\n".repeat(40_000)),
        format!("x = f\"{{{}\"", "(".repeat(500_000)),
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
