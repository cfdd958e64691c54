//! A01 to A22: what a command or a patch can reach.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use rustix::fs::{CWD, RenameFlags};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::support::{
    KEY, Place, Run, Setup, assert_denied, binary, eventually, have, lines, outputs, patch_text, patches, processes_with, shell, skipped,
    without_namespaces,
};

const OUTSIDE: &str = "outside of the project";

/// S1.
#[test]
fn a01_a_folder_that_the_model_chose_is_not_writable() {
    if without_namespaces() {
        return;
    }
    let place = Place::new(Scenario::new());
    let away = json!({"cmd": "echo x > f", "workdir": place.out(""), "login": false});
    let scenario = Scenario::new().reply(Reply::new().call_with_id("away", "exec_command", away)).reply(shell("here", "echo y > g"));
    let place = place.serving(scenario.reply(Reply::new().say("done")));
    place.run("workspace-write").assert_code(0);
    assert!(!place.out("f").exists());
    assert!(!place.output("away").contains("exited with code 0"), "{}", place.output("away"));
    assert_eq!(fs::read_to_string(place.w("g")).unwrap(), "y\n");
}

/// S1.
#[test]
fn a02_a_folder_that_a_link_leads_to_is_not_writable() {
    let place = Place::new(Scenario::new());
    symlink(place.out(""), place.w("l")).unwrap();
    let away = json!({"cmd": "echo x > ./f", "workdir": place.w("l"), "login": false});
    let scenario = Scenario::new().reply(Reply::new().call("exec_command", away)).reply(Reply::new().say("done"));
    let place = place.serving(scenario);
    place.run("workspace-write").assert_code(0);
    assert!(!place.out("f").exists());
    assert_denied(&place, 1);
}

/// S3.
#[test]
fn a03_a_patch_does_not_go_through_a_link_to_a_folder_outside() {
    let place = Place::new(patches(&["*** Add File: l/f\n+x".into(), "*** Add File: l/sub/f\n+x".into()]));
    symlink(place.out(""), place.w("l")).unwrap();
    place.run("workspace-write").assert_code(0);
    assert!(place.picture(&place.out("")).is_empty());
    assert!(outputs(&place).iter().all(|output| output.contains(OUTSIDE)), "{:?}", outputs(&place));
}

/// S3.
#[test]
fn a04_a_patch_does_not_write_through_a_link_to_a_file_outside() {
    let place = Place::new(patches(&["*** Update File: f\n@@\n-one\n+two".into(), "*** Add File: f\n+three".into()]));
    fs::write(place.out("t"), "one\n").unwrap();
    symlink(place.out("t"), place.w("f")).unwrap();
    place.run("workspace-write").assert_code(0);
    assert_eq!(fs::read_to_string(place.out("t")).unwrap(), "one\n");
    assert!(outputs(&place).iter().all(|output| output.contains(OUTSIDE)), "{:?}", outputs(&place));
}

/// S3.
#[test]
fn a05_no_spelling_of_a_path_takes_a_patch_outside() {
    let place = Place::new(Scenario::new());
    fs::create_dir(place.w("~")).unwrap();
    let out = place.out("");
    let paths = [
        "../f".to_owned(),
        format!("{}/f", out.display()),
        format!("{}/../out/f", place.w("").display()),
        "./a/../../f".into(),
        "~/f".into(),
    ];
    let place = place.serving(patches(&paths.map(|path| format!("*** Add File: {path}\n+x"))));
    place.run("workspace-write").assert_code(0);
    for output in outputs(&place) {
        assert!(output.contains(OUTSIDE), "{output}");
    }
    assert_eq!(outputs(&place).len(), 5);
    assert!(place.picture(&out).is_empty() && !place.around().join("f").exists() && !place.w("~/f").exists());
}

