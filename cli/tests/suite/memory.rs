//! What long sessions cost in memory, by the program's own count while it waits for the model.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use codex_test_support::{Reply, Request, Scenario, TestHome, TestWorkspace};
use serde_json::{Value, json};

use crate::process::codex;

/// The number behind a word of `/proc/PID/status`, in KiB, of the program that works in a folder; `None` where nobody tells.
fn memory_of(folder: &Path, word: &str) -> Option<u64> {
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let here = processes.filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder));
    // A command that runs just now is not meant.
    let own = here.filter(|process| fs::read_link(process.join("exe")).is_ok_and(|exe| exe == Path::new(env!("CARGO_BIN_EXE_codex"))));
    let sizes = own.filter_map(|process| {
        let status = fs::read_to_string(process.join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(':').map(str::to_owned))?;
        line.trim().trim_end_matches(" kB").trim().parse().ok()
    });
    sizes.max()
}

/// A session of a hundred megabytes, of which four are in force after its last compaction.
fn write_long_session(home: &Path, cwd: &Path) -> String {
    let id = "01a1fb44-3968-7ef3-b54b-de943b8674a4";
    let folder = home.join("sessions/2026/11/20");
    fs::create_dir_all(&folder).unwrap();
    let mut file = BufWriter::new(fs::File::create(folder.join(format!("rollout-2026-11-20T23-28-36-{id}.jsonl"))).unwrap());
    let mut line = |kind: &str, payload: Value| {
        writeln!(file, "{{\"timestamp\":\"2026-11-20T23:28:36.350Z\",\"type\":\"{kind}\",\"payload\":{payload}}}").unwrap();
    };
    let meta =
        json!({"id": id, "timestamp": "2026-11-20T23:28:36.350Z", "cwd": cwd, "originator": "o", "cli_version": "0", "source": "exec"});
    line("session_meta", meta);
    let text = "word ".repeat(800);
    let item =
        |number: usize| json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": format!("{number} {text}")}]});
    for number in 0..25_000 {
        line("response_item", item(number));
    }
    line("compacted", json!({"message": "m", "replacement_history": [item(0)]}));
    for number in 0..999 {
        line("response_item", item(number));
    }
    id.to_owned()
}

#[test]
fn a_session_of_a_hundred_megabytes_is_gone_on_with_in_less_memory_than_it_is_long() {
    let workspace = Arc::new(TestWorkspace::git());
    let (place, peak) = (Arc::clone(&workspace), Arc::new(Mutex::new(None)));
    let seen = Arc::clone(&peak);
    let scenario = Scenario::new().reply_with(move |request: &Request| {
        assert!(request.text.len() > 3_900_000, "{} bytes", request.text.len());
        *seen.lock().unwrap() = memory_of(place.path(), "VmHWM");
        Reply::new().say("done")
    });
    let server = scenario.start();
    let home = TestHome::with_config(&server, "model_context_window = 4000000\n", "");
    let id = write_long_session(home.path(), workspace.path());
    let ended = codex(&home, &workspace, &["exec", "resume", &id, "go on"]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let peak = *peak.lock().unwrap();
    let Some(peak) = peak else {
        println!("skipped: this system does not tell how much memory a process has");
        return;
    };
    println!("{} MiB at most", peak / 1024);
    assert!(peak < 100 * 1024, "{} MiB", peak / 1024);
}

/// Requests between which memory is compared.
const EARLY: usize = 60;
const LATE: usize = 300;

#[test]
fn memory_stays_as_it_is_while_a_session_gets_long() {
    let workspace = Arc::new(TestWorkspace::git());
    let (place, sizes) = (Arc::clone(&workspace), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&sizes);
    let scenario = Scenario::new().reply_with(move |request: &Request| {
        let tokens = request.text.len() / 4;
        let usage = json!({"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5});
        if request.body["tools"].as_array().is_some_and(Vec::is_empty) {
            return Reply::new().say("NOTES").usage(usage);
        }
        let mut seen = seen.lock().unwrap();
        seen.push(memory_of(place.path(), "VmRSS"));
        if seen.len() > LATE {
            return Reply::new().say("done").usage(usage);
        }
        let cmd = format!("echo {}; yes filler | head -c 20000", seen.len());
        Reply::new().say("a step").call("exec_command", json!({"cmd": cmd, "login": false})).usage(usage)
    });
    let server = scenario.repeat_last().start();
    let home = TestHome::with_config(&server, "model_auto_compact_token_limit = 40000\n", "");
    let ended = codex(&home, &workspace, &["exec", "-s", "danger-full-access", "go"]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let sizes = sizes.lock().unwrap();
    let most = |part: &[Option<u64>]| part.iter().flatten().max().copied();
    let (Some(early), Some(late)) = (most(&sizes[..EARLY]), most(&sizes[LATE - EARLY..])) else {
        println!("skipped: this system does not tell how much memory a process has");
        return;
    };
    println!("{} MiB in the first {EARLY} requests, {} MiB in the last of {LATE}", early / 1024, late / 1024);
    assert!(late < early + 6 * 1024, "{early} KiB became {late} KiB");
}
