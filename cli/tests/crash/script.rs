//! The session that is killed: forty steps with commands, patches of five files and compactions, by a model that knows only
//! what its request tells.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use codex_test_support::{ModelServer, Reply, Request, Scenario, TestHome, TestWorkspace};
use serde_json::{Value, json};

use crate::faults::Faults;

pub(crate) const STEPS: usize = 40;

/// How many more steps a session takes that is gone on with.
const MORE_STEPS: usize = 4;

pub(crate) const GO_ON: &str = "go on for a little";

/// Files that each patch changes together.
pub(crate) const PATCHED: usize = 5;

/// Small enough for several compactions on the way.
const CONFIG: &str = "model_auto_compact_token_limit = 14000\n";

/// One step: its number goes into a file, once. On request it kills the program before or after that, and would then go on.
const STEP: &str = "#!/bin/sh
kill_program() { kill -9 \"$(cat program.pid)\"; sleep 60; echo orphan >> numbers.txt; }
[ \"$(cat kill-before 2>/dev/null)\" = \"$1\" ] && rm kill-before && kill_program
echo \"$1\" >> numbers.txt
[ \"$(cat kill-after 2>/dev/null)\" = \"$1\" ] && rm kill-after && kill_program
exit 0
";

/// Kills the running program so long after a request of this number came, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtRequest {
    pub(crate) number: u64,
    pub(crate) compaction: bool,
    pub(crate) wait: Duration,
}

/// What the server's side knows of the run.
#[derive(Default)]
pub(crate) struct Watch {
    program: AtomicI32,
    pub(crate) requests: AtomicU64,
    pub(crate) compactions: AtomicU64,
    kill: Mutex<Option<AtRequest>>,
}

impl Watch {
    fn came(&self, is_compaction: bool) {
        let count = if is_compaction { &self.compactions } else { &self.requests };
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let mut kill = self.kill.lock().unwrap();
        if let Some(at) = kill.take_if(|at| at.compaction == is_compaction && at.number == number) {
            let program = self.program.load(Ordering::SeqCst);
            std::thread::spawn(move || {
                let came = Instant::now();
                while came.elapsed() < at.wait {
                    std::hint::spin_loop();
                }
                if let Some(program) = rustix::process::Pid::from_raw(program) {
                    let _ = rustix::process::kill_process(program, rustix::process::Signal::KILL);
                }
            });
        }
    }
}

pub(crate) fn is_compaction(request: &Request) -> bool {
    request.body["tools"].as_array().is_some_and(Vec::is_empty)
}

/// A model that goes on with the step behind the last one it can see.
fn step(request: &Request) -> Reply {
    let tokens = request.text.len() / 4;
    let usage = json!({"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5});
    if is_compaction(request) {
        return Reply::new().say("NOTES").usage(usage);
    }
    let text = String::from_utf8_lossy(&request.text);
    let done = (1..=STEPS).rev().find(|number| text.contains(&format!("step.sh {number};"))).unwrap_or(0);
    // What it came to when it was gone on with stands behind those words.
    let resumed_at = text.rfind(GO_ON).map(|at| (1..=STEPS).rev().find(|number| text[..at].contains(&format!("step.sh {number};"))));
    let last = resumed_at.map_or(STEPS, |at| STEPS.min(at.unwrap_or(0) + MORE_STEPS));
    if done >= last {
        return Reply::new().say("finished").usage(usage);
    }
    let patch = patch(done);
    let cmd = format!("sh step.sh {}; yes x | head -c 4000", done + 1);
    let reply = Reply::new().say_in("working on it", 3);
    let reply = if done % 5 == 3 && !text.contains(&format!("+version {done}\\n")) {
        reply.custom("apply_patch", patch)
    } else {
        reply.call("exec_command", json!({"cmd": cmd, "login": false}))
    };
    reply.usage(usage)
}

/// A patch that gives all five files the same new content.
pub(crate) fn patch(version: usize) -> String {
    let files: String =
        (0..PATCHED).map(|file| format!("*** Add File: patched/{file}.txt\n+version {version}\n+of file {file}\n")).collect();
    format!("*** Begin Patch\n{files}*** End Patch")
}

pub(crate) struct Session {
    pub(crate) home: TestHome,
    pub(crate) workspace: TestWorkspace,
    pub(crate) server: ModelServer,
    pub(crate) watch: Arc<Watch>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self::with(step)
    }

    pub(crate) fn with(step: fn(&Request) -> Reply) -> Self {
        let watch = Arc::new(Watch::default());
        let seen = Arc::clone(&watch);
        let scenario = Scenario::new().reply_with(move |request| {
            seen.came(is_compaction(request));
            step(request)
        });
        let server = scenario.repeat_last().start();
        let home = TestHome::with_config(&server, CONFIG, "");
        let workspace = TestWorkspace::git();
        workspace.file("step.sh", STEP);
        for file in 0..PATCHED {
            workspace.file(&format!("patched/{file}.txt"), "version none\n");
        }
        Self { home, workspace, server, watch }
    }

    pub(crate) fn kill_at(&self, at: AtRequest) {
        *self.watch.kill.lock().unwrap() = Some(at);
    }

    pub(crate) fn command(&self, args: &[&str], faults: Option<&Faults>) -> Command {
        #[expect(clippy::disallowed_methods, reason = "a test starts the program as a shell would")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command.args(["exec", "-s", "danger-full-access"]).args(args).current_dir(self.workspace.path());
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(self.home.env());
        if let Some(faults) = faults {
            faults.apply(&mut command);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts a run, and lets the server and the steps know which process it is.
    pub(crate) fn start(&self, args: &[&str], faults: Option<&Faults>) -> Child {
        let child = self.command(args, faults).spawn().unwrap();
        self.watch.program.store(i32::try_from(child.id()).unwrap(), Ordering::SeqCst);
        self.workspace.file("program.pid", child.id().to_string());
        child
    }

    pub(crate) fn run(&self, args: &[&str]) -> ExitStatus {
        self.start(args, None).wait().unwrap()
    }

    /// The numbers that steps wrote.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let text = self.workspace.read("numbers.txt").unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The first lines of the patched files, each different one once.
    pub(crate) fn versions(&self) -> Vec<String> {
        let first = |file| {
            let text = self.workspace.read(&format!("patched/{file}.txt"));
            text.map_or("missing".to_owned(), |text| text.lines().next().unwrap_or("empty").to_owned())
        };
        let mut versions: Vec<String> = (0..PATCHED).map(first).collect();
        versions.sort();
        versions.dedup();
        versions
    }

    /// Fails unless every process that worked in the workspace is gone, now or soon.
    pub(crate) fn nobody_is_left(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let left = working_in(self.workspace.path());
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "these processes stay: {left:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Command lines of the processes whose working folder this is.
fn working_in(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let here = processes.filter(|process| std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder));
    let words = |process: &std::path::PathBuf| std::fs::read(process.join("cmdline")).unwrap_or_default();
    here.map(|process| String::from_utf8_lossy(&words(&process)).replace('\0', " ")).collect()
}

/// The lines of a session file; fails when one before the last is no JSON.
pub(crate) fn whole_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let is_last = number + 1 == lines.len() && !text.ends_with('\n');
        assert!(is_last || serde_json::from_str::<Value>(line).is_ok(), "line {number} is damaged: {line}");
    }
    lines
}

/// Fails unless everything that the server was told last is in the file.
pub(crate) fn told_is_kept(session: &Session, lines: &[&str]) {
    let told = session.server.requests().into_iter().rfind(|request| !is_compaction(request));
    for item in told.iter().flat_map(|request| request.input().to_vec()) {
        if let Some(id) = item["call_id"].as_str() {
            let kind = if item.get("output").is_some() { "_output" } else { "_call" };
            let known = lines.iter().any(|line| line.contains(&format!("\"call_id\":\"{id}\"")) && line.contains(kind));
            assert!(known, "the server was told of {id}{kind}, and the file was not");
        }
    }
}
