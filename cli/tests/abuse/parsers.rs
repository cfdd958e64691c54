//! A58 to A67: what hostile bytes of models, commands, servers and session files can do.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use codex_test_support::{Reply, Request, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{Place, Run, Setup, have, outputs, patch_text, patches, processes_with, shell, skipped};

/// Everything that a terminal would act on, and a word at the end of it.
const EVIL: &str = "a\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{1b}\\link\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{1b}[1;1H\u{1b}P$qm\u{1b}\\\
                    \u{9b}31m\u{9d}0;t\u{9c}over\rprint\u{8}\u{7f}\u{202e}\u{200b}\u{1b}[31mred\u{1b}[0m zebra";

/// What may reach a terminal: text, line ends, tabs, and colours of our own.
fn acts_on_a_terminal(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest: &str = &text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n' && c != '\t') {
        let tail = &rest[at..];
        let colour = tail.strip_prefix("\u{1b}[").and_then(|tail| {
            let end = tail.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            tail[end..].strip_prefix('m')
        });
        match colour {
            Some(after) => rest = after,
            None if tail.starts_with("\r\n") => rest = &tail[1..],
            None => return Some(format!("{:?}", tail.chars().take(20).collect::<String>())),
        }
    }
    None
}

/// O1, O2.
#[test]
fn a58_nothing_that_a_terminal_acts_on_gets_through() {
    let raw = EVIL.replace('\u{1b}', "\\033").replace('\u{7}', "\\a").replace('\r', "\\r").replace('\u{8}', "\\b").replace('$', "\\044");
    let script = format!(
        "printf '{}\\n'; printf '\\377\\376\\200 zebra\\n'; head -c 1048576 /dev/zero | tr '\\0' z; echo",
        raw.replace('\u{9b}', "\\233").replace('\u{9d}', "\\235").replace('\u{9c}', "\\234")
    );
    let scenario = || {
        Scenario::new()
            .reply(
                Reply::new()
                    .reasoning(format!("**{EVIL}**"))
                    .say(EVIL)
                    .call("exec_command", json!({"cmd": script, "login": false, "yield_time_ms": 30000})),
            )
            .reply(Reply::new().call("update_plan", json!({"plan": [{"step": EVIL, "status": "pending"}], "explanation": EVIL})))
            .reply(Reply::new().custom("apply_patch", patch_text(&format!("*** Add File: {EVIL}\n+{EVIL}"))))
            .reply(Reply::new().call(EVIL, json!({"cmd": EVIL})))
            .reply(Reply::new().call("exec_command", json!({"cmd": format!("true {EVIL}"), "workdir": EVIL, "login": false})))
            .reply(Reply::status(400).body(json!({"error": {"message": EVIL}})))
    };
    for args in [
        &["exec", "-s", "workspace-write", "go"][..],
        &["exec", "-s", "workspace-write", "--color", "never", "go"],
        &["exec", "-s", "workspace-write", "--color", "always", "go"],
    ] {
        let run = Run::of(&mut Place::new(scenario()).codex(args));
        assert_eq!(run.code, Some(1), "{}", run.err());
        assert_eq!(acts_on_a_terminal(&run.stderr), None);
        assert!(run.err().contains("zebra") && (args.contains(&"always") || !run.err().contains('\u{1b}')));
    }
    let place = Place::new(scenario());
    let run = place.run("workspace-write");
    assert!(run.events().len() > 8, "{}", run.out());
    assert!(!run.stdout.contains(&0x1b) && !run.stdout.contains(&b'\r'), "{}", run.out());
    assert_eq!(acts_on_a_terminal(&run.stdout), None);
    assert_eq!(acts_on_a_terminal(&run.stderr), None);
    // The reader of the events gets the same text all the same.
    assert!(run.events().iter().any(|event| event["item"]["text"] == EVIL), "{}", run.out());
}

