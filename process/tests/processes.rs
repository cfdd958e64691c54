//! Real processes through the public surface.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use codex_process::{CHUNK_CAP, CHUNK_QUEUE, CaptureMode, Child, ExitStatus, SpawnError, SpawnSpec, StdinMode, Stdio, spawn};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);
const CLOSED: Stdio = Stdio::Pipes { stdin: StdinMode::Closed };
const OPEN: Stdio = Stdio::Pipes { stdin: StdinMode::Open };
const PTY: Stdio = Stdio::Pty { cols: 80, rows: 24 };

fn command(program: &str, args: &[&str], stdio: Stdio) -> SpawnSpec {
    SpawnSpec {
        program: program.into(),
        arg0: None,
        args: args.iter().map(Into::into).collect(),
        cwd: "/".into(),
        env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        stdio,
    }
}

fn sh(script: &str) -> SpawnSpec {
    command("/bin/sh", &["-c", script], CLOSED)
}

fn sh_in(cwd: &Path, script: &str) -> SpawnSpec {
    SpawnSpec { cwd: cwd.into(), ..sh(script) }
}

fn text(child: &Child) -> String {
    String::from_utf8(child.capture().snapshot(CaptureMode::Head).bytes).unwrap()
}

async fn ended(child: &Child) -> ExitStatus {
    timeout(LONG, child.wait()).await.expect("the child ends")
}

async fn run(spec: &SpawnSpec) -> (ExitStatus, String) {
    let child = spawn(spec).unwrap();
    (ended(&child).await, text(&child))
}

fn exit(code: i32) -> ExitStatus {
    ExitStatus { code: Some(code), signal: None }
}

fn killed_by(signal: i32) -> ExitStatus {
    ExitStatus { code: None, signal: Some(signal) }
}

/// Waits until the output holds `wanted`.
async fn until_printed(child: &mut Child, wanted: &str) -> String {
    let mut output = child.output().unwrap();
    until_received(&mut output, wanted).await
}

async fn until_received(output: &mut tokio::sync::mpsc::Receiver<codex_process::Chunk>, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        let chunk = timeout(LONG, output.recv()).await.expect("output comes").unwrap_or_else(|| panic!("ended after {seen:?}"));
        seen.push_str(&String::from_utf8_lossy(&chunk.bytes));
    }
    seen
}

/// A named pipe in a folder: whoever holds it open for writing is alive, and its end of file says they all died.
struct Lifeline {
    _home: tempfile::TempDir,
    folder: PathBuf,
}

impl Lifeline {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_path_buf();
        rustix::fs::mknodat(rustix::fs::CWD, folder.join("line"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        Self { _home: home, folder }
    }

    /// Opens for reading, which waits for the first writer; resolves when the last writer is gone.
    fn watch(&self) -> tokio::task::JoinHandle<Vec<u8>> {
        let path = self.folder.join("line");
        tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        })
    }
}

async fn all_dead(watch: tokio::task::JoinHandle<Vec<u8>>) {
    timeout(LONG, watch).await.expect("everyone who held the lifeline dies").unwrap();
}

#[tokio::test]
async fn output_and_errors_come_in_the_order_they_were_written() {
    let (status, output) = run(&sh("echo a; echo b >&2; echo c; echo d >&2; exit 7")).await;
    assert_eq!((status, output.as_str()), (exit(7), "a\nb\nc\nd\n"));
    assert_eq!(status.shell_code(), 7);
}

#[tokio::test]
async fn a_signal_is_told_from_a_code() {
    let (status, _) = run(&sh("kill -TERM $$")).await;
    assert_eq!((status, status.shell_code()), (killed_by(15), 143));
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let missing = spawn(&command("no-such-program", &[], CLOSED)).unwrap_err();
    assert_eq!(missing.to_string(), "cannot run `no-such-program`: No such file or directory (os error 2)");
    // The first may not be entered by an ordinary user, the second by nobody.
    let shut = SpawnSpec { env: vec![("PATH".into(), "/proc/1/cwd:/etc/passwd".into())], ..command("no-such-program", &[], CLOSED) };
    assert_eq!(spawn(&shut).unwrap_err().io().unwrap().kind(), std::io::ErrorKind::NotFound);
    let refused = spawn(&command("/etc/passwd", &[], CLOSED)).unwrap_err();
    assert_eq!(refused.to_string(), "cannot run `/etc/passwd`: Permission denied (os error 13)");
    let nowhere = spawn(&sh_in(Path::new("/no/such/folder"), "true")).unwrap_err();
    assert!(matches!(&nowhere, SpawnError::Cwd { cwd, .. } if cwd == Path::new("/no/such/folder")), "{nowhere}");
    assert_eq!(nowhere.io().unwrap().kind(), std::io::ErrorKind::NotFound);
    let zero = spawn(&command("echo", &["a\0b"], CLOSED)).unwrap_err();
    assert_eq!(zero.to_string(), "an argument contains a zero byte");
}

