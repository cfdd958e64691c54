//! Servers and clients that nobody here wrote, from the registries, unpatched. `.ci/run` installs them and names their folder in
//! `CODEX_MCP_PEERS`; without it these tests say that they are left out, and fail where `CI` is `true`.

use std::path::Path;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::mcp_server::{Client, text};
use crate::peers::{bin, peers};
use crate::process::{Run, bare, binary, codex};

/// Calls tools of a server under the name `p`, with everything allowed; what the model read for each.
fn called(table: &str, workspace: &TestWorkspace, calls: &[(&str, Value)]) -> Vec<String> {
    let scenario = calls.iter().fold(Scenario::new(), |scenario, (tool, arguments)| {
        scenario.reply(Reply::new().call(&format!("mcp__p__{tool}"), arguments.clone()))
    });
    let server = scenario.reply(Reply::new().say("done")).start();
    let home = TestHome::with_config(&server, table, "");
    let run = Run::of(&mut codex(&home, workspace, &["exec", "--json", "--dangerously-bypass-approvals-and-sandbox", "go"]));
    run.assert_code(0);
    server.requests().pop().unwrap().outputs()
}

fn table(program: &Path, args: &[&str]) -> String {
    format!("[mcp_servers.p]\ncommand = {:?}\nargs = {args:?}\nrequired = true\nstartup_timeout_sec = 60\n", program.display().to_string())
}

#[test]
fn the_everything_server_over_standard_streams() {
    let Some(peers) = peers("server-everything") else { return };
    let workspace = TestWorkspace::git();
    let calls = [("echo", json!({"message": "hi"})), ("get_sum", json!({"a": 2, "b": 3})), ("get_tiny_image", json!({}))];
    let outputs = called(&table(&bin(&peers, "mcp-server-everything"), &["stdio"]), &workspace, &calls);
    assert!(outputs[0].contains("Echo: hi"), "{}", outputs[0]);
    assert!(outputs[1].contains('5'), "{}", outputs[1]);
    assert!(outputs[2].contains("data:image/png;base64,"), "{:.200}", outputs[2]);
}

