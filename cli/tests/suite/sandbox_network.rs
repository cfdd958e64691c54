//! Hosts by name, in a real sandbox: what is allowed is reached through the proxy, and nothing else is reached at all (N1, S4).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::process::{Run, attentive, codex, ended, eventually, running_with, without_namespaces};

const SETTING: &str = "sandbox_workspace_write.network_access";

/// A host on this machine that answers every request with one line.
struct Host {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Host {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.unwrap();
                let mut seen = [0; 1024];
                let _ = stream.read(&mut seen);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
            }
        });
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn entry(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

fn place() -> (TestHome, TestWorkspace) {
    (TestHome::with_raw_config(""), TestWorkspace::new())
}

fn sandbox(args: &[&str], allow: &str, script: &str) -> Run {
    let (home, workspace) = place();
    let access = format!("{SETTING}={{allow=[\"{allow}\"]}}");
    let all: Vec<&str> = ["sandbox", "linux"].iter().chain(args).copied().chain(["-c", &access, "--", "bash", "-c", script]).collect();
    Run::of(&mut codex(&home, &workspace, &all))
}

/// Sends bytes to a port of the sandbox's loopback and prints the answer; `printf` writes them.
fn talk(port: u16, bytes: &str) -> String {
    format!("exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{bytes}' >&3 && cat <&3; exec 3>&-;")
}

fn get(authority: &str) -> String {
    talk(43128, &format!("GET http://{authority}/ HTTP/1.1\\r\\nHost: {authority}\\r\\n\\r\\n"))
}

#[test]
fn an_allowed_host_is_reached_by_http_by_tunnel_and_by_socks() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let host = Host::start();
    let [high, low] = host.port.to_be_bytes();
    let tunnel = talk(43128, &format!("CONNECT {0} HTTP/1.1\\r\\nHost: {0}\\r\\n\\r\\nGET / HTTP/1.1\\r\\n\\r\\n", host.entry()));
    let socks =
        talk(41080, &format!("\\x05\\x01\\x00\\x05\\x01\\x00\\x03\\x09localhost\\x{high:02x}\\x{low:02x}GET / HTTP/1.1\\r\\n\\r\\n"));
    for script in [get(&host.entry()), tunnel, socks] {
        let run = sandbox(&["--full-auto"], &host.entry(), &format!("{{ {script} }} | tail -n 1"));
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "hello\n", ""), "{script}");
    }
    assert_eq!(host.connections(), 3);
}

#[test]
fn programs_find_the_proxy_by_themselves() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let host = Host::start();
    let run = sandbox(&["--full-auto"], &host.entry(), "env | grep -i -e _proxy= -e SANDBOX_NETWORK | sort");
    let (http, socks) = ("http://127.0.0.1:43128", "socks5h://127.0.0.1:41080");
    let expected = format!(
        "ALL_PROXY={socks}\nHTTPS_PROXY={http}\nHTTP_PROXY={http}\nNO_PROXY=\nall_proxy={socks}\nhttp_proxy={http}\nhttps_proxy={http}\nno_proxy=\n"
    );
    assert_eq!(run.stdout, expected);
    let script = format!("command -v curl > /dev/null || {{ echo hello; exit; }}; curl -sS http://{}/", host.entry());
    assert_eq!(sandbox(&["--full-auto"], &host.entry(), &script).stdout, "hello\n");
}

