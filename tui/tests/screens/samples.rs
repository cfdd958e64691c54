//! Things that happened, as examples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_protocol::TokenUsage;
use codex_protocol::event::{
    CodeLocation, CommandSource, FileChange, LineRange, McpInvocation, ParsedCommand, ReviewFinding, ReviewOutput,
};
use codex_protocol::plan::{PlanStep, PlanUpdate, StepStatus};
use codex_protocol::response_item::WebSearchAction;
use codex_tui::cells::*;
use serde_json::json;

pub(crate) fn argv(script: &str) -> Vec<String> {
    ["bash", "-lc", script].map(str::to_owned).to_vec()
}

pub(crate) fn ran(script: &str, exit: i32, output: &str) -> CommandCell {
    CommandCell::running(&argv(script), Vec::new(), CommandSource::Agent).ended(exit, Duration::from_millis(12), output.to_owned())
}

pub(crate) fn numbered(word: &str, count: usize) -> String {
    (1..=count).map(|n| format!("{word} {n}\n")).collect()
}

pub(crate) fn explored() -> ExploringCell {
    let command = |script: &str, parsed: ParsedCommand| {
        CommandCell::running(&argv(script), vec![parsed], CommandSource::Agent).ended(0, Duration::from_millis(3), "found\n".to_owned())
    };
    let read = |name: &str| ParsedCommand::Read { cmd: format!("cat {name}"), name: name.to_owned(), path: name.into() };
    ExploringCell::new(vec![
        command("ls -la", ParsedCommand::ListFiles { cmd: "ls -la".to_owned(), path: None }),
        command("cat README.md", read("README.md")),
        command("cat Cargo.toml", read("Cargo.toml")),
        command(
            "rg -n hello .",
            ParsedCommand::Search { cmd: "rg -n hello .".to_owned(), query: Some("hello".to_owned()), path: Some(".".to_owned()) },
        ),
    ])
}

pub(crate) fn plan() -> PlanCell {
    let step = |step: &str, status| PlanStep { step: step.to_owned(), status };
    PlanCell::new(PlanUpdate {
        explanation: Some("Because the tests come last".to_owned()),
        plan: vec![
            step("Look at the tree", StepStatus::Completed),
            step("Change the file that greets people in their own language", StepStatus::InProgress),
            step("Run the tests", StepStatus::Pending),
        ],
    })
}

pub(crate) fn changes() -> BTreeMap<PathBuf, FileChange> {
    let update = "@@ -1,3 +1,3 @@\n # Title\n-hello old\n+hello new\n more\n@@ -98,3 +98,4 @@\n last\n+a line that is much longer than forty columns are wide, so it wraps\n end\n";
    BTreeMap::from([
        (PathBuf::from("/w/README.md"), FileChange::Update { unified_diff: update.to_owned(), move_path: None }),
        (PathBuf::from("/w/a.txt"), FileChange::Add { content: "hello\nworld\n".to_owned() }),
        (PathBuf::from("/w/gone.txt"), FileChange::Delete { content: "bye\n".to_owned() }),
    ])
}

pub(crate) fn patch() -> PatchCell {
    PatchCell::new(&changes(), Path::new("/w"))
}

pub(crate) fn one_file() -> PatchCell {
    let diff = "@@ -1 +1 @@\n-fn count(words: &[String], least: usize) -> usize { words.len() }\n+fn count(words: &[String], most: usize) -> usize { words.len() }\n".to_owned();
    let moved = FileChange::Update { unified_diff: diff, move_path: Some("/w/src/new.rs".into()) };
    PatchCell::new(&BTreeMap::from([(PathBuf::from("/w/src/old.rs"), moved)]), Path::new("/w"))
}