#[test]
fn the_everything_server_over_streamable_http() {
    let Some(peers) = peers("server-everything over HTTP") else { return };
    let workspace = TestWorkspace::git();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = bare(bin(&peers, "mcp-server-everything"), workspace.path());
    let mut server = command.arg("streamableHttp").env("PORT", port.to_string()).spawn().unwrap();
    crate::process::eventually("the server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let table = format!("[mcp_servers.p]\nurl = \"http://127.0.0.1:{port}/mcp\"\nrequired = true\nstartup_timeout_sec = 60\n");
    let outputs = called(&table, &workspace, &[("echo", json!({"message": "over http"}))]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(outputs[0].contains("Echo: over http"), "{}", outputs[0]);
}

#[test]
fn the_filesystem_server() {
    let Some(peers) = peers("server-filesystem") else { return };
    // The folder of its arguments, and not the one we work in.
    let (workspace, files) = (TestWorkspace::git(), TestWorkspace::new());
    let folder = files.path().display().to_string();
    let file = files.file("here.txt", "what it says\n").display().to_string();
    let calls = [
        ("read_text_file", json!({"path": file})),
        ("write_file", json!({"path": format!("{folder}/new.txt"), "content": "made"})),
        ("read_text_file", json!({"path": "/etc/hostname"})),
    ];
    let outputs = called(&table(&bin(&peers, "mcp-server-filesystem"), &[&folder]), &workspace, &calls);
    assert!(outputs[0].contains("what it says"), "{}", outputs[0]);
    assert_eq!(files.read("new.txt").as_deref(), Some("made"));
    assert!(outputs[2].contains("outside allowed directories") || outputs[2].contains("denied"), "{}", outputs[2]);
}

#[test]
fn the_memory_server() {
    let Some(peers) = peers("server-memory") else { return };
    let workspace = TestWorkspace::git();
    let memory = workspace.path().join("memory.json").display().to_string();
    let table = format!("{}env = {{ MEMORY_FILE_PATH = {memory:?} }}\n", table(&bin(&peers, "mcp-server-memory"), &[]));
    let entity = json!({"entities": [{"name": "Ada", "entityType": "person", "observations": ["writes programs"]}]});
    let outputs = called(&table, &workspace, &[("create_entities", entity), ("search_nodes", json!({"query": "programs"}))]);
    assert!(outputs[1].contains("Ada"), "{}", outputs[1]);
}

const FAST: &str = r#"
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

server = FastMCP("fast")

class Point(BaseModel):
    x: int
    y: int

@server.tool()
def mirror(p: Point) -> Point:
    "mirrors a point"
    return Point(x=-p.x, y=-p.y)

@server.tool()
def boom() -> str:
    "raises"
    raise ValueError("boom-text")

server.run()
"#;

#[test]
fn a_fastmcp_server() {
    let Some(peers) = peers("FastMCP") else { return };
    let workspace = TestWorkspace::git();
    let script = workspace.file("fast.py", FAST).display().to_string();
    let calls = [("mirror", json!({"p": {"x": 1, "y": 2}})), ("boom", json!({}))];
    let outputs = called(&table(&peers.join("py/bin/python"), &[&script]), &workspace, &calls);
    assert_eq!(outputs[0], r#"{"x":-1,"y":-2}"#);
    assert!(outputs[1].contains("boom-text"), "{}", outputs[1]);
}

/// A model that calls these tools of `p` one after the other, each in a step of its own, and says `done`.
fn stepping(calls: &[(&str, Value)]) -> Scenario {
    let step = |scenario: Scenario, (tool, arguments): &(&str, Value)| {
        scenario.reply(Reply::new().call(&format!("mcp__p__{tool}"), arguments.clone()))
    };
    calls.iter().fold(Scenario::new(), step).reply(Reply::new().say("done"))
}

/// Questions of a real server in each of its forms: a form, a page, and an error that names a page first; and cancellation.
#[test]
fn the_everything_server_asks_and_is_cancelled() {
    let Some(peers) = peers("questions of server-everything") else { return };
    let page = json!({"url": "https://example.com/in", "elicitationId": "e"});
    let first = json!({"url": "https://example.com/again", "errorPath": true});
    let calls = [("trigger_elicitation_request", json!({})), ("trigger_url_elicitation", page), ("trigger_url_elicitation", first)];
    let slow = Reply::new().call("mcp__p__trigger_long_running_operation", json!({"duration": 600, "steps": 6000}));
    let echo = Reply::new().call("mcp__p__echo", json!({"message": "still there"}));
    let server = stepping(&calls).reply(slow).reply(echo).reply(Reply::new().say("last")).start();
    let table = format!(
        "{}tool_timeout_sec = 10\n[mcp_servers.p.tools.trigger-url-elicitation]\napproval_mode = \"approve\"\n",
        table(&bin(&peers, "mcp-server-everything"), &["stdio"])
    );
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::git());
    let mut client = Client::start(&home, &workspace, &["-c", "approval_policy=\"on-request\""]);
    client.call(1, "codex", json!({"prompt": "go"}));
    let form = client.question();
    assert_eq!(form["params"]["message"], "Please provide inputs for the following fields:");
    assert!(form["params"]["requestedSchema"]["properties"]["email"].is_object(), "{form}");
    client.reply(&form, json!({"action": "accept", "content": {"name": "Ada Lovelace", "check": true}}));
    for url in ["https://example.com/in", "https://modelcontextprotocol.io", "https://example.com/again"] {
        let page = client.question();
        assert_eq!((&page["params"]["mode"], &page["params"]["url"]), (&json!("url"), &json!(url)));
        client.reply(&page, json!({"action": "accept"}));
    }
    let answer = client.answer_to(1);
    assert_eq!(text(&answer), "done");
    let outputs = server.requests().pop().unwrap().outputs();
    assert!(outputs[0].contains("Ada Lovelace"), "{}", outputs[0]);
    assert!(outputs[1].contains("completed the URL elicitation") && outputs[2].contains("completed the URL elicitation"), "{outputs:?}");

    let thread = answer["result"]["structuredContent"]["threadId"].clone();
    client.call(2, "codex-reply", json!({"threadId": thread, "prompt": "something slow"}));
    client.wait("it is under way", |message| message["params"]["msg"]["type"] == "mcp_tool_call_progress");
    client.send(json!({"method": "notifications/cancelled", "params": {"requestId": 2}}));
    client.wait("the turn ends", |message| message["params"]["msg"]["type"] == "turn_aborted");
    client.call(3, "codex-reply", json!({"threadId": thread, "prompt": "and now"}));
    assert_eq!(text(&client.answer_to(3)), "last");
    client.finish();
    let outputs = server.requests().pop().unwrap().outputs();
    assert!(outputs.last().unwrap().contains("still there"), "{outputs:?}");
}

const NEWEST: &str = r#"
import json, subprocess, sys, threading
from typing import Annotated

if len(sys.argv) > 1:
    from mcp.server.mcpserver import Elicit, MCPServer, Resolve
    from pydantic import BaseModel

    server = MCPServer("newest")

    class Name(BaseModel):
        name: str

    def ask() -> Elicit[Name]:
        return Elicit("Your name?", Name)

    @server.tool()
    def greet(who: Annotated[Name, Resolve(ask)]) -> str:
        "greets a person"
        return f"Hello {who.name}"

    server.run()
    sys.exit()

# The server serves both generations; this has it serve the newest alone.
child = subprocess.Popen([sys.executable, __file__, "serve"], stdin=subprocess.PIPE)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        error = {"code": -32601, "message": "Method not found"}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}), flush=True)
    else:
        child.stdin.write(line.encode())
        child.stdin.flush()
