//! What a command in namespaces sees of the disk, and what becomes of what it starts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use codex_linux_sandbox::{Backend, Confinement, Network};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use support::{Place, Seen, names, plain, without_namespaces};

const LONG: Duration = Duration::from_secs(20);

/// A pipe with a name. Whoever holds it open for writing is alive; its end of file says that they are all gone.
struct Line {
    path: PathBuf,
    ended: JoinHandle<()>,
}

impl Line {
    fn new(folder: &Path) -> Self {
        let path = folder.join("line");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let read = path.clone();
        Self { path, ended: std::thread::spawn(move || drop(File::open(read).unwrap().read_to_end(&mut Vec::new()))) }
    }

    fn everyone_is_gone(self) {
        let deadline = Instant::now() + LONG;
        while !self.ended.is_finished() {
            assert!(Instant::now() < deadline, "somebody still holds {}", self.path.display());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn until_ready(child: &mut Child) {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
}

/// Waits for something that another process does.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// S2, A07, A08, A09
#[test]
fn protected_names_are_neither_made_nor_replaced_nor_left_behind() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let script = "for n in .git .codex .agents; do mkdir $n/x; echo x > $n/x; rm -rf $n; mv $n y; ln -s x z && mv -T z $n; rm -f z; done; git init -q .; ls -A";
    let seen = place.sh(&place.limits(), script);
    assert_eq!(seen.out, ".agents\n.codex\n.git\nfile\n", "{}", seen.err);
    assert_eq!(place.names(), ["file"]);
    fs::create_dir_all(place.workspace.join(".git/hooks")).unwrap();
    let script = "echo x > .git/hooks/post-commit; chmod 777 .git; rm -rf .git; mv .git g; touch .git/hooks; echo y > file";
    place.sh(&place.limits(), script);
    assert_eq!(names(&place.workspace.join(".git")), ["hooks"]);
    assert!(names(&place.workspace.join(".git/hooks")).is_empty());
    assert_eq!(fs::read_to_string(place.workspace.join("file")).unwrap(), "y\n");
}

/// A10
#[test]
fn the_real_repository_behind_a_file_or_a_link_is_closed_and_cannot_be_moved_away() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    fs::create_dir_all(place.workspace.join("store/real.git/hooks")).unwrap();
    fs::write(place.workspace.join(".git"), "gitdir: store/real.git\n").unwrap();
    let script = "echo x > store/real.git/hooks/h; mv store s; mv store/real.git store/r; rm -rf .git; echo x > .git; echo fine > store/new; cat .git";
    let seen = place.sh(&place.limits(), script);
    assert_eq!(seen.out, "gitdir: store/real.git\n", "{}", seen.err);
    assert!(names(&place.workspace.join("store/real.git/hooks")).is_empty());
    assert_eq!(names(&place.workspace.join("store")), ["new", "real.git"]);
    fs::remove_file(place.workspace.join(".git")).unwrap();
    symlink("store/real.git", place.workspace.join(".git")).unwrap();
    let seen = place.sh(&place.limits(), "rm .git; mv .git g; echo x > .git/config; readlink .git");
    assert_eq!(seen.out, "store/real.git\n", "{}", seen.err);
    assert_eq!(names(&place.workspace.join("store/real.git")), ["hooks"]);
    assert_eq!(fs::read_link(place.workspace.join(".git")).unwrap(), Path::new("store/real.git"));
}

#[test]
fn a_home_in_a_root_is_closed_but_for_roots_in_it() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    fs::create_dir(place.home.join("memories")).unwrap();
    let limits = Confinement { write: vec![place.base.clone(), place.home.join("memories")], ..place.limits() };
    let script = "cd ..; echo x > home/config.toml; echo x > home/new; mv home h; echo kept > home/memories/note; echo x > outside/new; ls";
    let seen = place.sh(&limits, script);
    assert_eq!(seen.out, "home\noutside\nworkspace\n", "{}", seen.err);
    assert_eq!(fs::read_to_string(place.home.join("config.toml")).unwrap(), "secret");
    assert_eq!(fs::read_to_string(place.home.join("memories/note")).unwrap(), "kept\n");
    assert!(place.outside.join("new").exists() && !place.home.join("new").exists());
}