pub(crate) const MARKDOWN: &str = "# Heading one\n\nSome *italic*, **bold**, `inline code`, ~~strike~~ and a [link](https://example.com/x).\n\n\
    ## Heading two\n\n- bullet a\n  - nested b\n- bullet c with a very long line that has to wrap because it is much longer than the terminal is wide, so see how the continuation is indented here\n\n\
    1. first\n2. second\n\n> quoted text\n\n| Col A | Col B |\n|-------|------:|\n| one   | 1     |\n| two   | 22    |\n\n\
    ```rust\nfn main() { let x: u32 = 42; println!(\"hi {x}\"); }\n```\n\n---\n\n### Heading three\n\nEnd. See src/main.rs:10 for more. 日本語のテキスト と emoji 🎉 done\n";

pub(crate) fn header() -> HeaderCell {
    HeaderCell {
        version: "1.2.3".to_owned(),
        model: "gpt-5.4".to_owned(),
        effort: Some("medium".to_owned()),
        directory: "~/projects/something/with/a/long/path".to_owned(),
    }
}

pub(crate) fn status() -> StatusCell {
    let group = |rows: &[(&str, &str)]| rows.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect::<Vec<_>>();
    StatusCell {
        version: "1.2.3".to_owned(),
        groups: vec![
            group(&[
                ("Model", "gpt-5.4 (reasoning none, summaries auto)"),
                ("Model provider", "mock - http://127.0.0.1:8080/v1"),
                ("Directory", "~/work"),
                ("Permissions", "Custom (workspace-write, on-request)"),
                ("Agents.md", "<none>"),
                ("Session", "01a1fb46-838b-7f10-baa0-2d2003c1a4c2"),
            ]),
            group(&[
                ("Token usage", "110 total  (100 input + 10 output)"),
                ("Context window", "100% left (110 used / 258K)"),
                ("Limits", "data not available yet"),
            ]),
        ],
    }
}

pub(crate) fn mcp(result: Result<serde_json::Value, String>) -> McpCell {
    let invocation = McpInvocation { server: "demo".to_owned(), tool: "echo".to_owned(), arguments: Some(json!({"text": "hi"})) };
    McpCell::new(&invocation, Some(&result), Some(Duration::from_millis(40)))
}

pub(crate) fn questions() -> QuestionsCell {
    QuestionsCell::new(vec![
        Answered {
            question: "Which database should be used?".to_owned(),
            answers: vec!["Postgres".to_owned()],
            note: Some("my note, which is longer than forty columns are".to_owned()),
        },
        Answered { question: "What is the name?".to_owned(), answers: vec!["Alpha".to_owned()], note: None },
        Answered { question: "Anything else?".to_owned(), answers: Vec::new(), note: None },
    ])
}

pub(crate) fn review() -> ReviewCell {
    let finding = ReviewFinding {
        title: "Index runs past the end".to_owned(),
        body: "When the list is empty, `first()` is taken all the same.".to_owned(),
        confidence_score: 0.9,
        priority: 1,
        code_location: CodeLocation { absolute_file_path: "/w/src/lib.rs".into(), line_range: LineRange { start: 10, end: 12 } },
    };
    let output = ReviewOutput {
        findings: vec![finding],
        overall_correctness: "patch is incorrect".to_owned(),
        overall_explanation: "One fault.".to_owned(),
        overall_confidence_score: 0.8,
    };
    ReviewCell::found(&output, Path::new("/w"))
}