child.stdin.close()
child.wait()
"#;

/// The newest generation of the protocol: no handshake, and a result that asks for more before it is one.
#[test]
fn a_python_server_of_the_newest_generation_asks_and_is_answered() {
    let Some(peers) = peers("the Python server of the newest generation").filter(|peers| peers.join("py2/bin/python").exists()) else {
        #[expect(clippy::disallowed_methods, reason = "the one variable that says that nothing may be left out")]
        let ci = std::env::var_os("CI");
        assert!(ci.is_none_or(|ci| ci != "true"), "the newest Python library is not installed, see .ci/run");
        return;
    };
    let server = stepping(&[("greet", json!({})), ("greet", json!({}))]).start();
    let workspace = TestWorkspace::git();
    let script = workspace.file("newest.py", NEWEST).display().to_string();
    let table = format!("{}[mcp_servers.p.tools.greet]\napproval_mode = \"approve\"\n", table(&peers.join("py2/bin/python"), &[&script]));
    let home = TestHome::with_config(&server, &table, "");
    let mut client = Client::start(&home, &workspace, &["-c", "approval_policy=\"on-request\""]);
    client.call(1, "codex", json!({"prompt": "go"}));
    for answer in [json!({"action": "accept", "content": {"name": "Ada"}}), json!({"action": "decline"})] {
        let form = client.question();
        assert_eq!((&form["params"]["message"], &form["params"]["codex_server_name"]), (&json!("Your name?"), &json!("p")));
        client.reply(&form, answer);
    }
    assert_eq!(text(&client.answer_to(1)), "done");
    client.finish();
    let outputs = server.requests().pop().unwrap().outputs();
    assert!(outputs[0].contains("Hello Ada"), "{outputs:?}");
    assert!(!outputs[1].contains("Hello"), "{outputs:?}");
}

const CLIENT: &str = r#"
import asyncio, sys
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

async def elicit(context, params):
    return types.ElicitResult(action="accept", content={})

async def main():
    parameters = StdioServerParameters(command=sys.argv[1], args=["mcp-server"], env=dict(kv.split("=", 1) for kv in sys.argv[3:]), cwd=sys.argv[2])
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write, elicitation_callback=elicit) as session:
            await session.initialize()
            assert [tool.name for tool in (await session.list_tools()).tools] == ["codex", "codex-reply"]
            first = await session.call_tool("codex", {"prompt": "hello", "sandbox": "danger-full-access", "approval-policy": "untrusted"})
            assert first.structuredContent["content"] == "first", first
            thread = first.structuredContent["threadId"]
            number = session._request_id
            slow = asyncio.create_task(session.call_tool("codex-reply", {"prompt": "slow", "threadId": thread}))
            while not __import__("os").path.exists(sys.argv[2] + "/began"):
                await asyncio.sleep(0.05)
            cancelled = types.CancelledNotification(method="notifications/cancelled", params=types.CancelledNotificationParams(requestId=number))
            await session.send_notification(types.ClientNotification(cancelled))
            slow.cancel()
            last = await session.call_tool("codex-reply", {"prompt": "again", "threadId": thread})
            assert last.structuredContent["content"] == "last", last
            print("passed")

asyncio.run(asyncio.wait_for(main(), 60))
"#;

/// Elicitation answered in the standard's form, and cancellation.
#[test]
fn the_python_client() {
    let Some(peers) = peers("the Python client") else { return };
    let scenario = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": "touch asked", "login": false})))
        .reply(Reply::new().say("first"))
        .reply(Reply::new().call("exec_command", json!({"cmd": "touch began; sleep 60", "login": false})))
        .reply(Reply::new().say("last"));
    let server = scenario.start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let script = workspace.file("client.py", CLIENT);
    let mut command = bare(peers.join("py/bin/python"), workspace.path());
    command.arg(script).arg(binary()).arg(workspace.path());
    command.args(home.env().into_iter().map(|(name, value)| format!("{name}={value}"))).arg(format!("PATH={}", env!("PATH")));
    let run = Run::of(&mut command);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "passed\n"), "{}", run.stderr);
    assert!(workspace.path().join("asked").exists());
}

