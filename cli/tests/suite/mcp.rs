//! Tools of MCP servers in `codex exec`: offered, called, shown; and servers that misbehave, each ending in one named error.

use codex_test_support::{McpScript, ModelServer, Reply, Request, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, bare, binary, codex, eventually};

/// A run with one server under the name `t`.
struct Place {
    script: McpScript,
    server: ModelServer,
    home: TestHome,
    workspace: TestWorkspace,
}

fn place(mode: &str, more: &str, scenario: Scenario) -> Place {
    let (script, server) = (McpScript::new(), scenario.start());
    let home = TestHome::with_config(&server, &script.table("t", mode, more), "");
    Place { script, server, home, workspace: TestWorkspace::git() }
}

impl Place {
    fn exec(&self, args: &[&str]) -> Run {
        let all: Vec<&str> = ["exec", "--json"].iter().chain(args).copied().chain(["go"]).collect();
        Run::of(&mut codex(&self.home, &self.workspace, &all))
    }

    fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// What the model read for the calls of its first answer.
    fn outputs(&self) -> Vec<String> {
        self.requests()[1].outputs()
    }
}

/// Calls of tools of `t`, all in one answer, then a last message.
fn calling(calls: &[(&str, Value)]) -> Scenario {
    let reply = calls.iter().fold(Reply::new(), |reply, (tool, arguments)| reply.call(&format!("mcp__t__{tool}"), arguments.clone()));
    Scenario::new().reply(reply).reply(Reply::new().say("done"))
}

fn items(run: &Run) -> Vec<Value> {
    let completed = run.events().into_iter().filter(|event| event["type"] == "item.completed");
    completed.map(|event| event["item"].clone()).filter(|item| item["type"] == "mcp_tool_call").collect()
}

