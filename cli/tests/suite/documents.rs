//! What `docs/mcp.md` says to type is typed, as it stands there: by a shell, with scripted servers where it names those of others.
//!
//! `docs/app-server.md` is read by the tests of the app server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use codex_test_support::{McpScript, Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::peers::{bin, peers};
use crate::process::{Run, bare, binary, ended};
use crate::snippets::{Block, blocks, document};

/// A line typed behind `$ `, and what is shown below it.
struct Typed {
    line: String,
    shown: String,
}

/// The lines of a `console` block; those that go on behind a backslash are one.
fn typed(block: &Block) -> Vec<Typed> {
    let mut all: Vec<Typed> = Vec::new();
    let mut goes_on = false;
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), all.last_mut()) {
            (Some(line), _) => all.push(Typed { line: line.to_owned(), shown: String::new() }),
            (None, Some(last)) if goes_on => last.line = format!("{}\n{line}", last.line),
            (None, Some(last)) => last.shown.push_str(&format!("{line}\n")),
            (None, None) => panic!("a console begins with `$ `: {line}"),
        }
        goes_on = line.ends_with('\\');
    }
    all
}

/// What stands between backquotes outside of fences and begins with `start`.
fn quoted(document: &str, start: &str) -> Vec<String> {
    let mut fenced = false;
    let mut all = Vec::new();
    for line in document.lines() {
        fenced ^= line.starts_with("```");
        if !fenced {
            all.extend(line.split('`').skip(1).step_by(2).filter(|code| code.starts_with(start)).map(str::to_owned));
        }
    }
    all
}

/// A folder in front of the search path, with `codex` and programs of others.
struct Desk {
    home: TestHome,
    workspace: TestWorkspace,
    programs: tempfile::TempDir,
}

