//! Kills a run at random points of a scripted session and goes on with it: nothing that was acted on is lost, nothing is
//! done twice, and every file can be read (A66).
//!
//! `CODEX_CRASH_POINTS` says how many points (25 unless set), `CODEX_CRASH_SEED` which. Both are printed, with a histogram of
//! where the runs were when they were killed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use codex_test_support::{Reply, Request, Scenario, TestHome, TestWorkspace};
use serde_json::{Value, json};

const STEPS: usize = 40;

/// Small enough for several compactions on the way.
const CONFIG: &str = "model_auto_compact_token_limit = 14000\n";

/// A model that goes on with the step behind the last one it can see.
fn step(request: &Request) -> Reply {
    let tokens = request.text.len() / 4;
    let usage = json!({"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5});
    if request.body["tools"].as_array().is_some_and(Vec::is_empty) {
        return Reply::new().say("NOTES").usage(usage);
    }
    let text = String::from_utf8_lossy(&request.text);
    let done = (1..=STEPS).rev().find(|number| text.contains(&format!("echo {number} >>"))).unwrap_or(0);
    if done == STEPS {
        return Reply::new().say("finished").usage(usage);
    }
    let patch = format!("*** Begin Patch\n*** Add File: f{done}.txt\n+{done}\n*** End Patch");
    let cmd = format!("echo {} >> numbers.txt; yes x | head -c 4000", done + 1);
    let reply = Reply::new().say_in("working on it", 3);
    let reply = if done % 10 == 5 && !text.contains(&format!("f{done}.txt")) {
        reply.custom("apply_patch", patch)
    } else {
        reply.call("exec_command", json!({"cmd": cmd, "login": false}))
    };
    reply.usage(usage)
}

struct Session {
    home: TestHome,
    workspace: TestWorkspace,
    server: codex_test_support::ModelServer,
}

impl Session {
    fn new() -> Self {
        let server = Scenario::new().reply_with(step).repeat_last().start();
        let home = TestHome::with_config(&server, CONFIG, "");
        Self { home, workspace: TestWorkspace::git(), server }
    }

    fn start(&self, args: &[&str]) -> Child {
        #[expect(clippy::disallowed_methods, reason = "a test starts the program as a shell would")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command.args(["exec", "--json", "-s", "danger-full-access"]).args(args).current_dir(self.workspace.path());
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(self.home.env());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn numbers(&self) -> Vec<usize> {
        let text = self.workspace.read("numbers.txt").unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }
}

/// Kills one run after this time, checks what it left, goes on with it, and returns where it was.
fn kill_after(delay: Duration) -> String {
    let session = Session::new();
    let mut child = session.start(&["count to forty"]);
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();

    let files = session.home.session_files();
    let text = files.first().map(|path| std::fs::read(path).unwrap()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let is_last = number + 1 == lines.len() && !text.ends_with('\n');
        assert!(is_last || serde_json::from_str::<Value>(line).is_ok(), "line {number} is damaged: {line}");
    }
    for number in session.numbers() {
        assert!(text.contains(&format!("echo {number} >>")), "step {number} ran and is not in the file");
    }
    let told = session.server.requests().into_iter().rfind(|request| !request.body["tools"].as_array().is_some_and(Vec::is_empty));
    for item in told.iter().flat_map(|request| request.input().to_vec()) {
        if let Some(id) = item["call_id"].as_str() {
            let kind = if item.get("output").is_some() { "_output" } else { "_call" };
            let known = lines.iter().any(|line| line.contains(&format!("\"call_id\":\"{id}\"")) && line.contains(kind));
            assert!(known, "the server was told of {id}{kind}, and the file was not");
        }
    }
    let place = place(&lines, session.numbers().len());

    let before = session.numbers();
    let goes_on = if files.is_empty() { vec!["count to forty"] } else { vec!["resume", "--last", "go on"] };
    let status = session.start(&goes_on).wait().unwrap();
    assert!(status.success(), "the session cannot be gone on with: {status}");
    let after = session.numbers();
    assert_eq!(after[..before.len()], before);
    assert!(after.windows(2).all(|pair| pair[0] < pair[1]), "a step ran twice: {after:?}");
    assert!(after.len() >= STEPS - 1 && after.last() == Some(&STEPS), "steps were lost: {after:?}");
    // A file in which not even the first line is whole holds no session yet: a new one was begun.
    let begun = lines.first().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok());
    assert_eq!(session.home.session_files().len(), if begun || files.is_empty() { 1 } else { 2 });
    place
}

fn place(lines: &[&str], steps: usize) -> String {
    let last = lines.iter().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let kind = last.map_or("nothing yet".to_owned(), |line| {
        let kind = line["payload"]["type"].as_str().or(line["type"].as_str());
        kind.unwrap_or_default().to_owned()
    });
    format!("{:>2}-{:<2} steps, last line {kind}", steps / 10 * 10, steps / 10 * 10 + 9)
}

/// A generator that a printed seed repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

fn number_from(variable: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "how long the test takes is the caller's to say")]
    let text = std::env::var(variable).ok()?;
    text.parse().ok()
}

#[test]
fn a_killed_session_goes_on_with_everything_that_was_acted_on() {
    let points = usize::try_from(number_from("CODEX_CRASH_POINTS").unwrap_or(25)).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let seed = number_from("CODEX_CRASH_SEED").unwrap_or(u64::try_from(now).unwrap()).max(1);
    println!("{points} points, seed {seed}");
    let began = Instant::now();
    let whole = Session::new();
    assert!(whole.start(&["count to forty"]).wait().unwrap().success());
    assert_eq!(whole.numbers(), (1..=STEPS).collect::<Vec<_>>());
    let length = u64::try_from(began.elapsed().as_micros()).unwrap();
    let mut random = Random(seed);
    let delays: Vec<Duration> = (0..points).map(|_| Duration::from_micros(random.below(length))).collect();

    let (next, places) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<String, usize>::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(delay) = delays.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = kill_after(*delay);
                    *places.lock().unwrap().entry(place).or_default() += 1;
                }
            });
        }
    });
    for (place, count) in places.lock().unwrap().iter() {
        println!("{place:<50} {}", "#".repeat(*count));
    }
}