/// Runs a program and tells the most memory it had, in KiB, behind its output.
const MEASURE: &str = r#"
import resource, subprocess, sys
run = subprocess.run(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(run.returncode if run.returncode >= 0 else 128 - run.returncode)
"#;

/// A run under a hostile server: the exit code, and that it stayed small and quick.
fn endured(name: &str, place: &Place) -> Run {
    let (script, told) = (place.around().join("measure.py"), place.around().join("rss"));
    fs::write(&script, MEASURE).unwrap();
    let began = Instant::now();
    let run = Run::of(
        &mut place.wrapped(&["python3", script.to_str().unwrap(), told.to_str().unwrap()], &["exec", "-s", "read-only", "--json", "go"]),
    );
    let kib: usize = fs::read_to_string(told).unwrap().trim().parse().unwrap();
    assert!(kib < 300 * 1024, "{name}: {} MiB", kib / 1024);
    // Far more than it takes; a quadratic reader would need hours.
    assert!(began.elapsed() < Duration::from_secs(120), "{name}: {:?}", began.elapsed());
    assert!(matches!(run.code, Some(0 | 1)), "{name}: {:?} {}", run.code, run.err());
    assert!(!run.err().contains("panicked"), "{name}: {}", run.err());
    run.events();
    run
}

fn event(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
}

fn created() -> String {
    event(&json!({"type": "response.created", "response": {"id": "r1"}}))
}

fn completed(usage: &Value) -> String {
    event(&json!({"type": "response.completed", "response": {"id": "r1", "usage": usage}}))
}

fn item(value: &Value) -> String {
    event(&json!({"type": "response.output_item.done", "item": value}))
}

fn call(id: &str, arguments: &str) -> String {
    item(&json!({"type": "function_call", "call_id": id, "name": "exec_command", "arguments": arguments}))
}

fn usage() -> Value {
    json!({"input_tokens": 1, "output_tokens": 1, "total_tokens": 2})
}

/// The bodies of hostile answers by name.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let twice = format!("{}{}{}", created(), completed(&usage()), completed(&usage()));
    // A hundredth of them would run; starting ten thousand shells says nothing more and takes half a minute.
    let arguments = |n: usize| if n.is_multiple_of(100) { r#"{"cmd": "true", "workdir": "/nonexistent"}"# } else { r#"{"cmd": 5}"# };
    let calls: String = (0..10_000).map(|n| call(&format!("c{n}"), arguments(n))).collect();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let mut cut = created().into_bytes();
    cut.extend(b"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"\xf0\x9f\"}\n\n\xe2\x82");
    let unknown: String = ["computer_call", "mcp_approval_request", "custom", "message"]
        .map(|kind| item(&json!({"type": kind, "id": 5, "content": 7, "role": []})))
        .concat();
    let negative = completed(
        &json!({"input_tokens": -5, "output_tokens": i64::MIN, "total_tokens": i64::MAX, "input_tokens_details": {"cached_tokens": -1}}),
    );
    let huge_delta = event(&json!({"type": "response.output_text.delta", "delta": "x".repeat(12 << 20)}));
    let text = |text: String| text.into_bytes();
    vec![
        ("an endless line", [b"data: ".as_slice(), &vec![b'x'; 100 << 20]].concat()),
        ("an endless event", "data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(600_000).into_bytes()),
        ("huge deltas", text(created() + &huge_delta.repeat(30))),
        ("cut UTF-8", cut),
        ("a second end", text(twice)),
        ("doubled keys", text(created() + &call("c", r#"{"cmd": "true", "cmd": "echo x > doubled", "cmd": 5}"#) + &completed(&usage()))),
        ("arguments that are no JSON", text(created() + &call("c", "not json {{{") + &call("d", &deep) + &completed(&usage()))),
        (
            "deep JSON",
            text(format!("{}data: {{\"type\":\"response.output_item.done\",\"item\":{deep}}}\n\n{}", created(), completed(&usage()))),
        ),
        ("unknown items", text(created() + &unknown + &event(&json!({"type": "response.what"})) + &completed(&usage()))),
        ("counts below zero", text(created() + &negative)),
        ("ten thousand calls", text(created() + &calls + &completed(&usage()))),
        ("nothing but comments", ":\n".repeat(1_000_000).into_bytes()),
        ("huge arguments", text(created() + &call("c", &json!({"cmd": "x".repeat(8 << 20)}).to_string()) + &completed(&usage()))),
    ]
}

/// Z1, Z6.
#[test]
fn a62_a_hostile_stream_ends_in_a_clean_error_and_little_memory() {
    if !have("python3") {
        return;
    }
    let bodies = hostile();
    let next = AtomicUsize::new(0);
    // The two slowest are apart from each other, so that two hands are enough.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, body)) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    endure_and_go_on(name, body);
                }
            });
        }
    });
}

