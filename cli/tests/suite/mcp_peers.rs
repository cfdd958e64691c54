//! Servers and clients that nobody here wrote, from the registries, unpatched. `.ci/run` installs them and names their folder in
//! `CODEX_MCP_PEERS`; without it these tests say that they are left out, and fail where `CI` is `true`.

use std::path::{Path, PathBuf};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, bare, binary, codex};

/// Where the peers are.
fn peers(what: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one variable that the tests of peers are told by")]
    let (folder, ci) = (std::env::var_os("CODEX_MCP_PEERS"), std::env::var_os("CI"));
    let folder = folder.map(PathBuf::from).filter(|folder| folder.join(".complete").exists());
    if folder.is_none() {
        assert!(ci.is_none_or(|ci| ci != "true"), "{what}: the peers are not installed, see .ci/run");
        println!("skipped: CODEX_MCP_PEERS names no folder with peers: {what}");
    }
    folder
}

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

fn bin(peers: &Path, name: &str) -> PathBuf {
    peers.join("node_modules/.bin").join(name)
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
