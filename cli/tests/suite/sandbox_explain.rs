//! `codex sandbox explain`: what holds in a folder, in words.

use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::process::{Run, codex, without_namespaces};

fn explain(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["sandbox", "explain"].iter().chain(args).copied().collect();
    let run = Run::of(codex(home, workspace, &all).env("SOME_TOKEN", "value-of-it"));
    run.assert_code(0);
    run
}

fn facts(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Value {
    let all: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    serde_json::from_str(&explain(home, workspace, &all).stdout).unwrap()
}

#[test]
fn the_words_name_roots_closed_paths_network_variables_and_the_machine() {
    let (home, workspace) = (TestHome::with_raw_config("sandbox_deny_read = [\"**/.env\"]\n"), TestWorkspace::git());
    let text = explain(&home, &workspace, &["--full-auto"]).stdout;
    let here = workspace.path().display().to_string();
    for words in [
        format!("Commands in {here}\n"),
        "Mode: workspace-write (--full-auto)".to_owned(),
        format!("  {here}  (this folder)"),
        "  /tmp  (temporary files".to_owned(),
        format!("  {here}/.git  (exists)"),
        format!("  {here}/.codex  (does not exist, and cannot be made)"),
        "/auth.json  (always)".to_owned(),
        "  **/.env  (`sandbox_deny_read`)".to_owned(),
        "Network: off".to_owned(),
        "without *KEY*, *SECRET*, *TOKEN*".to_owned(),
        "SOME_TOKEN".to_owned(),
        "This machine:".to_owned(),
        " kernel ".to_owned(),
        " Landlock ".to_owned(),
    ] {
        assert!(text.contains(&words), "{words}: {text}");
    }
    assert!(!text.contains("value-of-it"), "values of variables are nobody's business: {text}");
}

#[test]
fn landlock_alone_is_said_to_leave_modes_owners_and_times_open() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let enforced = |args: &[&str]| facts(&home, &workspace, args)["enforced_by"].as_str().unwrap().to_owned();
    for fallback in ["strict", "relaxed"] {
        let setting = format!("sandbox_fallback=\"{fallback}\"");
        let text = enforced(&["--full-auto", "--enable", "use_legacy_landlock", "-c", &setting]);
        assert!(text.contains("chmod, chown, utimes and changes of attributes cannot be stopped"), "{text}");
    }
    let text = enforced(&["--enable", "use_legacy_landlock"]);
    assert!(!text.contains("chmod"), "what writes nothing changes nothing of that either: {text}");
}

#[test]
fn every_mode_says_where_it_comes_from() {
    let (home, workspace) = (TestHome::with_raw_config("sandbox_mode = \"danger-full-access\"\n"), TestWorkspace::new());
    let config = home.path().canonicalize().unwrap().join("config.toml").display().to_string();
    for (args, mode, from) in [
        (&[][..], "danger-full-access", config.as_str()),
        (&["-c", "sandbox_mode=\"read-only\""], "read-only", "command line"),
        (&["--full-auto"], "workspace-write", "--full-auto"),
    ] {
        let facts = facts(&home, &workspace, args);
        assert_eq!((facts["mode"].as_str(), facts["mode_from"].as_str()), (Some(mode), Some(from)));
    }
    let bare = TestHome::with_raw_config("");
    let facts = facts(&bare, &workspace, &[]);
    assert_eq!((facts["mode"].as_str(), facts["network"].as_str()), (Some("read-only"), Some("off")));
    assert!(facts["mode_from"].as_str().unwrap().contains("default"));
    assert_eq!(facts["writable_roots"], Value::Array(Vec::new()));
}

#[test]
fn another_folder_and_further_roots_are_explained_too() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
    workspace.file("sub/x", "");
    let facts = facts(&home, &workspace, &["--full-auto", "-C", "sub", "--add-dir", "../more"]);
    let here = workspace.path().display();
    assert_eq!(facts["folder"], format!("{here}/sub"));
    let roots = facts["writable_roots"].as_array().unwrap();
    let root = |path: String| roots.iter().find(|root| root["path"] == path).unwrap_or_else(|| panic!("{path}: {roots:?}"));
    assert_eq!(root(format!("{here}/sub"))["reason"], "workspace");
    assert_eq!(root(format!("{here}/more"))["exists"], false);
}

