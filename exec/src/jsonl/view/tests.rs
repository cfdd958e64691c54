use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::event::*;
use codex_protocol::items::ItemStream;
use codex_protocol::plan::{PlanStep, PlanUpdate, StepStatus};
use codex_protocol::response_item::WebSearchAction;
use codex_protocol::usage::TokenUsageInfo;
use codex_protocol::{ApprovalPolicy, Event, SandboxPolicy, SubmissionId, ThreadId, TurnId};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

/// Feeds events through the projection and returns the lines.
fn lines(events: Vec<EventMsg>) -> String {
    let mut stream = ItemStream::new();
    let mut view = JsonView::default();
    let mut out = Vec::new();
    for msg in events {
        let event = Event { id: SubmissionId::new("1"), msg };
        let changes = stream.push(&event);
        out.extend(view.show(&event.msg, &changes));
    }
    String::from_utf8(out).unwrap()
}

fn turn() -> TurnId {
    TurnId::new("turn")
}

fn begin(call: &str, argv: &[&str]) -> EventMsg {
    EventMsg::ExecCommandBegin(ExecCommandBegin {
        call_id: call.into(),
        process_id: None,
        turn_id: turn(),
        command: argv.iter().map(|word| (*word).to_owned()).collect(),
        cwd: PathBuf::from("/w"),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
    })
}

fn end(call: &str, argv: &[&str], output: &str, exit_code: i32, status: CommandStatus) -> EventMsg {
    EventMsg::ExecCommandEnd(Box::new(ExecCommandEnd {
        call_id: call.into(),
        process_id: None,
        turn_id: turn(),
        command: argv.iter().map(|word| (*word).to_owned()).collect(),
        cwd: PathBuf::from("/w"),
        parsed_cmd: Vec::new(),
        source: CommandSource::Agent,
        stdout: String::new(),
        stderr: String::new(),
        aggregated_output: output.to_owned(),
        exit_code,
        duration: Duration::from_millis(5),
        formatted_output: String::new(),
        status,
    }))
}

fn complete(error: Option<TurnFailure>) -> EventMsg {
    EventMsg::TaskComplete(TaskComplete { turn_id: turn(), last_agent_message: None, error, denials: Denials::default() })
}

fn message(text: &str) -> EventMsg {
    EventMsg::AgentMessage(AgentMessage { message: text.to_owned(), phase: None, memory_citation: None, item_id: Some("msg_1".into()) })
}

fn tokens(input: i64, cached: i64, output: i64) -> EventMsg {
    let total = TokenUsage { input_tokens: input, cached_input_tokens: cached, output_tokens: output, ..TokenUsage::default() };
    let info = TokenUsageInfo { total_token_usage: total, last_token_usage: total, model_context_window: None };
    EventMsg::TokenCount(TokenCount { info: Some(info), rate_limits: None })
}

fn plan(explanation: Option<&str>, steps: &[(&str, StepStatus)]) -> EventMsg {
    let plan = steps.iter().map(|(step, status)| PlanStep { step: (*step).to_owned(), status: *status }).collect();
    EventMsg::PlanUpdate(PlanUpdate { explanation: explanation.map(str::to_owned), plan })
}

