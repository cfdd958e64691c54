//! `[otel]` and the log: what leaves the machine, what is written, and that it is nothing unless asked for.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, bare, binary, codex};

/// A collector: keeps path, content type and body of each request.
struct Collector {
    address: String,
    seen: Arc<Mutex<Seen>>,
    heads: Arc<Mutex<Vec<String>>>,
}

/// Path, content type and body.
type Seen = Vec<(String, String, Vec<u8>)>;

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept_heads = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = Vec::new();
                let mut piece = [0; 4096];
                let (head, length) = loop {
                    let count = stream.read(&mut piece).unwrap();
                    bytes.extend(&piece[..count]);
                    if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                        let length = header(&head, "content-length").parse::<usize>().unwrap();
                        bytes.drain(..end + 4);
                        break (head, length);
                    }
                };
                while bytes.len() < length {
                    let count = stream.read(&mut piece).unwrap();
                    bytes.extend(&piece[..count]);
                }
                let path = head.split(' ').nth(1).unwrap().to_owned();
                kept_heads.lock().unwrap().push(head.clone());
                kept.lock().unwrap().push((path, header(&head, "content-type"), bytes));
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            }
        });
        Self { address, seen, heads }
    }

    fn bodies(&self, path: &str) -> Vec<Value> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(of, ..)| of == path).map(|(_, _, body)| serde_json::from_slice(body).unwrap()).collect()
    }
}

fn header(head: &str, name: &str) -> String {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn otel(collector: &Collector, protocol: &str, more: &str) -> String {
    let exporter = |key: &str, path: &str| {
        format!("{key} = {{ otlp-http = {{ endpoint = \"http://{}/v1/{path}\", protocol = \"{protocol}\" }} }}\n", collector.address)
    };
    let exporters = [exporter("exporter", "logs"), exporter("trace_exporter", "traces"), exporter("metrics_exporter", "metrics")];
    format!("[otel]\nenvironment = \"test\"\n{more}{}", exporters.concat())
}

/// A run with one command, one patch and one message.
fn run(top: &str) -> Run {
    run_shown(top, &["--json"])
}

fn run_shown(top: &str, flags: &[&str]) -> Run {
    let patch = "*** Begin Patch\n*** Add File: made.txt\n+words of the patch\n*** End Patch";
    let server = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["echo", "words", "of", "the", "command"]})).custom("apply_patch", patch))
        .reply(Reply::new().say("words of the answer"))
        .start();
    let (home, workspace) = (TestHome::with_config(&server, top, ""), TestWorkspace::git());
    let words = [&["exec"], flags, &["-s", "workspace-write", "words of the prompt"]].concat();
    let run = Run::of(&mut codex(&home, &workspace, &words));
    run.assert_code(0);
    run
}

#[test]
fn a_collector_is_told_what_happened_and_no_text_of_it() {
    let collector = Collector::start();
    run(&otel(&collector, "json", ""));
    let traces = collector.bodies("/v1/traces");
    let spans: Vec<Value> =
        traces.iter().flat_map(|body| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()).collect();
    let mut names: Vec<&str> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["codex.apply_patch", "codex.exec_command", "codex.turn"]);
    let turn = spans.iter().find(|span| span["name"] == "codex.turn").unwrap();
    for span in &spans {
        assert_eq!(span["traceId"], turn["traceId"]);
        assert!(span["name"] == "codex.turn" || span["parentSpanId"] == turn["spanId"], "{span}");
    }
    let logs = collector.bodies("/v1/logs");
    let records: Vec<Value> =
        logs.iter().flat_map(|body| body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().unwrap().clone()).collect();
    let events: Vec<&str> = records.iter().map(|record| record["eventName"].as_str().unwrap()).collect();
    for name in ["codex.conversation_starts", "codex.user_prompt", "codex.tool_result", "codex.sse_event", "codex.turn_ends"] {
        assert!(events.contains(&name), "{name}: {events:?}");
    }
    let metrics = collector.bodies("/v1/metrics");
    assert!(metrics[0].to_string().contains("codex.turn.count"), "{metrics:?}");
    let environment = json!({"key": "deployment.environment", "value": {"stringValue": "test"}});
    assert!(metrics[0]["resourceMetrics"][0]["resource"]["attributes"].as_array().unwrap().contains(&environment));
    let all = [traces, logs, metrics].concat().iter().map(Value::to_string).collect::<String>();
    for text in ["words of the prompt", "words of the answer", "words of the patch", "the\",\"command", "made.txt", "mock-key"] {
        assert!(!all.contains(text), "`{text}` was sent");
    }
}

#[test]
fn prompts_are_sent_only_when_the_settings_say_so() {
    let collector = Collector::start();
    run(&otel(&collector, "json", "log_user_prompt = true\n"));
    let logs = collector.bodies("/v1/logs").iter().map(Value::to_string).collect::<String>();
    assert!(logs.contains("words of the prompt") && !logs.contains("words of the answer"), "{logs}");
}

#[test]
fn the_binary_form_is_sent_where_it_is_asked_for() {
    let collector = Collector::start();
    run(&otel(&collector, "binary", ""));
    let seen = collector.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    for (path, kind, body) in seen.iter() {
        assert_eq!(kind, "application/x-protobuf", "{path}");
        // Field 1, a message: the resource and what it tells.
        assert_eq!(body[0], 10, "{path}");
        assert!(body.windows(12).any(|part| part == b"service.name"), "{path}");
    }
}

