//! Session files as other programs read them: `@ccusage/codex` counts the tokens that were used. It is named by
//! `CODEX_CCUSAGE_BIN`, as in `.ci/run`.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, bare, codex};

fn program() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "where the program is, is said by whoever runs the tests")]
    let (program, is_ci) = (std::env::var("CODEX_CCUSAGE_BIN").ok(), std::env::var_os("CI").is_some());
    assert!(program.is_some() || !is_ci, "CODEX_CCUSAGE_BIN is not set");
    program
}

#[test]
fn a_program_that_counts_tokens_finds_all_of_them_once() {
    let Some(program) = program() else {
        println!("skipped: CODEX_CCUSAGE_BIN is not set");
        return;
    };
    let used = |input: u64, cached: u64| json!({"input_tokens": input, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": 7, "total_tokens": input + 7});
    let plan = || Reply::new().say("on it").call("update_plan", json!({"plan": [{"step": "one", "status": "pending"}]}));
    let server = Scenario::new()
        .reply(plan().usage(used(1_000, 0)))
        .reply(Reply::new().say("one").usage(used(1_200, 900)))
        .reply(plan().usage(used(1_500, 1_000)))
        .reply(Reply::new().say("two").usage(used(1_700, 1_400)))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    for args in [&["exec", "one"][..], &["exec", "resume", "--last", "two"]] {
        Run::of(&mut codex(&home, &workspace, args)).assert_code(0);
    }
    let mut counting = bare(&program, workspace.path());
    counting.args(["session", "--json", "--offline"]).env("CODEX_HOME", home.path());
    let counted = Run::of(&mut counting);
    counted.assert_code(0);
    let report: Value = serde_json::from_str(&counted.stdout).unwrap();
    let totals = &report["totals"];
    assert_eq!(
        (&totals["inputTokens"], &totals["cachedInputTokens"], &totals["outputTokens"], &totals["totalTokens"]),
        (&json!(5_400), &json!(3_300), &json!(28), &json!(5_428)),
        "{report:#}"
    );
    assert_eq!(report["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["sessions"][0]["models"]["gpt-5.1-codex"]["isFallback"], json!(false));
}
