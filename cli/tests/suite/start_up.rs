//! What starts without configuration, and what is told when a run cannot start.

use codex_test_support::{TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;

use crate::process::{Run, bare, binary, codex};

#[test]
fn help_version_and_completion_need_no_home() {
    let workspace = TestWorkspace::new();
    let cases: &[(&[&str], &str)] = &[
        (&["--version"], "codex-cli "),
        (&["exec", "-V"], "codex-cli-exec "),
        (&["--help"], "A coding agent"),
        (&["exec", "--help"], "Do one task"),
        (&["completion"], "_codex() {"),
        (&["completion", "zsh"], "#compdef codex"),
    ];
    for (args, start) in cases {
        let nowhere = workspace.path().join("not/there");
        let run = Run::of(
            bare(binary(), workspace.path()).env("HOME", &nowhere).env("CODEX_HOME", &nowhere).env("RUST_LOG", "trace").args(*args),
        );
        run.assert_code(0);
        assert!(run.stdout.starts_with(start), "{args:?}: {}", run.stdout);
        assert_eq!(run.stderr, "", "{args:?}");
    }
    assert_eq!(std::fs::read_dir(workspace.path()).unwrap().count(), 0, "nothing may be written");
}

#[test]
fn without_a_terminal_the_screen_says_so() {
    let workspace = TestWorkspace::new();
    let run = Run::of(&mut bare(binary(), workspace.path()));
    run.assert_code(1);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "Error: stdin is not a terminal\n"));
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_2() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::git());
    for args in [
        &["exec", "--nope"][..],
        &["exec", "-s", "open", "x"],
        &["exec", "--yolo", "--full-auto", "x"],
        &["exec", "-a", "never", "x"],
        &["exec", "--max-turns", "0", "x"],
        &["exec", "--timeout", "soon", "x"],
        &["exec", "resume", "-C", "/", "x"],
        &["-a", "sometimes", "exec", "x"],
        &["exce"],
        &["reveiw", "--uncommitted"],
        &["mpc", "list"],
    ] {
        let run = Run::of(&mut codex(&home, &workspace, args));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn each_reason_not_to_start_is_one_clear_message() {
    let home = TestHome::for_base_url(&closed_port_url(), "", "");
    let workspace = TestWorkspace::git();
    workspace.file("bad.json", "{x}");
    let folder = workspace.path().display();
    let cases: Vec<(Vec<&str>, String)> = vec![
        (vec!["-c", "nokey", "x"], "Error parsing -c overrides: Invalid override (missing '='): nokey\n".into()),
        (vec!["-c", "=3", "x"], "Error parsing -c overrides: Empty key in override: =3\n".into()),
        (vec!["-c", "model=5", "x"], "Error loading config.toml: invalid type: integer `5`, expected a string\nin `model`\n".into()),
        (vec!["-c", "model_provider=nope", "x"], "Error: Model provider `nope` not found\n".into()),
        (vec!["-p", "nope", "x"], "Error: config profile `nope` not found\n".into()),
        (vec!["--enable", "nope", "x"], "Error: Unknown feature flag: nope\n".into()),
        (vec!["-C", "/not/there", "x"], "Error: No such file or directory (os error 2): /not/there\n".into()),
        (
            vec!["--output-schema", "none.json", "x"],
            format!("Failed to read output schema file {folder}/none.json: No such file or directory (os error 2)\n"),
        ),
        (
            vec!["--output-schema", "bad.json", "x"],
            format!("Output schema file {folder}/bad.json is not valid JSON: key must be a string at line 1 column 2\n"),
        ),
        (
            vec!["--replay", "none.jsonl", "x"],
            format!("Failed to read recording {folder}/none.jsonl: No such file or directory (os error 2)\n"),
        ),
        (vec!["review"], "Error: Specify --uncommitted, --base, --commit, or provide custom review instructions\n".into()),
    ];
    for json in [false, true] {
        for (args, told) in &cases {
            let mut all = vec!["exec"];
            all.extend(json.then_some("--json"));
            all.extend(args);
            let run = Run::of(&mut codex(&home, &workspace, &all));
            run.assert_code(1);
            assert_eq!((run.stdout.as_str(), &run.stderr), ("", told), "{all:?}");
        }
    }
    assert_eq!(home.session_files(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn broken_toml_is_shown_with_its_place() {
    let (home, workspace) = (TestHome::with_raw_config("# fine\na b\n"), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "x"]));
    run.assert_code(1);
    assert!(run.stderr.starts_with("Error loading config.toml:\n"), "{}", run.stderr);
    assert!(run.stderr.contains("config.toml:2:3: "), "{}", run.stderr);
}

#[test]
fn a_home_that_was_named_has_to_be_there() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::git());
    let missing = workspace.path().join("nope");
    let run = Run::of(codex(&home, &workspace, &["exec", "x"]).env("CODEX_HOME", &missing));
    run.assert_code(1);
    assert_eq!(run.stderr, format!("Error finding codex home: CODEX_HOME points to {missing:?}, but that path does not exist\n"));
    let file = workspace.file("file", "");
    let run = Run::of(codex(&home, &workspace, &["exec", "x"]).env("CODEX_HOME", &file));
    run.assert_code(1);
    assert_eq!(run.stderr, format!("Error finding codex home: CODEX_HOME points to {file:?}, but that path is not a directory\n"));
}