const ASKING: &str = r#"
import asyncio, os, sys
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

server = FastMCP("asking")

class Name(BaseModel):
    name: str

@server.tool()
async def greet(ctx: Context) -> str:
    "greets a person"
    answer = await ctx.elicit("Your name?", Name)
    return f"Hello {answer.data.name}" if answer.action == "accept" else answer.action

@server.tool()
async def wait(ctx: Context) -> str:
    "waits for ever"
    await ctx.report_progress(1, 2, "waiting")
    try:
        await asyncio.sleep(600)
    finally:
        open(sys.argv[1], "w").write("cancelled")
    return "waited"

server.run()
"#;

const ANSWERING: &str = r#"
import asyncio, sys
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

asked, waiting = [], asyncio.Event()

async def elicit(context, params):
    asked.append(params.message)
    return types.ElicitResult(action="accept", content={"name": "Ada"})

async def main():
    parameters = StdioServerParameters(command=sys.argv[1], args=["mcp-server", "-c", 'approval_policy="on-request"'], env=dict(kv.split("=", 1) for kv in sys.argv[3:]), cwd=sys.argv[2])
    async def progress(done, total, message):
        if message == "calls p/wait":
            waiting.set()
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write, elicitation_callback=elicit) as session:
            await session.initialize()
            first = await session.call_tool("codex", {"prompt": "hello"})
            assert first.structuredContent["content"] == "done" and asked == ["Your name?"], (first, asked)
            thread = first.structuredContent["threadId"]
            number = session._request_id
            slow = asyncio.create_task(session.call_tool("codex-reply", {"prompt": "slow", "threadId": thread}, progress_callback=progress))
            await waiting.wait()
            cancelled = types.CancelledNotification(method="notifications/cancelled", params=types.CancelledNotificationParams(requestId=number))
            await session.send_notification(types.ClientNotification(cancelled))
            slow.cancel()
            while not __import__("os").path.exists(sys.argv[2] + "/cancelled"):
                await asyncio.sleep(0.05)
            print("passed")

asyncio.run(asyncio.wait_for(main(), 60))
"#;

/// A question of a FastMCP server goes through us to the Python client and back, and so does a cancellation.
#[test]
fn a_fastmcp_server_asks_the_python_client_through_us() {
    let Some(peers) = peers("FastMCP and the Python client") else { return };
    let scenario = stepping(&[("greet", json!({}))]).reply(Reply::new().call("mcp__p__wait", json!({})));
    let (server, workspace) = (scenario.start(), TestWorkspace::git());
    let (script, marker) =
        (workspace.file("asking.py", ASKING).display().to_string(), workspace.path().join("cancelled").display().to_string());
    let tools = "[mcp_servers.p.tools.greet]\napproval_mode = \"approve\"\n[mcp_servers.p.tools.wait]\napproval_mode = \"approve\"\n";
    let table = format!("{}{tools}", table(&peers.join("py/bin/python"), &[&script, &marker]));
    let home = TestHome::with_config(&server, &table, "");
    let client = workspace.file("answering.py", ANSWERING);
    let mut command = bare(peers.join("py/bin/python"), workspace.path());
    command.arg(client).arg(binary()).arg(workspace.path());
    command.args(home.env().into_iter().map(|(name, value)| format!("{name}={value}"))).arg(format!("PATH={}", env!("PATH")));
    let run = Run::of(&mut command);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "passed\n"), "{}", run.stderr);
    let outputs = server.requests()[1].outputs();
    assert!(outputs[0].contains("Hello Ada"), "{outputs:?}");
}

#[test]
fn the_inspector() {
    let Some(peers) = peers("the inspector") else { return };
    let server = Scenario::new().reply(Reply::new().say("hello inspector")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let program = binary().display().to_string();
    let inspect = |args: &[&str]| {
        let mut command = bare(bin(&peers, "mcp-inspector"), workspace.path());
        command.envs(home.env()).args(["--cli", &program, "mcp-server", "--method"]).args(args);
        Run::of(&mut command)
    };
    let listed: Value = serde_json::from_str(&inspect(&["tools/list"]).assert_code(0).stdout).unwrap();
    assert_eq!(listed["tools"].as_array().unwrap().len(), 2);
    let called = inspect(&["tools/call", "--tool-name", "codex", "--tool-arg", "prompt=hi there"]);
    let answer: Value = serde_json::from_str(&called.assert_code(0).stdout).unwrap();
    assert_eq!(answer["structuredContent"]["content"], "hello inspector");
}
