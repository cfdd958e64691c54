//! The probe: a program that tries what a hostile command would, run by `codex sandbox linux` in every mode and with both
//! back ends; each row has to be as `expect.json` says. A row that cannot run here is printed as skipped, with the cause.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sandbox_probe");
const CODEX: &str = env!("CARGO_BIN_EXE_codex");

#[expect(clippy::disallowed_methods, reason = "plain processes are what these tests are about")]
fn plain(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// The compiled probe, or why there is none.
fn probe() -> Result<&'static Path, &'static str> {
    static PROBE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let compiled = PROBE.get_or_init(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("probe-{}", std::process::id()));
        let gcc = plain("gcc").args(["-O1", "-w", "-o"]).arg(&file).arg(Path::new(FILES).join("probe.c")).output();
        match gcc {
            Ok(output) if output.status.success() => Ok(file),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(format!("gcc: {error}")),
        }
    });
    compiled.as_deref().map_err(String::as_str)
}

/// What the probe is let loose on. Not below `/tmp`, which modes open.
struct Fixture {
    _folder: tempfile::TempDir,
    base: PathBuf,
    victim: Child,
    /// Descriptors that a careless caller leaves open: a file and a folder outside.
    leaked: [OwnedFd; 2],
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let base = folder.path().canonicalize().unwrap();
        let at = |name: &str| base.join(name);
        for name in [
            "out/emptydir",
            "out2",
            "home/.codex",
            "tmpd",
            "ws/.git/hooks",
            "ws/sub/.git",
            "ws/.codex",
            "ws/.agents",
            "ws/.github",
            "ws/wt",
        ] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["file", "trunc", "trunc2", "del", "ren", "exch", "meta", "hl", "inh"] {
            fs::write(at("out").join(format!("{name}.txt")), "orig\n").unwrap();
        }
        for name in ["ws/existing.txt", "ws/.git/config", "ws/.git/removeme", "ws/sub/.git/config", "ws/.agents/x", "ws/.github/x"] {
            fs::write(at(name), "orig\n").unwrap();
        }
        fs::write(at("home/.codex/auth.json"), "{}").unwrap();
        fs::write(at("ws/wt/.git"), "gitdir: ../.git\n").unwrap();
        fs::write(at("ws/.codex/config.toml"), "").unwrap();
        fs::write(at("ws/.env"), "S=1\n").unwrap();
        symlink(at("out/file.txt"), at("ws/link_out")).unwrap();
        symlink(at("out"), at("ws/dirlink_out")).unwrap();
        fs::hard_link(at("out/hl.txt"), at("ws/prehl.txt")).unwrap();
        let victim = plain("sleep").arg("1000").current_dir(at("out")).spawn().unwrap();
        let file = OpenOptions::new().read(true).append(true).open(at("out/inh.txt")).unwrap();
        // A plain `dup` is inherited by what is started, which the descriptors of Rust's own are not.
        let leaked = [rustix::io::dup(&file).unwrap(), rustix::io::dup(File::open(at("out")).unwrap()).unwrap()];
        Self { _folder: folder, base, victim, leaked }
    }

    /// Everything outside of the workspace, and in it what is protected: contents, modes and owners.
    fn state(&self) -> BTreeMap<PathBuf, (Vec<u8>, u32, u32)> {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<_> = ["out", "out2", "home/.codex/auth.json", "tmpd", "ws/.git", "ws/.codex", "ws/.agents", "ws/sub/.git"]
            .iter()
            .map(|name| self.base.join(name))
            .collect();
        while let Some(path) = waiting.pop() {
            let about = path.symlink_metadata().unwrap();
            let content = if about.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            if about.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            found.insert(path, (content, about.mode(), about.uid()));
        }
        found
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

/// Servers outside that nothing inside may reach.
struct Listeners {
    tcp: TcpListener,
    udp: UdpSocket,
    stream: UnixListener,
    datagram: UnixDatagram,
    hidden: UnixListener,
    name: String,
}

impl Listeners {
    fn new(out: &Path) -> Self {
        let name = format!("probe-{}", out.parent().unwrap().file_name().unwrap().to_str().unwrap());
        let all = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            stream: UnixListener::bind(out.join("s")).unwrap(),
            datagram: UnixDatagram::bind(out.join("s.dg")).unwrap(),
            hidden: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
            name,
        };
        all.tcp.set_nonblocking(true).unwrap();
        all.udp.set_nonblocking(true).unwrap();
        all.stream.set_nonblocking(true).unwrap();
        all.datagram.set_nonblocking(true).unwrap();
        all.hidden.set_nonblocking(true).unwrap();
        all
    }

    fn reached(&self) -> Vec<&'static str> {
        let mut byte = [0];
        [
            ("tcp", self.tcp.accept().is_ok()),
            ("udp", self.udp.recv(&mut byte).is_ok()),
            ("unix", self.stream.accept().is_ok()),
            ("unix datagram", self.datagram.recv(&mut byte).is_ok()),
            ("abstract", self.hidden.accept().is_ok()),
        ]
        .into_iter()
        .filter_map(|(name, reached)| reached.then_some(name))
        .collect()
    }
}