#[test]
fn a_collector_that_is_not_there_or_wrong_stops_nothing() {
    let gone = format!("[otel]\nexporter = {{ otlp-http = {{ endpoint = \"{}\", protocol = \"json\" }} }}\n", closed_port_url());
    run(&gone);
    run("[otel]\nexporter = { otlp-http = { endpoint = \"nowhere\", protocol = \"json\" } }\n");
    run("[otel]\nexporter = { otlp-grpc = { endpoint = \"http://127.0.0.1:9\" } }\n");
}

/// An exporter, all of whose keys beside `endpoint` and `protocol` are `more`.
fn exporter(key: &str, address: &str, more: &str) -> String {
    format!("[otel]\n[otel.{key}.otlp-http]\nendpoint = \"http://{address}/v1/x\"\nprotocol = \"json\"\n{more}")
}

#[test]
fn each_exporter_sends_its_headers() {
    for key in ["exporter", "trace_exporter", "metrics_exporter"] {
        let collector = Collector::start();
        run(&exporter(key, &collector.address, &format!("[otel.{key}.otlp-http.headers]\nx-tenant = \"t1\"\n")));
        let heads = collector.heads.lock().unwrap();
        assert!(!heads.is_empty() && heads.iter().all(|head| header(head, "x-tenant") == "t1"), "{key}: {heads:?}");
    }
}

#[test]
fn certificates_of_an_exporter_that_cannot_be_read_are_named_and_nothing_is_sent() {
    for key in ["exporter", "trace_exporter", "metrics_exporter"] {
        for certificates in
            ["ca-certificate = \"/no/ca.pem\"\n", "client-certificate = \"/no/c.pem\"\nclient-private-key = \"/no/k.pem\"\n"]
        {
            let collector = Collector::start();
            let run = run_shown(&exporter(key, &collector.address, &format!("[otel.{key}.otlp-http.tls]\n{certificates}")), &[]);
            assert!(run.stderr.contains("`/no/c"), "{key} {certificates}: {}", run.stderr);
            assert_eq!(collector.bodies("/v1/x"), Vec::<Value>::new(), "{key}");
        }
    }
}

/// The places that a program connects to, as `strace` sees them; `None` where there is none.
fn connections(command: &mut std::process::Command, log: &std::path::Path) -> Option<Vec<String>> {
    let there = bare("strace", std::path::Path::new("/")).arg("-V").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: strace is not installed (`.ci/run` installs it)");
        return None;
    }
    let program = command.get_program().to_owned();
    let mut traced = bare("strace", command.get_current_dir().unwrap());
    traced
        .args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-e", "signal=none", "-o"])
        .arg(log)
        .arg(program)
        .args(command.get_args());
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Run::of(&mut traced).assert_code(0);
    let text = std::fs::read_to_string(log).unwrap();
    let addresses = text.lines().filter(|line| line.contains("sa_family=AF_INET"));
    Some(addresses.map(str::to_owned).collect())
}

#[test]
fn nothing_but_the_provider_is_contacted() {
    let server = Scenario::new().reply(Reply::new().call("update_plan", json!({"plan": []}))).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let log = home.path().join("strace.log");
    let Some(seen) = connections(&mut codex(&home, &workspace, &["exec", "go"]), &log) else { return };
    let provider = format!("sin_port=htons({})", server.port());
    assert!(!seen.is_empty());
    for line in seen {
        assert!(line.contains(&provider) && line.contains("127.0.0.1"), "{line}");
    }
    for words in [&["--version"][..], &["--help"], &["completion"], &["rules", "list"], &["apply", "--last"]] {
        let mut command = codex(&home, &workspace, words);
        let run = Run::of(&mut command);
        if run.code == Some(0) {
            assert_eq!(connections(&mut codex(&home, &workspace, words), &log), Some(Vec::new()), "{words:?}");
        }
    }
}

#[test]
fn what_goes_wrong_is_in_the_log_of_the_home_without_secrets() {
    let server = Scenario::new().reply(Reply::new().say("done")).repeat_last().start();
    let secret = "sk-abcdefghijklmnopqrstuvwxyz";
    let home = TestHome::with_config(&server, &format!("notify = [\"/no/such/{secret}\"]\n"), "");
    let workspace = TestWorkspace::git();
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    run.assert_code(0);
    let log = std::fs::read_to_string(home.path().join("log/codex.log")).unwrap();
    // X4
    for told in [&log, &run.stderr] {
        assert!(told.contains("could not be started") && told.contains("[redacted]") && !told.contains(secret), "{told}");
    }
    let elsewhere = workspace.path().join("logs");
    let config = format!("log_dir=\"{}\"", elsewhere.display());
    Run::of(codex(&home, &workspace, &["exec", "-c", &config, "go"]).env("RUST_LOG", "off")).assert_code(0);
    assert!(!elsewhere.exists(), "RUST_LOG=off writes nothing");
    Run::of(&mut codex(&home, &workspace, &["exec", "-c", &config, "go"])).assert_code(0);
    assert!(elsewhere.join("codex.log").exists());
    Run::of(bare(binary(), workspace.path()).envs(home.env()).arg("--version")).assert_code(0);
}