#[test]
fn hosts_by_name_are_listed() {
    let config = "[sandbox_workspace_write]\nnetwork_access = { allow = [\"docs.example.org\"], deny = [\"x.example.org\"] }\n";
    let (home, workspace) = (TestHome::with_raw_config(config), TestWorkspace::new());
    let full = facts(&home, &workspace, &["--full-auto"]);
    assert_eq!(full["network"], serde_json::json!({"allow": ["docs.example.org"], "deny": ["x.example.org"]}));
    assert_eq!(facts(&home, &workspace, &[])["network"], "off");
}

/// The words are not the enforcement; here the one is held against the other.
#[test]
fn what_is_said_is_what_holds() {
    if without_namespaces("roots are opened piece by piece, which one line of the text says and no list can") {
        return;
    }
    let outside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let more = outside.path().canonicalize().unwrap().join("more");
    std::fs::create_dir(&more).unwrap();
    let (home, main) = (TestHome::with_raw_config("sandbox_deny_read = [\"**/hidden*\"]\n"), TestWorkspace::git());
    main.file("f", "");
    main.commit("first");
    // A linked worktree: its git folder is the main one's.
    main.run_git(&["worktree", "add", "-q", "tree"]);
    main.file("tree/sub/hidden.txt", "secret");
    for name in ["auth.json", ".env", ".credentials.json"] {
        std::fs::write(home.path().join(name), "secret").unwrap();
    }
    let flags = ["--full-auto", "-C", "tree", "--add-dir", more.to_str().unwrap()];
    let facts = facts(&home, &main, &flags);
    let texts = |list: &str, key: &str| -> Vec<String> {
        facts[list].as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    let (roots, closed, hidden) = (texts("writable_roots", "path"), texts("protected", "path"), texts("unreadable", "pattern"));
    let here = main.path().display().to_string();
    assert!(closed.contains(&format!("{here}/.git/worktrees/tree")) && closed.contains(&format!("{here}/tree/.agents")), "{closed:?}");
    let existing = hidden.into_iter().filter(|path| std::path::Path::new(path).exists()).chain([format!("{here}/tree/sub/hidden.txt")]);
    let mut script = String::new();
    for root in roots.iter().filter(|root| !root.ends_with("/memories")) {
        script += &format!("touch '{root}/of-a-test-$$' || echo 'not writable: {root}'; rm -f '{root}/of-a-test-$$'\n");
    }
    for path in &closed {
        script += &format!("(mkdir -p '{path}' && true > '{path}/x') 2> /dev/null && echo 'writable: {path}'\n");
    }
    for path in existing {
        script += &format!("cat '{path}' 2> /dev/null && echo ' readable: {path}'\n");
    }
    let all: Vec<&str> = ["sandbox"].iter().chain(&flags).chain(&["sh", "-c", &script]).copied().collect();
    let run = Run::of(&mut codex(&home, &main, &all));
    assert_eq!(run.stdout, "", "{}\n{facts:#}", run.stderr);
}

/// O1
#[test]
fn a_folder_cannot_add_lines_to_what_is_told_nor_drive_the_terminal() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let odd = workspace.path().join("x\u{1b}[2J\nMode: none (nobody)");
    std::fs::create_dir(&odd).unwrap();
    let text = explain(&home, &workspace, &["--full-auto", "-C", odd.to_str().unwrap()]).stdout;
    assert!(!text.contains('\u{1b}') && !text.contains("\nMode: none"), "{text}");
    assert!(text.contains(r"x\u{1b}[2J\nMode: none (nobody)  (this folder)"), "{text}");
    let run = Run::of(&mut codex(&home, &workspace, &["execpolicy", "check", "--rules", "/none\u{1b}[31m", "--", "ls"]));
    run.assert_code(1);
    assert!(run.stderr.contains("failed to read policy at /none") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
}