/// S9, A57
#[test]
fn secrets_are_not_read_by_any_of_their_names() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let inside = |name: &str| place.workspace.join(name);
    fs::hard_link(place.home.join("auth.json"), inside("hard")).unwrap();
    symlink(place.home.join("auth.json"), inside("soft")).unwrap();
    fs::create_dir(inside("deep")).unwrap();
    fs::write(inside("deep/.env"), "secret").unwrap();
    fs::write(place.outside.join("id_key"), "secret").unwrap();
    let home = place.home.display();
    let outside = place.outside.display();
    let script = format!(
        "cat hard soft {home}/auth.json /proc/self/root{home}/auth.json {home}/.env {home}/sessions/one deep/.env {outside}/id_key; \
         cp {home}/auth.json copy; ln {home}/auth.json link; cat copy link; cd {home} && cat ./sessions/../auth.json; \
         mv {home}/auth.json {home}/a; echo -; cat {home}/config.toml; cat {outside}/file"
    );
    for limits in place.both() {
        let limits = Confinement { deny_read: vec!["**/.env".into(), format!("{outside}/id_*")], ..limits };
        let seen = place.sh(&limits, &script);
        assert_eq!(seen.out, "-\nsecretkept", "{:?}: {}", limits.backend, seen.err);
        let read_only = Confinement { write: Vec::new(), ..limits };
        assert_eq!(place.sh(&read_only, &script).out, "-\nsecretkept");
    }
    assert_eq!(fs::read_to_string(place.home.join("auth.json")).unwrap(), "secret");
}

/// What a command prints before and after `change`, which happens while it runs: `first`, then `second`.
fn around(place: &Place, limits: &Confinement, first: &str, second: &str, change: impl FnOnce()) -> String {
    let script = format!("{first}; echo ready; read line; {second}");
    let mut command = place.without(&[], limits, &["sh", "-c", &script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with("ready\n") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
    }
    change();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    out.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

/// S9, A57
#[test]
fn a_secret_that_is_replaced_or_made_while_a_command_runs_is_not_read() {
    if without_namespaces() {
        return;
    }
    let both = [Backend::Best, Backend::Landlock];
    for (root, backend) in ["workspace", "", "home"].into_iter().flat_map(|root| both.map(|backend| (root, backend))) {
        let place = Place::new();
        let home = &place.home;
        fs::remove_file(home.join(".env")).unwrap();
        if root == "home" {
            fs::remove_file(home.join("auth.json")).unwrap();
        }
        fs::remove_dir_all(home.join("sessions")).unwrap();
        fs::write(home.join(".auth-x1"), "secret").unwrap();
        fs::create_dir_all(home.join("skills/one")).unwrap();
        fs::write(home.join("skills/one/text"), "skill\n").unwrap();
        symlink("skills/one", home.join("link")).unwrap();
        let limits = Confinement { write: vec![place.base.join(root)], backend, ..place.limits() };
        let read = format!("cd {}; cat auth.json .env sessions/* .credentials.json .auth-x1; cat link/text", home.display());
        let change = || {
            fs::rename(home.join(".auth-x1"), home.join("auth.json")).unwrap();
            fs::write(home.join(".env"), "secret").unwrap();
            fs::write(home.join(".credentials.json"), "secret").unwrap();
            fs::create_dir(home.join("sessions")).unwrap();
            fs::write(home.join("sessions/one"), "secret").unwrap();
            fs::write(home.join("skills/one/text"), "later\n").unwrap();
        };
        let more =
            "chmod 700 sessions auth.json; rm -rf sessions auth.json; mv auth.json a; echo x > new; umount .; cat sessions/one auth.json";
        let seen = around(&place, &limits, &read, &format!("{read}; {more}"), change);
        assert_eq!(seen, "skill\nready\nlater\n", "root `{root}`, {backend:?}");
        assert!(!home.join("new").exists() && home.join("auth.json").exists());
    }
}

#[test]
fn roots_in_the_home_are_as_usable_as_elsewhere() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let inner = place.home.join("work/one");
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir(place.home.join("memories")).unwrap();
    fs::write(inner.join("file"), "kept").unwrap();
    let limits = Confinement {
        cwd: inner.clone(),
        write: vec![inner.clone(), place.home.join("memories")],
        workspace: Some(inner.clone()),
        ..place.limits()
    };
    let script = "echo x > new; mkdir d; mv file d; echo x > ../new; echo x > ../../new; echo x > ../../config.toml; mkdir .git/x; \
        echo note > ../../memories/note; cat ../../auth.json; cat new d/file ../../config.toml";
    let seen = place.sh(&limits, script);
    assert_eq!(seen.out, "x\nkeptsecret", "{}", seen.err);
    assert_eq!((names(&inner), names(&place.home.join("memories"))), (vec!["d".into(), "new".into()], vec!["note".into()]));
    assert_eq!(names(&place.home), [".env", "auth.json", "config.toml", "memories", "sessions", "work"]);
    let read_only = Confinement { write: Vec::new(), ..limits };
    assert_eq!(place.sh(&read_only, "echo x > more; cat new ../../auth.json").out, "x\n");
}

/// S1
#[test]
fn a_root_with_a_link_on_its_way_is_not_writable() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let link = place.base.join("link");
    symlink(&place.outside, &link).unwrap();
    fs::create_dir(place.outside.join("deep")).unwrap();
    for limits in place.both() {
        let limits = Confinement { write: vec![link.clone(), link.join("deep")], temporary: vec![link.clone()], ..limits };
        let seen = place.sh(&limits, &format!("cd {} && echo x > new; echo x > deep/new; echo x >> file; echo ran", link.display()));
        assert_eq!(seen.out, "ran\n", "{}", seen.err);
        assert_eq!((names(&place.outside), names(&place.outside.join("deep"))), (vec!["deep".into(), "file".into()], Vec::new()));
        assert_eq!(fs::read_to_string(place.outside.join("file")).unwrap(), "kept");
    }
}

