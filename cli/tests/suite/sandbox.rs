//! `codex sandbox`: a command under the restrictions of a model's command.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Run, bare, binary, codex, ended, eventually, running_with};

fn sandbox(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["sandbox"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

/// A home and a workspace with a folder `out`, in which new files are made on machines without namespaces too.
fn place(config: &str) -> (TestHome, TestWorkspace) {
    let workspace = TestWorkspace::new();
    std::fs::create_dir(workspace.path().join("out")).unwrap();
    (TestHome::with_raw_config(config), workspace)
}

#[test]
fn the_older_spelling_needs_full_auto_to_write_whatever_the_configuration_says() {
    let (home, workspace) = place("sandbox_mode = \"danger-full-access\"\n");
    for first in [&["linux"][..], &["landlock"]] {
        let line = |flags: &[&'static str]| [first, flags, &["sh", "-c", "cat /etc/passwd > out/made"][..]].concat();
        for flags in [&[][..], &["-c", "sandbox_mode=\"workspace-write\""]] {
            assert_ne!(sandbox(&home, &workspace, &line(flags)).code, Some(0));
            assert_eq!(workspace.read("out/made"), None);
        }
        sandbox(&home, &workspace, &line(&["--full-auto"])).assert_code(0);
        assert!(workspace.read("out/made").unwrap().contains("root"));
        std::fs::remove_file(workspace.path().join("out/made")).unwrap();
    }
}

#[test]
fn the_newer_spelling_follows_the_configuration() {
    for (mode, writes, confined) in [("read-only", false, true), ("workspace-write", true, true), ("danger-full-access", true, false)] {
        let (home, workspace) = place(&format!("sandbox_mode = \"{mode}\"\n"));
        sandbox(&home, &workspace, &["sh", "-c", "echo x > out/made"]);
        assert_eq!(workspace.read("out/made").is_some(), writes, "{mode}");
        let run =
            sandbox(&home, &workspace, &["sh", "-c", "grep NoNewPrivs /proc/self/status; echo \"[$CODEX_SANDBOX_NETWORK_DISABLED]\""]);
        let expected = if confined { "NoNewPrivs:\t1\n[1]\n" } else { "NoNewPrivs:\t0\n[]\n" };
        assert_eq!(run.stdout, expected, "{mode}: {}", run.stderr);
    }
    let (home, workspace) = place("");
    let run = sandbox(&home, &workspace, &["sh", "-c", "echo x > out/made"]);
    assert_ne!(run.code, Some(0), "read-only where nothing is said");
}

#[test]
fn flags_before_the_word_sandbox_count_and_those_without_effect_are_refused() {
    let (home, workspace) = place("");
    let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    std::fs::create_dir(elsewhere.join("out")).unwrap();
    let other = elsewhere.to_str().unwrap();
    let script = format!("pwd; echo x > {other}/out/made");
    let run = |args: &[&str]| Run::of(&mut codex(&home, &workspace, args));
    assert_ne!(run(&["sandbox", "--full-auto", "sh", "-c", &script]).code, Some(0));
    for args in [
        &["-s", "workspace-write", "--add-dir", other, "sandbox", "sh", "-c", &script][..],
        &["sandbox", "--full-auto", "--add-dir", other, "sh", "-c", &script],
        &["-C", other, "sandbox", "linux", "--full-auto", "sh", "-c", &script],
    ] {
        let run = run(args);
        run.assert_code(0);
        std::fs::remove_file(elsewhere.join("out/made")).unwrap();
        let folder = if args[0] == "-C" { elsewhere.as_path() } else { workspace.path() };
        assert_eq!(run.stdout.trim_end(), folder.to_str().unwrap());
    }
    for args in [
        &["-s", "workspace-write", "sandbox", "linux", "true"][..],
        &["--yolo", "sandbox", "linux", "true"],
        &["sandbox", "--add-dir", other, "true"],
        &["sandbox", "-C", "/no/such/folder", "true"],
    ] {
        let run = run(args);
        run.assert_code(1);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn the_end_of_the_command_is_the_end_of_the_program() {
    let (home, workspace) = place("");
    for first in [&[][..], &["linux"], &["--log-denials"]] {
        let line = |script: &'static str| [first, &["sh", "-c", script][..]].concat();
        let run = sandbox(&home, &workspace, &line("echo out; echo err >&2; echo $CODEX_SANDBOX_NETWORK_DISABLED; exit 7"));
        run.assert_code(7);
        assert_eq!(run.stdout, "out\n1\n");
        assert!(run.told().starts_with("err\n"), "{}", run.stderr);
        for (script, code) in [("kill -TERM $$", 143), ("kill -SEGV $$", 139), ("kill -KILL $$", 137), ("exit 255", 255)] {
            let command = sandbox(&home, &workspace, &line(script));
            // Without namespaces this process is the command, and ends as it does.
            assert!(command.code == Some(code) || command.code.is_none(), "{script}: {:?} {}", command.code, command.stderr);
        }
    }
}

#[test]
fn commands_that_cannot_be_run_are_told_in_one_line() {
    let (home, workspace) = place("");
    let plain = workspace.file("plain", "#!/bin/sh\n");
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o644)).unwrap();
    for first in [&[][..], &["linux"], &["-c", "sandbox_mode=\"danger-full-access\""]] {
        for (program, code) in [("no-such-program", 127), ("./no-such-program", 127), ("./plain", 126), ("/", 126)] {
            let run = sandbox(&home, &workspace, &[first, &[program]].concat());
            run.assert_code(code);
            assert_eq!(run.told().lines().count(), 1, "{}", run.stderr);
            assert!(run.stderr.contains(program), "{}", run.stderr);
        }
    }
    for args in [&[][..], &["linux"], &["--full-auto"], &["linux", "--log-denials", "--"]] {
        let run = sandbox(&home, &workspace, args);
        run.assert_code(2);
        assert!(run.stderr.contains("Usage:"), "{}", run.stderr);
    }
}

#[test]
fn the_sandbox_of_another_platform_runs_nothing() {
    let (home, workspace) = place("sandbox_mode = \"danger-full-access\"\n");
    for args in [
        &["sandbox", "macos", "--full-auto", "touch", "out/made"][..],
        &["sandbox", "seatbelt", "touch", "out/made"],
        &["sandbox", "windows", "touch", "out/made"],
        &["debug", "seatbelt", "touch", "out/made"],
    ] {
        let run = Run::of(&mut codex(&home, &workspace, args));
        run.assert_code(1);
        assert!(run.stderr.starts_with("Error: ") && run.stderr.lines().count() == 1, "{}", run.stderr);
    }
    assert_eq!(workspace.read("out/made"), None);
    Run::of(&mut codex(&home, &workspace, &["debug", "landlock", "--full-auto", "touch", "out/made"])).assert_code(0);
    assert!(workspace.read("out/made").is_some());
    let help = Run::of(&mut codex(&home, &workspace, &["--help"])).stdout;
    assert!(help.contains("\n  sandbox"), "{help}");
}

#[test]
fn a_deleted_folder_is_told_as_the_system_tells_it() {
    let (home, workspace) = place("");
    let line = format!("mkdir gone; cd gone; rmdir ../gone; exec {} sandbox linux true", binary().display());
    let run = Run::of(bare("/bin/sh", workspace.path()).envs(home.env()).args(["-c", &line]));
    run.assert_code(1);
    assert_eq!(run.stderr, "Error: No such file or directory (os error 2)\n");
}

/// X2, X6: what codex signs in with stays out, and so do the loader's variables.
#[test]
fn the_environment_is_that_of_a_models_command() {
    let (home, workspace) =
        place("model_provider = \"v\"\n[model_providers.v]\nname = \"v\"\nbase_url = \"http://127.0.0.1:1\"\nenv_key = \"VENDOR_PASS\"\n");
    let env = |args: &[&str]| {
        let all: Vec<&str> = ["sandbox"].iter().chain(args).chain(&["env"]).copied().collect();
        let mut command = codex(&home, &workspace, &all);
        for (name, value) in [("OPENAI_API_KEY", "k"), ("MY_TOKEN", "t"), ("VENDOR_PASS", "p"), ("KEPT", "yes"), ("LD_LIBRARY_PATH", "/x")]
        {
            command.env(name, value);
        }
        let run = Run::of(&mut command);
        run.assert_code(0);
        run.stdout.lines().map(|line| line.split('=').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let default = env(&["linux"]);
    for (name, there) in [
        ("KEPT", true),
        ("PATH", true),
        ("CODEX_SANDBOX_NETWORK_DISABLED", true),
        ("OPENAI_API_KEY", false),
        ("MY_TOKEN", false),
        ("VENDOR_PASS", false),
        ("LD_LIBRARY_PATH", false),
    ] {
        assert_eq!(default.iter().any(|found| found == name), there, "{name}: {default:?}");
    }
    let all = env(&["-c", "shell_environment_policy.ignore_default_excludes=true"]);
    assert!(all.iter().any(|name| name == "MY_TOKEN"), "{all:?}");
    let online = env(&["--full-auto", "-c", "sandbox_workspace_write.network_access=true"]);
    assert!(!online.iter().any(|name| name == "CODEX_SANDBOX_NETWORK_DISABLED"), "{online:?}");
}

/// X6: a library from a folder that commands can write to would run before anything is confined.
#[test]
fn loader_variables_that_the_user_sets_reach_the_command_and_not_the_helper() {
    let (home, workspace) = place("[shell_environment_policy.set]\nLD_DEBUG = \"help\"\nLD_LIBRARY_PATH = \"/from/the/policy\"\n");
    for first in [&[][..], &["--log-denials"]] {
        // With this variable the loader prints its help in place of running a program.
        let run = sandbox(&home, &workspace, &[first, &["/bin/sh", "-c", "exit 3"]].concat());
        run.assert_code(0);
        assert!(run.stdout.contains("LD_DEBUG"), "the command's loader saw it: {} {}", run.stdout, run.stderr);
    }
    let (home, workspace) = place("[shell_environment_policy.set]\nLD_LIBRARY_PATH = \"/from/the/policy\"\n");
    let run = sandbox(
        &home,
        &workspace,
        &["sh", "-c", "echo $LD_LIBRARY_PATH; tr '\\0' '\\n' < /proc/$PPID/environ | grep ^LD_; env | grep LATER"],
    );
    assert_eq!(run.stdout, "/from/the/policy\n", "{}", run.stderr);
}

#[test]
fn input_passes_through_and_so_do_long_lines_of_words() {
    let (home, workspace) = place("");
    for first in [&[][..], &["--log-denials"]] {
        let args: Vec<&str> = ["sandbox"].iter().chain(first).chain(&["wc", "-c"]).copied().collect();
        let mut child = codex(&home, &workspace, &args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&[b'x'; 300_000]).unwrap();
        assert_eq!(ended(child).stdout.trim(), "300000");
    }
    let many: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    let words: Vec<&str> = ["sh", "-c", "echo $#", "sh"].into_iter().chain(many.iter().map(String::as_str)).collect();
    assert_eq!(sandbox(&home, &workspace, &words).stdout, "20000\n");
    let long = "x".repeat(120_000);
    assert_eq!(sandbox(&home, &workspace, &["sh", "-c", "echo ${#1}", "sh", &long]).stdout, "120000\n");
}

#[test]
fn a_folder_keeps_the_name_it_was_entered_by() {
    let (home, workspace) = place("");
    workspace.file("real/out/x", "");
    symlink(workspace.path().join("real"), workspace.path().join("link")).unwrap();
    let named = workspace.path().join("link");
    let mut command = bare(binary(), &named);
    command.envs(home.env()).env("PWD", &named).args(["sandbox", "linux", "--full-auto", "sh", "-c", "pwd; echo y > out/made"]);
    let run = Run::of(&mut command);
    run.assert_code(0);
    assert_eq!(run.stdout.trim_end(), named.to_str().unwrap());
    assert_eq!(workspace.read("real/out/made").as_deref(), Some("y\n"));
}

/// A21: the inner call grants nothing that the outer one does not.
#[test]
fn inside_itself_it_runs_under_the_restrictions_already_in_force() {
    let (home, workspace) = place("");
    let me = binary();
    let me = me.to_str().unwrap();
    let run =
        sandbox(&home, &workspace, &["linux", "--full-auto", me, "sandbox", "linux", "sh", "-c", "echo in; cat /etc/hostname > out/made"]);
    assert!(run.stdout.starts_with("in\n"), "{} {}", run.stdout, run.stderr);
    assert_eq!(workspace.read("out/made"), None, "the inner one is read-only");
    let run = sandbox(&home, &workspace, &["linux", me, "-s", "danger-full-access", "sandbox", "sh", "-c", "echo in; echo x > out/made"]);
    assert!(run.stdout.starts_with("in\n"), "{} {}", run.stdout, run.stderr);
    assert_eq!(workspace.read("out/made"), None, "the outer one is read-only");
}

/// As in a container whose first process joined from outside: group and session have a leader without a number.
#[test]
fn inside_a_pid_namespace_without_its_leaders_it_runs() {
    let (home, workspace) = place("");
    let wrapped = |line: &[&str]| {
        let mut command = bare("unshare", workspace.path());
        Run::of(command.envs(home.env()).args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]).args(line))
    };
    let seen = wrapped(&["sh", "-c", "cut -d' ' -f5,6 /proc/self/stat"]);
    if seen.code != Some(0) {
        return eprintln!("skipped: no PID namespace can be made here");
    }
    assert_eq!(seen.stdout, "0 0\n", "the leaders can be seen, so nothing is tested");
    let run = wrapped(&[binary().to_str().unwrap(), "sandbox", "linux", "--full-auto", "sh", "-c", "echo x > out/made; echo in"]);
    run.assert_code(0);
    assert_eq!(run.stdout, "in\n", "{}", run.stderr);
    assert_eq!(workspace.read("out/made").as_deref(), Some("x\n"));
}

#[test]
fn words_that_are_no_text_reach_the_command_as_they_are() {
    use std::os::unix::ffi::OsStrExt;
    let (home, workspace) = place("");
    let word = std::ffi::OsStr::from_bytes(b"\xff\xfe.txt");
    for flags in [&["sandbox"][..], &["sandbox", "linux", "--full-auto"], &["sandbox", "--log-denials"]] {
        let args = [flags, &["sh", "-c", "printf %s \"$1\" | od -An -tx1", "sh"][..]].concat();
        let run = Run::of(codex(&home, &workspace, &args).arg(word));
        run.assert_code(0);
        assert_eq!(run.stdout, " ff fe 2e 74 78 74\n", "{flags:?}: {}", run.stderr);
    }
}

#[test]
fn a_folder_deeper_than_the_system_can_name_is_told_of_by_its_depth() {
    let (home, workspace) = place("");
    // Step by step one gets there all the same.
    let down = format!("i=0; while [ $i -lt 20 ]; do mkdir {0} && cd {0} || exit 9; i=$((i+1)); done; exec \"$@\"", "d".repeat(250));
    for args in [&["sandbox", "true"][..], &["sandbox", "explain"], &["exec", "hi"]] {
        let program = binary();
        let line = [&["-c", &down, "sh", program.to_str().unwrap()][..], args].concat();
        let run = Run::of(bare("bash", workspace.path()).envs(home.env()).args(&line));
        run.assert_code(1);
        assert!(run.stderr.contains("the working folder cannot be used: its path is 5"), "{}", run.stderr);
        assert!(run.stderr.lines().count() == 1 && run.stderr.len() < 300, "{}", run.stderr);
        std::fs::remove_dir_all(workspace.path().join("d".repeat(250))).unwrap();
    }
}

/// S5: a killed front end takes the command and all that it started with it.
#[test]
fn killed_it_leaves_nothing_behind() {
    let (home, workspace) = place("");
    let followed = [&["sandbox", "--full-auto", "--log-denials"][..], &["sandbox", "--full-auto"]];
    for (n, first) in followed.into_iter().enumerate() {
        let mark = format!("86{n}{}", std::process::id());
        let script = format!("setsid sleep {mark} & nohup sleep {mark} & (setsid sh -c 'sleep {mark} & sleep {mark}' &) ; sleep {mark}");
        let args: Vec<&str> = first.iter().copied().chain(["sh", "-c", &script]).collect();
        let mut child = codex(&home, &workspace, &args).spawn().unwrap();
        eventually("all of them run", || (running_with(&mark).len() >= 5).then_some(()));
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        child.wait().unwrap();
        eventually("all of them are gone", || running_with(&mark).is_empty().then_some(()));
    }
}

/// S5: what a command leaves behind ends with it.
#[test]
fn at_its_end_nothing_is_left_behind() {
    let (home, workspace) = place("");
    let mark = format!("85{}", std::process::id());
    let script = format!("setsid sleep {mark} > /dev/null 2>&1 & nohup sleep {mark} > /dev/null 2>&1 & echo done");
    let run = sandbox(&home, &workspace, &["sh", "-c", &script]);
    assert_eq!(run.stdout, "done\n", "{}", run.stderr);
    eventually("all of them are gone", || running_with(&mark).is_empty().then_some(()));
}

/// S5: what a caller forgot to close is not the command's to use.
#[test]
fn descriptors_of_the_caller_do_not_reach_the_command() {
    let (home, workspace) = place("");
    let line = format!("exec 7>> outside; exec {} sandbox sh -c 'echo x >&7'", binary().display());
    let run = Run::of(bare("/bin/sh", workspace.path()).envs(home.env()).args(["-c", &line]));
    assert_ne!(run.code, Some(0));
    assert_eq!(workspace.read("outside").as_deref(), Some(""));
}