#[test]
fn a_whole_turn_reads_as_programs_expect() {
    let id = ThreadId::generate();
    let events = vec![
        EventMsg::SessionConfigured(Box::new(SessionConfigured {
            session_id: id,
            model: "m".to_owned(),
            model_provider_id: "mock".to_owned(),
            approval_policy: ApprovalPolicy::Never,
            sandbox_policy: SandboxPolicy::read_only(),
            cwd: PathBuf::from("/w"),
            reasoning_effort: None,
            rollout_path: None,
        })),
        EventMsg::DeprecationNotice(DeprecationNotice { summary: "`x` is deprecated.".to_owned(), details: Some("Use y.".to_owned()) }),
        EventMsg::TaskStarted(TaskStarted { turn_id: turn(), model_context_window: None, collaboration_mode_kind: "default".to_owned() }),
        EventMsg::UserMessage(UserMessage::default()),
        EventMsg::AgentReasoning(AgentReasoning { text: "**Looking**".to_owned(), parts: Vec::new(), item_id: None }),
        begin("c1", &["bash", "-lc", "echo hi"]),
        end("c1", &["bash", "-lc", "echo hi"], "hi\n", 0, CommandStatus::Completed),
        begin("c2", &["rm", "-rf", "zz"]),
        end("c2", &["rm", "-rf", "zz"], "`rm -rf zz` rejected: blocked by policy", -1, CommandStatus::Declined),
        EventMsg::Warning(Warning { message: "not for programs".to_owned() }),
        message("All done"),
        tokens(300, 100, 30),
        complete(None),
    ];
    let expected = format!(
        r#"{{"type":"thread.started","thread_id":"{id}"}}
{{"type":"item.completed","item":{{"id":"item_0","type":"error","message":"`x` is deprecated. Use y."}}}}
{{"type":"turn.started"}}
{{"type":"item.completed","item":{{"id":"item_1","type":"reasoning","text":"**Looking**"}}}}
{{"type":"item.started","item":{{"id":"item_2","type":"command_execution","command":"bash -lc 'echo hi'","aggregated_output":"","exit_code":null,"status":"in_progress"}}}}
{{"type":"item.completed","item":{{"id":"item_2","type":"command_execution","command":"bash -lc 'echo hi'","aggregated_output":"hi\n","exit_code":0,"status":"completed"}}}}
{{"type":"item.started","item":{{"id":"item_3","type":"command_execution","command":"rm -rf zz","aggregated_output":"","exit_code":null,"status":"in_progress"}}}}
{{"type":"item.completed","item":{{"id":"item_3","type":"command_execution","command":"rm -rf zz","aggregated_output":"`rm -rf zz` rejected: blocked by policy","exit_code":-1,"status":"declined"}}}}
{{"type":"item.completed","item":{{"id":"item_4","type":"agent_message","text":"All done"}}}}
{{"type":"turn.completed","usage":{{"input_tokens":300,"cached_input_tokens":100,"output_tokens":30}}}}
"#
    );
    assert_eq!(lines(events), expected);
}

#[test]
fn a_failed_turn_carries_a_message_and_a_code() {
    let failure = TurnFailure { message: "no time left".to_owned(), code: "timeout".to_owned() };
    let events = vec![
        EventMsg::StreamError(StreamError {
            message: "Reconnecting... 1/5".to_owned(),
            additional_details: Some("stream closed".to_owned()),
            codex_error_info: None,
        }),
        EventMsg::Error(ErrorEvent { message: "no time left".to_owned(), codex_error_info: None }),
        complete(Some(failure)),
    ];
    let expected = r#"{"type":"error","message":"Reconnecting... 1/5 (stream closed)"}
{"type":"error","message":"no time left"}
{"type":"turn.failed","error":{"message":"no time left","code":"timeout"}}
"#;
    assert_eq!(lines(events), expected);
}

#[test]
fn the_plan_is_one_item_that_ends_with_the_turn() {
    let events = vec![
        plan(None, &[("one", StepStatus::InProgress), ("two", StepStatus::Pending)]),
        plan(Some("on"), &[("one", StepStatus::Completed), ("two", StepStatus::InProgress)]),
        message("done"),
        complete(None),
    ];
    let expected = r#"{"type":"item.started","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":false},{"text":"two","completed":false}]}}
{"type":"item.updated","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":true},{"text":"two","completed":false}]}}
{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"done"}}
{"type":"item.completed","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":true},{"text":"two","completed":false}]}}
{"type":"turn.completed","usage":{"input_tokens":0,"cached_input_tokens":0,"output_tokens":0}}
"#;
    assert_eq!(lines(events), expected);
}

#[test]
fn a_patch_lists_its_files_by_path() {
    let update = || FileChange::Update { unified_diff: String::new(), move_path: None };
    let changes = BTreeMap::from([
        (PathBuf::from("/w/mv.txt"), FileChange::Update { unified_diff: String::new(), move_path: Some(PathBuf::from("/w/x")) }),
        (PathBuf::from("/w/b.txt"), update()),
        (PathBuf::from("/w/del.txt"), FileChange::Delete { content: String::new() }),
        (PathBuf::from("/w/n/a.txt"), FileChange::Add { content: String::new() }),
    ]);
    let begin = PatchApplyBegin { call_id: "p".into(), turn_id: turn(), auto_approved: true, changes: changes.clone() };
    let end = PatchApplyEnd {
        call_id: "p".into(),
        turn_id: turn(),
        stdout: String::new(),
        stderr: String::new(),
        success: false,
        changes,
        status: PatchStatus::Failed,
    };
    let files = r#"[{"path":"/w/b.txt","kind":"update"},{"path":"/w/del.txt","kind":"delete"},{"path":"/w/mv.txt","kind":"update"},{"path":"/w/n/a.txt","kind":"add"}]"#;
    let expected = format!(
        "{{\"type\":\"item.started\",\"item\":{{\"id\":\"item_0\",\"type\":\"file_change\",\"changes\":{files},\"status\":\"in_progress\"}}}}\n\
         {{\"type\":\"item.completed\",\"item\":{{\"id\":\"item_0\",\"type\":\"file_change\",\"changes\":{files},\"status\":\"failed\"}}}}\n"
    );
    assert_eq!(lines(vec![EventMsg::PatchApplyBegin(begin), EventMsg::PatchApplyEnd(end)]), expected);
}

