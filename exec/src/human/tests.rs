use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::event::*;
use codex_protocol::items::ItemStream;
use codex_protocol::plan::PlanStep;
use codex_protocol::usage::{TokenUsage, TokenUsageInfo};
use codex_protocol::{ApprovalPolicy, Event, SandboxPolicy, SubmissionId, ThreadId, TurnId};
use pretty_assertions::assert_eq;

use super::*;

fn view(paint: Paint, reasoning: ShownReasoning) -> HumanView {
    let facts = HeaderFacts { version: "1.2.3".to_owned(), summary: None, replayed_from: None };
    HumanView::new(paint, reasoning, facts, "do it".to_owned())
}

fn shown(view: &mut HumanView, events: Vec<EventMsg>) -> String {
    let mut stream = ItemStream::new();
    let mut out = Vec::new();
    for msg in events {
        let event = Event { id: SubmissionId::new("1"), msg };
        let changes = stream.push(&event);
        out.extend(view.show(&event.msg, &changes));
    }
    out.extend(view.footer());
    String::from_utf8(out).unwrap()
}

fn command(argv: &[&str], output: &str, exit_code: i32, status: CommandStatus) -> [EventMsg; 2] {
    let command: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    let begin = ExecCommandBegin {
        call_id: "c".into(),
        process_id: None,
        turn_id: TurnId::new("t"),
        command: command.clone(),
        cwd: PathBuf::from("/w"),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
    };
    let end = ExecCommandEnd {
        call_id: "c".into(),
        process_id: None,
        turn_id: TurnId::new("t"),
        command,
        cwd: PathBuf::from("/w"),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
        stdout: String::new(),
        stderr: String::new(),
        aggregated_output: output.to_owned(),
        exit_code,
        duration: Duration::from_millis(28),
        formatted_output: String::new(),
        status,
    };
    [EventMsg::ExecCommandBegin(begin), EventMsg::ExecCommandEnd(Box::new(end))]
}

fn message(text: &str) -> EventMsg {
    EventMsg::AgentMessage(AgentMessage { message: text.to_owned(), phase: None, memory_citation: None, item_id: None })
}

fn complete(error: Option<&str>) -> EventMsg {
    let error = error.map(|message| TurnFailure { message: message.to_owned(), code: "x".to_owned() });
    EventMsg::TaskComplete(TaskComplete { turn_id: TurnId::new("t"), last_agent_message: None, error, denials: Denials::default() })
}

fn plan() -> EventMsg {
    let step = |step: &str, status| PlanStep { step: step.to_owned(), status };
    EventMsg::PlanUpdate(PlanUpdate {
        explanation: Some("why".to_owned()),
        plan: vec![step("one", StepStatus::Completed), step("two", StepStatus::InProgress), step("three", StepStatus::Pending)],
    })
}

#[test]
fn a_plain_log_reads_as_it_always_did() {
    let id = ThreadId::generate();
    let mut events = vec![
        EventMsg::SessionConfigured(Box::new(SessionConfigured {
            session_id: id,
            model: "gpt-5.1-codex".to_owned(),
            model_provider_id: "mock".to_owned(),
            approval_policy: ApprovalPolicy::Never,
            sandbox_policy: SandboxPolicy::WorkspaceWrite {
                writable_roots: vec![PathBuf::from("/extra"), PathBuf::from("/home/u/.codex/memories")],
                network_access: true,
                exclude_tmpdir_env_var: false,
                exclude_slash_tmp: false,
            },
            cwd: PathBuf::from("/w"),
            reasoning_effort: None,
            rollout_path: None,
        })),
        EventMsg::Warning(Warning { message: "mind the gap".to_owned() }),
        EventMsg::AgentReasoning(AgentReasoning { text: "**Looking** at files".to_owned(), parts: Vec::new(), item_id: None }),
    ];
    events.extend(command(&["bash", "-lc", "echo hi; ls"], "hi\nout.txt\n", 0, CommandStatus::Completed));
    events.extend(command(&["false"], "", 1, CommandStatus::Failed));
    events.extend(command(&["rm", "zz"], "`rm zz` rejected", -1, CommandStatus::Declined));
    events.push(plan());
    events.push(message("All done"));
    let total = TokenUsage { input_tokens: 1_234_000, cached_input_tokens: 0, output_tokens: 567, ..TokenUsage::default() };
    let info = TokenUsageInfo { total_token_usage: total, last_token_usage: total, model_context_window: None };
    events.push(EventMsg::TokenCount(TokenCount { info: Some(info), rate_limits: None }));
    events.push(complete(None));
    let expected = format!(
        "OpenAI Codex v1.2.3 (research preview)
--------
workdir: /w
model: gpt-5.1-codex
provider: mock
approval: never
sandbox: workspace-write [workdir, /tmp, $TMPDIR, /extra, /home/u/.codex/memories] (network access enabled)
reasoning effort: none
reasoning summaries: none
session id: {id}
--------
user
do it
warning: mind the gap
**Looking** at files
exec
bash -lc 'echo hi; ls' in /w
 succeeded in 28ms:
hi
out.txt

exec
false in /w
 exited 1 in 28ms:
exec
rm zz in /w
 declined in 28ms:
`rm zz` rejected
why
  ✓ one
  → two
  • three
codex
All done
tokens used
1,234,567
"
    );
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Summaries), events), expected);
}

