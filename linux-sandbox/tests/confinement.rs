//! Confined processes, asked what they can do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ffi::OsString;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use codex_linux_sandbox::{Backend, Confinement, Network, REFUSED_EXIT, REFUSED_PREFIX, check_host, command_line};

fn example(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "`cargo test` without `--test` builds the example this needs: {}", path.display());
    path
}

#[expect(clippy::disallowed_methods, reason = "plain processes are what these tests are about")]
fn plain(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// A workspace beside something outside of it, neither below `/tmp`, which a policy may open.
struct Place {
    _home: tempfile::TempDir,
    workspace: PathBuf,
    outside: PathBuf,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let [workspace, outside] = ["workspace", "outside"].map(|name| home.path().join(name));
        for folder in [&workspace, &outside] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("file"), "kept").unwrap();
        }
        Self { _home: home, workspace, outside }
    }

    /// The helper's command, with `argv` to run in the workspace under the policy.
    fn confined(&self, policy: &Policy, argv: &[&str]) -> Command {
        self.confined_on(&[], policy, argv)
    }

    fn confined_on(&self, drill: &[&str], policy: &Policy, argv: &[&str]) -> Command {
        let mut limits = policy.limits.clone();
        limits.cwd = self.workspace.clone();
        if policy.writes {
            limits.write = vec![self.workspace.clone(), self.outside.join("missing-root")];
        }
        self.call(drill, &limits, argv)
    }

    fn call(&self, drill: &[&str], limits: &Confinement, argv: &[&str]) -> Command {
        let argv: Vec<_> = argv.iter().map(OsString::from).collect();
        let call = command_line(&example("sandbox_helper"), limits, &argv);
        let mut command = plain(call.program);
        command.arg0(call.arg0).args(drill).args(call.args).current_dir("/");
        command
    }

    fn sh(&self, policy: &Policy, script: &str) -> Output {
        self.confined(policy, &["sh", "-c", script]).output().unwrap()
    }

    /// What the operations answer inside.
    fn ops(&self, policy: &Policy, words: &[&str]) -> Vec<String> {
        let program = example("sandbox_ops");
        let argv: Vec<_> = std::iter::once(program.to_str().unwrap()).chain(words.iter().copied()).collect();
        answers(&self.confined(policy, &argv).output().unwrap())
    }
}

fn ops_outside(words: &[&str]) -> Vec<String> {
    answers(&plain(example("sandbox_ops")).args(words).output().unwrap())
}

fn answers(output: &Output) -> Vec<String> {
    let text = stdout(output);
    assert!(output.status.success(), "{:?}: {text}{}", output.status, stderr(output));
    text.lines().map(str::to_owned).collect()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A confinement without its folders.
struct Policy {
    limits: Confinement,
    writes: bool,
}

/// With everything the machine has.
fn best(policy: Policy) -> Policy {
    Policy { limits: Confinement { backend: Backend::Best, ..policy.limits }, ..policy }
}

fn landlock() -> Confinement {
    Confinement { backend: Backend::Landlock, ..Confinement::default() }
}

fn write() -> Policy {
    Policy { limits: landlock(), writes: true }
}

fn online() -> Policy {
    Policy { limits: Confinement { network: Network::On, ..landlock() }, writes: true }
}

fn read() -> Policy {
    Policy { limits: landlock(), writes: false }
}

fn all_answer(answer: &str, words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("{word}: {answer}")).collect()
}

fn path(folder: &Path, op: &str, name: &str) -> String {
    format!("{op}={}", folder.join(name).display())
}

#[test]
fn a_root_is_written_and_nothing_else() {
    let place = Place::new();
    let script = "echo a > new && mkdir -p d/e && mv new d/e/moved && ln -s x d/link && cat d/e/moved && rm -r d && echo b >> file";
    let output = place.sh(&best(write()), script);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("a\n", Some(0)), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(place.workspace.join("file")).unwrap(), "keptb\n");

    let ops = ["create", "write", "truncate", "cut-by-open", "unlink", "mkdir", "fifo", "symlink"];
    let denied: Vec<_> = ops
        .iter()
        .map(|op| path(&place.outside, op, if matches!(*op, "create" | "mkdir" | "fifo" | "symlink") { "new" } else { "file" }))
        .collect();
    let words: Vec<_> = denied.iter().map(String::as_str).collect();
    assert_eq!(place.ops(&write(), &words), all_answer("EACCES", &words));
    assert_eq!(place.ops(&best(write()), &words), all_answer("EROFS", &words));
    assert_eq!(fs::read_dir(&place.outside).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(place.outside.join("file")).unwrap(), "kept");
}