impl Desk {
    fn new(home: TestHome) -> Self {
        let programs = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(binary(), programs.path().join("codex")).unwrap();
        Self { home, workspace: TestWorkspace::git(), programs }
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.programs.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A line as somebody types it.
    fn shell(&self, line: &str) -> Command {
        let mut command = bare("/bin/sh", self.workspace.path());
        let path = format!("{}:{}", self.programs.path().display(), env!("PATH"));
        command.args(["-c", line]).envs(self.home.env()).env("PATH", path);
        command
    }

    fn run(&self, line: &str) -> Run {
        let run = Run::of(&mut self.shell(line));
        assert_eq!(run.code, Some(0), "$ {line}\n{}{}", run.stdout, run.stderr);
        run
    }

    /// A line that signs in: its page is opened, and it ends well.
    fn sign_in(&self, line: &str) -> String {
        let mut login = self.shell(&format!("exec {line}")).spawn().unwrap();
        let mut lines = BufReader::new(login.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("$ {line} shows no page to open"));
        let visit = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()";
        Run::of(bare("python3", self.workspace.path()).args(["-c", visit, &url])).assert_code(0);
        let said = lines.last();
        ended(login).assert_code(0);
        assert!(said.is_some_and(|line| line.contains("Successfully logged in")), "$ {line}");
        url
    }
}

/// The consoles of `docs/mcp.md`, in order.
fn consoles() -> Vec<Vec<Typed>> {
    let blocks = blocks(&document("mcp.md"));
    blocks.iter().filter(|block| block.language == "console").map(typed).collect()
}

#[test]
fn a_server_is_added_and_used_as_the_document_says() {
    let script = McpScript::new();
    let scenario = Scenario::new().reply(Reply::new().call("mcp__files__echo", json!({"text": "a file"}))).reply(Reply::new().say("done"));
    let server = scenario.start();
    let desk = Desk::new(TestHome::new(&server));
    let folder = script.folder().display();
    desk.program(
        "npx",
        &format!("[ \"$1 $2\" = '-y @modelcontextprotocol/server-filesystem' ] && exec python3 {folder}/server.py stdio good {folder}"),
    );
    let [add, list, exec] = &consoles()[0][..] else { panic!("three lines") };
    assert_eq!(desk.run(&add.line).stdout, add.shown);
    let listed = desk.run(&list.line).stdout;
    assert!(listed.lines().any(|line| line.starts_with("files ") && line.contains("npx")), "{listed}");
    desk.run(&exec.line);
    let requests = server.requests();
    assert!(requests[0].texts_of("user").iter().any(|text| exec.line.contains(text.as_str())));
    assert_eq!(requests[1].outputs(), [r#"[{"type":"text","text":"a file"}]"#]);
}

#[test]
fn servers_behind_addresses_are_added_and_signed_in_to_as_the_document_says() {
    let script = McpScript::new();
    let http = script.http("oauth");
    let desk = Desk::new(TestHome::with_raw_config("mcp_oauth_credentials_store = \"file\"\n"));
    let here = |typed: &Typed| {
        typed
            .line
            .replace("https://docs.example.com/mcp", &http.url())
            .replace("https://mcp.example.com", closed_port_url().trim_end_matches("/v1"))
    };
    let [tracker, docs, login, logout] = &consoles()[1][..] else { panic!("four lines") };
    assert_eq!(desk.run(&here(tracker)).stdout, "Added global MCP server 'tracker'.\n");
    desk.sign_in(&here(docs));
    let listed = desk.run("codex mcp list").stdout;
    let auth = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap().trim_end().to_owned();
    assert!(auth("docs").ends_with("OAuth") && auth("tracker").ends_with("Bearer token"), "{listed}");
    assert!(desk.sign_in(&here(login)).contains("scope=read"));
    assert_eq!(desk.run(&here(logout)).stdout, "Removed OAuth credentials for 'docs'.\n");
}

#[test]
fn settings_that_the_documents_show_are_strictly_read() {
    for name in ["mcp.md", "app-server.md"] {
        for block in blocks(&document(name)).iter().filter(|block| block.language == "toml") {
            let desk = Desk::new(TestHome::with_raw_config(&format!("{}\n[mcp_servers.files]\ncommand = \"files\"\n", block.text)));
            let run = desk.run("codex --strict-config mcp get files");
            assert!(run.stdout.contains("command: files") && run.stderr.is_empty(), "{name}: {}{}{}", block.text, run.stdout, run.stderr);
        }
    }
}

/// What a client says to a server first, and the end of its input.
const GREETING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
"#;

fn greeted(mut command: Command) {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(GREETING.as_bytes()).unwrap();
    let run = ended(child);
    let answers: Vec<Value> = run.assert_code(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["result"]["serverInfo"]["title"], "Codex");
    let tools: Vec<&str> = answers[1]["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(tools, ["codex", "codex-reply"]);
}

#[test]
fn other_programs_start_us_as_the_document_says() {
    let server = Scenario::new().reply(Reply::new().say("Hello")).start();
    let desk = Desk::new(TestHome::new(&server));
    // What `claude` keeps of its line is what it starts later.
    desk.program("claude", "[ \"$1 $2 $4\" = 'mcp add --' ] && shift 4 && exec \"$@\"");
    let [claude, inspector] = &consoles()[2][..] else { panic!("two lines") };
    greeted(desk.shell(&claude.line));

    let blocks = blocks(&document("mcp.md"));
    let settings: Value = serde_json::from_str(&blocks.iter().find(|block| block.language == "json").unwrap().text).unwrap();
    let entry = &settings["mcpServers"]["codex"];
    let words: Vec<&str> = entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    greeted(desk.shell(&format!("{} {}", entry["command"].as_str().unwrap(), words.join(" "))));

    let Some(peers) = peers("the inspector of the document") else { return };
    let inspector_program = bin(&peers, "mcp-inspector");
    desk.program("npx", &format!("[ \"$1\" = @modelcontextprotocol/inspector ] && shift && exec {} \"$@\"", inspector_program.display()));
    let answer: Value = serde_json::from_str(&desk.run(&inspector.line).stdout).unwrap();
    assert_eq!(answer["structuredContent"]["content"], "Hello");
    assert!(server.requests()[0].texts_of("user").iter().any(|text| text == "Say hello"));
}

/// Commands that are only named are there, with the flags that are named.
#[test]
fn commands_that_the_documents_name_are_there() {
    let desk = Desk::new(TestHome::with_raw_config(""));
    for name in ["mcp.md", "app-server.md"] {
        let named = quoted(&document(name), "codex ");
        assert!(!named.is_empty());
        for line in named {
            let run = desk.run(&format!("{line} --help"));
            assert!(run.stdout.contains("Usage: codex"), "{name}: {line}: {}", run.stdout);
        }
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("../app-server-client/examples/one_turn.rs").is_file());
}

/// The whole client of the document is as short as it says.
#[test]
fn the_example_of_a_client_is_short() {
    let example = include_str!("../../../app-server-client/examples/one_turn.rs");
    assert!(example.lines().count() < 40, "{} lines", example.lines().count());
}