#[test]
fn nothing_else_is_reached_and_each_attempt_is_told() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let (host, other) = (Host::start(), Host::start());
    for authority in ["evil.example", "169.254.169.254", "10.0.0.1", &other.entry(), &format!("127.0.0.1:{}", other.port), "[::1]"] {
        let run = sandbox(&["--full-auto"], &host.entry(), &get(authority));
        assert!(run.stdout.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{authority}: {}{}", run.stdout, run.stderr);
        let told: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("codex sandbox: network: ")).collect();
        assert_eq!(told.len(), 1, "{authority}: {}", run.stderr);
        assert!(told[0].contains(SETTING) && run.stdout.contains(told[0].trim_start_matches("codex sandbox: network: ")), "{told:?}");
    }
    // Around the proxy there is nothing: no host, no resolver, no datagrams, no other family.
    let direct = talk(host.port, "GET / HTTP/1.1\\r\\n\\r\\n");
    let outside = "exec 3<>/dev/tcp/203.0.113.1/80";
    for script in [direct.as_str(), outside, "echo x > /dev/udp/203.0.113.1/53", "exec 3<>/dev/tcp/evil.example/80"] {
        let run = sandbox(&["--full-auto"], &host.entry(), script);
        assert!(!run.stdout.contains("hello") && run.stderr.contains("/dev/"), "{script}: {}{}", run.stdout, run.stderr);
    }
    assert_eq!((host.connections(), other.connections()), (0, 0));
}

/// S4: a network of some hosts opens no other kind of socket; what programs need among themselves works.
#[test]
fn no_other_way_out_is_opened_with_the_proxy() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("listener");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let name = format!("codex-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let abstract_listener = std::os::unix::net::UnixListener::bind_addr(&address).unwrap();
    abstract_listener.set_nonblocking(true).unwrap();
    let script = format!(
        "import socket as s\n\
         def t(name, f):\n try: f(); print(name, 'open')\n except OSError: print(name, 'closed')\n\
         t('path', lambda: s.socket(s.AF_UNIX).connect({path:?}))\n\
         t('abstract', lambda: s.socket(s.AF_UNIX).connect('\\0{name}'))\n\
         t('netlink', lambda: s.socket(s.AF_NETLINK, s.SOCK_RAW, 0))\n\
         t('packet', lambda: s.socket(s.AF_PACKET, s.SOCK_RAW))\n\
         t('raw', lambda: s.socket(s.AF_INET, s.SOCK_RAW, 1))\n\
         t('vsock', lambda: s.socket(40, s.SOCK_STREAM))\n\
         t('datagrams', lambda: s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('203.0.113.1', 53)))\n\
         t('pair', lambda: [each.send(b'x') for each in s.socketpair()])\n\
         t('own server', lambda: (lambda v: s.create_connection(v.getsockname()))(s.create_server(('127.0.0.1', 0))))\n"
    );
    let run = sandbox(&["--full-auto"], "localhost:1", &format!("python3 - <<'END'\n{script}END"));
    let closed = ["path", "abstract", "netlink", "packet", "raw", "vsock", "datagrams"].map(|name| format!("{name} closed\n")).concat();
    assert_eq!(run.stdout, format!("{closed}pair open\nown server open\n"), "{}", run.stderr);
    assert!(listener.accept().is_err() && abstract_listener.accept().is_err());
}

#[test]
fn a_policy_that_is_narrower_has_no_network_at_all() {
    let host = Host::start();
    let run = sandbox(&[], &host.entry(), &format!("echo $CODEX_SANDBOX_NETWORK_DISABLED; {}", get(&host.entry())));
    assert_eq!((run.stdout.as_str(), host.connections()), ("1\n", 0));
}

/// S6: without a network of its own a command could reach everything, so it reaches nothing, and that is said.
#[test]
fn without_namespaces_the_network_is_closed() {
    let host = Host::start();
    let script = format!("{} {} echo ran", talk(host.port, "x"), get(&host.entry()));
    let run = sandbox(&["--full-auto", "--enable", "use_legacy_landlock"], &host.entry(), &script);
    assert_eq!((run.stdout.as_str(), host.connections()), ("ran\n", 0), "{}", run.stderr);
    assert!(run.stderr.contains("the network is closed, because a network by proxy needs namespaces"), "{}", run.stderr);
}