fn endure_and_go_on(name: &str, body: &[u8]) {
    let provider = "request_max_retries = 0\nstream_max_retries = 0\nstream_idle_timeout_ms = 5000\n".to_owned();
    let scenario = Scenario::new().reply(Reply::sse(body)).reply(Reply::new().say("fine")).repeat_last();
    let place = Place::with(scenario, Setup { provider, ..Setup::default() });
    let run = endured(name, &place);
    assert!(!place.w("doubled").exists(), "{name}");
    for event in run.events() {
        let tokens = &event["usage"];
        assert!(tokens["input_tokens"].as_i64().unwrap_or(0) >= 0 && tokens["output_tokens"].as_i64().unwrap_or(0) >= 0, "{name}: {event}");
    }
    let again = Run::of(&mut place.codex(&["exec", "--json", "resume", "--last", "go on"]));
    assert_eq!(again.code, Some(0), "{name} does not resume: {} {}", again.out(), again.err());
}

/// An answer without an end: the reader stops by itself.
#[test]
fn a62_a_stream_without_end_is_given_up() {
    if !have("python3") {
        return;
    }
    // Comments cost the reader the least, and count all the same.
    let comment = format!(":{}\n", "y".repeat(15 << 20));
    let provider = "request_max_retries = 0\nstream_max_retries = 0\n".to_owned();
    let body = created() + &comment.repeat(18) + &completed(&usage());
    let place = Place::with(Scenario::new().reply(Reply::sse(body)), Setup { provider, ..Setup::default() });
    let run = endured("an endless answer", &place);
    assert_eq!(run.code, Some(1), "{}", run.out());
    assert!(run.out().contains("256 MiB"), "{}", run.out());
}