/// Every cell, by the name of its snapshot.
pub(crate) fn all() -> Vec<(&'static str, Box<dyn Cell>)> {
    let usage = TokenUsage {
        input_tokens: 21_000,
        cached_input_tokens: 300,
        output_tokens: 570,
        reasoning_output_tokens: 20,
        total_tokens: 21_570,
    };
    let search = WebSearchAction::Search { query: Some("rust tui".to_owned()), queries: None };
    let user = CommandCell::running(&["ls".to_owned(), "a b".to_owned()], Vec::new(), CommandSource::UserShell);
    let long = "Codex could not find system bubblewrap at /usr/bin/bwrap, and uses its own in the meantime.";
    vec![
        ("header", Box::new(header())),
        ("status", Box::new(status())),
        ("banner", Box::new(BannerCell::update("1.2.3", "1.3.0", vec!["See the release notes for what is new.".to_owned()]))),
        ("tip", Box::new(TipCell::new("Enter while a turn runs steers it, Tab queues a message for later."))),
        ("user", Box::new(UserCell::new("do the thing\n  and then the other thing, which takes longer to explain than a row", Vec::new()))),
        ("user_images", Box::new(UserCell::new("", vec!["[Image #1] shot.png".to_owned()]))),
        ("agent", Box::new(AgentCell::new(MARKDOWN))),
        (
            "reasoning",
            Box::new(
                ReasoningCell::new("**Inspecting the tree**\n\nThe file is small; reading all of it is cheaper than searching.").unwrap(),
            ),
        ),
        ("exploring", Box::new(explored())),
        ("command_folded", Box::new(ran("for i in $(seq 1 40); do echo line $i; done", 0, &numbered("line", 40)))),
        ("command_failed", Box::new(ran("echo err >&2; exit 3", 3, "err\n"))),
        ("command_silent", Box::new(ran("cat foo; rm -rf build\necho multi line", 0, ""))),
        ("command_running", Box::new(CommandCell::running(&argv("cargo test"), Vec::new(), CommandSource::Agent))),
        ("command_of_user", Box::new(user.ended(0, Duration::from_millis(5), "one\n".to_owned()))),
        ("separator", Box::new(SeparatorCell::new(Some(Duration::from_secs(65))))),
        ("plan", Box::new(plan())),
        ("patch", Box::new(patch())),
        ("patch_one_file", Box::new(one_file())),
        ("patch_failed", Box::new(NoticeCell::patch_failed("hunk 1 of `a.txt` does not match\nmore"))),
        ("decision_yes", Box::new(DecisionCell::new(true, "You approved codex to always run commands that start with touch zz"))),
        ("decision_no", Box::new(DecisionCell::new(false, "You canceled the request to run cat foo; rm -rf build ..."))),
        ("mcp", Box::new(mcp(Ok(json!({"content": [{"type": "text", "text": numbered("echo hi", 12)}, {"type": "image", "data": ""}]}))))),
        ("mcp_failed", Box::new(mcp(Err("it broke".to_owned())))),
        ("web_running", Box::new(WebCell::running())),
        ("web", Box::new(WebCell::done("", &search))),
        ("image_viewed", Box::new(ImageCell::viewed("x.png"))),
        ("image_generated", Box::new(ImageCell::generated(Some("A small boat".to_owned()), Some("~/boat.png".to_owned())))),
        ("questions", Box::new(questions())),
        ("proposed_plan", Box::new(ProposedPlanCell::new("<proposed_plan>\n# Plan title\n\n- Step one\n- Step two\n</proposed_plan>"))),
        ("review_started", Box::new(ReviewCell::Started("current changes".to_owned()))),
        ("review_found", Box::new(review())),
        ("review_finished", Box::new(ReviewCell::Finished)),
        ("info", Box::new(NoticeCell::info("Thread renamed to foo, to resume this thread run codex resume foo"))),
        ("warning", Box::new(NoticeCell::warning(long))),
        ("error", Box::new(NoticeCell::error("{\"error\": {\"message\": \"bad thing\", \"type\": \"invalid_request_error\"}}"))),
        ("interrupted", Box::new(NoticeCell::interrupted())),
        ("compacted", Box::new(NoticeCell::compacted())),
        ("echo", Box::new(EchoCell::new("/status"))),
        ("listing", Box::new(ListingCell::plain_rows("Background terminals", ["  No background terminals running.".to_owned()]))),
        ("usage", Box::new(UsageCell::new(Some(usage), Some("codex resume 01a1fb45-edf5-7733-9423-7cb308e71e3d".to_owned())))),
    ]
}