#[test]
fn colour_is_ours_alone_and_stripped_from_everything_else() {
    let evil = "\u{1b}[31mred\u{1b}]0;title\u{7} over\rwritten \u{202e}";
    let mut events = vec![message(evil), EventMsg::Warning(Warning { message: evil.to_owned() })];
    events.extend(command(&["echo", evil], evil, 0, CommandStatus::Completed));
    events.push(EventMsg::AgentReasoning(AgentReasoning { text: evil.to_owned(), parts: Vec::new(), item_id: None }));
    events.push(EventMsg::TurnDiff(TurnDiff { unified_diff: format!("+{evil}\n") }));
    events.push(complete(Some(evil)));
    let plain = shown(&mut view(Paint::Plain, ShownReasoning::Summaries), events.clone());
    assert!(!plain.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']), "{plain:?}");
    let coloured = shown(&mut view(Paint::Colour, ShownReasoning::Summaries), events);
    let mut ours = coloured.clone();
    for code in ["[0m", "[1m", "[2m", "[3m", "[31m", "[32m", "[33m", "[35m", "[36m"] {
        ours = ours.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(ours, plain);
    assert!(coloured.contains("\u{1b}[35m\u{1b}[3mcodex\u{1b}[0m\nred over\nwritten <U+202E>\n"), "{coloured:?}");
}

#[test]
fn hidden_reasoning_stays_hidden_and_raw_reasoning_is_shown_on_demand() {
    let reasoning = |text: &str| AgentReasoning { text: text.to_owned(), parts: Vec::new(), item_id: None };
    let events = || vec![EventMsg::AgentReasoning(reasoning("sum")), EventMsg::AgentReasoningRawContent(reasoning("raw"))];
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Hidden), events()), "");
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Summaries), events()), "sum\n");
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Raw), events()), "sum\nraw\n");
}

#[test]
fn a_failure_is_told_once_and_a_retry_with_its_cause() {
    let events = vec![
        EventMsg::StreamError(StreamError {
            message: "Reconnecting... 1/5".to_owned(),
            additional_details: Some("stream closed".to_owned()),
            codex_error_info: None,
        }),
        EventMsg::Error(ErrorEvent { message: "gone".to_owned(), codex_error_info: None }),
        complete(Some("gone")),
    ];
    let expected = "ERROR: Reconnecting... 1/5 (stream closed)\nERROR: gone\n";
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Summaries), events), expected);
}

#[test]
fn an_interrupt_is_told() {
    let events = vec![EventMsg::TurnAborted(TurnAborted { turn_id: None, reason: AbortReason::Interrupted })];
    assert_eq!(shown(&mut view(Paint::Plain, ShownReasoning::Summaries), events), "turn interrupted\n");
}

#[test]
fn thousands_are_set_apart() {
    for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")] {
        assert_eq!(with_commas(number), text);
    }
}

/// S10: each denial says which command, by what, under which rule.
#[test]
fn what_was_denied_is_listed_at_the_end_of_the_turn() {
    let denial = Denial {
        call_id: "c".into(),
        command: "curl x\u{1b}[2J".to_owned(),
        by: DeniedBy::Rule,
        rule: "curl".to_owned(),
        message: "no downloads".to_owned(),
    };
    let event = EventMsg::TaskComplete(TaskComplete {
        turn_id: TurnId::new("t"),
        last_agent_message: None,
        error: None,
        denials: Denials { count: 102, first: vec![denial] },
    });
    let text = shown(&mut view(Paint::Plain, ShownReasoning::Summaries), vec![event]);
    assert!(text.starts_with("denied: `curl x"), "{text}");
    assert!(text.ends_with("` by rule (curl): no downloads\ndenied: 101 more\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