#[test]
fn read_only_writes_nothing_and_reads_everything() {
    let place = Place::new();
    let output = place
        .sh(&read(), "cat ../outside/file; echo x > new; rm file; echo x > /tmp/codex-sandbox-test-$$; echo y > /dev/null && echo null");
    assert_eq!(stdout(&output), "keptnull\n");
    assert_eq!(fs::read_dir(&place.workspace).unwrap().count(), 1);
}

#[test]
fn read_only_keeps_modes_times_and_attributes_too() {
    let place = Place::new();
    let words = ["chmod", "touch", "label", "flags"].map(|op| path(&place.workspace, op, "file"));
    let words = words.each_ref().map(String::as_str);
    assert_eq!(place.ops(&read(), &words), all_answer("EPERM", &words));
    assert_eq!(place.ops(&write(), &words[..2]), all_answer("ok", &words[..2]));
}

#[test]
fn links_and_moves_do_not_lead_out() {
    let place = Place::new();
    std::os::unix::fs::symlink(place.outside.join("file"), place.workspace.join("link")).unwrap();
    std::os::unix::fs::symlink(&place.outside, place.workspace.join("folder")).unwrap();
    let script = "echo x > link; echo x > folder/new; mv file ../outside/moved; ln file ../outside/hard; mv ../outside/file in; ln ../outside/file hard; ls";
    let output = place.sh(&write(), script);
    assert_eq!(stdout(&output), "file\nfolder\nlink\n", "{}", stderr(&output));
    assert_eq!(fs::read_dir(&place.outside).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(place.outside.join("file")).unwrap(), "kept");
}

#[test]
fn a_root_can_be_a_single_file_and_the_working_folder_need_not_be_one() {
    let place = Place::new();
    let limits = Confinement { cwd: place.workspace.clone(), write: vec![place.outside.join("file")], ..landlock() };
    let argv = ["sh", "-c", "echo x > file; echo x > ../outside/new; echo yes > ../outside/file"];
    let output = place.call(&[], &limits, &argv).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(place.workspace.join("file")).unwrap(), "kept");
    assert_eq!(fs::read_to_string(place.outside.join("file")).unwrap(), "yes\n");
    assert!(!place.outside.join("new").exists());
}

#[test]
fn devices_are_neither_made_nor_used_but_for_the_harmless() {
    let place = Place::new();
    let made = [path(&place.workspace, "device", "d"), path(&place.workspace, "whiteout", "w")];
    let words = [made[0].as_str(), made[1].as_str(), "write=/dev/ptmx", "write=/dev/kmsg"];
    for answer in place.ops(&write(), &words) {
        assert!(answer.ends_with(": EACCES") || answer == "write=/dev/kmsg: EPERM" || answer == "write=/dev/kmsg: 2", "{answer}");
    }
    let harmless = ["write=/dev/null", "write=/dev/zero", "write=/dev/full", "read=/dev/urandom"];
    assert_eq!(place.ops(&read(), &harmless), all_answer("ok", &harmless));
}