/// S8, A13
#[test]
fn devices_processes_and_shared_memory_are_its_own() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let name = format!("codex-test-{}", std::process::id());
    let script =
        format!("echo x > /dev/shm/{name} && ls /dev/shm; ls -d /proc/[0-9]* | wc -l; readlink /proc/self/ns/ipc; ls /dev | tr '\\n' ' '");
    let read_only = Confinement { write: Vec::new(), ..place.limits() };
    for limits in [place.limits(), read_only] {
        let seen = place.sh(&limits, &script);
        let lines: Vec<_> = seen.out.lines().collect();
        assert_eq!(lines[0], name, "{seen:?}");
        assert!(lines[1].parse::<u32>().unwrap() <= 5, "{seen:?}");
        assert_ne!(Path::new(lines[2]), fs::read_link("/proc/self/ns/ipc").unwrap());
        assert_eq!(lines[3], "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ", "{seen:?}");
    }
    assert!(!Path::new("/dev/shm").join(&name).exists());
}

/// A18
#[test]
fn the_first_process_has_no_rights_and_shows_nothing() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let script = "grep -h ^Cap /proc/1/status /proc/self/status | cut -f2 | sort -u; cat /proc/1/environ; for f in /proc/1/fd/*; do readlink $f; cat $f; done; kill -9 1; echo alive";
    let output = place.without(&[], &place.limits(), &["sh", "-c", script]).env("CODEX_TEST_SECRET", "x").output().unwrap();
    assert_eq!(Seen::of(&output).out, "0000000000000000\nalive\n");
}

/// S5, A16
#[test]
fn what_it_starts_ends_with_it_whatever_it_does_to_get_away() {
    if without_namespaces() {
        return;
    }
    for at in 0..2 {
        let place = Place::new();
        let line = Line::new(&place.workspace);
        let script = "exec 3>line; setsid sleep 1000 & nohup sleep 1000 >/dev/null 2>&1 & (setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & sleep 1000' &); exit 3";
        let seen = place.sh(&place.both()[at], script);
        assert_eq!(seen.code, Some(3), "{seen:?}");
        line.everyone_is_gone();
    }
}

/// S5, A16
#[test]
fn nothing_is_left_of_a_command_whose_helper_is_killed() {
    if without_namespaces() {
        return;
    }
    for at in 0..2 {
        let place = Place::new();
        let line = Line::new(&place.workspace);
        let script = "exec 3>line; setsid sleep 1000 & (setsid sleep 1000 &) ; echo ready; sleep 1000";
        let mut child = place.without(&[], &place.both()[at], &["sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        until_ready(&mut child);
        assert_eq!(place.workspace.join(".git").exists(), at == 0, "a stub is there while it is needed");
        child.kill().unwrap();
        child.wait().unwrap();
        line.everyone_is_gone();
        eventually("stubs are left behind", || place.names() == ["file", "line"]);
    }
}

/// S2, S5: also while the names are made and removed.
#[test]
fn nothing_is_left_at_whatever_instant_the_helper_is_killed() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    for instant in 0..100 {
        let mut child = place.without(&[], &place.limits(), &["true"]).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(150 * instant));
        child.kill().unwrap();
        child.wait().unwrap();
        eventually("stubs are left behind", || place.names() == ["file"]);
    }
}

