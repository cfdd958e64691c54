//! `codex sandbox --log-denials`: what was refused, by which rule, and what would allow it. S10.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, bare, binary, codex};

struct Place {
    home: TestHome,
    workspace: TestWorkspace,
    /// A folder that is no root: not below `/tmp`.
    outside: tempfile::TempDir,
}

impl Place {
    fn new(config: &str) -> Self {
        let outside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let workspace = TestWorkspace::new();
        // New files are made in it on machines without namespaces too.
        std::fs::create_dir(workspace.path().join("out")).unwrap();
        Self { home: TestHome::with_raw_config(config), workspace, outside }
    }

    fn outside(&self) -> String {
        self.outside.path().canonicalize().unwrap().display().to_string()
    }

    fn log(&self, flags: &[&str], script: &str) -> Run {
        let all: Vec<&str> = ["sandbox", "--log-denials"].iter().chain(flags).chain(&["sh", "-c", script]).copied().collect();
        Run::of(&mut codex(&self.home, &self.workspace, &all))
    }
}

/// The line of the report that has all the words.
#[track_caller]
fn line<'a>(run: &'a Run, words: &[&str]) -> &'a str {
    let found = run.stderr.lines().find(|line| words.iter().all(|word| line.contains(word)));
    found.unwrap_or_else(|| panic!("no line with {words:?}: {}", run.stderr))
}

#[test]
fn each_denial_is_told_with_its_rule_and_what_would_allow_it() {
    let place = Place::new("sandbox_deny_read = [\"**/secret.txt\"]\n");
    place.workspace.file("secret.txt", "hidden");
    std::fs::write(place.home.path().join("auth.json"), "{}").unwrap();
    let outside = place.outside();
    let script = format!(
        "touch {outside}/a; touch {outside}/a; mkdir .codex; echo x > .codex/config.toml; cat secret.txt; cat {}/auth.json; \
         unshare -U true; echo fine > out/made; exit 5",
        place.home.path().display()
    );
    let run = place.log(&["--full-auto"], &script);
    run.assert_code(5);
    assert_eq!(place.workspace.read("out/made").as_deref(), Some("fine\n"));
    line(&run, &["codex sandbox: denied by the sandbox (workspace-write, network off):"]);
    line(&run, &["  2x touch: ", &format!("{outside}/a "), "outside the writable folders", &format!("allow with `--add-dir {outside}`")]);
    line(&run, &["/.codex", "stays closed in every writable folder", "not allowed in any sandbox mode"]);
    line(&run, &["cat: read ", "/secret.txt", "`sandbox_deny_read` names it", "take it out"]);
    line(&run, &["cat: read ", "/auth.json", "credentials and sessions of codex", "not allowed in any sandbox mode"]);
    line(&run, &["  1x unshare: ", "this system call is closed", "not allowed in any sandbox mode"]);
    assert!(!run.stderr.contains("out/made (") && !run.stderr.contains("not known"), "{}", run.stderr);
}

#[test]
fn a_read_only_policy_says_what_would_be_writable_otherwise() {
    let place = Place::new("");
    let run = place.log(&[], &format!("true > here; true > {}/there", place.outside()));
    line(&run, &["/here ", "the policy is read-only", "`--full-auto`"]);
    line(&run, &["/there ", "the policy is read-only", "`--add-dir`"]);
}

#[test]
fn a_closed_network_is_told_with_the_setting_that_opens_it() {
    let place = Place::new("");
    let run = place.log(&["--full-auto"], "bash -c ': < /dev/tcp/127.0.0.1/9'");
    line(&run, &["bash: ", "AF_INET", "the network is off", "`sandbox_workspace_write.network_access = true`"]);
}

#[test]
fn ordinary_file_permissions_are_told_apart() {
    let place = Place::new("");
    let file = place.workspace.file("theirs", "x");
    // Root may read what mode bits keep from others; in the sandbox it may not, unless the file is its own.
    if rustix::process::geteuid().is_root() {
        if let Err(error) = std::os::unix::fs::chown(&file, Some(12345), Some(12345)) {
            return eprintln!("skipped: this root gives no file to others: {error}");
        }
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let run = place.log(&["--full-auto"], "cat theirs");
        line(&run, &["cat: read ", "/theirs", "another user's file"]);
    } else {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
        let run = place.log(&["--full-auto"], "cat theirs");
        line(&run, &["nothing was denied"]);
        line(&run, &["cat: read ", "/theirs", "file permissions"]);
    }
}

#[test]
fn nothing_denied_is_said_too() {
    let place = Place::new("");
    let run = place.log(&["--full-auto"], "echo x > out/made");
    run.assert_code(0);
    assert_eq!(run.told(), "codex sandbox: nothing was denied (workspace-write, network off)\n");
    let run = place.log(&["-c", "sandbox_mode=\"danger-full-access\""], "exit 4");
    run.assert_code(4);
    assert_eq!(run.told(), "codex sandbox: nothing is denied under `danger-full-access`\n");
}

#[test]
fn names_do_not_reach_the_terminal_as_they_are() {
    let place = Place::new("");
    let run = place.log(&[], "{ true > \"$(printf 'a\\033[2Jb\\nc')\"; } 2> /dev/null");
    assert!(run.stderr.contains("a\\u{1b}[2Jb\\nc"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn where_tracing_is_not_permitted_one_line_says_so_and_the_command_runs_confined() {
    let place = Place::new("");
    let script = format!("{} sandbox --log-denials sh -c 'echo ran; echo x > out/made; exit 6'", binary().display());
    // Our own sandbox is such a place.
    let all = ["sandbox", "--full-auto", "sh", "-c", &script];
    let run = Run::of(&mut codex(&place.home, &place.workspace, &all));
    run.assert_code(6);
    assert_eq!(run.stdout, "ran\n");
    assert_eq!(place.workspace.read("out/made"), None);
    let told = run.stderr.lines().filter(|line| line.contains("tracing is not permitted here")).count();
    assert_eq!(told, 1, "{}", run.stderr);
}

/// A process that nobody may look into has children that nobody may trace; root does not notice, ordinary users would.
#[test]
fn an_ordinary_user_gets_the_list_too() {
    let place = Place::new("");
    let mut line = codex(
        &place.home,
        &place.workspace,
        &["sandbox", "--full-auto", "--log-denials", "sh", "-c", "mkdir .codex; cat /etc/passwd > out/x"],
    );
    if rustix::process::geteuid().is_root() {
        let nobody = 65534;
        for path in [place.home.path(), &place.home.path().join("config.toml"), place.workspace.path(), &place.workspace.path().join("out")]
        {
            if let Err(error) = std::os::unix::fs::chown(path, Some(nobody), Some(nobody)) {
                return eprintln!("skipped: this root gives no file to others: {error}");
            }
        }
        let version = bare(binary(), "/".as_ref()).arg("--version").uid(nobody).gid(nobody).status();
        if !version.is_ok_and(|status| status.success()) {
            return eprintln!("skipped: the binary is in a folder that only root enters");
        }
        line.uid(nobody).gid(nobody);
    }
    let run = Run::of(&mut line);
    run.assert_code(0);
    self::line(&run, &["mkdir: make or write ", "/.codex", "stays closed in every writable folder"]);
}