#[test]
fn without_network_every_way_out_is_closed() {
    let place = Place::new();
    let words = ["inet", "inet6", "inet-raw", "netlink", "vsock", "alg", "packet"];
    assert_eq!(place.ops(&write(), &words), all_answer("EPERM", &words));
    assert_eq!(place.ops(&read(), &words), all_answer("EPERM", &words));
    let outside = ["inet", "inet6", "netlink"];
    assert_eq!(ops_outside(&outside), all_answer("ok", &outside));

    let _stream = UnixListener::bind(place.workspace.join("stream")).unwrap();
    let word = path(&place.workspace, "connect", "stream");
    assert_eq!(ops_outside(&[&word]), [format!("{word}: ok")]);
    assert_eq!(place.ops(&write(), &[&word]), [format!("{word}: EPERM")]);
    let _datagram = UnixDatagram::bind(place.workspace.join("datagram")).unwrap();
    let word = path(&place.workspace, "send-datagram", "datagram");
    assert_eq!(ops_outside(&[&word]), [format!("{word}: ok")]);
    if check_host().unwrap().landlock_abi >= 9 {
        assert_ne!(place.ops(&read(), &[&word]), [format!("{word}: ok")]);
    }
    for call in [libc::SYS_bind, libc::SYS_connect, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4] {
        let word = format!("call={call}");
        assert_eq!(place.ops(&write(), &[&word]), [format!("{word}: EPERM")]);
    }
}

#[test]
fn without_network_event_loops_still_work() {
    let words = ["pair", "pair-datagram", "unix", "unix-datagram", "thread"];
    assert_eq!(Place::new().ops(&write(), &words), all_answer("ok", &words));
}

#[test]
fn with_network_ordinary_sockets_are_open_and_others_are_not() {
    let place = Place::new();
    let open = ["inet", "inet6", "unix", "unix-datagram", "pair", "pair-datagram"];
    assert_eq!(place.ops(&online(), &open), all_answer("ok", &open));
    let closed = ["inet-raw", "netlink", "netlink-datagram", "vsock", "alg", "packet"];
    assert_eq!(place.ops(&online(), &closed), all_answer("EPERM", &closed));
    let _stream = UnixListener::bind(place.outside.join("stream")).unwrap();
    let word = path(&place.outside, "connect", "stream");
    assert_eq!(place.ops(&online(), &[&word]), [format!("{word}: ok")]);
}

#[test]
fn dangerous_calls_are_refused_in_every_mode() {
    let calls = [
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_kcmp,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
        libc::SYS_setns,
        libc::SYS_open_by_handle_at,
        libc::SYS_fanotify_init,
        libc::SYS_quotactl,
        libc::SYS_acct,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_kexec_load,
        libc::SYS_kexec_file_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_reboot,
        libc::SYS_syslog,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
    ]
    .map(|call| format!("call={call}"));
    let mut words: Vec<_> = calls.iter().map(String::as_str).collect();
    words.extend(["unshare-user", "clone-user"]);
    let place = Place::new();
    for policy in [read(), write(), online()] {
        assert_eq!(place.ops(&policy, &words), all_answer("EPERM", &words));
    }
    // The same words mean something else to the kernel itself, whoever asks.
    let telling = [libc::SYS_ptrace, libc::SYS_keyctl, libc::SYS_process_vm_readv].map(|call| format!("call={call}"));
    let telling = telling.each_ref().map(String::as_str);
    assert!(ops_outside(&telling).iter().all(|answer| !answer.ends_with("EPERM")), "{:?}", ops_outside(&telling));
}

/// A22
#[test]
fn no_file_gets_its_owners_rights() {
    let place = Place::new();
    let script = "chmod u+s file; chmod 4755 file; install -m 4755 file made; umask 0; \
        python3 -c 'import os; os.open(\"opened\", os.O_CREAT | os.O_WRONLY, 0o4755)'; \
        python3 -c 'import os; os.mknod(\"node\", 0o104755)'; chmod 755 file && mkdir d && chmod 2775 d && echo fine";
    let output = place.sh(&best(write()), script);
    assert_eq!(stdout(&output), "fine\n", "{}", stderr(&output));
    place.sh(&write(), "chmod u+s file");
    for entry in fs::read_dir(&place.workspace).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o4000, 0, "{:?}", entry.path());
    }
}

#[test]
fn ordinary_process_calls_work() {
    let place = Place::new();
    let words = ["clone3", "unshare-files", "thread", "limit-process=0", "renice-process=0", "read=/etc/passwd"];
    let mut expected = all_answer("ok", &words);
    expected[0] = "clone3: ENOSYS".into();
    assert_eq!(place.ops(&write(), &words), expected);
}

