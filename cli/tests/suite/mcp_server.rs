//! `codex mcp-server` from outside: one client on its standard streams.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use codex_test_support::{McpScript, ModelServer, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{codex, ended, without_namespaces};

/// A client.
pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What came and was not waited for.
    pub(crate) seen: Vec<Value>,
}

impl Client {
    pub(crate) fn start(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Self {
        let all: Vec<&str> = ["mcp-server"].iter().chain(args).copied().collect();
        let mut child = codex(home, workspace, &all).stdin(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may be over.
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let input = child.stdin.take();
        Self { child, input, messages, seen: Vec::new() }
    }

    fn line(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        self.line(&message.to_string());
    }

    /// The next message that fits; others are kept.
    pub(crate) fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.seen.iter().position(&fits) {
            return self.seen.remove(at);
        }
        loop {
            let next = self.messages.recv_timeout(Duration::from_secs(30));
            let message = next.unwrap_or_else(|error| panic!("{what}: {error}; seen {:?}", self.seen));
            if fits(&message) {
                return message;
            }
            self.seen.push(message);
        }
    }

    pub(crate) fn answer_to(&mut self, id: u64) -> Value {
        self.wait(&format!("an answer to {id}"), |message| message["id"] == id && message.get("method").is_none())
    }

    fn request(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.send(json!({"id": id, "method": method, "params": params}));
        self.answer_to(id)
    }

    pub(crate) fn call(&mut self, id: u64, tool: &str, arguments: Value) {
        self.send(json!({"id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}));
    }

    pub(crate) fn question(&mut self) -> Value {
        self.wait("a question", |message| message["method"] == "elicitation/create")
    }

    pub(crate) fn reply(&mut self, question: &Value, result: Value) {
        self.send(json!({"id": question["id"], "result": result}));
    }

    /// Ends the input and waits for the end of the server.
    pub(crate) fn finish(mut self) {
        drop(self.input.take());
        ended(self.child).assert_code(0);
    }
}

fn place(scenario: Scenario) -> (ModelServer, TestHome, TestWorkspace) {
    let server = scenario.start();
    let home = TestHome::new(&server);
    (server, home, TestWorkspace::git())
}

pub(crate) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap()
}

#[test]
fn the_protocol_around_the_tools_is_that_of_the_contract() {
    let (_server, home, workspace) = place(Scenario::new());
    let mut client = Client::start(&home, &workspace, &[]);
    for nonsense in ["not json", "[]", "{\"id\":900}", "{\"id\":1,\"method\":\"ping\"}", "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}"] {
        client.line(nonsense);
    }
    assert_eq!(client.request(2, "ping", json!({})), json!({"jsonrpc": "2.0", "id": 2, "result": {}}));
    let bad = client.request(3, "initialize", json!({}));
    assert_eq!(bad["error"], json!({"code": -32601, "message": "method not found: initialize", "data": {"method": "initialize"}}));
    let hello = json!({"protocolVersion": "bogus", "capabilities": {}, "clientInfo": {"name": "tester", "version": "0.1"}});
    let welcome = client.request(4, "initialize", hello.clone());
    assert_eq!(welcome["result"]["protocolVersion"], "bogus");
    assert_eq!(welcome["result"]["serverInfo"]["name"], "codex-mcp-server");
    assert!(welcome["result"]["serverInfo"]["user_agent"].as_str().unwrap().ends_with("(tester; 0.1)"), "{welcome}");
    assert_eq!(client.request(5, "initialize", hello)["error"]["code"], -32600);
    let tools = client.request(6, "tools/list", json!({}));
    let names: Vec<&Value> = tools["result"]["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["codex", "codex-reply"]);
    assert_eq!(client.request(7, "resources/list", json!({}))["result"], json!({"resources": []}));
    assert_eq!(client.request(8, "logging/setLevel", json!({}))["error"]["message"], "method not found: logging/setLevel");
    for (id, tool, arguments, expected) in [
        (10, "nope", json!({}), "Unknown tool 'nope'"),
        (11, "codex", json!({}), "Failed to parse configuration for Codex tool: missing field `prompt`"),
        (
            12,
            "codex",
            json!({"prompt": "x", "profile": "nope"}),
            "Failed to load Codex configuration from overrides: config profile `nope` not found",
        ),
        (
            13,
            "codex-reply",
            json!({"prompt": "x", "threadId": "01999999-0000-7000-8000-000000000000"}),
            "Session not found for thread_id: 01999999-0000-7000-8000-000000000000",
        ),
    ] {
        client.call(id, tool, arguments);
        let answer = client.answer_to(id);
        assert_eq!((text(&answer), &answer["result"]["isError"]), (expected, &json!(true)));
    }
    client.finish();
}

#[test]
fn a_session_is_a_call_its_events_are_notifications_and_it_goes_on_in_a_later_process() {
    let replies = ["first", "second", "third"];
    let scenario = replies.iter().fold(Scenario::new(), |scenario, words| scenario.reply(Reply::new().say(*words)));
    let (server, home, workspace) = place(scenario);
    let mut client = Client::start(&home, &workspace, &[]);
    let params = json!({"name": "codex", "arguments": {"prompt": "hello", "base-instructions": "BASE"}, "_meta": {"progressToken": "p"}});
    client.send(json!({"id": 28, "method": "tools/call", "params": params}));
    let answer = client.answer_to(28);
    let thread = answer["result"]["structuredContent"]["threadId"].clone();
    assert_eq!((text(&answer), &answer["result"]["structuredContent"]["content"]), ("first", &json!("first")));
    let events: Vec<&Value> = client.seen.iter().filter(|message| message["method"] == "codex/event").collect();
    assert_eq!(events[0]["params"]["msg"]["type"], "session_configured");
    assert!(events.iter().all(|event| event["params"]["_meta"] == json!({"requestId": 28, "threadId": thread})));
    assert!(events.iter().any(|event| event["params"]["id"] == "28" && event["params"]["msg"]["type"] == "task_complete"));
    assert!(client.seen.iter().any(|message| message["method"] == "notifications/progress" && message["params"]["progressToken"] == "p"));
    client.call(29, "codex-reply", json!({"threadId": thread, "prompt": "more"}));
    assert_eq!(text(&client.answer_to(29)), "second");
    client.finish();
    let mut later = Client::start(&home, &workspace, &[]);
    later.call(1, "codex-reply", json!({"conversationId": thread, "prompt": "even more"}));
    let answer = later.answer_to(1);
    assert_eq!((text(&answer), &answer["result"]["structuredContent"]["threadId"]), ("third", &thread));
    later.finish();
    let last = server.requests().pop().unwrap();
    assert_eq!(last.body["instructions"].as_str().map(|text| text != "BASE"), Some(true), "the settings of now");
    let said = last.texts_of("user");
    assert!(["hello", "more", "even more"].iter().all(|words| said.iter().any(|text| text == words)), "{said:?}");
}

#[test]
fn approvals_are_elicitations_with_both_forms_of_an_answer() {
    if without_namespaces("commands run under a sandbox") {
        return;
    }
    let command = || Reply::new().call_with_id("c", "exec_command", json!({"cmd": "touch here", "login": false}));
    for (answer, runs) in [
        (json!({"decision": "approved"}), true),
        (json!({"action": "accept", "content": {}}), true),
        (json!({"action": "decline"}), false),
        (json!({"decision": "denied"}), false),
        (json!({}), false),
    ] {
        let (_server, home, workspace) = place(Scenario::new().reply(command()).reply(Reply::new().say("done")));
        let mut client = Client::start(&home, &workspace, &[]);
        client.call(32, "codex", json!({"prompt": "go", "approval-policy": "untrusted", "sandbox": "workspace-write"}));
        let question = client.question();
        let params = &question["params"];
        assert_eq!(
            (&question["id"], &params["codex_elicitation"], &params["codex_call_id"]),
            (&json!(0), &json!("exec-approval"), &json!("c"))
        );
        assert_eq!((&params["codex_mcp_tool_call_id"], &params["codex_event_id"]), (&json!("32"), &json!("32")));
        assert!(params["message"].as_str().unwrap().starts_with("Allow Codex to run `"), "{params}");
        client.reply(&question, answer.clone());
        assert_eq!(text(&client.answer_to(32)), "done");
        assert_eq!(workspace.read("here").is_some(), runs, "{answer}");
        client.finish();
    }
    // An error is a no, and an aborted turn is answered.
    let (_server, home, workspace) = place(Scenario::new().reply(command()).reply(Reply::new().say("done")).reply(command()));
    let mut client = Client::start(&home, &workspace, &[]);
    client.call(1, "codex", json!({"prompt": "go", "approval-policy": "untrusted"}));
    let question = client.question();
    client.send(json!({"id": question["id"], "error": {"code": -32601, "message": "no"}}));
    assert_eq!(text(&client.answer_to(1)), "done");
    client.call(2, "codex", json!({"prompt": "go", "approval-policy": "untrusted"}));
    let question = client.question();
    client.reply(&question, json!({"action": "cancel"}));
    assert_eq!(client.answer_to(2)["result"]["isError"], true);
    assert_eq!(workspace.read("here"), None);
    client.finish();
}

/// Tools, questions and wishes of a server of ours reach the client that uses us; "always" is kept in the settings (M1).
#[test]
fn questions_about_servers_of_ours_are_elicitations_too() {
    let script = McpScript::new();
    let call = |tool: &str| Reply::new().call(&format!("mcp__t__{tool}"), json!({"text": "x"}));
    let scenario = [call("write"), call("write"), call("ask"), call("sample"), Reply::new().say("I am a model"), Reply::new().say("done")];
    let server = scenario.into_iter().fold(Scenario::new(), Scenario::reply).start();
    let home = TestHome::with_config(&server, &script.table("t", "good", ""), "");
    let workspace = TestWorkspace::git();
    let mut client = Client::start(&home, &workspace, &["-c", "approval_policy=\"on-request\""]);
    client.call(1, "codex", json!({"prompt": "go"}));
    let question = client.question();
    let params = question["params"].clone();
    assert_eq!(params["message"], "Allow the t MCP server to run tool \"write\"?");
    assert_eq!(params["_meta"]["codex_approval_kind"], "mcp_tool_call");
    assert_eq!(params["_meta"]["persist"], json!(["session", "always"]));
    assert_eq!(params["_meta"]["tool_params"], json!({"text": "x"}));
    client.reply(&question, json!({"action": "accept", "content": {}, "_meta": {"persist": "always"}}));
    // The second call of the tool is not asked about: the next question is the server's own.
    let question = client.question();
    assert_eq!((&question["params"]["message"], &question["params"]["_meta"]), (&json!("Your name?"), &Value::Null));
    assert_eq!(question["params"]["requestedSchema"]["required"], json!(["name"]));
    client.reply(&question, json!({"action": "accept", "content": {"name": "Ada"}}));
    let question = client.question();
    assert_eq!(question["params"]["_meta"]["codex_approval_kind"], "mcp_sampling");
    assert!(question["params"]["message"].as_str().unwrap().contains("who are you"));
    client.reply(&question, json!({"action": "accept"}));
    assert_eq!(text(&client.answer_to(1)), "done");
    client.finish();
    let outputs = server.requests().pop().unwrap().outputs();
    assert!(outputs[2].contains("Ada"), "{}", outputs[2]);
    assert!(outputs[3].contains("I am a model"), "{}", outputs[3]);
    let settings = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(settings.contains("[mcp_servers.t.tools.write]\napproval_mode = \"approve\""), "{settings}");
    // Another run does not ask either, until the tool is something else than it was.
    assert!(home.path().join("mcp_approvals.json").exists());
}

#[test]
fn a_cancelled_call_is_not_answered_and_the_session_goes_on_under_the_next_id() {
    let slow = Reply::new().call("exec_command", json!({"cmd": "sleep 60", "login": false}));
    let (_server, home, workspace) = place(Scenario::new().reply(slow).reply(Reply::new().say("later")));
    let mut client = Client::start(&home, &workspace, &["-c", "sandbox_mode=\"danger-full-access\"", "-c", "approval_policy=\"never\""]);
    client.call(1, "codex", json!({"prompt": "go"}));
    let begun = client.wait("the command begins", |message| message["params"]["msg"]["type"] == "exec_command_begin");
    let thread = begun["params"]["_meta"]["threadId"].clone();
    client.send(json!({"method": "notifications/cancelled", "params": {"requestId": 77}}));
    client.send(json!({"method": "notifications/cancelled", "params": {"requestId": 1}}));
    client.wait("the turn ends", |message| message["params"]["msg"]["type"] == "turn_aborted");
    client.call(2, "codex-reply", json!({"threadId": thread, "prompt": "go on"}));
    assert_eq!(text(&client.answer_to(2)), "later");
    assert!(!client.seen.iter().any(|message| message["id"] == 1 && message.get("method").is_none()));
    client.finish();
}

#[test]
fn calls_run_side_by_side_and_each_is_answered_under_its_own_id() {
    // Each first answer waits for the other one's command: one after the other they would never end.
    let meet = |own: &str, other: &str| format!("touch {own}; until [ -e {other} ]; do sleep 0.02; done");
    let scenario = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": meet("a", "b"), "login": false, "yield_time_ms": 30000})))
        .reply(Reply::new().call("exec_command", json!({"cmd": meet("b", "a"), "login": false, "yield_time_ms": 30000})))
        .reply(Reply::new().say("met"))
        .reply(Reply::new().say("met"));
    let (_server, home, workspace) = place(scenario);
    let mut client = Client::start(&home, &workspace, &["-c", "sandbox_mode=\"danger-full-access\"", "-c", "approval_policy=\"never\""]);
    client.call(1, "codex", json!({"prompt": "one"}));
    client.call(2, "codex", json!({"prompt": "two"}));
    let (first, second) = (client.answer_to(1), client.answer_to(2));
    assert_eq!((text(&first), text(&second)), ("met", "met"));
    let threads = [&first, &second].map(|answer| answer["result"]["structuredContent"]["threadId"].clone());
    assert_ne!(threads[0], threads[1]);
    let events: Vec<&Value> = client.seen.iter().filter(|message| message["method"] == "codex/event").collect();
    for (id, thread) in [(1, &threads[0]), (2, &threads[1])] {
        let own = events.iter().filter(|event| event["params"]["_meta"]["requestId"] == id);
        assert!(own.clone().count() > 3 && own.clone().all(|event| event["params"]["_meta"]["threadId"] == *thread));
    }
    client.finish();
}

/// Two calls in one session follow each other; one that waits can be cancelled; an id that is in use is refused.
#[test]
fn calls_of_one_session_follow_each_other() {
    let wait = json!({"cmd": "until [ -e go ]; do sleep 0.02; done", "login": false, "yield_time_ms": 30000});
    let scenario = Scenario::new()
        .reply(Reply::new().say("begun"))
        .reply(Reply::new().call("exec_command", wait))
        .reply(Reply::new().say("first"))
        .reply(Reply::new().say("third"));
    let (server, home, workspace) = place(scenario);
    let mut client = Client::start(&home, &workspace, &["-c", "sandbox_mode=\"danger-full-access\"", "-c", "approval_policy=\"never\""]);
    client.call(1, "codex", json!({"prompt": "begin"}));
    let thread = client.answer_to(1)["result"]["structuredContent"]["threadId"].clone();
    client.call(2, "codex-reply", json!({"threadId": thread, "prompt": "one"}));
    client.wait("the command begins", |message| message["params"]["msg"]["type"] == "exec_command_begin");
    client.call(3, "codex-reply", json!({"threadId": thread, "prompt": "never"}));
    client.call(4, "codex-reply", json!({"threadId": thread, "prompt": "two"}));
    client.call(2, "codex-reply", json!({"threadId": thread, "prompt": "x"}));
    assert_eq!(client.answer_to(2)["error"], json!({"code": -32600, "message": "a request of this id is under way"}));
    client.send(json!({"method": "notifications/cancelled", "params": {"requestId": 3}}));
    // Requests are taken in order: when this is answered, the cancellation was taken.
    client.request(5, "ping", json!({}));
    workspace.file("go", "");
    assert_eq!((text(&client.answer_to(2)), text(&client.answer_to(4))), ("first", "third"));
    assert!(!client.seen.iter().any(|message| message["id"] == 3 && message.get("method").is_none()));
    let said = server.requests().pop().unwrap().texts_of("user");
    assert!(said.iter().any(|text| text == "two") && !said.iter().any(|text| text == "never"), "{said:?}");
    client.finish();
}

#[test]
fn arguments_that_cannot_be_used_are_told_as_results() {
    let (server, home, workspace) = place(Scenario::new());
    let mut client = Client::start(&home, &workspace, &[]);
    for (id, params, expected) in [
        (1, json!({"name": "codex"}), "Missing arguments for codex tool-call; the `prompt` field is required."),
        (2, json!({"name": "codex-reply", "arguments": {"prompt": "x", "threadId": "no"}}), "Failed to parse thread_id: "),
        (3, json!({"name": "codex", "arguments": {"prompt": "x", "cwd": "not/here"}}), "cannot use the folder `not/here`"),
        (4, json!({"name": "codex", "arguments": {"prompt": 5}}), "Failed to parse configuration for Codex tool: invalid type"),
        (
            5,
            json!({"name": "codex", "arguments": {"prompt": "x", "config": {"sandbox_mode": "nope"}}}),
            "Failed to load Codex configuration",
        ),
    ] {
        let answer = client.request(id, "tools/call", params);
        assert!(text(&answer).contains(expected) && answer["result"]["isError"] == true, "{answer}");
    }
    let unknown = client.request(6, "tools/nope", json!({}));
    assert_eq!(unknown["error"], json!({"code": -32601, "message": "method not found: tools/nope", "data": {"method": "tools/nope"}}));
    assert_eq!(client.request(7, "tools/call", json!({"arguments": {}}))["error"]["code"], -32601);
    assert!(server.requests().is_empty());
    client.finish();
}

#[test]
fn the_end_of_the_input_ends_running_turns() {
    let slow = Reply::new().call("exec_command", json!({"cmd": "sleep 60", "login": false}));
    let (_server, home, workspace) = place(Scenario::new().reply(slow));
    let mut client = Client::start(&home, &workspace, &["-c", "sandbox_mode=\"danger-full-access\"", "-c", "approval_policy=\"never\""]);
    client.call(1, "codex", json!({"prompt": "go"}));
    client.wait("the command begins", |message| message["params"]["msg"]["type"] == "exec_command_begin");
    client.finish();
}

#[test]
fn our_tools_serve_other_agents_under_the_configured_policy() {
    if without_namespaces("commands run under a sandbox") {
        return;
    }
    let (_server, home, workspace) = place(Scenario::new());
    let mut client = Client::start(
        &home,
        &workspace,
        &["--tools", "sandboxed", "-c", "sandbox_mode=\"workspace-write\"", "-c", "approval_policy=\"never\""],
    );
    let tools = client.request(1, "tools/list", json!({}));
    assert_eq!(tools["result"]["tools"].as_array().unwrap().len(), 4);
    client.call(2, "exec", json!({"command": ["sh", "-c", "echo hi; exit 3"]}));
    let answer = client.answer_to(2);
    assert_eq!(answer["result"]["structuredContent"], json!({"exitCode": 3, "output": "hi\n"}));
    client.call(3, "apply_patch", json!({"patch": "*** Begin Patch\n*** Add File: new.txt\n+text\n*** End Patch\n"}));
    assert_eq!(client.answer_to(3)["result"]["isError"], false);
    assert_eq!(workspace.read("new.txt").as_deref(), Some("text\n"));
    let outside = TestWorkspace::new();
    let target = outside.path().join("x").display().to_string();
    client.call(4, "exec", json!({"command": ["touch", "/etc/codex-was-here"]}));
    assert_eq!(client.answer_to(4)["result"]["isError"], true);
    assert!(!std::path::Path::new("/etc/codex-was-here").exists());
    client.call(5, "apply_patch", json!({"patch": "*** Begin Patch\n*** Add File: .git/hooks/x\n+text\n*** End Patch\n"}));
    assert_eq!(client.answer_to(5)["result"]["isError"], true);
    client.call(6, "exec", json!({"command": []}));
    assert_eq!(client.answer_to(6)["result"]["isError"], true);
    assert!(!target.is_empty());
    client.finish();
}
