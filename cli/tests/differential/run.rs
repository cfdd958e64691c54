//! Runs one program on one case and writes down, line by line, what could be seen of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use codex_test_support::{ModelServer, Request, TestHome, TestWorkspace, closed_port_url};
use serde_json::Value;

use crate::case::{Case, Order, Server};
use crate::normalise::Names;
use crate::turn;

/// Longer than any case takes; a program that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keys of a request that both programs have to agree on. `instructions` are each program's own; `tools` are compared where a case says so.
const BODY_KEYS: [&str; 8] = ["model", "tool_choice", "parallel_tool_calls", "reasoning", "store", "stream", "include", "text"];

/// Headers whose value has to be the same too; of the others both programs have to send the same names.
const COMPARED_HEADERS: [&str; 5] = ["accept", "authorization", "content-encoding", "content-type", "originator"];

/// Everything that was seen of one program, made comparable.
pub(crate) fn observe(program: &Path, case: &Case) -> Vec<String> {
    let server = case.scenario.clone().start();
    let base_url = match case.server {
        Server::Scripted => server.base_url(),
        Server::Absent => closed_port_url(),
    };
    let home = TestHome::for_base_url(&base_url, case.top, case.provider);
    let workspace = if case.git { TestWorkspace::git() } else { TestWorkspace::new() };
    for (name, content) in &case.files {
        workspace.file(name, content);
    }
    let scratch = TestWorkspace::new();
    let names = Names::new(home.path(), workspace.path(), &base_url);
    let mut seen = Vec::new();
    let _turn = turn::of(program);
    for args in &case.runs {
        let output = run(program, case, &Folders { home: &home, workspace: &workspace, scratch: scratch.path() }, args);
        record_output(&mut seen, &output, case, &names);
    }
    record_requests(&mut seen, &server, case, &names);
    for name in &case.results {
        seen.push(format!("file {name}: {:?}", workspace.read(name)));
    }
    seen
}

pub(crate) struct Folders<'a> {
    pub(crate) home: &'a TestHome,
    pub(crate) workspace: &'a TestWorkspace,
    /// For temporary files. Not the one that the home is in: the reference puts no programs below a temporary folder.
    pub(crate) scratch: &'a Path,
}

fn run(program: &Path, case: &Case, folders: &Folders<'_>, args: &[&str]) -> Output {
    let mut command = command(program, folders);
    if !case.key {
        command.env_remove("MOCK_KEY");
    }
    command.arg("exec").args(case.json.then_some("--json")).args(["-s", case.sandbox]).args(args);
    let child = command.spawn().expect("the program can be started");
    finished(child, case.name)
}

/// The program in the workspace, with the home of the run and nothing of the person who runs the tests.
pub(crate) fn command(program: &Path, folders: &Folders<'_>) -> Command {
    let Folders { home, workspace, scratch } = folders;
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as a shell would")]
    let mut command = Command::new(program);
    command.env_clear().current_dir(workspace.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Whatever a program wants of the world outside ends at a closed port.
    let nowhere = "http://127.0.0.1:9";
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", home.path()).env("LANG", "C.UTF-8").env("TMPDIR", scratch);
    command.env("HTTP_PROXY", nowhere).env("HTTPS_PROXY", nowhere).envs(home.env());
    command
}

pub(crate) fn finished(mut child: Child, name: &str) -> Output {
    let mut pipes = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let stdout = thread::spawn(move || read_all(&mut pipes.0));
    let stderr = thread::spawn(move || read_all(&mut pipes.1));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("{name}: the program has not ended within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: stdout.join().expect("a reader"), stderr: stderr.join().expect("a reader") }
}

fn read_all(pipe: &mut impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    bytes
}

fn record_output(seen: &mut Vec<String>, output: &Output, case: &Case, names: &Names) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    for line in stdout.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(event) if case.json => seen.extend(names.event(event, case.order == Order::AnyOrder)),
            _ => seen.push(format!("stdout {}", names.text(line))),
        }
    }
    if case.stderr {
        let stderr = String::from_utf8_lossy(&output.stderr);
        seen.extend(stderr.lines().filter(|line| !line.is_empty()).map(|line| format!("stderr {}", names.text(line))));
    }
    match output.status.code() {
        Some(code) => seen.push(format!("exit {code}")),
        None => seen.push(format!("exit by signal: {:?}", output.status)),
    }
}

fn record_requests(seen: &mut Vec<String>, server: &ModelServer, case: &Case, names: &Names) {
    let requests: Vec<Request> = server.requests().into_iter().filter(|request| request.path.ends_with("/responses")).collect();
    seen.push(format!("requests {}", requests.len()));
    let Some(last) = requests.last() else { return };
    let mut headers = Vec::new();
    for (name, value) in &last.headers {
        headers.push(if COMPARED_HEADERS.contains(&name.as_str()) { format!("header {name}: {value}") } else { format!("header {name}") });
    }
    // Their order says nothing.
    headers.sort();
    seen.extend(headers);
    for key in BODY_KEYS {
        seen.push(format!("body {key}: {}", names.value(&last.body[key])));
    }
    if case.tools {
        seen.extend(last.body["tools"].as_array().into_iter().flatten().map(|tool| format!("tool {}", without_prose(tool))));
    }
    // Developer messages are each program's own prose.
    for item in last.input().iter().filter(|item| item["role"] != "developer") {
        seen.push(format!("input {}", names.value(item)));
    }
}

/// A tool as a program sees it: name, parameters and form, keys in order, without what is explained to the model.
fn without_prose(tool: &Value) -> Value {
    match tool {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !(matches!(key.as_str(), "description" | "definition") && value.is_string()));
            let sorted: BTreeMap<_, _> = kept.map(|(key, value)| (key.clone(), without_prose(value))).collect();
            sorted.into_iter().collect()
        }
        Value::Array(values) => values.iter().map(without_prose).collect(),
        other => other.clone(),
    }
}