/// Z2, S3: linear time, and all or nothing.
#[test]
fn a63_a_hostile_patch_is_quick_and_whole_or_nothing() {
    let many: String = (0..100_000).map(|_| "@@\n-a\n+b\n").collect();
    let less: String = (0..9_000).map(|_| "@@\n-a\n+b\n").collect();
    let lines = "same\n".repeat(20_000);
    let repeated: String = (0..2_000).map(|_| "@@\n same\n same\n same\n-no such line\n").collect();
    let locked =
        "*** Update File: first\n@@\n-one\n+1\n*** Add File: made/new\n+x\n*** Update File: locked/f\n@@\n-two\n+2\n*** Delete File: gone";
    let sections = [
        format!("*** Update File: many\n{many}"),
        format!("*** Update File: less\n{less}"),
        format!("*** Update File: lines\n{repeated}"),
        "*** Update File: crlf\n@@\n-two\n+2".to_owned(),
        "*** Update File: open\n@@\n-end\n+END".to_owned(),
        "*** Update File: binary\n@@\n-a\n+b".to_owned(),
        locked.to_owned(),
        format!("*** Add File: big\n+{}", "x".repeat(17 << 20)),
    ];
    let place = Place::new(patches(&sections));
    let files: [(&str, &[u8]); 8] = [
        ("less", "a\n".repeat(9_000).leak().as_bytes()),
        ("many", "a\n".repeat(100_000).leak().as_bytes()),
        ("lines", lines.leak().as_bytes()),
        ("crlf", b"one\r\ntwo\r\nthree"),
        ("open", b"start\nend"),
        ("binary", b"a\n\xff\xfe\x00\n"),
        ("first", b"one\n"),
        ("gone", b"stays\n"),
    ];
    for (name, content) in files {
        fs::write(place.w(name), content).unwrap();
    }
    fs::create_dir(place.w("locked")).unwrap();
    fs::write(place.w("locked/f"), "two\n").unwrap();
    // What a mode forbids is no obstacle to the administrator: a pipe in the file's place is one to everybody.
    fs::set_permissions(place.w("locked/f"), fs::Permissions::from_mode(0o444)).unwrap();
    if rustix::process::getuid().is_root() {
        fs::remove_file(place.w("locked/f")).unwrap();
        fs::create_dir(place.w("locked/f")).unwrap();
    }
    let began = Instant::now();
    place.run("workspace-write").assert_code(0);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let outputs = outputs(&place);
    // The last one is longer than an event of the stream may be, and never becomes a call.
    assert_eq!(outputs.len(), sections.len() - 1);
    let changed = fs::read(place.w("many")).unwrap();
    assert!(
        changed == "b\n".repeat(100_000).into_bytes() || changed == "a\n".repeat(100_000).into_bytes(),
        "half of the patch was applied"
    );
    assert!(fs::read(place.w("lines")).unwrap().starts_with(b"same\nsame\n"));
    assert!(fs::read_to_string(place.w("crlf")).unwrap().contains("2"), "{}", outputs[3]);
    assert_eq!(fs::read(place.w("binary")).unwrap(), b"a\n\xff\xfe\x00\n");
    assert_eq!(
        (fs::read(place.w("first")).unwrap(), fs::read(place.w("gone")).unwrap()),
        (b"one\n".to_vec(), b"stays\n".to_vec()),
        "{}",
        outputs[5]
    );
    assert!(!place.w("made").exists() && !place.w("big").exists());
    for path in crate::support::files_below(&place.w("")) {
        assert!(!path.file_name().unwrap().to_string_lossy().contains("apply-patch-"), "{} is left", path.display());
    }
}

const STEPS: usize = 40;

/// The next step of a session of commands and patches, by what the request says was done; each leaves a file of its own.
fn next_step(request: &Request) -> Reply {
    let n = call_ids(request).len();
    let id = format!("step-{n}");
    if n >= STEPS {
        Reply::new().say("all done")
    } else if n.is_multiple_of(4) {
        let line = format!("echo {n} > s{n}; (setsid sleep {} >/dev/null 2>&1 &) ; true", mark(n));
        Reply::new().call_with_id(&id, "exec_command", json!({"cmd": line, "login": false}))
    } else {
        let patch = patch_text(&format!("*** Add File: s{n}\n+{}end", "0123456789\n+".repeat(2000)));
        Reply::new().call_with_id(&id, "shell", json!({"command": ["apply_patch", patch]}))
    }
}

/// What the command of a step leaves behind, and no other run of this test.
fn mark(n: usize) -> String {
    format!("31{n:02}.{}", std::process::id())
}

fn call_ids(request: &Request) -> Vec<String> {
    let calls = request.input().iter().filter(|item| item["type"] == "function_call");
    calls.map(|item| item["call_id"].as_str().unwrap().to_owned()).collect()
}

/// H1, S5, and the sixth promise: 200 kills, each of a process that took the session up from the kill before. There is no
/// compaction in the program yet, so none is in the session.
#[test]
fn a66_a_session_survives_being_killed_at_any_instant() {
    const SESSIONS: usize = 8;
    const KILLS: usize = 25;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let session = next.fetch_add(1, Ordering::Relaxed);
                    if session >= SESSIONS {
                        break;
                    }
                    let place = Place::new(Scenario::new().reply_with(next_step).repeat_last());
                    for kill in 0..KILLS {
                        // Spread evenly and in step with nothing: multiples of the golden section.
                        let part = ((session * KILLS + kill) as f64 * 0.618_033_988_75).fract();
                        killed_after(&place, Duration::from_millis(10) + Duration::from_millis(240).mul_f64(part));
                    }
                    goes_on_to_the_end(&place);
                }
            });
        }
    });
    let left: Vec<String> = (0..STEPS).flat_map(|n| processes_with(&mark(n))).collect();
    assert!(left.is_empty(), "still alive: {left:?}");
}