#[test]
fn an_entry_that_names_no_host_is_an_error_and_nothing_runs() {
    for (entry, words) in [("https://a.example/x", "names no host"), ("*", "network_access = true"), ("127.1", "four decimal parts")] {
        let run = sandbox(&["--full-auto"], entry, "echo ran");
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (Some(1), "", 1), "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("Error: {SETTING}: `{entry}`")) && run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn exit_codes_and_signals_pass_through_and_the_proxy_ends_with_the_command() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    assert_eq!(sandbox(&["--full-auto"], "localhost:1", "exit 7").code, Some(7));
    assert_eq!(sandbox(&["--full-auto"], "localhost:1", "kill -SEGV $$").code, Some(139));
    for (signal, code) in [(Signal::TERM, 9), (Signal::INT, 10)] {
        let (home, workspace) = place();
        let access = format!("{SETTING}={{allow=[\"localhost:1\"]}}");
        let script = "trap 'exit 9' TERM; trap 'exit 10' INT; echo ready; while :; do sleep 0.05; done";
        let args = ["sandbox", "linux", "--full-auto", "-c", &access, "--", "bash", "-c", script];
        let mut child = attentive(&home, &workspace, &args).stdin(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let sockets = home.path().join("tmp");
        assert_eq!(running_with(sockets.to_str().unwrap()).len(), 1);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(ended(child).code, Some(code));
        eventually("the proxy ends", || running_with(sockets.to_str().unwrap()).is_empty().then_some(()));
        let left: Vec<_> = std::fs::read_dir(&sockets).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("net-")), "{left:?}");
    }
}

/// A16: also when nothing can be passed on any more.
#[test]
fn the_proxy_ends_when_the_command_is_killed_with_its_front() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let (home, workspace) = place();
    let access = format!("{SETTING}={{allow=[\"localhost:1\"]}}");
    let args = ["sandbox", "linux", "--full-auto", "-c", &access, "--", "bash", "-c", "echo ready; sleep 1000"];
    let mut child = codex(&home, &workspace, &args).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let sockets = home.path().join("tmp");
    eventually("the proxy ends", || running_with(sockets.to_str().unwrap()).is_empty().then_some(()));
}

#[test]
fn a_command_of_the_model_reaches_what_is_allowed_and_the_user_is_told_of_the_rest() {
    if without_namespaces("a network by names needs one of its own") {
        return;
    }
    let host = Host::start();
    let allowed = get(&host.entry()).replacen("/ HTTP", "/secret-path?secret=query HTTP", 1);
    let script = format!("{{ {allowed} }} | tail -n 1; {{ {} }} | head -n 1", get("evil.example"));
    let server = Scenario::new()
        .reply(Reply::new().call_with_id("c0", "exec_command", json!({"cmd": script, "login": false})))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let access = format!("{SETTING}={{allow=[\"{}\"]}}", host.entry());
    let mut command = codex(&home, &workspace, &["exec", "--json", "-s", "workspace-write", "-c", &access, "look there"]);
    let run = Run::of(command.env("RUST_LOG", "codex_core::network=info"));
    run.assert_code(0);
    let output = server.requests()[1].output_of("c0").unwrap();
    assert!(output.contains("hello") && output.contains("HTTP/1.1 403 Forbidden"), "{output}");
    // S10
    let events = run.events();
    let denial = &events.last().unwrap()["denials"]["first"][0];
    assert_eq!(denial["message"], format!("`evil.example` is not named by {SETTING}.allow"), "{}", run.stdout);
    assert_eq!(host.connections(), 1);
    // X4: every attempt is in the log, and nothing of what was asked for.
    let log: Vec<&str> = run.stderr.lines().filter(|line| line.contains("network attempt")).collect();
    assert!(log.len() == 2 && log[0].contains(&host.entry()) && log[0].contains("\"allowed\""), "{}", run.stderr);
    assert!(log[1].contains("evil.example:80") && log[1].contains("refused: not allowed"), "{log:?}");
    assert!(!log.concat().contains("secret"), "{log:?}");
}