#[test]
fn without_a_runtime_nothing_is_started() {
    assert!(matches!(spawn(&sh("true")), Err(SpawnError::NoRuntime)));
}

#[tokio::test]
async fn a_script_without_an_interpreter_line_runs_in_sh() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("script");
    std::fs::write(&script, "echo \"$0 $1\"\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = script.to_str().unwrap();
    assert_eq!(run(&command(path, &["x"], CLOSED)).await, (exit(0), format!("{path} x\n")));
}

#[tokio::test]
async fn the_name_the_program_sees_can_be_chosen() {
    let spec = SpawnSpec { arg0: Some("other-name".into()), ..command("sh", &["-c", "echo $0"], CLOSED) };
    assert_eq!(run(&spec).await, (exit(0), "other-name\n".into()));
}

#[tokio::test]
async fn nothing_is_inherited_but_the_standard_streams() {
    let file = File::open("/etc/passwd").unwrap();
    let leaky = rustix::io::dup(&file).unwrap();
    assert!(!rustix::io::fcntl_getfd(&leaky).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    let (_, fds) = run(&sh("cd /proc/$$/fd && echo *")).await;
    // 3 is the folder the shell is listing.
    assert_eq!(fds, "0 1 2 3\n");
    let (_, env) = run(&command("env", &[], CLOSED)).await;
    assert_eq!(env, "PATH=/usr/local/bin:/usr/bin:/bin\n");
    let (_, input) = run(&sh("readlink /proc/$$/fd/0")).await;
    assert_eq!(input, "/dev/null\n");
}

#[tokio::test]
async fn signals_are_as_for_a_fresh_process() {
    // The test harness, as every Rust program, ignores SIGPIPE: that must not be passed on.
    let (_, output) = run(&sh("grep -E 'Sig(Blk|Ign)' /proc/self/status")).await;
    assert_eq!(output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

#[tokio::test]
async fn a_child_leads_a_session_and_group_of_its_own() {
    let child = spawn(&sh("cut -d ' ' -f 5,6,7 /proc/$$/stat")).unwrap();
    ended(&child).await;
    assert_eq!(text(&child), format!("{0} {0} 0\n", child.id()));
}

#[tokio::test]
async fn input_reaches_the_child_and_ends() {
    let child = spawn(&command("cat", &[], OPEN)).unwrap();
    child.write(b"one\n").await.unwrap();
    let big = vec![b'x'; 300_000];
    child.write(&big).await.unwrap();
    child.close_stdin();
    assert_eq!(ended(&child).await, exit(0));
    assert_eq!(text(&child).len(), 4 + big.len());
    assert_eq!(child.write(b"late").await.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn writing_to_a_child_that_closed_its_input_is_an_error() {
    let mut child = spawn(&command("sh", &["-c", "exec <&-; echo closed; sleep 1000"], OPEN)).unwrap();
    until_printed(&mut child, "closed").await;
    assert_eq!(child.write(b"x").await.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn waiting_can_be_given_up_and_repeated() {
    let child = spawn(&command("cat", &[], OPEN)).unwrap();
    assert!(timeout(Duration::from_millis(20), child.wait()).await.is_err());
    assert_eq!(child.status(), None);
    child.close_stdin();
    let (one, two) = tokio::join!(ended(&child), ended(&child));
    assert_eq!((one, two, ended(&child).await, child.status()), (exit(0), exit(0), exit(0), Some(exit(0))));
}

#[tokio::test]
async fn a_polite_child_ends_itself_within_the_grace() {
    let mut child = spawn(&sh("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done")).unwrap();
    until_printed(&mut child, "ready").await;
    child.kill(LONG).await;
    assert_eq!(ended(&child).await, exit(5));
    assert!(text(&child).ends_with("bye\n"), "{:?}", text(&child));
}

#[tokio::test]
async fn a_stubborn_child_is_killed_after_the_grace() {
    let mut child = spawn(&sh("trap '' TERM; echo ready; while :; do sleep 0.05; done")).unwrap();
    until_printed(&mut child, "ready").await;
    let begin = Instant::now();
    child.kill(Duration::from_millis(150)).await;
    assert!(begin.elapsed() >= Duration::from_millis(150));
    assert_eq!(ended(&child).await, killed_by(9));
}

#[tokio::test]
async fn no_grace_means_no_sigterm() {
    let mut child = spawn(&sh("trap 'echo termed; exit 5' TERM; echo ready; while :; do sleep 0.05; done")).unwrap();
    until_printed(&mut child, "ready").await;
    child.kill(Duration::ZERO).await;
    assert_eq!(ended(&child).await, killed_by(9));
    assert_eq!(text(&child), "ready\n");
}

#[tokio::test]
async fn a_stopped_child_still_hears_sigterm() {
    let mut child = spawn(&sh("trap 'exit 5' TERM; echo ready; kill -STOP $$; while :; do sleep 0.05; done")).unwrap();
    until_printed(&mut child, "ready").await;
    child.kill(LONG).await;
    assert_eq!(ended(&child).await, exit(5));
}

#[tokio::test]
async fn killing_reaches_the_whole_group() {
    let line = Lifeline::new();
    let watch = line.watch();
    let mut child = spawn(&sh_in(&line.folder, "exec 3>line; (trap '' TERM; sleep 1000 & sleep 1000) & echo ready; wait")).unwrap();
    until_printed(&mut child, "ready").await;
    child.kill(Duration::from_millis(50)).await;
    all_dead(watch).await;
}

#[tokio::test]
async fn dropping_a_child_kills_its_group() {
    let line = Lifeline::new();
    let watch = line.watch();
    let mut child = spawn(&sh_in(&line.folder, "exec 3>line; sleep 1000 & echo ready; wait")).unwrap();
    until_printed(&mut child, "ready").await;
    drop(child);
    all_dead(watch).await;
}

#[tokio::test]
async fn processes_left_in_the_background_neither_hold_up_the_wait_nor_outlive_the_child() {
    let line = Lifeline::new();
    let watch = line.watch();
    let child = spawn(&sh_in(&line.folder, "exec 3>line; sleep 1000 & echo done; exit 4")).unwrap();
    let begin = Instant::now();
    assert_eq!(ended(&child).await, exit(4));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(text(&child), "done\n");
    drop(child);
    all_dead(watch).await;
}

#[tokio::test]
async fn a_background_process_that_is_quick_is_still_heard() {
    let (status, output) = run(&sh("(echo late) & exit 0")).await;
    assert_eq!((status, output.as_str()), (exit(0), "late\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_outlives_the_thread_that_asked_for_it() {
    let runtime = tokio::runtime::Handle::current();
    let asked = std::thread::spawn(move || {
        let _inside = runtime.enter();
        spawn(&command("sh", &["-c", "read line; echo got $line"], OPEN)).unwrap()
    });
    let child = asked.join().unwrap();
    child.write(b"it\n").await.unwrap();
    assert_eq!(ended(&child).await, exit(0));
    assert_eq!(text(&child), "got it\n");
}

#[tokio::test]
async fn killing_this_process_kills_children_and_grandchildren() {
    let line = Lifeline::new();
    let watch = line.watch();
    let example = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/process_parent");
    let folder = line.folder.to_str().unwrap();
    let script = "exec 3>line; (trap '' TERM HUP; sleep 1000 & sleep 1000) & echo ready; wait";
    let mut parent = spawn(&command(example.to_str().unwrap(), &[folder, script], CLOSED)).unwrap();
    until_printed(&mut parent, "ready").await;
    // Its child has a group of its own, so this reaches the parent alone.
    parent.kill(Duration::ZERO).await;
    all_dead(watch).await;
}

#[tokio::test]
async fn a_child_that_pours_and_pauses_in_turn_is_heard_to_the_end() {
    let child = spawn(&sh("for i in 1 2; do head -c 3000000 /dev/zero; sleep 0.25; done; echo end")).unwrap();
    assert_eq!(ended(&child).await, exit(0));
    let kept = child.capture().snapshot(CaptureMode::HeadTail);
    assert_eq!(kept.total, 6_000_004);
    assert!(kept.bytes.ends_with(b"\0end\n"));
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_nothing_up() {
    let mut child = spawn(&sh("head -c 20000000 /dev/zero")).unwrap();
    let mut output = child.output().unwrap();
    assert!(child.output().is_none());
    assert_eq!(ended(&child).await, exit(0));
    assert_eq!(child.capture().total(), 20_000_000);
    let mut chunks = 0;
    while let Some(chunk) = output.recv().await {
        assert!(chunk.bytes.len() <= CHUNK_CAP);
        chunks += 1;
    }
    assert!((1..=CHUNK_QUEUE).contains(&chunks), "{chunks}");
}

#[tokio::test]
async fn lost_chunks_are_counted() {
    let mut child = spawn(&command("sh", &["-c", "head -c 2000000 /dev/zero; echo first; read go; printf last"], OPEN)).unwrap();
    let mut output = child.output().unwrap();
    let capture = child.capture();
    while capture.total() < 2_000_006 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut received = 0;
    while let Ok(chunk) = output.try_recv() {
        received += chunk.bytes.len() as u64 + chunk.skipped;
    }
    child.write(b"\n").await.unwrap();
    let last = timeout(LONG, output.recv()).await.unwrap().unwrap();
    assert_eq!(last.bytes, b"last");
    assert_eq!(received + last.skipped, 2_000_006);
}

#[tokio::test]
async fn a_session_is_read_piece_by_piece() {
    let mut child = spawn(&command("cat", &[], OPEN)).unwrap();
    let mut output = child.output().unwrap();
    let capture = child.capture();
    for word in ["one", "two"] {
        child.write(word.as_bytes()).await.unwrap();
        until_received(&mut output, word).await;
        assert_eq!(capture.take_new().bytes, word.as_bytes());
    }
    assert_eq!(text(&child), "onetwo");
}

#[tokio::test]
async fn a_terminal_echoes_has_a_size_and_controls_the_session() {
    let child =
        spawn(&command("sh", &["-c", "stty size; test -t 0 && test -t 1 && test -t 2 && echo tty; read x < /dev/tty; echo got $x"], PTY))
            .unwrap();
    child.write(b"line\n").await.unwrap();
    assert_eq!(ended(&child).await, exit(0));
    let text = text(&child);
    assert!(
        text.contains("24 80\r\n") && text.contains("tty\r\n") && text.contains("line\r\n") && text.ends_with("got line\r\n"),
        "{text:?}"
    );
}

#[tokio::test]
async fn control_c_on_a_terminal_interrupts() {
    let mut child = spawn(&command("sh", &["-c", "echo ready; exec cat"], PTY)).unwrap();
    until_printed(&mut child, "ready").await;
    child.write(b"\x03").await.unwrap();
    assert_eq!(ended(&child).await, killed_by(2));
    assert!(text(&child).ends_with("^C"), "{:?}", text(&child));
}

#[tokio::test]
async fn control_d_on_a_terminal_ends_input() {
    let child = spawn(&command("cat", &[], PTY)).unwrap();
    child.write(b"x\n\x04").await.unwrap();
    assert_eq!(ended(&child).await, exit(0));
    assert_eq!(text(&child), "x\r\nx\r\n");
}

#[tokio::test]
async fn a_terminal_can_be_resized() {
    let mut child =
        spawn(&command("sh", &["-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done"], PTY)).unwrap();
    until_printed(&mut child, "ready").await;
    child.resize(132, 43).unwrap();
    assert_eq!(ended(&child).await, exit(0));
    assert!(text(&child).ends_with("43 132\r\n"), "{:?}", text(&child));
    let piped = spawn(&command("cat", &[], OPEN)).unwrap();
    assert_eq!(piped.resize(80, 24).unwrap_err().kind(), std::io::ErrorKind::Unsupported);
}

#[tokio::test]
async fn nothing_printed_on_a_terminal_is_lost_at_the_end() {
    let (status, output) = run(&command("seq", &["1", "20000"], PTY)).await;
    let expected: String = (1..=20_000).map(|number| format!("{number}\r\n")).collect();
    assert_eq!(status, exit(0));
    assert!(output == expected, "{} of {} bytes", output.len(), expected.len());
}

#[tokio::test]
async fn many_children_run_side_by_side_and_leave_no_zombies() {
    let children: Vec<_> = (0..60).map(|code| spawn(&sh(&format!("exit {code}"))).unwrap()).collect();
    let mut ids = Vec::new();
    for (code, child) in children.iter().enumerate() {
        assert_eq!(ended(child).await, exit(i32::try_from(code).unwrap()));
        ids.push(child.id());
    }
    drop(children);
    for id in ids {
        assert!(!Path::new(&format!("/proc/{id}")).exists(), "{id}");
    }
}

#[tokio::test]
async fn streams_of_their_own_are_kept_apart() {
    let spec = SpawnSpec { stdio: Stdio::SplitPipes { stdin: StdinMode::Closed }, ..sh("echo out; echo err >&2; echo more") };
    let child = spawn(&spec).unwrap();
    assert!(child.wait().await.success());
    assert_eq!(child.capture().snapshot(CaptureMode::Head).bytes, b"out\nmore\n");
    assert_eq!(child.error_capture().unwrap().snapshot(CaptureMode::Head).bytes, b"err\n");
}

#[tokio::test]
async fn a_child_that_is_handed_over_waits_for_its_reader_and_keeps_its_errors_apart() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let script = "echo warned >&2; read line; echo \"got $line\"; exec head -c 4000000 /dev/zero";
    let mut child = spawn(&SpawnSpec { stdio: Stdio::Handed, ..sh(script) }).unwrap();
    let (mut input, mut output) = child.pipes().unwrap();
    assert!(child.pipes().is_none());
    input.write_all(b"this\n").await.unwrap();
    let mut read = Vec::new();
    output.read_to_end(&mut read).await.unwrap();
    assert!(read.starts_with(b"got this\n"));
    assert_eq!(read.len(), "got this\n".len() + 4_000_000);
    assert_eq!(ended(&child).await, exit(0));
    assert_eq!(child.capture().snapshot(CaptureMode::Head).bytes, b"warned\n");
}