fn taken_up(place: &Place) -> Command {
    match place.sessions().is_empty() {
        true => place.codex(&["exec", "-s", "workspace-write", "--json", "go"]),
        false => place.codex(&["exec", "-s", "workspace-write", "--json", "resume", "--last", "go on"]),
    }
}

fn killed_after(place: &Place, time: Duration) {
    let before = place.server.requests();
    let mut child = taken_up(place).spawn().unwrap();
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    // The server may still be reading what the program had sent.
    let requests = place.server.requests();
    let made: Vec<usize> = (0..STEPS).filter(|n| place.w(&format!("s{n}")).exists()).collect();
    for n in made.iter().filter(|n| *n % 4 != 0) {
        let text = fs::read_to_string(place.w(&format!("s{n}"))).unwrap();
        assert!(text.ends_with("end\n") && text.len() == 11 * 2000 + 4, "s{n} is half-written after {time:?}: {} bytes", text.len());
    }
    if place.sessions().is_empty() {
        assert!(requests.is_empty(), "a request was sent before the session was on disk");
    }
    let Some(first) = requests.get(before.len()) else { return };
    let ids = call_ids(first);
    let expected: Vec<String> = (0..ids.len()).map(|n| format!("step-{n}")).collect();
    assert_eq!(ids, expected, "the history is no prefix of what was done");
    let acknowledged = before.last().map(call_ids).unwrap_or_default();
    assert!(ids.len() >= acknowledged.len(), "{acknowledged:?} had been sent, and {ids:?} is what is left");
    assert_eq!(first.outputs().len(), ids.len(), "a call has no output of its own");
}

/// After all kills: the rest of the session, and that no record was merged into a damaged line.
fn goes_on_to_the_end(place: &Place) {
    let made = (0..STEPS).filter(|n| place.w(&format!("s{n}")).exists()).count();
    let asked = place.server.requests().len();
    let run = Run::of(&mut taken_up(place));
    assert_eq!(run.code, Some(0), "{} {}", run.out(), run.err());
    let requests = place.server.requests();
    assert!(call_ids(&requests[asked]).len() >= made, "{made} steps were carried out, and the history knows fewer");
    assert_eq!(call_ids(requests.last().unwrap()).len(), STEPS);
    let text = fs::read(place.sessions().last().unwrap()).unwrap();
    let records = text.split(|byte| *byte == b'\n').filter(|line| serde_json::from_slice::<Value>(line).is_ok());
    let answers = records.filter(|line| crate::support::has(line, "all done") && crate::support::has(line, "\"role\":\"assistant\""));
    assert_eq!(answers.count(), 1);
}

/// A finished session in a home, and its file.
fn recorded() -> (Place, std::path::PathBuf) {
    let place = Place::new(Scenario::new().reply(shell("c0", "echo one")).reply(Reply::new().say("first answer")));
    place.run("workspace-write").assert_code(0);
    let file = place.sessions().remove(0);
    (place.serving(Scenario::new().reply(Reply::new().say("second answer"))), file)
}