#[test]
fn nothing_is_typed_into_a_terminal() {
    let words = ["type-into-terminal", "type-into-terminal-wide"];
    let place = Place::new();
    assert_eq!(place.ops(&online(), &words), all_answer("EPERM", &words));
    assert_eq!(place.ops(&online(), &["window-size"]), ["window-size: ENOTTY"]);
    assert_eq!(ops_outside(&["type-into-terminal"]), ["type-into-terminal: ENOTTY"]);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn calls_of_another_architecture_kill() {
    let place = Place::new();
    for word in ["int80", "x32"] {
        let program = example("sandbox_ops");
        let output = place.confined(&online(), &[program.to_str().unwrap(), word]).output().unwrap();
        assert_eq!(output.status.code(), Some(128 + libc::SIGSYS), "{word}: {}", stdout(&output));
    }
    assert!(plain(example("sandbox_ops")).arg("x32").output().unwrap().status.success());
}

#[test]
fn processes_outside_are_left_alone() {
    let place = Place::new();
    let own = std::process::id();
    let words = [format!("limit-process={own}"), format!("renice-process={own}"), format!("probe-process={own}")];
    let words = words.each_ref().map(String::as_str);
    let answers = place.ops(&write(), &words);
    assert_eq!(answers[..2], all_answer("EPERM", &words[..2]));
    // Among processes of their own there is no such one.
    assert_eq!(place.ops(&best(write()), &words), all_answer("ESRCH", &words));
    if check_host().unwrap().landlock_abi >= 6 {
        assert_eq!(answers[2..], all_answer("EPERM", &words[2..]));
        let name = format!("codex-sandbox-test-{own}");
        let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let _receiver = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(format!("{name}-dgram")).unwrap()).unwrap();
        let words = [format!("connect-abstract={name}"), format!("send-abstract={name}-dgram")];
        let words = words.each_ref().map(String::as_str);
        assert_eq!(ops_outside(&words), all_answer("ok", &words));
        for policy in [read(), write(), online()] {
            assert_eq!(place.ops(&policy, &words), all_answer("EPERM", &words));
        }
    }
}

#[test]
fn no_capability_is_left_and_none_can_be_gained() {
    let output = Place::new().sh(&write(), "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status");
    let text = stdout(&output);
    let sets: Vec<_> = text.lines().filter(|line| line.starts_with("Cap")).collect();
    let had_bounding = rustix::thread::capabilities(None).unwrap().effective.contains(rustix::thread::CapabilitySet::SETPCAP);
    for set in &sets {
        assert!(set.ends_with("\t0000000000000000") || (set.starts_with("CapBnd") && !had_bounding), "{set}");
    }
    assert_eq!(sets.len(), 5);
    assert!(text.contains("NoNewPrivs:\t1\nSeccomp:\t2\n"), "{text}");
}

#[test]
fn no_descriptor_of_the_caller_reaches_the_command() {
    let place = Place::new();
    let file = fs::OpenOptions::new().write(true).open(place.outside.join("file")).unwrap();
    let leaky = rustix::io::dup(&file).unwrap();
    let argv = ["sh", "-c", "cd /proc/$$/fd && echo *"];
    let output = place.confined(&write(), &argv).output().unwrap();
    // 3 is the folder the shell is listing.
    assert_eq!(stdout(&output), "0 1 2 3\n");
    let output = plain("sh").args(&argv[1..]).output().unwrap();
    assert!(stdout(&output).contains(&leaky.as_raw_fd().to_string()), "the descriptor does leak without the helper");
}

#[test]
fn signals_are_as_for_a_fresh_process() {
    let output = Place::new().sh(&write(), "grep -E 'SigIgn' /proc/self/status");
    let ignored = stdout(&output).trim().rsplit('\t').next().map(|mask| u64::from_str_radix(mask, 16).unwrap()).unwrap();
    assert_eq!(ignored & (1 << (libc::SIGPIPE - 1)), 0, "{ignored:x}");
}