/// S2
#[test]
fn a_name_stays_closed_for_a_second_command_when_the_first_ends() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let script = "echo ready; read line; mkdir .git/x || mkdir .codex || echo closed";
    let mut slow = place.without(&[], &place.limits(), &["sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    until_ready(&mut slow);
    assert_eq!(place.sh(&place.limits(), "mkdir .git/x || echo closed").out, "closed\n");
    drop(slow.stdin.take());
    let rest = slow.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&rest.stdout), "closed\n");
    assert_eq!(place.names(), ["file"]);
}

#[test]
fn signals_reach_the_command_once() {
    if without_namespaces() {
        return;
    }
    for at in 0..2 {
        let place = Place::new();
        let script = "trap 'echo got; n=1' TERM; echo ready; while [ -z \"$n\" ]; do sleep 0.01; done; sleep 0.2; exit 7";
        let mut child = place.without(&[], &place.both()[at], &["sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        until_ready(&mut child);
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()), (Some(7), "got\n"));
    }
}

/// A21
#[test]
fn inside_itself_the_outer_limits_hold_and_nothing_is_said_to_be_weaker() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let inner = Confinement { write: vec![place.workspace.clone(), place.outside.clone()], ..place.limits() };
    let script = "echo x > ../outside/new; mkdir .git/x; echo y > made; cat ../home/auth.json; cat made";
    let inner = place.without(&[], &inner, &["sh", "-c", script]);
    let mut argv = vec![inner.get_program().to_str().unwrap()];
    argv.extend(inner.get_args().map(|arg| arg.to_str().unwrap()));
    for limits in place.both() {
        fs::write(place.workspace.join("made"), "y\n").unwrap();
        let seen = Seen::of(&place.without(&[], &limits, &argv).output().unwrap());
        assert_eq!(seen.out, "y\n", "{}", seen.err);
        assert!(!seen.err.contains("sandbox:"), "{}", seen.err);
        assert_eq!((names(&place.outside), names(&place.workspace)), (vec!["file".into()], vec!["file".into(), "made".into()]));
    }
}

#[test]
fn an_ordinary_user_gets_the_same() {
    if without_namespaces() {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return;
    }
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    let nobody = 65_534;
    for path in [&place.base, &place.workspace, &place.workspace.join("file"), &place.home, &place.home.join("auth.json")] {
        std::os::unix::fs::chown(path, Some(nobody), Some(nobody)).unwrap();
    }
    let reachable = plain("test").arg("-x").arg(support::example("sandbox_helper")).uid(nobody).gid(nobody).status().unwrap();
    if !reachable.success() {
        eprintln!("skipped: the test's own program cannot be run by another user here");
        return;
    }
    let script = "id -u; echo y > file; cat file; cat ../home/auth.json; echo x > ../outside/new; mkdir .git/x; ls -A; kill -9 1; grep CapEff /proc/self/status";
    for limits in place.both() {
        let mut command = place.without(&[], &limits, &["sh", "-c", script]);
        let seen = Seen::of(&command.uid(nobody).gid(nobody).output().unwrap());
        assert!(seen.out.starts_with("65534\ny\n") && !seen.out.contains("secret"), "{seen:?}");
        assert!(seen.out.contains("CapEff:\t0000000000000000"), "{seen:?}");
        assert_eq!(place.names(), ["file"]);
    }
    assert_eq!(names(&place.outside), ["file"]);
}