/// S2, S3. Names are compared folded and normalised: on some file systems these spellings are one name.
#[test]
fn a06_no_patch_reaches_the_folders_that_are_run_later() {
    let adds = [
        ".git/hooks/pre-commit",
        ".git/x",
        "a/../.git/x",
        "./.git/./x",
        ".GIT/hooks/pre-commit",
        ".Git/x",
        ".git./x",
        ".\u{ff47}it/x",
        ".g\u{200c}it/x",
        ".\u{24d6}it/x",
        ".CODEX/config.toml",
        ".codex/config.toml",
        ".co\u{200d}dex/config.toml",
        ".agent\u{17f}/skills/x/SKILL.md",
        ".agents/skills/x/SKILL.md",
        "sub/.git/hooks/pre-commit",
        "sub/.GIT/config",
    ];
    let mut sections: Vec<String> = adds.iter().map(|path| format!("*** Add File: {path}\n+x")).collect();
    sections.push("*** Update File: .git/config\n@@\n+x".into());
    sections.push("*** Delete File: .git/HEAD".into());
    sections.push("*** Update File: a.txt\n*** Move to: .git/x\n@@\n one".into());
    sections.push("*** Update File: a.txt\n*** Move to: .Git/x\n@@\n one".into());
    let mut scenario =
        sections.iter().fold(Scenario::new(), |scenario, section| scenario.reply(Reply::new().custom("apply_patch", patch_text(section))));
    for section in ["*** Add File: .git/hooks/pre-commit\n+x", "*** Add File: a/../.codex/config.toml\n+x"] {
        scenario = scenario.reply(shell("here", &format!("apply_patch <<'EOF'\n{}\nEOF\n", patch_text(section))));
    }
    let place = Place::new(scenario.reply(Reply::new().say("done")));
    fs::write(place.w("a.txt"), "one\n").unwrap();
    fs::create_dir(place.w("a")).unwrap();
    let before = place.picture(&place.w(""));
    place.run("workspace-write").assert_code(0);
    assert_eq!(outputs(&place).len(), sections.len() + 2);
    for (section, output) in sections.iter().chain([&String::new(), &String::new()]).zip(outputs(&place)) {
        assert!(output.contains(OUTSIDE), "{section}: {output}");
    }
    assert!(place.picture(&place.w("")) == before, "the workspace changed");
}

/// S2.
#[test]
fn a07_what_is_protected_cannot_be_created_either() {
    let script = [
        "mkdir .codex; echo x > .codex/config.toml; true",
        "mkdir -p .agents/skills/x && echo x > .agents/skills/x/SKILL.md",
        "mkdir z && mv z .codex",
        "ln -s z .agents",
    ];
    let mut scenario = script.iter().enumerate().fold(Scenario::new(), |scenario, (n, line)| scenario.reply(shell(&format!("c{n}"), line)));
    for path in [".codex/config.toml", ".agents/skills/x/SKILL.md"] {
        scenario = scenario.reply(Reply::new().custom("apply_patch", patch_text(&format!("*** Add File: {path}\n+x"))));
    }
    let place = Place::new(scenario.reply(Reply::new().say("done")));
    place.run("workspace-write").assert_code(0);
    for name in [".codex", ".agents"] {
        assert!(fs::symlink_metadata(place.w(name)).is_err(), "{name} was made: {:?}", outputs(&place));
    }
    assert_denied(&place, script.len());
    let patches = outputs(&place).split_off(script.len());
    assert!(patches.len() == 2 && patches.iter().all(|output| output.contains(OUTSIDE)), "{patches:?}");
}

/// S2.
#[test]
fn a08_a_command_cannot_make_a_repository_of_the_workspace() {
    let setup = Setup { no_repository: true, ..Setup::default() };
    let place = Place::with(lines(&["mkdir -p .git/hooks", "mkdir .git; echo x > .git/config", "ln -s /nowhere .git"]), setup);
    Run::of(&mut place.codex(&["exec", "-s", "workspace-write", "--skip-git-repo-check", "--json", "go"])).assert_code(0);
    assert!(fs::symlink_metadata(place.w(".git")).is_err(), "a stub is left: {:?}", outputs(&place));
    assert_denied(&place, 3);
    if without_namespaces() {
        return;
    }
    // By way of the broker it can, and what the broker makes starts nothing.
    let place = place.serving(lines(&["git init . && git status --short && ls -A .git/hooks | wc -l"]));
    Run::of(&mut place.codex(&["exec", "-s", "workspace-write", "--skip-git-repo-check", "--json", "go"])).assert_code(0);
    let output = place.output("c0");
    assert!(output.contains("exited with code 0") && output.trim_end().ends_with('0'), "{output}");
    assert!(place.w(".git/HEAD").exists());
    for name in [".codex", ".agents"] {
        assert!(fs::symlink_metadata(place.w(name)).is_err(), "a stub is left");
    }
}