#[test]
fn searches_and_mcp_calls_keep_their_shapes() {
    let invocation = McpInvocation { server: "tt".to_owned(), tool: "echo".to_owned(), arguments: Some(json!({"x": "1"})) };
    let ended = |call: &str, result: Result<serde_json::Value, String>| {
        EventMsg::McpToolCallEnd(McpToolCallEnd {
            call_id: call.into(),
            invocation: invocation.clone(),
            duration: Duration::from_millis(1),
            result,
        })
    };
    let content = json!({"content": [{"type": "text", "text": "ECHO"}]});
    let bad = json!({"content": [{"type": "text", "text": "bad"}], "isError": true});
    let search = WebSearchAction::Search { query: Some("q1".to_owned()), queries: Some(vec!["q1".to_owned(), "q2".to_owned()]) };
    let events = vec![
        EventMsg::WebSearchBegin(WebSearchBegin { call_id: "ws_1".into() }),
        EventMsg::WebSearchEnd(WebSearchEnd { call_id: "ws_1".into(), query: "q1".to_owned(), action: search }),
        EventMsg::McpToolCallBegin(McpToolCallBegin { call_id: "m1".into(), invocation: invocation.clone() }),
        ended("m1", Ok(content)),
        ended("m2", Ok(bad)),
        ended("m3", Err("user cancelled MCP tool call".to_owned())),
    ];
    let expected = r#"{"type":"item.started","item":{"id":"item_0","type":"web_search","query":"","action":{"type":"other"}}}
{"type":"item.completed","item":{"id":"item_0","type":"web_search","query":"q1","action":{"type":"search","query":"q1","queries":["q1","q2"]}}}
{"type":"item.started","item":{"id":"item_1","type":"mcp_tool_call","server":"tt","tool":"echo","arguments":{"x":"1"},"result":null,"error":null,"status":"in_progress"}}
{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"tt","tool":"echo","arguments":{"x":"1"},"result":{"content":[{"type":"text","text":"ECHO"}],"structured_content":null},"error":null,"status":"completed"}}
{"type":"item.completed","item":{"id":"item_2","type":"mcp_tool_call","server":"tt","tool":"echo","arguments":{"x":"1"},"result":{"content":[{"type":"text","text":"bad"}],"structured_content":null},"error":null,"status":"failed"}}
{"type":"item.completed","item":{"id":"item_3","type":"mcp_tool_call","server":"tt","tool":"echo","arguments":{"x":"1"},"result":null,"error":{"message":"user cancelled MCP tool call"},"status":"failed"}}
"#;
    assert_eq!(lines(events), expected);
}

#[test]
fn an_item_that_comes_again_after_a_cut_stream_gets_a_new_number() {
    let expected = r#"{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"a"}}
{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"a"}}
"#;
    assert_eq!(lines(vec![message("a"), message("a")]), expected);
}

#[test]
fn a_command_that_outlives_its_turn_is_completed_before_the_turn() {
    let out = lines(vec![begin("c1", &["sleep", "9"]), complete(None)]);
    let kinds: Vec<_> = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].clone()).collect();
    assert_eq!(kinds, ["item.started", "item.completed", "turn.completed"]);
}

/// S10: each denial says which command, by what, under which rule.
#[test]
fn what_was_denied_stands_in_the_line_that_ends_the_turn() {
    let denial = Denial {
        call_id: "c".into(),
        command: "rm -rf zz".to_owned(),
        by: DeniedBy::Policy,
        rule: "never".to_owned(),
        message: "`rm -rf zz` rejected: blocked by policy".to_owned(),
    };
    let event = EventMsg::TaskComplete(TaskComplete {
        turn_id: turn(),
        last_agent_message: None,
        error: None,
        denials: Denials { count: 1, first: vec![denial] },
    });
    let line: serde_json::Value = serde_json::from_str(&lines(vec![event])).unwrap();
    assert_eq!(
        line["denials"],
        json!({"count": 1, "first": [{
            "call_id": "c", "command": "rm -rf zz", "by": "policy", "rule": "never",
            "message": "`rm -rf zz` rejected: blocked by policy"
        }]})
    );
}
