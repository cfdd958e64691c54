//! What the tracer sees of confined processes. S10: a denial is attributable to a call, a path and a program.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn example(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "`cargo test` without `--test` builds the example this needs: {}", path.display());
    path
}

struct Seen {
    output: Output,
    lines: Vec<String>,
}

/// A folder to write in beside one that is closed; runs `sh -c SCRIPT` in the first.
struct Place {
    _home: tempfile::TempDir,
    workspace: PathBuf,
    outside: PathBuf,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let [workspace, outside] = ["workspace", "outside"].map(|name| home.path().canonicalize().unwrap().join(name));
        for folder in [&workspace, &outside] {
            fs::create_dir(folder).unwrap();
        }
        Self { _home: home, workspace, outside }
    }

    fn tracer(&self, argv: &[&str]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "plain processes are what these tests are about")]
        let mut command = Command::new(example("sandbox_tracer"));
        command.arg(example("sandbox_helper")).arg("--cwd").arg(&self.workspace).arg("--write").arg(&self.workspace).arg("--").args(argv);
        command.env("TRACE_TO", self.report()).env("LC_ALL", "C").stdin(Stdio::null()).current_dir("/");
        command
    }

    fn report(&self) -> PathBuf {
        self.workspace.with_file_name("report")
    }

    fn sh(&self, script: &str) -> Seen {
        let output = self.tracer(&["sh", "-c", script]).output().unwrap();
        let lines = fs::read_to_string(self.report()).unwrap().lines().map(str::to_owned).collect();
        Seen { output, lines }
    }
}

impl Seen {
    fn about(&self, path: &Path) -> Vec<&String> {
        self.lines.iter().filter(|line| line.contains(&format!("{path:?}"))).collect()
    }
}

fn refuses(line: &str, program: &str, call: &str) -> bool {
    line.contains(&format!(" {program} {call}"))
}

#[test]
fn what_is_refused_is_told_with_its_program_call_and_path() {
    let place = Place::new();
    let target = place.outside.join("made");
    let seen = place.sh("touch ../outside/made; cd ../outside && true > made; mkdir sub; exit 7");
    assert_eq!(seen.output.status.code(), Some(7), "{}", String::from_utf8_lossy(&seen.output.stderr));
    let lines = seen.about(&place.workspace.join("../outside/made"));
    assert!(lines.iter().any(|line| refuses(line, "touch", "openat Errno(")), "{:?}", seen.lines);
    assert!(lines.iter().all(|line| line.contains("intent: Create")), "{:?}", seen.lines);
    assert!(seen.about(&target).iter().any(|line| refuses(line, "sh", "openat")), "{:?}", seen.lines);
    assert!(seen.about(&place.outside.join("sub")).iter().any(|line| refuses(line, "mkdir", "mkdir")), "{:?}", seen.lines);
    assert!(!target.exists());
}

#[test]
fn the_same_again_is_counted_and_what_works_is_not_told() {
    let place = Place::new();
    let seen = place.sh("for i in 1 2 3 4; do true > ../outside/x; done 2> /dev/null; echo fine > file; cat file");
    assert_eq!(seen.output.stdout, b"fine\n");
    let lines = seen.about(&place.workspace.join("../outside/x"));
    assert_eq!(lines.len(), 1, "{:?}", seen.lines);
    assert!(lines[0].starts_with("4 sh "), "{lines:?}");
    assert_eq!(seen.about(&place.workspace.join("file")), Vec::<&String>::new());
}

#[test]
fn processes_of_processes_are_followed_also_in_the_background_and_in_sessions_of_their_own() {
    let place = Place::new();
    let seen = place.sh("(setsid sh -c 'touch ../outside/deep; echo > done' &); for i in 1 2 3; do (cd /; touch /nobody-may-$i) & done; wait; until [ -e done ]; do sleep 0.01; done");
    assert!(!seen.about(&place.workspace.join("../outside/deep")).is_empty(), "{:?}", seen.lines);
    for name in ["/nobody-may-1", "/nobody-may-2", "/nobody-may-3"] {
        assert!(!seen.about(Path::new(name)).is_empty(), "{name}: {:?}", seen.lines);
    }
}

#[test]
fn a_process_that_stops_itself_goes_on_when_it_is_continued() {
    let place = Place::new();
    let seen = place
        .sh("(kill -STOP $(sh -c 'echo $PPID'); echo woke > woke) & p=$!; until [ -e woke ]; do kill -CONT $p; sleep 0.01; done; cat woke");
    assert_eq!(seen.output.stdout, b"woke\n", "{}", String::from_utf8_lossy(&seen.output.stderr));
}

#[test]
fn sockets_and_closed_calls_are_told_too() {
    let place = Place::new();
    let seen = place.sh("unshare -Ur true");
    assert!(seen.lines.iter().any(|line| refuses(line, "unshare", "unshare Errno(1) []")), "{:?}", seen.lines);
    let seen = place.sh("bash -c ': < /dev/tcp/127.0.0.1/9'");
    assert!(seen.lines.iter().any(|line| line.contains("socket Errno(1) [Socket(\"AF_INET\")]")), "{:?}", seen.lines);
}

#[test]
fn the_end_is_the_commands_own() {
    let place = Place::new();
    for (script, code) in [("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)] {
        assert_eq!(place.sh(script).output.status.code(), Some(code), "{script}");
    }
    assert_eq!(place.tracer(&["/no/such/program"]).output().unwrap().status.code(), Some(127));
}

#[test]
fn a_killed_tracer_takes_everything_with_it() {
    let place = Place::new();
    let mark = format!("98765.{}", std::process::id());
    let mut tracer = place.tracer(&["sh", "-c", &format!("setsid sleep {mark} & sleep {mark}")]).spawn().unwrap();
    let running = || {
        fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .any(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(|words| words.starts_with(format!("sleep\0{mark}").as_bytes())))
    };
    let until = |wanted: bool| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while running() != wanted {
            assert!(std::time::Instant::now() < deadline, "running should be {wanted}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    until(true);
    tracer.kill().unwrap();
    tracer.wait().unwrap();
    until(false);
}