/// Runs one mode; the rows by name, and what was seen from outside.
fn rows(mode: &str, flags: &[&str], probe: &Path) -> BTreeMap<String, String> {
    let mut fixture = Fixture::new();
    let base = fixture.base.clone();
    let listeners = Listeners::new(&base.join("out"));
    let before = fixture.state();
    fs::copy(probe, base.join("probe")).unwrap();
    let facts = [
        format!("ws={}", base.join("ws").display()),
        format!("out={}", base.join("out").display()),
        format!("out2={}", base.join("out2").display()),
        format!("home={}", base.join("home").display()),
        format!("tmpd={}", base.join("tmpd").display()),
        format!("uout={}", base.join("out/s").display()),
        format!("uabs={}", listeners.name),
        format!("vic={}", fixture.victim.id()),
        format!("tcp={}", listeners.tcp.local_addr().unwrap().port()),
        format!("udp={}", listeners.udp.local_addr().unwrap().port()),
        format!("ifd={}", fixture.leaked[0].as_raw_fd()),
        format!("idfd={}", fixture.leaked[1].as_raw_fd()),
    ];
    let flags = flags.iter().map(|flag| flag.replace("{out2}", base.join("out2").to_str().unwrap()));
    let output = plain(CODEX)
        .args(["sandbox", "linux"])
        .args(flags)
        .arg("--")
        .arg(base.join("probe"))
        .args(facts)
        .current_dir(base.join("ws"))
        .env("HOME", base.join("home"))
        .env("CODEX_HOME", base.join("home/.codex"))
        .env("TMPDIR", base.join("tmpd"))
        .env("OPENAI_API_KEY", "sk-probe")
        .output()
        .unwrap();
    let mut rows = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(row) = serde_json::from_str::<Value>(line) else { continue };
        let (Some(op), Some(result)) = (row["op"].as_str(), row["result"].as_str()) else { continue };
        rows.insert(op.to_owned(), result.to_owned());
    }
    assert!(!rows.is_empty(), "{mode}: the probe did not run: {}", String::from_utf8_lossy(&output.stderr));
    let changed = if fixture.state() == before { "unchanged" } else { "changed" };
    let reached = listeners.reached();
    let alive = if fixture.victim.try_wait().unwrap().is_none() { "yes" } else { "no" };
    rows.insert("post:changed_outside".into(), changed.into());
    rows.insert("post:listener_hits".into(), if reached.is_empty() { "none".into() } else { format!("hit {reached:?}") });
    rows.insert("post:victim_alive".into(), alive.into());
    rows
}

/// Why a mode's rows mean nothing on this machine.
fn missing(mode: &str) -> Option<String> {
    let machine = codex_sandbox::machine(Path::new(CODEX));
    let alone = mode.ends_with("-ll");
    if machine.nested {
        return Some("this is a sandbox itself".into());
    }
    let namespaces = machine.namespaces.as_ref().err().filter(|_| !alone);
    namespaces.or(machine.landlock.as_ref().err()).map(ToString::to_string)
}

fn check(mode: &str, flags: &[&str]) {
    let probe = match (probe(), missing(mode)) {
        (Ok(probe), None) => probe,
        (Err(cause), _) => return eprintln!("skipped: {mode}: every row: {cause}"),
        (_, Some(cause)) => return eprintln!("skipped: {mode}: every row: {cause}"),
    };
    let expected: Value = serde_json::from_str(&fs::read_to_string(Path::new(FILES).join("expect.json")).unwrap()).unwrap();
    let rows = rows(mode, flags, probe);
    let mut wrong = Vec::new();
    for (op, wanted) in expected[mode].as_object().unwrap() {
        let wanted = wanted.as_str().unwrap();
        let result = rows.get(op).map_or("missing", String::as_str);
        if result == "skip" {
            eprintln!("skipped: {mode}: {op}: the probe needs something that is not there");
        }
        if wanted != "any" && !wanted.split('|').any(|wanted| wanted == result) {
            wrong.push(format!("{op}: {result}, wanted {wanted}"));
        }
    }
    // What the file leaves open and the promises do not (S9, S7).
    for op in ["read_codex_home_auth", "keyctl_session", "bpf", "userfaultfd", "fanotify_init", "prlimit_victim", "kill0_victim"] {
        if rows[op] == "allowed" {
            wrong.push(format!("{op}: allowed"));
        }
    }
    assert!(wrong.is_empty(), "{mode}:\n{}", wrong.join("\n"));
}

#[test]
fn read_only() {
    check("ro", &[]);
}

#[test]
fn workspace_write() {
    check("ww", &["--full-auto"]);
}

#[test]
fn workspace_write_with_network() {
    check("ww-net", &["--full-auto", "-c", "sandbox_workspace_write.network_access=true"]);
}

#[test]
fn workspace_write_with_other_roots() {
    check(
        "ww-roots",
        &[
            "--full-auto",
            "-c",
            "sandbox_workspace_write.writable_roots=[\"{out2}\"]",
            "-c",
            "sandbox_workspace_write.exclude_tmpdir_env_var=true",
            "-c",
            "sandbox_workspace_write.exclude_slash_tmp=true",
        ],
    );
}

#[test]
fn read_only_by_landlock_alone() {
    check("ro-ll", &["--enable", "use_legacy_landlock"]);
}

#[test]
fn workspace_write_by_landlock_alone() {
    check("ww-ll", &["--full-auto", "--enable", "use_legacy_landlock"]);
}