#[test]
fn exit_codes_and_signals_are_the_commands_own() {
    let place = Place::new();
    assert_eq!(place.sh(&write(), "exit 42").status.code(), Some(42));
    for policy in [read(), best(read())] {
        assert_eq!(place.sh(&policy, "kill -TERM $$").status.code(), Some(128 + libc::SIGTERM));
    }
    let mut child = place.confined(&write(), &["cat"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"through\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "through\n");
}

#[test]
fn a_missing_command_is_127_and_one_that_cannot_run_126() {
    let place = Place::new();
    let missing = place.confined(&write(), &["no-such-program"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(127));
    assert_eq!(stderr(&missing), "codex-linux-sandbox: cannot run `no-such-program`: No such file or directory (os error 2)\n");
    let refused = place.confined(&write(), &["/etc/passwd"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(126));
    assert_eq!(stderr(&refused), "codex-linux-sandbox: cannot run `/etc/passwd`: Permission denied (os error 13)\n");
}

#[test]
fn the_command_starts_in_its_folder_and_keeps_its_environment_and_arguments() {
    let place = Place::new();
    let long = "x".repeat(120_000);
    let mut argv = vec!["sh", "-c", "pwd; echo $# ${#1} $CODEX_TEST", "sh", long.as_str()];
    argv.extend(std::iter::repeat_n("a", 20_000));
    let output = place.confined(&write(), &argv).env("CODEX_TEST", "set").output().unwrap();
    assert_eq!(stdout(&output), format!("{}\n20001 120000 set\n", place.workspace.display()), "{}", stderr(&output));
    fs::remove_dir_all(&place.workspace).unwrap();
    let output = place.sh(&write(), "echo ran");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(REFUSED_EXIT.into()), ""));
    assert!(stderr(&output).contains("cannot enter"), "{}", stderr(&output));
}

#[test]
fn a_sandbox_runs_inside_a_sandbox() {
    let place = Place::new();
    let inner = command_line(
        &example("sandbox_helper"),
        &Confinement { cwd: place.workspace.clone(), write: vec![place.outside.clone()], ..landlock() },
        &["sh", "-c", "echo in; echo x > ../outside/new; echo x > new"].map(OsString::from),
    );
    let mut argv = vec![inner.program.to_str().unwrap()];
    argv.extend(inner.args.iter().map(|arg| arg.to_str().unwrap()));
    let output = place.confined(&write(), &argv).output().unwrap();
    assert_eq!(stdout(&output), "in\n", "{}", stderr(&output));
    assert_eq!(fs::read_dir(&place.workspace).unwrap().count(), 1, "the inner sandbox does not open the workspace");
    assert_eq!(fs::read_dir(&place.outside).unwrap().count(), 1, "and the outer does not open the rest");
}

#[test]
fn what_cannot_be_enforced_does_not_run_and_says_what_is_missing() {
    let place = Place::new();
    for (part, words) in [
        ("landlock", ["has no Landlock", "Linux 5.13"]),
        ("landlock-off", ["switched off", "`lsm=`"]),
        ("landlock-forbidden", ["forbidden here", "seccomp profile"]),
        ("landlock-rules", ["cannot be put in force", "Landlock"]),
        ("seccomp", ["seccomp filters", "CONFIG_SECCOMP_FILTER"]),
    ] {
        for policy in [read(), write(), online()] {
            let output = place.confined_on(&["--without", part], &policy, &["sh", "-c", "echo ran; touch ran"]).output().unwrap();
            let line = stderr(&output);
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(REFUSED_EXIT.into()), ""), "{part}: {line}");
            assert!(
                line.starts_with(REFUSED_PREFIX) && line.lines().count() == 1 && words.iter().all(|word| line.contains(word)),
                "{part}: {line}"
            );
        }
    }
    assert!(!place.workspace.join("ran").exists());
}

#[test]
fn a_bad_call_runs_nothing() {
    let output = plain(example("sandbox_helper")).args(["--cwd", "/", "--no-such-flag", "--", "echo", "ran"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(REFUSED_EXIT.into()), ""));
    assert_eq!(stderr(&output), "codex-linux-sandbox: bad call: unexpected argument `--no-such-flag`\n");
}

#[test]
fn a_script_in_the_workspace_runs() {
    let place = Place::new();
    let script = place.workspace.join("script");
    fs::write(&script, "#!/bin/sh\necho script $1\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let output = place.confined(&read(), &["./script", "one"]).output().unwrap();
    assert_eq!(stdout(&output), "script one\n", "{}", stderr(&output));
}