/// S9: what cannot be looked into now can be after a `chmod`, in a folder of the user's own.
#[test]
fn a_chmod_opens_nothing_that_is_hidden() {
    if without_namespaces() {
        return;
    }
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    let nobody = 65_534;
    let is_root = rustix::process::geteuid().is_root();
    fs::create_dir(place.workspace.join("sec")).unwrap();
    fs::write(place.workspace.join("sec/key"), "secret").unwrap();
    for path in ["", "file", "sec", "sec/key"].map(|name| place.workspace.join(name)).iter().filter(|_| is_root) {
        std::os::unix::fs::chown(path, Some(nobody), Some(nobody)).unwrap();
    }
    let patterns = ["sec/key", "sec/*.key", "sec/k*", "*/key"].map(|name| place.workspace.join(name).display().to_string());
    for pattern in patterns.into_iter().chain(["**/key".to_owned()]) {
        for limits in place.both() {
            fs::set_permissions(place.workspace.join("sec"), std::os::unix::fs::PermissionsExt::from_mode(0o0)).unwrap();
            let limits = Confinement { deny_read: vec![pattern.clone()], ..limits };
            let script = "chmod 700 sec; cat sec/key; mv sec s; cat s/key; echo end";
            let mut command = place.without(&[], &limits, &["sh", "-c", script]);
            if is_root {
                command.uid(nobody).gid(nobody);
            }
            let seen = match command.output() {
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    eprintln!("skipped: the test's own program cannot be run by another user here");
                    return;
                }
                output => Seen::of(&output.unwrap()),
            };
            assert_eq!(seen.out, "end\n", "{pattern}, {:?}: {}", limits.backend, seen.err);
        }
    }
    fs::set_permissions(place.workspace.join("sec"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(fs::read_to_string(place.workspace.join("sec/key")).unwrap(), "secret");
}

#[test]
fn a_command_limits_its_own_processes_by_their_numbers() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let script = "prlimit --pid $$ --core=0:0 && prlimit --pid $$ --core --noheadings -o SOFT,HARD | tr -d ' '; renice -n 5 -p $$ >/dev/null && echo nice";
    let seen = place.sh(&place.limits(), script);
    assert_eq!(seen.out, "00\nnice\n", "{}", seen.err);
}

/// The other side of a network by proxy: takes one pair of listeners and answers.
fn take_listeners(server: &UnixListener, answer: u8) -> (UnixStream, Vec<TcpListener>) {
    let (connection, _) = server.accept().unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let got = rustix::net::recvmsg(&connection, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC).unwrap();
    assert_eq!((got.bytes, byte), (1, *b"L"));
    let messages: Vec<_> = ancillary.drain().collect();
    let listeners = messages.into_iter().flat_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => fds.map(TcpListener::from).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let listeners = listeners.collect();
    (&connection).write_all(&[answer]).unwrap();
    (connection, listeners)
}

#[test]
fn a_network_by_proxy_holds_nothing_but_the_proxy() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let socket = place.base.join("proxy");
    let server = UnixListener::bind(&socket).unwrap();
    let limits = Confinement { network: Network::Proxy(socket), ..place.limits() };
    let script = "exec 5<>/dev/tcp/127.0.0.1/43128 && echo hello >&5 && head -1 <&5; \
        echo x > /dev/udp/127.0.0.1/9 || echo no-udp; \
        (echo > /dev/tcp/192.0.2.1/80) 2>/dev/null || echo no-way-out; \
        python3 -c 'import socket; socket.socket(socket.AF_UNIX)' 2>/dev/null || echo no-unix; \
        python3 -c 'import socket; a, b = socket.socketpair(); a.send(b\"pair\\n\"); print(b.recv(9).decode(), end=\"\")'; ls -A /proc/net/route >/dev/null && wc -l < /proc/net/route";
    let command = place.without(&[], &limits, &["bash", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let (connection, listeners) = take_listeners(&server, b'L');
    let ports: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    assert_eq!(ports, [43128, 41080]);
    let (mut client, _) = listeners[0].accept().unwrap();
    let mut line = [0; 6];
    client.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"hello\n");
    client.write_all(b"from the proxy\n").unwrap();
    let output = command.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "from the proxy\nno-udp\nno-way-out\nno-unix\npair\n1\n");
    // The connection's end is the command's.
    assert_eq!((&connection).read(&mut line).unwrap(), 0);
}

/// S6
#[test]
fn a_network_that_no_proxy_serves_runs_nothing() {
    if without_namespaces() {
        return;
    }
    let place = Place::new();
    let socket = place.base.join("proxy");
    let limits = Confinement { network: Network::Proxy(socket.clone()), ..place.limits() };
    let seen = place.sh(&limits, "echo ran");
    assert_eq!((seen.code, seen.out.as_str()), (Some(125), ""), "{}", seen.err);
    let server = UnixListener::bind(&socket).unwrap();
    let command = place.without(&[], &limits, &["echo", "ran"]).stdout(Stdio::piped()).spawn().unwrap();
    let _connection = take_listeners(&server, b'N');
    let output = command.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(125), 0));
    let without = place.without(&["namespaces"], &limits, &["bash", "-c", "echo > /dev/tcp/127.0.0.1/43128 || echo closed"]).output();
    let seen = Seen::of(&without.unwrap());
    assert!(seen.out == "closed\n" && seen.err.contains("the network is closed"), "{seen:?}");
}
