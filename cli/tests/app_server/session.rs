//! A client of the crudest kind: lines in, lines out, no types.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use codex_test_support::{TestHome, TestWorkspace};
use serde_json::{Value, json};

/// Longer than anything takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// `codex app-server ARGS`.
pub(crate) fn command(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as an editor would")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
    command.arg("app-server").args(args).env_clear().envs(home.env()).current_dir(workspace.path());
    command.env("PATH", env!("PATH")).env("HOME", workspace.path()).env("LANG", "C.UTF-8").env("TERM", "xterm");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// A running server and what it said.
pub(crate) struct Session {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Messages that were passed over while another was waited for.
    passed: VecDeque<Value>,
    next: i64,
}

impl Session {
    /// Starts a server that was greeted.
    pub(crate) fn start(home: &TestHome, workspace: &TestWorkspace) -> Self {
        Self::greeted(command(home, workspace, &[]).spawn().unwrap())
    }

    /// A server that was started, and is greeted.
    pub(crate) fn greeted(child: Child) -> Self {
        let mut session = Self::over(child);
        let client =
            json!({"clientInfo": {"name": "test-client", "title": null, "version": "1.2.3"}, "capabilities": {"experimentalApi": true}});
        session.request("initialize", client);
        session
    }

    /// Starts a server.
    pub(crate) fn bare(home: &TestHome, workspace: &TestWorkspace) -> Self {
        Self::over(command(home, workspace, &[]).spawn().unwrap())
    }

    /// A connection through the bridge to a server at a Unix socket.
    pub(crate) fn bridged(running: &Running) -> Self {
        let path = running.address.trim_start_matches("unix://");
        #[expect(clippy::disallowed_methods, reason = "a test starts the program as an editor would")]
        let mut bridge = Command::new(env!("CARGO_BIN_EXE_codex"));
        bridge.args(["stdio-to-uds", path]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self::over(bridge.spawn().unwrap())
    }

    fn over(mut child: Child) -> Self {
        let output = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, lines, passed: VecDeque::new(), next: 1000 }
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_raw(format!("{message}\n").as_bytes());
    }

    /// The next message that was not waited for; `None` when none comes in time.
    pub(crate) fn next_message(&mut self, limit: Duration) -> Option<Value> {
        if let Some(message) = self.passed.pop_front() {
            return Some(message);
        }
        let line = self.lines.recv_timeout(limit).ok()?;
        Some(serde_json::from_str(&line).expect("standard output has JSON lines alone"))
    }

    /// The next message that fits; those before it are kept for later.
    pub(crate) fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.passed.iter().position(&fits) {
            return self.passed.remove(at).unwrap();
        }
        let end = Instant::now() + LONG;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = match self.lines.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => panic!("nothing that fits came: {:?}", self.passed),
                Err(RecvTimeoutError::Disconnected) => panic!("the server ended: {:?}", self.passed),
            };
            let message: Value = serde_json::from_str(&line).expect("standard output has JSON lines alone");
            if fits(&message) {
                return message;
            }
            self.passed.push_back(message);
        }
    }

    /// The answer to a request with this id.
    pub(crate) fn answer(&mut self, id: &Value) -> Value {
        self.wait(|message| message.get("id") == Some(id) && message.get("method").is_none())
    }

    /// Asks and waits for the answer, an error included.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = json!(self.next);
        self.send(&json!({"id": id, "method": method, "params": params}));
        self.answer(&id)
    }

    /// Asks and waits for the result.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params);
        answer.get("result").unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }

    /// The params of the next notification, or question, of a method.
    pub(crate) fn told(&mut self, method: &str) -> Value {
        self.wait(|message| message["method"] == method)["params"].clone()
    }

    /// Starts a thread and returns its id.
    pub(crate) fn thread(&mut self, params: Value) -> String {
        self.request("thread/start", params)["thread"]["id"].as_str().unwrap().to_owned()
    }

    /// Starts a turn and returns its id.
    pub(crate) fn turn(&mut self, thread: &str, text: &str) -> String {
        let input = json!({"threadId": thread, "input": [{"type": "text", "text": text}]});
        self.request("turn/start", input)["turn"]["id"].as_str().unwrap().to_owned()
    }

    /// Everything that came and was not waited for.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        self.passed.drain(..).collect()
    }

    /// Closes the input and returns the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.input.take());
        ended(&mut self.child)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed half-way leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with sockets, ended when the test is.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Running {
    /// Starts a server and reads where it listens.
    pub(crate) fn listening(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Self {
        let mut child = command(home, workspace, args).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let address =
            said.by_ref().map_while(Result::ok).find_map(|line| line.trim().strip_prefix("listening on: ").map(str::to_owned)).unwrap();
        std::thread::spawn(move || said.for_each(drop));
        Self { child, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a program.
pub(crate) fn ended(child: &mut Child) -> Option<i32> {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the program does not end");
}