/// H1.
#[test]
fn a67_a_damaged_session_goes_on_and_new_records_stand_alone() {
    for damage in ["torn", "nuls", "torn and nuls", "a long line", "a broken line", "blank lines"] {
        let (place, file) = recorded();
        let whole = fs::read(&file).unwrap();
        let mut lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        let long = [b"{\"timestamp\":\"x\",\"type\":\"event_msg\",\"payload\":\"".as_slice(), &vec![b'x'; 70 << 20], b"\"}\n"].concat();
        match damage {
            "torn" => lines.push(b"{\"timestamp\":\"2020-01-01T00:00:00.000Z\",\"type\":\"resp"),
            "nuls" => lines.push(&[0; 4096]),
            "torn and nuls" => lines.push(b"{\"timestamp\":\"2020\0\0\0\0\0\0\0\0\0"),
            "a long line" => lines.insert(3, &long),
            "a broken line" => lines.insert(3, b"{\"timestamp\": broken\n"),
            _ => lines.insert(3, b"\n\n \n"),
        }
        fs::write(&file, lines.concat()).unwrap();
        let run = Run::of(&mut place.codex(&["exec", "--json", "resume", "--last", "go on"]));
        assert_eq!(run.code, Some(0), "{damage}: {} {}", run.out(), run.err());
        let request = place.server.requests().remove(0);
        assert_eq!(call_ids(&request), ["c0"], "{damage}");
        assert!(request.texts_of("assistant").contains(&"first answer".to_owned()), "{damage}");
        let text = fs::read(&file).unwrap();
        let last = text.split(|byte| *byte == b'\n').rev().find(|line| !line.is_empty()).unwrap();
        assert!(serde_json::from_slice::<Value>(last).is_ok(), "{damage}: {}", String::from_utf8_lossy(last));
        let answers = text.split(|byte| *byte == b'\n').filter(|line| {
            serde_json::from_slice::<Value>(line).is_ok_and(|line| line["payload"]["content"][0]["text"] == "second answer")
        });
        assert_eq!(answers.count(), 1, "{damage}: the new answer is not in a line of its own");
    }
}

/// H1: a folder that takes nothing, and a disk that is full. Neither costs the run.
#[test]
fn a67_a_session_that_cannot_be_written_is_told_and_the_run_goes_on() {
    let long = "long ".repeat(4000);
    let scenario = Scenario::new().reply(Reply::new().say(long.clone())).repeat_last();
    let place = Place::new(scenario);
    if !have("unshare") || !can_mount(&place) {
        return skipped("no file system of a size of its own can be mounted");
    }
    for (kind, script) in [
        ("full", "mount -t tmpfs -o size=16k tmpfs \"$CODEX_HOME/sessions\" && exec \"$@\""),
        ("read-only", "mount -t tmpfs -o ro tmpfs \"$CODEX_HOME/sessions\" && exec \"$@\""),
    ] {
        let _ = fs::create_dir(place.home("sessions"));
        let wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
        let run = Run::of(&mut place.wrapped(&wrapper, &["exec", "-s", "danger-full-access", "go"]));
        assert_eq!(run.code, Some(0), "{kind}: {}", run.err());
        assert_eq!(run.out(), format!("{long}\n"), "{kind}");
        let told: Vec<String> =
            run.err().lines().filter(|line| line.starts_with("warning:") && line.contains("sessions")).map(str::to_owned).collect();
        assert_eq!(told.len(), 1, "{kind}: {}", run.err());
    }
}

fn can_mount(place: &Place) -> bool {
    let mut command: Command = crate::support::plain("unshare");
    command.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs"]).arg(place.out(""));
    command.output().is_ok_and(|output| output.status.success())
}

/// H2: what names a session is an id or a file, never a way around.
#[test]
fn a67_a_session_is_looked_up_only_where_sessions_are() {
    let (place, file) = recorded();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let relative = Path::new("sessions").join(file.strip_prefix(place.home("sessions")).unwrap());
    let mut outside = fs::File::create(place.home("outside.jsonl")).unwrap();
    outside.write_all(&fs::read(&file).unwrap()).unwrap();
    for id in
        ["../../../outside", "..", "/etc/passwd", "/dev/zero", &format!("{name}/.."), relative.to_str().unwrap(), "\u{1b}[2J", "%2e%2e"]
    {
        let run = Run::of(&mut place.codex(&["exec", "--json", "resume", id, "go on"]));
        let resumed =
            place.server.requests().last().is_some_and(|request| request.texts_of("assistant").contains(&"first answer".to_owned()));
        assert!(!resumed, "{id}: {} {}", run.out(), run.err());
        assert_eq!(acts_on_a_terminal(&run.stderr), None, "{id}");
    }
}