#[test]
fn a_tool_is_offered_called_and_shown() {
    let place = place("good", "required = true", calling(&[("echo", json!({"text": "hi"}))]));
    let run = place.exec(&[]);
    run.assert_code(0);
    let names = place.requests()[0].tool_names();
    assert!(names.windows(2).any(|pair| pair == ["write_stdin", "list_mcp_resources"]), "{names:?}");
    let own: Vec<&String> = names.iter().filter(|name| name.starts_with("mcp__")).collect();
    assert!(own.is_sorted() && own.len() == 23 && names.last().is_some_and(|name| name.starts_with("mcp__t__")), "{names:?}");
    assert_eq!(place.outputs(), [r#"[{"type":"text","text":"hi"}]"#]);
    let started = run.events().into_iter().find(|event| event["type"] == "item.started").unwrap();
    assert_eq!(started["item"]["status"], "in_progress");
    let item = json!({
        "id": "item_0", "type": "mcp_tool_call", "server": "t", "tool": "echo", "arguments": {"text": "hi"},
        "result": {"content": [{"type": "text", "text": "hi"}], "structured_content": null}, "error": null, "status": "completed",
    });
    assert_eq!(items(&run), [item]);
    let log = place.script.log();
    assert_eq!(log[1]["params"]["clientInfo"]["name"], "codex-mcp-client");
    let call = log.iter().find(|message| message["method"] == "tools/call").unwrap();
    assert!(call["params"]["_meta"]["x-codex-turn-metadata"]["turn_id"].is_string(), "{call}");
}

#[test]
fn people_read_one_line_for_the_start_and_one_for_the_end() {
    let place = place("good", "", calling(&[("echo", json!({"text": "hi"}))]));
    let run = Run::of(&mut codex(&place.home, &place.workspace, &["exec", "go"]));
    assert!(run.assert_code(0).stderr.contains("mcp: t/echo started\n"), "{}", run.stderr);
    assert!(run.stderr.contains("mcp: t/echo (completed)\n"), "{}", run.stderr);
}

#[test]
fn each_kind_of_result_reaches_the_model_in_its_form() {
    let tools = ["image", "structured", "link", "fail", "refuse"];
    let place = place("good", "", calling(&tools.map(|tool| (tool, json!({})))));
    let run = place.exec(&[]);
    run.assert_code(0);
    let outputs = place.outputs();
    assert!(outputs[0].contains("input_image") && outputs[0].contains("data:image/png;base64,"), "{}", outputs[0]);
    assert_eq!(outputs[1], r#"{"answer":42}"#);
    assert!(outputs[2].contains(r#""type":"resource_link""#) && outputs[2].contains(r#""type":"audio""#), "{}", outputs[2]);
    assert_eq!(outputs[3], r#"[{"type":"text","text":"it failed"}]"#);
    assert_eq!(
        outputs[4],
        r#"[{"type":"text","text":"tool call error: tool call failed for `t/refuse`\n\nCaused by:\n    Mcp error: -32602: bad args!"}]"#
    );
    let statuses: Vec<Value> = items(&run).iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, ["completed", "completed", "completed", "failed", "failed"]);
}

/// M2
#[test]
fn a_server_does_not_see_our_environment() {
    let place = place("good", "env = { OWN = \"1\" }\nenv_vars = [\"PASSED\"]", calling(&[("env", json!({}))]));
    let mut command = codex(&place.home, &place.workspace, &["exec", "--json", "go"]);
    command.envs([("PASSED", "p"), ("OPENAI_API_KEY", "secret"), ("SSH_AUTH_SOCK", "s"), ("XDG_CONFIG_HOME", "x")]);
    Run::of(&mut command).assert_code(0);
    let output: Value = serde_json::from_str(&place.outputs()[0]).unwrap();
    let seen: Value = serde_json::from_str(output[0]["text"].as_str().unwrap()).unwrap();
    // What starts python may add variables of its own.
    assert_eq!((&seen["OWN"], &seen["PASSED"], &seen["LANG"]), (&json!("1"), &json!("p"), &json!("C.UTF-8")));
    for name in ["OPENAI_API_KEY", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "CODEX_HOME", "MOCK_KEY", "NO_PROXY"] {
        assert_eq!(seen.get(name), None, "{name}");
    }
}

/// T6: nobody can be asked, so what changes something does not run; with everything allowed it does.
#[test]
fn a_tool_that_changes_something_needs_a_person() {
    let write = [("write", json!({"text": "x"}))];
    let refused = place("good", "", calling(&write));
    let run = refused.exec(&["-s", "danger-full-access"]);
    let bypassed = place("good", "", calling(&write));
    bypassed.exec(&["--dangerously-bypass-approvals-and-sandbox"]).assert_code(0);
    assert_eq!(bypassed.outputs(), [r#"[{"type":"text","text":"x"}]"#]);
    let allowed = place("good", "[mcp_servers.t.tools.write]\napproval_mode = \"approve\"", calling(&write));
    allowed.exec(&[]).assert_code(0);
    assert_eq!(allowed.outputs(), [r#"[{"type":"text","text":"x"}]"#]);
    // Full access with approval `never` is what bypassing is made of.
    assert_eq!(refused.outputs(), [r#"[{"type":"text","text":"x"}]"#]);
    run.assert_code(0);
    let confined = place("good", "", calling(&write));
    let run = confined.exec(&["-s", "workspace-write"]);
    assert_eq!(confined.outputs(), [r#"[{"type":"text","text":"user cancelled MCP tool call"}]"#]);
    assert_eq!(items(&run)[0]["error"], json!({"message": "user cancelled MCP tool call"}));
    assert!(!confined.script.log().iter().any(|message| message["method"] == "tools/call"));
}

#[test]
fn tools_are_filtered_by_the_servers_own_names() {
    let place =
        place("good", "required = true\nenabled_tools = [\"echo\", \"env\"]\ndisabled_tools = [\"env\"]", calling(&[("env", json!({}))]));
    place.exec(&[]).assert_code(0);
    let names = place.requests()[0].tool_names();
    assert_eq!(names.iter().filter(|name| name.starts_with("mcp__")).collect::<Vec<_>>(), ["mcp__t__echo"]);
    assert_eq!(place.outputs(), ["unsupported call: mcp__t__env"]);
}

#[test]
fn a_server_that_is_switched_off_is_not_started() {
    let place = place("good", "enabled = false", calling(&[("echo", json!({}))]));
    place.exec(&[]).assert_code(0);
    assert_eq!(place.outputs(), ["unsupported call: mcp__t__echo"]);
    assert!(place.script.log().is_empty() && !place.requests()[0].tool_names().contains(&"list_mcp_resources".to_owned()));
}

/// By the order of events: the server is let in by a command of the first answer, so the first request cannot have waited for it.
#[test]
fn a_slow_server_delays_nothing_and_its_tools_appear_when_they_are_ready() {
    let script = McpScript::new();
    let gate = format!("touch {}", script.folder().join("gate").display());
    let scenario = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": gate, "login": false})))
        .reply(Reply::new().call("mcp__t__echo", json!({"text": "late"})))
        .reply(Reply::new().say("done"));
    let server = scenario.start();
    let home = TestHome::with_config(&server, &script.table("t", "gate", "startup_timeout_sec = 60"), "");
    let workspace = TestWorkspace::git();
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "--json", "--dangerously-bypass-approvals-and-sandbox", "go"]));
    run.assert_code(0);
    let requests = server.requests();
    let offered = |request: &Request| request.tool_names().iter().any(|name| name == "mcp__t__echo");
    assert!(!offered(&requests[0]) && offered(&requests[2]), "{:?}", requests[0].tool_names());
    assert_eq!(requests[2].outputs()[1], r#"[{"type":"text","text":"late"}]"#);
}

#[test]
fn a_server_that_is_required_is_waited_for_and_its_failure_ends_the_run() {
    let place = place("exit", "required = true", Scenario::new().reply(Reply::new().say("never")));
    let run = place.exec(&[]);
    run.assert_code(1);
    assert!(run.stderr.contains("required MCP servers failed to initialize: t: MCP client for `t` failed to start"), "{}", run.stderr);
    assert!(run.stderr.contains("no configuration found"), "the last lines of the server: {}", run.stderr);
    assert_eq!(place.requests().len(), 0);
}

/// A64: each fault is one named error, and nothing hangs.
#[test]
fn a_server_that_misbehaves_ends_in_one_named_error() {
    for (mode, more, expected) in [
        ("exit", "", "connection closed: initialize response"),
        ("refuse", "", "handshaking with MCP server failed: JSON-RPC error: -32000: init refused"),
        ("silent", "startup_timeout_sec = 1", "timed out after 1 seconds. Add or adjust `startup_timeout_sec` in your config.toml"),
        ("flood", "", "it sent a message of more than 16 MiB"),
        ("junk", "", "it prints what is not JSON-RPC to standard output, such as `this is no message"),
    ] {
        let place = place(mode, &format!("required = true\n{more}"), Scenario::new().reply(Reply::new().say("never")));
        let run = place.exec(&[]);
        run.assert_code(1);
        assert!(run.stderr.contains(expected), "{mode}: {}", run.stderr);
    }
    let missing = "[mcp_servers.t]\ncommand = \"no-such-program-here\"\nrequired = true\n";
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::with_config(&server, missing, ""), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    assert!(run.assert_code(1).stderr.contains("No such file or directory"), "{}", run.stderr);
}

#[test]
fn a_call_ends_when_its_server_dies_and_the_server_is_started_anew() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("mcp__t__die", json!({})))
        .reply(Reply::new().call("mcp__t__echo", json!({"text": "back"})))
        .reply(Reply::new().say("done"));
    let place = place("good", "", scenario);
    place.exec(&[]).assert_code(0);
    let died = place.outputs().remove(0);
    assert!(died.contains("MCP server `t` ended: its process exited with code 3") && died.contains("about to die"), "{died}");
    assert_eq!(place.requests()[2].outputs()[1], r#"[{"type":"text","text":"back"}]"#);
}

#[test]
fn a_call_that_takes_too_long_is_cancelled() {
    let place = place("good", "tool_timeout_sec = 0.5", calling(&[("slow", json!({}))]));
    let run = place.exec(&[]);
    run.assert_code(0);
    assert!(place.outputs()[0].contains("timed out awaiting tools/call after 500ms"), "{:?}", place.outputs());
    let cancelled = |message: &Value| message["method"] == "notifications/cancelled";
    eventually("the server is told", || place.script.log().iter().any(cancelled).then_some(()));
}

/// A64
#[test]
fn a_result_that_is_too_large_is_a_named_error() {
    let place = place("good", "", calling(&[("large", json!({}))]));
    place.exec(&[]).assert_code(0);
    assert!(place.outputs()[0].contains("it sent a message of more than 16 MiB"), "{:.300}", place.outputs()[0]);
}

/// A64, M3
#[test]
fn names_and_schemas_of_a_hostile_server_are_bounded() {
    let place = place("hostile", "required = true\nstartup_timeout_sec = 60", Scenario::new().reply(Reply::new().say("done")));
    place.exec(&[]).assert_code(0);
    let request = &place.requests()[0];
    let own: Vec<String> = request.tool_names().into_iter().filter(|name| name.starts_with("mcp__")).collect();
    assert!(own.contains(&"mcp__t__shell".to_owned()) && own.contains(&"mcp__t__has_space".to_owned()), "{own:?}");
    assert_eq!(own.len(), 4, "{own:?}");
    assert!(own.iter().all(|name| name.len() <= 64), "{own:?}");
    assert!(request.raw.len() < 200_000, "{}", request.raw.len());
    assert!(!String::from_utf8_lossy(&request.text).contains("\\u001b"));
}

#[test]
fn a_large_set_is_searched_and_what_was_found_can_be_called() {
    for (mode, count) in [("many", 10_000), ("most", 20_000)] {
        let scenario = Scenario::new()
            .reply(Reply::new().call("tool_search", json!({"query": "thing 7777", "limit": 2})))
            .reply(Reply::new().call("mcp__t__tool_7777", json!({})))
            .reply(Reply::new().say("done"));
        // So many tools take their time to be listed; the run waits for this server.
        let place = place(mode, "required = true\nstartup_timeout_sec = 120", scenario);
        place.exec(&[]).assert_code(0);
        let requests = place.requests();
        let own = |request: &Request| request.tool_names().into_iter().filter(|name| name.starts_with("mcp__")).collect::<Vec<_>>();
        assert!(requests[0].tool_names().contains(&"tool_search".to_owned()));
        assert_eq!(own(&requests[0]), Vec::<String>::new());
        let found: Value = serde_json::from_str(&requests[1].outputs()[0]).unwrap();
        assert_eq!(found["tools"][0]["name"], "mcp__t__tool_7777");
        assert_eq!(found["searched"], count);
        assert!(own(&requests[1]).contains(&"mcp__t__tool_7777".to_owned()) && own(&requests[1]).len() == 2);
    }
}

/// A64: what is no message is passed over, and standard error is read away however much there is.
#[test]
fn garbage_and_a_flood_of_standard_error_hold_up_nothing() {
    let noisy = place("stderr", "required = true", calling(&[("echo", json!({"text": "through"}))]));
    noisy.exec(&[]).assert_code(0);
    assert_eq!(noisy.outputs(), [r#"[{"type":"text","text":"through"}]"#]);
    let garbled = place("good", "required = true", calling(&[("garble", json!({}))]));
    garbled.exec(&[]).assert_code(0);
    assert_eq!(garbled.outputs(), [r#"[{"type":"text","text":"after garbage"}]"#]);
}

/// A16 for servers: none outlives the program, however that ends.
#[test]
fn servers_end_with_a_program_that_is_killed() {
    let place = place("good", "required = true", calling(&[("pid", json!({})), ("slow", json!({}))]));
    let mut run = codex(&place.home, &place.workspace, &["exec", "--json", "go"]).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(run.stdout.take().unwrap()));
    let events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut told = events.filter(|event| event["type"] == "item.completed" && event["item"]["tool"] == "pid");
    let pid = told.next().unwrap()["item"]["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(crate::process::is_running(&pid));
    run.kill().unwrap();
    run.wait().unwrap();
    eventually("the server is gone", || (!crate::process::is_running(&pid)).then_some(()));
}

#[test]
fn a_prompt_of_a_server_can_be_the_prompt() {
    let place = place("good", "", Scenario::new().reply(Reply::new().say("done")));
    let exec = |line: &str| Run::of(&mut codex(&place.home, &place.workspace, &["exec", line]));
    exec("/mcp__t__greet Ada how='in a hurry'").assert_code(0);
    assert!(place.requests()[0].texts_of("user").iter().any(|text| text == "Greet Ada in a hurry."));
    let lacking = exec("/mcp__t__greet");
    assert_eq!(lacking.code, Some(1));
    assert!(lacking.stderr.contains("Error: `mcp__t__greet` needs `who`: /mcp__t__greet who=... [how=...]"), "{}", lacking.stderr);
    let unknown = exec("/mcp__t__nope");
    assert!(unknown.assert_code(1).stderr.contains("Error: no MCP server has a prompt `mcp__t__nope`"), "{}", unknown.stderr);
    assert_eq!(place.requests().len(), 1);
}

#[test]
fn resources_are_listed_and_read() {
    let reply = Reply::new()
        .call("list_mcp_resources", json!({}))
        .call("list_mcp_resource_templates", json!({"server": "t"}))
        .call("read_mcp_resource", json!({"server": "t", "uri": "test://a"}))
        .call("read_mcp_resource", json!({"server": "t", "uri": "test://zz"}))
        .call("read_mcp_resource", json!({"server": "none", "uri": "x"}));
    let place = place("good", "", Scenario::new().reply(reply).reply(Reply::new().say("done")));
    let run = place.exec(&[]);
    run.assert_code(0);
    assert_eq!(
        place.outputs(),
        [
            r#"{"resources":[{"server":"t","uri":"test://a","name":"a","mimeType":"text/plain"}]}"#,
            r#"{"server":"t","resourceTemplates":[{"server":"t","uriTemplate":"test://{x}","name":"t"}]}"#,
            r#"{"server":"t","uri":"test://a","contents":[{"uri":"test://a","text":"held"}]}"#,
            "resources/read failed: resources/read failed for `t` (test://zz): Mcp error: -32002: not found",
            "resources/read failed: unknown MCP server 'none'",
        ]
    );
    let servers: Vec<Value> = items(&run).iter().map(|item| item["server"].clone()).collect();
    assert_eq!(servers, ["codex", "t", "t", "t", "none"]);
}

#[test]
fn a_server_is_told_the_folder_and_gets_no_answers_from_nobody() {
    let tools = ["roots", "ask", "sample", "progress"];
    let place = place("good", "", calling(&tools.map(|tool| (tool, json!({})))));
    place.exec(&[]).assert_code(0);
    let outputs = place.outputs();
    assert!(outputs[0].contains(&format!("file://{}", place.workspace.path().display())), "{}", outputs[0]);
    assert!(outputs[1].contains("decline"), "{}", outputs[1]);
    assert!(outputs[2].contains("nobody can be asked"), "{}", outputs[2]);
    assert_eq!(outputs[3], r#"[{"type":"text","text":"done"}]"#);
}

/// A16 for servers: none outlives the run.
#[test]
fn servers_end_with_the_run() {
    let place = place("good", "", calling(&[("pid", json!({}))]));
    place.exec(&[]).assert_code(0);
    let output: Value = serde_json::from_str(&place.outputs()[0]).unwrap();
    let pid = output[0]["text"].as_str().unwrap().to_owned();
    eventually("the server is gone", || (!crate::process::is_running(&pid)).then_some(()));
}

/// M1, A26, A34: a server of a project starts when it was allowed, as it was then.
#[test]
fn a_server_of_a_project_starts_when_it_was_allowed_as_it_is() {
    let call = || Reply::new().call("mcp__t__echo", json!({"text": "x"}));
    let scenario = (0..3).fold(Scenario::new(), |scenario, _| scenario.reply(call()).reply(Reply::new().say("done")));
    let (script, server) = (McpScript::new(), scenario.start());
    let workspace = TestWorkspace::git();
    let trust = format!("[projects.\"{}\"]\ntrust_level = \"trusted\"\n", workspace.path().display());
    let home = TestHome::with_config(&server, &trust, "");
    workspace.file(".codex/config.toml", script.table("t", "good", ""));
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    assert!(script.log().is_empty(), "nothing was started");
    assert!(run.stderr.contains("codex mcp allow t"), "{}", run.stderr);
    Run::of(&mut codex(&home, &workspace, &["mcp", "allow", "t"])).assert_code(0);
    let list = Run::of(&mut codex(&home, &workspace, &["exec", "--json", "again"]));
    list.assert_code(0);
    assert!(!script.log().is_empty(), "it was started");
    let before = script.log().len();
    workspace.file(".codex/config.toml", script.table("t", "good", "env = { CHANGED = \"1\" }"));
    Run::of(&mut codex(&home, &workspace, &["exec", "--json", "again"])).assert_code(0);
    assert_eq!(script.log().len(), before, "a changed entry is not started");
}

#[test]
fn servers_behind_an_address_are_reached_in_every_form() {
    for mode in ["json", "events", "sse"] {
        let (script, scenario) = (McpScript::new(), calling(&[("echo", json!({"text": mode}))]));
        let (http, server) = (script.http(mode), scenario.start());
        let table = format!(
            "[mcp_servers.t]\nurl = {:?}\nrequired = true\nbearer_token_env_var = \"TOK\"\nhttp_headers = {{ X-A = \"1\" }}\n",
            http.url()
        );
        let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
        let run = Run::of(codex(&home, &workspace, &["exec", "--json", "go"]).env("TOK", "the-token"));
        run.assert_code(0);
        assert_eq!(server.requests()[1].outputs(), [format!(r#"[{{"type":"text","text":"{mode}"}}]"#)]);
        let posts: Vec<Value> = script.log().into_iter().filter(|line| line.get("post").is_some()).collect();
        assert!(posts.iter().all(|post| post["authorization"] == "Bearer the-token" && post["x-a"] == "1"), "{posts:?}");
        let everything = format!("{}{}", run.stdout, run.stderr);
        assert!(!everything.contains("the-token"));
    }
}

#[test]
fn a_token_that_is_not_set_is_told_without_a_request() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("json");
    let table = format!("[mcp_servers.t]\nurl = {:?}\nrequired = true\nbearer_token_env_var = \"TOK\"\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    assert!(run.assert_code(1).stderr.contains("Environment variable TOK for MCP server 't' is not set"), "{}", run.stderr);
    assert!(script.log().is_empty());
}

/// Signs in to `t` as a person with a browser does.
fn sign_in(home: &TestHome, workspace: &TestWorkspace) {
    let mut login = codex(home, workspace, &["mcp", "login", "t"]).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(login.stdout.take().unwrap()));
    assert_eq!(lines.next().unwrap().unwrap(), "Authorize `t` by opening this URL in your browser:");
    let url = lines.next().unwrap().unwrap();
    assert!(url.contains("code_challenge_method=S256") && url.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A"), "{url}");
    // The browser: python follows the redirect to the callback.
    let browser = Run::of(bare("python3", workspace.path()).args(["-c", VISIT, &url]));
    assert_eq!(browser.assert_code(0).stdout, "Authentication complete. You may close this window.\n");
    assert!(login.wait().unwrap().success());
}

const VISIT: &str = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())";

/// A64: a server that keeps the renewal of a token waiting is given up like one that does not start.
#[test]
fn a_renewal_that_takes_too_long_ends_in_a_named_error() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("slow-refresh");
    let more = "required = true\nstartup_timeout_sec = 2";
    let table = format!("mcp_oauth_credentials_store = \"file\"\n[mcp_servers.t]\nurl = {:?}\n{more}\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    sign_in(&home, &workspace);
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    assert!(run.assert_code(1).stderr.contains("MCP client for `t` timed out after 2 seconds"), "{}", run.stderr);
}

/// A sign-in in the keyring: made, used, renewed and forgotten; nothing of it is in a file.
#[test]
fn a_sign_in_can_be_kept_in_the_keyring() {
    let on_path = |program: &str| env!("PATH").split(':').any(|folder| std::path::Path::new(folder).join(program).is_file());
    if let Some(missing) = ["dbus-run-session", "gnome-keyring-daemon"].into_iter().find(|program| !on_path(program)) {
        println!("skipped: there is no {missing} on this machine");
        return;
    }
    let (script, server) = (McpScript::new(), calling(&[("echo", json!({"text": "in"}))]).start());
    let http = script.http("oauth");
    let table = format!("mcp_oauth_credentials_store = \"keyring\"\n[mcp_servers.t]\nurl = {:?}\nrequired = true\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let runtime = workspace.path().join("runtime");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let steps = r#"
        set -e
        printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        "$CODEX" mcp login t >login.out & login=$!
        until grep -q '^http' login.out; do sleep 0.05; done
        python3 -c "$VISIT" "$(grep '^http' login.out)" >/dev/null
        wait $login
        "$CODEX" mcp list
        "$CODEX" exec --json go >/dev/null
        "$CODEX" mcp logout t
        "$CODEX" mcp list
    "#;
    let mut command = bare("dbus-run-session", workspace.path());
    command.args(["--", "sh", "-c", steps]).envs(home.env()).env("CODEX", binary()).env("VISIT", VISIT);
    let run = Run::of(command.env("XDG_RUNTIME_DIR", &runtime).env("XDG_DATA_HOME", workspace.path().join("data")));
    run.assert_code(0);
    let told: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("t ") || line.starts_with("Removed")).collect();
    assert!(told[0].ends_with("OAuth") && told[2].ends_with("Not logged in"), "{told:?}");
    assert_eq!(told[1], "Removed OAuth credentials for 't'.");
    assert!(!home.path().join(".credentials.json").exists());
    let posts: Vec<Value> = script.log().into_iter().filter(|line| line.get("post").is_some()).collect();
    assert!(!posts.is_empty() && posts.iter().all(|post| post["authorization"] == "Bearer access-refresh_token"), "{posts:?}");
}

/// M5, A61: discovery, registration, PKCE, the callback, the token in requests, its renewal, and forgetting it.
#[test]
fn a_sign_in_is_made_used_renewed_and_forgotten() {
    let (script, server) = (McpScript::new(), calling(&[("echo", json!({"text": "in"}))]).start());
    let http = script.http("oauth");
    let table = format!("mcp_oauth_credentials_store = \"file\"\n[mcp_servers.t]\nurl = {:?}\nrequired = true\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let run = |args: &[&str]| Run::of(&mut codex(&home, &workspace, args));
    let refused = run(&["exec", "go"]);
    assert!(refused.assert_code(1).stderr.contains("The t MCP server is not logged in. Run `codex mcp login t`."), "{}", refused.stderr);
    assert!(run(&["mcp", "list"]).stdout.contains("Not logged in"));
    sign_in(&home, &workspace);
    let kept = home.path().join(".credentials.json");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).unwrap().permissions()) & 0o777, 0o600);
    assert!(run(&["mcp", "list"]).stdout.contains("OAuth"));
    // The first token lasts half a minute: it is renewed before it is sent.
    run(&["exec", "--json", "go"]).assert_code(0);
    assert_eq!(server.requests()[1].outputs(), [r#"[{"type":"text","text":"in"}]"#]);
    let posts: Vec<Value> = script.log().into_iter().filter(|line| line.get("post").is_some()).collect();
    assert!(posts.iter().all(|post| post["authorization"] == "Bearer access-refresh_token"), "{posts:?}");
    assert_eq!(run(&["mcp", "logout", "t"]).assert_code(0).stdout, "Removed OAuth credentials for 't'.\n");
    assert_eq!(run(&["mcp", "logout", "t"]).assert_code(0).stdout, "No OAuth credentials stored for 't'.\n");
}

#[test]
fn a_server_that_keeps_a_sign_in_waiting_ends_in_a_named_error() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("slow-oauth");
    let table = format!("[mcp_servers.t]\nurl = {:?}\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["mcp", "login", "t"]));
    assert_eq!(
        run.assert_code(1).stderr,
        "Error: cannot sign in to MCP server 't': the server does not offer OAuth: it publishes no metadata\n"
    );
}

#[test]
fn a_sign_in_asks_for_what_the_settings_say() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("oauth");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let table = format!(
        "mcp_oauth_callback_port = {port}\n[mcp_servers.t]\nurl = {:?}\nscopes = [\"read\", \"write\"]\noauth_resource = \"https://r.example\"\n",
        http.url()
    );
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let url_of = |args: &[&str]| {
        let mut login = codex(&home, &workspace, &[&["mcp", "login", "t"], args].concat()).spawn().unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(login.stdout.take().unwrap()));
        let url = lines.nth(1).unwrap().unwrap();
        login.kill().unwrap();
        login.wait().unwrap();
        url
    };
    let url = url_of(&[]);
    for part in [format!("127.0.0.1%3A{port}%2Fcallback"), "scope=read+write".to_owned(), "resource=https%3A%2F%2Fr.example".to_owned()] {
        assert!(url.contains(&part), "{part} in {url}");
    }
    let url = url_of(&["--scopes", "own", "-c", "mcp_oauth_callback_url=\"https://dev.example/back\""]);
    assert!(url.contains("redirect_uri=https%3A%2F%2Fdev.example%2Fback") && url.contains("scope=own"), "{url}");
}

/// A55: a log of everything has no token.
#[test]
fn no_token_of_a_server_is_in_a_log_of_everything() {
    let (script, server) = (McpScript::new(), calling(&[("echo", json!({}))]).start());
    let http = script.http("json");
    let table = format!(
        "[mcp_servers.t]\nurl = {:?}\nbearer_token_env_var = \"TOK\"\nhttp_headers = {{ X-Secret = \"header-secret\" }}\n",
        http.url()
    );
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let mut command = codex(&home, &workspace, &["exec", "--json", "go"]);
    let run = Run::of(command.env("TOK", "the-token").env("RUST_LOG", "trace"));
    run.assert_code(0);
    let mut texts = vec![run.stdout, run.stderr];
    for folder in ["log", "sessions"] {
        let found = Run::of(bare("grep", home.path()).args(["-rlE", "the-token|header-secret", folder]));
        texts.push(found.stdout);
        assert_eq!(texts.last().unwrap(), "", "in {folder}");
    }
    assert!(texts.iter().all(|text| !text.contains("the-token") && !text.contains("header-secret")));
    assert!(binary().exists());
}
