use codex_protocol::event::ParsedCommand;
use pretty_assertions::assert_eq;
use serde_json::Value;

use super::{short_path, summarize};

fn script(script: &str) -> Vec<ParsedCommand> {
    summarize(&["bash", "-lc", script].map(str::to_owned))
}

#[test]
fn summaries_agree_with_the_recorded_cases() {
    let cases = include_str!("../../tests/fixtures/summaries.jsonl");
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let command: Vec<String> = serde_json::from_value(case["command"].clone()).unwrap();
        let got = serde_json::to_value(summarize(&command)).unwrap();
        assert_eq!(got, case["parsed"], "{command:?}");
    }
}

#[test]
fn what_can_write_or_run_is_never_a_look() {
    const SCRIPTS: &[&str] = &[
        "find . -delete",
        "find . -name x -exec rm {} +",
        "cat a | tee b",
        "ls | xargs rm",
        "cat a | xargs -n1 sh",
        "fd x -x rm",
        "rg --pre sh x",
        "rg --files --pre sh",
        "awk '{print > \"x\"}' f",
        "awk 'BEGIN{system(\"ls\")}' f",
        "awk -f p f",
        "cat a | sed 's/x/y/e'",
        "cat a | sed 's/x/y/w f'",
        "cat a | sort -o b",
        "ls > f",
        "sed -i s/a/b/ f",
        "cat a | sh",
        "git grep -O x",
        "cat a | sed -i 1p",
    ];
    for text in SCRIPTS {
        assert_eq!(script(text), [ParsedCommand::Unknown { cmd: (*text).to_owned() }], "{text}");
    }
}

#[test]
fn paths_are_shown_by_the_component_that_says_most() {
    for (path, shown) in [
        ("src", "src"),
        ("a/src", "a"),
        ("a/b/dist", "b"),
        ("a/build/", "a"),
        ("a/target", "target"),
        ("/a/b/c", "c"),
        (".", "."),
        ("..", ".."),
        ("/", "/"),
        ("src/build", "src/build"),
        ("", ""),
        ("a.txt/", "a.txt"),
    ] {
        assert_eq!(short_path(path), shown, "{path}");
    }
}

proptest::proptest! {
    #[test]
    fn any_command_is_summed_up_without_a_panic(words in proptest::collection::vec("cat|sed|-n|rg|find|ls|\\||;|-[a-z]|[a-z./']{0,4}", 0..8)) {
        summarize(&words);
        script(&words.join(" "));
    }
}
