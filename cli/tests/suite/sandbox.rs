//! `codex sandbox`: a command under the restrictions of a model's command.

use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, codex};

fn sandbox(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["sandbox"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

#[test]
fn writing_needs_full_auto_whatever_the_configuration_says() {
    let (home, workspace) = (TestHome::with_raw_config("sandbox_mode = \"danger-full-access\"\n"), TestWorkspace::new());
    for platform in [&["linux"][..], &[]] {
        let line = |flags: &[&'static str]| [platform, flags, &["sh", "-c", "cat /etc/passwd > made"][..]].concat();
        assert_ne!(sandbox(&home, &workspace, &line(&[])).code, Some(0));
        assert_eq!(workspace.read("made"), None);
        sandbox(&home, &workspace, &line(&["--full-auto"])).assert_code(0);
        assert!(workspace.read("made").unwrap().contains("root"));
        std::fs::remove_file(workspace.path().join("made")).unwrap();
    }
}

#[test]
fn the_end_of_the_command_is_the_end_of_the_program() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let run = sandbox(&home, &workspace, &["sh", "-c", "echo out; echo err >&2; echo $CODEX_SANDBOX_NETWORK_DISABLED; exit 7"]);
    run.assert_code(7);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("out\n1\n", "err\n"));
    let missing = sandbox(&home, &workspace, &["no-such-program"]);
    missing.assert_code(127);
    assert_eq!(missing.stderr.lines().count(), 1, "{}", missing.stderr);
    sandbox(&home, &workspace, &[]).assert_code(2);
    sandbox(&home, &workspace, &["linux"]).assert_code(2);
}