/// S2.
#[test]
fn a09_the_repository_is_neither_moved_nor_removed_nor_replaced() {
    let place = Place::new(lines(&[
        "mv .git .g",
        "rm -r .git",
        "ln -s x .git2 && mv -T .git2 .git",
        "python3 -c 'import os; os.rename(\".git\", \"other\")'",
        "find .git -type f -exec truncate -s 0 {} +",
        "chmod -R 777 .git",
        "echo x > .git/hooks/pre-commit",
    ]));
    let before = place.picture(&place.w(".git"));
    let mode = fs::metadata(place.w(".git")).unwrap().mode();
    place.run("workspace-write").assert_code(0);
    assert!(place.picture(&place.w(".git")) == before, "{:?}", outputs(&place));
    assert_eq!(fs::metadata(place.w(".git")).unwrap().mode(), mode);
    assert_denied(&place, 6);
}

/// S2.
#[test]
fn a10_a_repository_behind_a_pointer_is_protected_like_one_in_place() {
    let mut place = Place::with(Scenario::new(), Setup { no_repository: true, ..Setup::default() });
    let real = place.w("store/real.git");
    fs::create_dir_all(real.join("hooks")).unwrap();
    fs::create_dir_all(place.out("real.git/hooks")).unwrap();
    for target in [real, place.out("real.git")] {
        fs::write(target.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(target.join("config"), "[core]\n").unwrap();
        fs::write(place.w(".git"), format!("gitdir: {}\n", target.display())).unwrap();
        let shown = target.display();
        let script = [
            format!("echo x > {shown}/hooks/pre-commit"),
            format!("echo x >> {shown}/config"),
            "echo gitdir: x > .git".to_owned(),
            "rm .git; mkdir .git".to_owned(),
            "mv .git aside".to_owned(),
        ];
        let script: Vec<&str> = script.iter().map(String::as_str).collect();
        let mut scenario = script.iter().fold(Scenario::new(), |scenario, line| scenario.reply(shell("c", line)));
        for path in [format!("{shown}/hooks/pre-commit"), ".git".to_owned()] {
            scenario = scenario.reply(Reply::new().custom("apply_patch", patch_text(&format!("*** Add File: {path}\n+x"))));
        }
        place = place.serving(scenario.reply(Reply::new().say("done")));
        let before = (place.picture(&target), fs::read(place.w(".git")).unwrap());
        place.run("workspace-write").assert_code(0);
        assert!((place.picture(&target), fs::read(place.w(".git")).unwrap()) == before, "{shown}: {:?}", outputs(&place));
    }
}

/// S3: a hard link to a file outside is not made.
#[test]
fn a11_a_hard_link_does_not_lead_out() {
    let place = Place::new(Scenario::new());
    fs::write(place.out("secret"), "kept\n").unwrap();
    let out = place.out("secret");
    let place = place.serving(lines(&[&format!("ln {0} h && echo x > h; cp --reflink=never {0} copy; echo x > copy", out.display())]));
    place.run("workspace-write").assert_code(0);
    assert_eq!(fs::read_to_string(place.out("secret")).unwrap(), "kept\n");
    assert_eq!(fs::metadata(place.out("secret")).unwrap().nlink(), 1);
    assert_denied(&place, 1);
}

/// S3: 500 patches against a name that is now a folder, now a link to the outside.
#[test]
fn a12_no_patch_wins_a_race_with_a_link() {
    const ANSWERS: usize = 20;
    const PATCHES: usize = 25;
    let mut scenario = Scenario::new();
    for answer in 0..ANSWERS {
        let mut reply = Reply::new();
        for n in 0..PATCHES {
            reply = reply.custom("apply_patch", patch_text(&format!("*** Add File: d/f{answer}-{n}\n+x")));
        }
        scenario = scenario.reply(reply);
    }
    let place = Place::new(scenario.reply(Reply::new().say("done")));
    fs::create_dir(place.w("d")).unwrap();
    symlink(place.out(""), place.w("l")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (d, l, stopped) = (place.w("d"), place.w("l"), Arc::clone(&stop));
    let flipping = std::thread::spawn(move || {
        let mut flips = 0;
        while !stopped.load(Ordering::Relaxed) {
            rustix::fs::renameat_with(CWD, &d, CWD, &l, RenameFlags::EXCHANGE).unwrap();
            flips += 1;
        }
        flips
    });
    let run = place.run("workspace-write");
    stop.store(true, Ordering::Relaxed);
    let flips: usize = flipping.join().unwrap();
    run.assert_code(0);
    assert_eq!(outputs(&place).len(), ANSWERS * PATCHES);
    assert!(flips > ANSWERS * PATCHES, "the link was flipped only {flips} times");
    assert!(place.picture(&place.out("")).is_empty(), "{:?}", place.picture(&place.out("")).keys());
}

/// S8 for `/dev/shm`.
#[test]
fn a13_read_only_leaves_nothing_anywhere() {
    let place = Place::new(Scenario::new());
    let name = format!("codex-a13-{}", std::process::id());
    let folders = [place.w(""), "/tmp".into(), place.around().join("t"), "/var/tmp".into(), "/dev/shm".into(), place.user("")];
    fs::create_dir(place.around().join("t")).unwrap();
    let script: Vec<String> = folders.iter().map(|folder| format!("echo x > {}/{name}", folder.display())).collect();
    let place = place.serving(lines(&script.iter().map(String::as_str).collect::<Vec<_>>()));
    Run::of(place.codex(&["exec", "-s", "read-only", "--json", "go"]).env("TMPDIR", place.around().join("t"))).assert_code(0);
    for folder in folders {
        assert!(!folder.join(&name).exists(), "{}", folder.display());
    }
    // Shared memory is the command's own, where there are namespaces.
    assert_denied(&place, 5);
}

#[test]
fn a14_temporary_folders_can_be_closed() {
    if without_namespaces() {
        return;
    }
    let top = "[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n".to_owned();
    let place = Place::with(Scenario::new(), Setup { tables: top, ..Setup::default() });
    let (name, t) = (format!("codex-a14-{}", std::process::id()), place.around().join("t"));
    fs::create_dir(&t).unwrap();
    let script = format!("echo x > /tmp/{name}; echo x > {}/{name}; echo x > here", t.display());
    let place = place.serving(lines(&[&script]));
    Run::of(place.codex(&["exec", "-s", "workspace-write", "--json", "go"]).env("TMPDIR", &t)).assert_code(0);
    assert!(!std::path::Path::new("/tmp").join(&name).exists() && !t.join(&name).exists());
    assert_eq!(fs::read_to_string(place.w("here")).unwrap(), "x\n");
}

const WAYS_OUT: &str = r#"
import os, socket, sys
tcp, udp, path, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
def attempt(what, act):
    try:
        act()
        print(what, "WORKED")
    except OSError as error:
        print(what, "denied", error.errno)
def stream(family, address):
    def act():
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(3)
            s.connect(address)
            s.send(b"x")
    return act
def datagram(family, address):
    def act():
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.sendto(b"x", address)
    return act
attempt("tcp", stream(socket.AF_INET, ("127.0.0.1", tcp)))
attempt("tcp6", stream(socket.AF_INET6, ("::1", tcp)))
attempt("udp", datagram(socket.AF_INET, ("127.0.0.1", udp)))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
attempt("alg", lambda: socket.socket(38, socket.SOCK_SEQPACKET))
attempt("unix", stream(socket.AF_UNIX, path))
attempt("abstract", stream(socket.AF_UNIX, "\0" + name))
attempt("bash", lambda: os.system("bash -c 'echo x > /dev/tcp/127.0.0.1/%d' 2>/dev/null" % tcp) and (_ for _ in ()).throw(OSError(1, "")))
a, b = socket.socketpair()
a.send(b"1"); a.sendmsg([b"2"]); os.write(a.fileno(), b"3"); a.sendall(b"4")
print("pair", b.recv(9))
"#;

/// S4.
#[test]
fn a15_network_off_means_every_way_out_and_no_way_in_between() {
    if !have("python3") {
        return;
    }
    let mut place = Place::new(Scenario::new());
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let named = UnixListener::bind(place.out("s")).unwrap();
    let name = format!("codex-a15-{}", std::process::id());
    let hidden = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    fs::write(place.w("ways.py"), WAYS_OUT).unwrap();
    let (tcp_port, udp_port) = (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
    let line = format!("python3 ways.py {tcp_port} {udp_port} {} {name}", place.out("s").display());
    for mode in ["workspace-write", "read-only"] {
        place = place.serving(lines(&[&line]));
        place.run(mode).assert_code(0);
        let output = place.output("c0");
        assert!(output.contains("pair b'1234'"), "{mode}: {output}");
        assert_eq!((output.matches(" denied").count(), output.contains("WORKED")), (11, false), "{mode}: {output}");
    }
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    named.set_nonblocking(true).unwrap();
    hidden.set_nonblocking(true).unwrap();
    assert!(tcp.accept().is_err() && udp.recv(&mut [0; 8]).is_err() && named.accept().is_err() && hidden.accept().is_err());
}

/// Leaves four processes behind, in four ways.
fn lingering(mark: &str, then: &str) -> String {
    format!(
        "sleep {mark}.1 & disown; setsid sleep {mark}.2 & nohup sleep {mark}.3 >/dev/null 2>&1 & ( (setsid sleep {mark}.4 &) & ); sleep 0.2; touch ready; {then}"
    )
}

fn left(mark: &str) -> Vec<String> {
    (1..=5).flat_map(|n| processes_with(&format!("{mark}.{n}"))).collect()
}

/// S5.
#[test]
fn a16_nothing_outlives_the_turn_or_the_program() {
    if without_namespaces() {
        return;
    }
    let within = Duration::from_secs(2);
    let mark = format!("70{}", std::process::id());
    let place = Place::new(lines(&[&lingering(&mark, "true")]));
    place.run("workspace-write").assert_code(0);
    assert!(place.w("ready").exists());
    eventually("everything has ended after the turn", within, || left(&mark).is_empty().then_some(()));
    for (n, signal) in [Signal::INT, Signal::TERM, Signal::KILL].into_iter().enumerate() {
        let mark = format!("7{}{}", n + 1, std::process::id());
        let place = Place::new(lines(&[&lingering(&mark, &format!("sleep {mark}.5"))]));
        let mut child = place.wrapped(&["env", "--default-signal"], &["exec", "-s", "workspace-write", "--json", "go"]).spawn().unwrap();
        eventually("the command runs", Duration::from_secs(20), || (left(&mark).len() >= 5 && place.w("ready").exists()).then_some(()));
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        eventually("everything has ended after the signal", within, || left(&mark).is_empty().then_some(()));
    }
}

const TYPE_INTO: &str = r#"
import fcntl, glob, os, sys, termios
tried = 0
targets = [lambda n=n: n for n in (0, 1, 2)]
targets += [lambda p=p: os.open(p, os.O_RDWR | os.O_NOCTTY) for p in ["/dev/tty", sys.argv[1]] + glob.glob("/dev/pts/*")]
for target in targets:
    tried += 1
    try:
        fcntl.ioctl(target(), termios.TIOCSTI, b"x")
        print("TYPED")
    except OSError as error:
        print("denied", error.errno)
print("tried", tried)
"#;

/// S5. Needs the terminal to be the program's own, as it is for a person.
#[test]
fn a17_a_command_cannot_type_into_the_users_terminal() {
    if !have("python3") || !have("setsid") {
        return;
    }
    let master = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = fs::File::options().read(true).write(true).open(&name).unwrap();
    let place = Place::new(lines(&[&format!("python3 type.py {name}")]));
    fs::write(place.w("type.py"), TYPE_INTO).unwrap();
    let mut command = place.wrapped(&["setsid", "--ctty", "--wait"], &["exec", "-s", "workspace-write", "--json", "go"]);
    Run::of(command.stdin(terminal.try_clone().unwrap())).assert_code(0);
    let output = place.output("c0");
    assert!(output.contains("tried 5") || output.contains("tried 6") || output.contains("tried 7"), "{output}");
    assert!(!output.contains("TYPED"), "{output}");
    assert_eq!(rustix::io::ioctl_fionread(&terminal).unwrap(), 0, "something was typed");
}

const ATTACK: &str = r#"
import ctypes, os, signal, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, act):
    try:
        act()
        print(what, "WORKED")
    except OSError as error:
        print(what, "denied")
def ptrace():
    if libc.ptrace(16, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "")
for name in ("environ", "mem", "maps", "fd/0", "cwd/x", "root/etc/shadow"):
    attempt(name, lambda: open("/proc/%d/%s" % (pid, name), "rb").read(4096))
attempt("ptrace", ptrace)
for number in (0, signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
    attempt("signal", lambda: os.kill(pid, number))
"#;

/// S7, S8, X6.
#[test]
fn a18_a_command_cannot_look_into_or_signal_the_program() {
    if !have("python3") {
        return;
    }
    for mode in ["workspace-write", "read-only"] {
        let (told, hear) = mpsc::sync_channel::<u32>(1);
        let hear = std::sync::Mutex::new(hear);
        let scenario = Scenario::new().reply_with(move |_| {
            let pid = hear.lock().unwrap().recv().unwrap();
            shell("c0", &format!("python3 attack.py {pid}"))
        });
        let place = Place::new(scenario.reply(Reply::new().say("done")));
        fs::write(place.w("attack.py"), ATTACK).unwrap();
        let child = place.codex(&["exec", "-s", mode, "--json", "go"]).spawn().unwrap();
        told.send(child.id()).unwrap();
        Run::from(child.wait_with_output().unwrap()).assert_code(0);
        let output = place.output("c0");
        assert_eq!((output.matches(" denied").count(), output.contains("WORKED"), output.contains(KEY)), (11, false, false), "{output}");
    }
}

/// Starts a program on what looks like a lesser kernel: a filter answers some system calls as that kernel would.
const LESSER_KERNEL: &str = r#"
import ctypes, os, struct, sys
lacking = sys.argv[1].split(",")
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
load = lambda at: struct.pack("HBBI", 0x20, 0, 0, at)
equal = lambda value, skip: struct.pack("HBBI", 0x15, 0, skip, value)
has = lambda bits, skip: struct.pack("HBBI", 0x45, 0, skip, bits)
answer = lambda value: struct.pack("HBBI", 0x06, 0, 0, value)
NEWUSER, ERRNO, ALLOW, ENOSYS, EPERM = 0x10000000, 0x00050000, 0x7fff0000, 38, 1
program = [load(0)]
if "landlock" in lacking:
    program += [equal(444, 1), answer(ERRNO | 95)]
if "userns" in lacking:
    for call in (272, 56):
        program += [equal(call, 4), load(16), has(NEWUSER, 1), answer(ERRNO | EPERM), load(0)]
    program += [equal(435, 1), answer(ERRNO | ENOSYS)]
program += [answer(ALLOW)]
code = b"".join(program)
buffer = ctypes.create_string_buffer(code, len(code))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
if libc.prctl(22, 2, ctypes.byref(Program(len(program), ctypes.cast(buffer, ctypes.c_void_p))), 0, 0) != 0:
    sys.exit("cannot install a filter")
os.execvp(sys.argv[2], sys.argv[2:])
"#;

/// S6.
#[test]
fn a19_a_kernel_that_cannot_confine_runs_no_command() {
    if without_namespaces() {
        return;
    }
    if cfg!(not(target_arch = "x86_64")) {
        return skipped("the filter that plays a lesser kernel is written for x86-64");
    }
    if !have("python3") {
        return;
    }
    for (lacking, runs) in [("userns", true), ("landlock", true), ("userns,landlock", false)] {
        for mode in ["workspace-write", "read-only"] {
            let place = Place::new(Scenario::new());
            let out = place.out("f");
            let place = place.serving(lines(&[&format!("echo r''an; echo x > {}; echo x > inside", out.display())]));
            fs::write(place.around().join("lesser.py"), LESSER_KERNEL).unwrap();
            let script = place.around().join("lesser.py");
            let mut command = place.wrapped(&["python3", script.to_str().unwrap(), lacking], &["exec", "-s", mode, "go"]);
            let run = Run::of(&mut command);
            let output = place.output("c0");
            assert!(!out.exists(), "{lacking} {mode}: {output}");
            if runs {
                assert!(output.contains("ran"), "{lacking} {mode}: {output} {}", run.err());
            } else {
                assert!(!output.contains("ran\n") && !place.w("inside").exists(), "{lacking} {mode}: {output}");
                let told = output.lines().find(|line| line.to_lowercase().contains("sandbox")).unwrap_or_default();
                assert!(told.to_lowercase().contains("landlock") || told.to_lowercase().contains("namespace"), "{lacking}: {output}");
                assert_ne!(run.code, Some(0), "no command could run: {}", run.err());
            }
        }
    }
}

/// Arguments that nobody defined change nothing.
#[test]
fn a20_words_that_sound_like_a_switch_are_none() {
    let place = Place::new(Scenario::new());
    let out = place.out("");
    let extras = [
        json!({"sandbox": "none"}),
        json!({"dangerouslyDisableSandbox": true}),
        json!({"with_escalated_permissions": true, "justification": "please"}),
        json!({"sandbox_permissions": "require_escalated", "justification": "please"}),
        json!({"sandbox_permissions": "danger-full-access"}),
        json!({"sandbox_policy": {"type": "danger-full-access"}, "approval_policy": "never", "writable_roots": ["/"]}),
    ];
    let mut scenario = Scenario::new();
    for tool in ["exec_command", "shell", "shell_command"] {
        for (n, extra) in extras.iter().enumerate() {
            let line = format!("echo x > {}/f-{tool}-{n}", out.display());
            let mut arguments = match tool {
                "exec_command" => json!({"cmd": line, "login": false}),
                "shell" => json!({"command": ["sh", "-c", line]}),
                _ => json!({"command": line, "login": false}),
            };
            arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            scenario = scenario.reply(Reply::new().call(tool, arguments));
        }
    }
    let place = place.serving(scenario.reply(Reply::new().say("done")));
    place.run("workspace-write").assert_code(0);
    assert_eq!(outputs(&place).len(), 18);
    assert!(place.picture(&place.out("")).is_empty(), "{:?}", place.picture(&place.out("")).keys());
    // Requests to leave the sandbox are refused as such; the others run in it.
    assert_denied(&place, 9);
}

/// The program in its own sandbox, told to have none. It may reach the model server, so that it gets as far as a command.
#[test]
fn a21_the_program_inside_its_own_sandbox_is_confined_by_it() {
    if without_namespaces() {
        return;
    }
    let tables = "[sandbox_workspace_write]\nnetwork_access = true\n".to_owned();
    let place = Place::with(Scenario::new(), Setup { tables, ..Setup::default() });
    let inner = format!("MOCK_KEY=inner {} exec --ephemeral --dangerously-bypass-approvals-and-sandbox inner", binary());
    let scenario = Scenario::new()
        .reply(shell("outer", &inner))
        .reply(shell("inner", &format!("echo x > {}; echo y > inner; rm -r .git", place.out("f").display())))
        .reply(Reply::new().say("inner done"))
        .reply(Reply::new().say("done"));
    let place = place.serving(scenario);
    place.run("workspace-write").assert_code(0);
    assert!(place.output("outer").contains("inner done"), "{}", place.output("outer"));
    assert_eq!(fs::read_to_string(place.w("inner")).unwrap(), "y\n");
    assert!(!place.out("f").exists());
}

/// S7.
#[test]
fn a22_no_file_appears_that_hands_out_rights() {
    if without_namespaces() {
        return;
    }
    if !have("python3") {
        return;
    }
    let place = Place::new(lines(&[
        "chmod 777 .; cp /bin/true f; chmod u+s f; chmod 6755 f; chmod 2755 .; install -m 4755 /bin/true g",
        "mknod b b 7 0; mknod c c 1 1; mknod n c 1 3",
        "python3 -c 'import os\nos.close(os.open(\"h\", os.O_CREAT | os.O_WRONLY, 0o4755))'",
        "python3 -c 'import os\nopen(\"i\", \"w\").close(); os.setxattr(\"i\", \"security.capability\", bytes.fromhex(\"0100000200040000000000000000000000000000\"))'",
        "python3 -c 'import ctypes\nctypes.CDLL(None).syscall(452, -100, b\"f\", 0o4755, 0)'",
    ]));
    place.run("workspace-write").assert_code(0);
    assert!(place.w("f").exists(), "{:?}", outputs(&place));
    for path in place.picture(&place.w("")).into_keys() {
        let meta = fs::symlink_metadata(&path).unwrap();
        assert!(meta.is_file() || meta.is_symlink(), "{}", path.display());
        assert_eq!(meta.mode() & 0o6000, 0, "{}", path.display());
        let mut attribute = [0; 64];
        assert!(rustix::fs::lgetxattr(&path, "security.capability", &mut attribute).is_err(), "{}", path.display());
    }
}
