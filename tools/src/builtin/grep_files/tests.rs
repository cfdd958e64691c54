use std::fs::File;
use std::time::Duration;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fake_host::FakeHost;

/// Files whose times of change rise in the order given.
fn host(files: &[(&str, &str)]) -> FakeHost {
    let host = FakeHost::new();
    for (age, (name, text)) in files.iter().enumerate() {
        let path = host.file(name, text);
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + age as u64);
        File::options().write(true).open(path).unwrap().set_modified(changed).unwrap();
    }
    host
}

#[tokio::test]
async fn matching_files_come_newest_first_relative_to_the_working_directory() {
    let host = host(&[("old.rs", "fn needle()"), ("src/new.rs", "a\nneedle\n"), ("none.rs", "hay"), (".github/ci.yml", "needle")]);
    assert_eq!(host.answer(NAME, json!({"pattern": "needle"})).await, ".github/ci.yml\nsrc/new.rs\nold.rs\n");
    assert_eq!(host.answer(NAME, json!({"pattern": "^needle$", "path": "src"})).await, "src/new.rs\n");
    assert_eq!(host.answer(NAME, json!({"pattern": "NEEDLE"})).await, "No matches found.\n");
    assert_eq!(host.answer(NAME, json!({"pattern": "(?i)NEEDLE\\(", "path": "old.rs"})).await, "old.rs\n");
}

#[tokio::test]
async fn ignored_binary_and_repository_files_and_links_are_left_out() {
    let host = host(&[
        (".gitignore", "target/\n*.log\n"),
        ("target/x.rs", "needle"),
        ("a.log", "needle"),
        (".git/config", "needle"),
        ("binary", "needle\0"),
        ("kept.rs", "needle"),
    ]);
    std::os::unix::fs::symlink(host.cwd().join("a.log"), host.cwd().join("link.rs")).unwrap();
    assert_eq!(host.answer(NAME, json!({"pattern": "needle"})).await, "kept.rs\n");
}

#[tokio::test]
async fn a_glob_without_a_slash_is_for_names_and_with_one_for_paths() {
    let host = host(&[("a.ts", "x"), ("src/b.ts", "x"), ("src/deep/c.tsx", "x"), ("src/d.rs", "x")]);
    let ask = async |include: &str| host.answer(NAME, json!({"pattern": "x", "include": include})).await;
    assert_eq!(ask("*.ts").await, "src/b.ts\na.ts\n");
    assert_eq!(ask("src/*.ts").await, "src/b.ts\n");
    assert_eq!(ask("src/**/*.{ts,tsx}").await, "src/deep/c.tsx\nsrc/b.ts\n");
    assert_eq!(ask("").await, "src/d.rs\nsrc/deep/c.tsx\nsrc/b.ts\na.ts\n");
}

#[tokio::test]
async fn more_than_the_limit_is_counted() {
    let host = host(&[("a", "x"), ("b", "x"), ("c", "x")]);
    let answer = host.answer(NAME, json!({"pattern": "x", "limit": 1})).await;
    assert_eq!(answer, "c\n[2 more files match; narrow the pattern or raise `limit`]\n");
}

#[tokio::test]
async fn denied_files_are_never_searched() {
    let mut host = host(&[("auth.json", "needle"), ("b.json", "needle")]);
    host.turn.denied_reads = vec![host.cwd().join("auth.json")];
    std::fs::hard_link(host.cwd().join("auth.json"), host.cwd().join("copy.json")).unwrap();
    let answer = host.answer(NAME, json!({"pattern": "needle"})).await;
    assert_eq!(answer, "b.json\n[1 files could not be read]\n");
    let refused = host.refusal(NAME, json!({"pattern": "needle", "path": "auth.json"})).await;
    assert_eq!(refused, format!("`{}/auth.json` is not read by tools: it is kept from the model", host.cwd().display()));
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let host = FakeHost::new();
    let refused = host.refusal(NAME, json!({"pattern": "(a"})).await;
    assert!(refused.starts_with("invalid pattern: ") && refused.contains("unclosed group"), "{refused}");
    let refused = host.refusal(NAME, json!({"pattern": "a", "include": "{a"})).await;
    assert!(refused.starts_with("invalid include glob: "), "{refused}");
    assert_eq!(host.refusal(NAME, json!({"pattern": ""})).await, "`pattern` must not be empty, and `limit` is at least 1");
    let refused = host.refusal(NAME, json!({"pattern": "a", "path": "none"})).await;
    assert!(refused.ends_with("No such file or directory (os error 2)"), "{refused}");
}

#[test]
fn a_search_of_a_large_file_finds_its_last_line() {
    let mut text = "filler line\n".repeat(200_000);
    text.push_str("the needle");
    let regex = pattern("needle$").unwrap();
    assert!(search::any_line_matches(text.as_bytes(), &regex, &CancellationToken::new()).unwrap());
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert!(!search::any_line_matches(text.as_bytes(), &regex, &cancelled).unwrap());
}

proptest! {
    /// The law of the tool: a file matches when one of its lines does, whatever ends the lines and
    /// wherever a match could cross them.
    #[test]
    fn a_file_matches_when_one_of_its_lines_does(
        lines in proptest::collection::vec("(a|b| ){0,6}", 1..6),
        line_end in prop_oneof![Just("\n"), Just("\r\n")],
        has_last_end in any::<bool>(),
        regex in proptest::sample::select(vec!["a+\\s+b", "^b", "a$", "^$", "b\\s*$", "[^a]b", "  a|^ $", "(?s)a.b"]),
    ) {
        let mut text = lines.join(line_end);
        if has_last_end {
            text.push_str(line_end);
        }
        let regex = pattern(regex).unwrap();
        let mut lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        // Nothing stands behind a last line end.
        lines.pop_if(|line| line.is_empty());
        let expected = lines.iter().any(|line| regex.is_match(line.as_bytes()));
        let got = search::any_line_matches(text.as_bytes(), &regex, &CancellationToken::new()).unwrap();
        prop_assert_eq!(got, expected, "{:?}", text);
    }
}
