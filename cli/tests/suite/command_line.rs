//! Help, completions and manual, all made from one set of definitions.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{Command, Stdio};

use codex_test_support::TestWorkspace;
use pretty_assertions::assert_eq;

use crate::process::{Run, bare, binary};

/// What a terminal of that many columns would be shown.
const COLUMNS: usize = 80;

fn help(words: &[String]) -> Run {
    let workspace = TestWorkspace::new();
    let mut command = bare(binary(), workspace.path());
    Run::of(command.env("COLUMNS", COLUMNS.to_string()).args(words).arg("--help"))
}

/// Names below `Commands:`.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command that has help, by its words, with that help.
fn every_help() -> Vec<(Vec<String>, String)> {
    let mut all = Vec::new();
    let mut waiting = VecDeque::from([Vec::new()]);
    while let Some(words) = waiting.pop_front() {
        let run = help(&words);
        if run.code == Some(1) && run.stderr.contains("is not built yet") {
            continue;
        }
        run.assert_code(0);
        waiting.extend(subcommands(&run.stdout).into_iter().map(|name| words.iter().cloned().chain([name]).collect()));
        all.push((words, run.stdout));
    }
    all
}

/// After a change that is wanted: `INSTA_UPDATE=always cargo test -p codex-cli --test suite help_of_each_subcommand`.
#[test]
fn help_of_each_subcommand_reads_well_at_80_columns() {
    for (words, help) in every_help() {
        let name = if words.is_empty() { "codex".to_owned() } else { words.join(" ") };
        for line in help.lines() {
            assert!(line.chars().count() <= COLUMNS, "`{name}` is too wide: {line}");
        }
        insta::assert_snapshot!(format!("help-{}", name.replace(' ', "-")), help);
    }
}

#[test]
fn a_typo_suggests_the_nearest() {
    let workspace = TestWorkspace::new();
    for (words, suggestion) in [
        (&["exce", "x"][..], "'exec'"),
        (&["reveiw", "--uncommitted"], "'review'"),
        (&["mpc", "list"], "'mcp'"),
        (&["exec", "--jsn", "x"], "'--json'"),
        (&["exec", "-s", "read-olny", "x"], "'read-only'"),
        (&["rules", "lst"], "'list'"),
        (&["completion", "fsih"], "'fish'"),
        (&["hlep"], "'help'"),
        (&["exec", "resum", "--last"], "'resume'"),
        (&["exec", "reveiw"], "'review'"),
        (&["exec", "-s", "read-only", "frok"], "'fork'"),
        (&["help", "exce"], "'exec'"),
        (&["help", "config", "shwo"], "'show'"),
    ] {
        let run = Run::of(bare(binary(), workspace.path()).args(words));
        run.assert_code(2);
        let tip = run.stderr.lines().find(|line| line.trim_start().starts_with("tip: a similar")).unwrap_or_default();
        assert!(tip.contains(suggestion), "{words:?}: {}", run.stderr);
    }
    let run = Run::of(bare(binary(), workspace.path()).args(["--", "exce"]));
    run.assert_code(1);
    let run = Run::of(bare(binary(), workspace.path()).args(["exec", "resum"]));
    assert!(run.stderr.contains("tip: to say it as a prompt, use 'codex exec -- resum'"), "{}", run.stderr);
    let run = Run::of(bare(binary(), workspace.path()).args(["apply"]));
    assert!(run.stderr.contains("Usage: codex apply [OPTIONS] (<SESSION_ID> | --last)"), "{}", run.stderr);
    let run = Run::of(bare(binary(), workspace.path()).args(["--jsno", "x"]));
    assert!(run.stderr.contains("tip: 'codex exec' has '--json'") && !run.stderr.contains("--sandbox"), "{}", run.stderr);
}

#[test]
fn what_is_not_built_says_so_in_one_line_and_fails() {
    let workspace = TestWorkspace::new();
    for name in subcommands(&help(&[]).stdout) {
        let run = Run::of(bare(binary(), workspace.path()).args([&name, "--help"]));
        if run.code == Some(0) {
            continue;
        }
        run.assert_code(1);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", format!("Error: `codex {name}` is not built yet\n").as_str()));
    }
}

#[test]
fn nothing_of_the_home_is_read_for_help_version_and_completion() {
    let workspace = TestWorkspace::new();
    // A pipe that nobody writes to: whoever opens one of these files waits for ever.
    for name in ["config.toml", "auth.json", "AGENTS.md", "rules/default.rules", ".codex/config.toml"] {
        let path = workspace.file(&format!("{name}.placeholder"), "").with_file_name(Path::new(name).file_name().unwrap());
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }
    for words in
        [&["--version"][..], &["--help"], &["exec", "--help"], &["help", "exec"], &["completion"], &["completion", "man"], &["exec", "-V"]]
    {
        let run = Run::of(bare(binary(), workspace.path()).env("CODEX_HOME", workspace.path()).env("RUST_LOG", "trace").args(words));
        run.assert_code(0);
        assert_eq!(run.stderr, "", "{words:?}");
    }
}

#[test]
fn a_manual_page_is_written_for_each_subcommand() {
    let workspace = TestWorkspace::new();
    let folder = workspace.path().join("man");
    Run::of(bare(binary(), workspace.path()).args(["debug", "man"]).arg(&folder)).assert_code(0);
    for (words, _) in every_help() {
        let page = folder.join(format!("{}.1", [&["codex".to_owned()], words.as_slice()].concat().join("-")));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".TH codex"), "{}: {text}", page.display());
    }
    let printed = Run::of(bare(binary(), workspace.path()).args(["completion", "man"]));
    assert_eq!(std::fs::read_to_string(folder.join("codex.1")).unwrap(), printed.stdout);
}

/// The script for a shell, in a file, and the shell; `None` where the machine has no such shell, which is said.
fn script(shell: &str, name: &str, workspace: &TestWorkspace) -> Option<()> {
    let printed = Run::of(bare(binary(), workspace.path()).args(["completion", shell]));
    printed.assert_code(0);
    workspace.file(name, &printed.stdout);
    let there = bare(shell, workspace.path()).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        println!("skipped: {shell} is not installed (`.ci/run` installs it)");
    }
    there.then_some(())
}

fn shell(program: &str, workspace: &TestWorkspace, words: &[&str]) -> String {
    let mut command: Command = bare(program, workspace.path());
    let run = Run::of(command.args(words));
    run.assert_code(0);
    assert_eq!(run.stderr, "", "{program} {words:?}");
    run.stdout
}

#[test]
fn bash_completes_subcommands_flags_and_values() {
    let workspace = TestWorkspace::new();
    if script("bash", "codex.bash", &workspace).is_none() {
        return;
    }
    let complete = |words: &[&str]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let (at, last, before) = (words.len() - 1, words[words.len() - 1], words[words.len() - 2]);
        let line = format!(
            "source ./codex.bash; COMP_WORDS=({}); COMP_CWORD={at}; fn=$(complete -p codex | sed -n 's/.*-F \\([^ ]*\\).*/\\1/p'); \"$fn\" codex '{last}' '{before}' 2>/dev/null; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            quoted.join(" ")
        );
        let told = shell("bash", &workspace, &["--norc", "-c", &line]);
        told.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let offered = complete(&["codex", ""]);
    for name in subcommands(&help(&[]).stdout) {
        assert!(offered.contains(&name), "{name}: {offered:?}");
    }
    assert_eq!(complete(&["codex", "--sand"]), ["--sandbox"]);
    assert_eq!(complete(&["codex", "exec", "--color", ""]), ["always", "never", "auto"]);
    assert_eq!(complete(&["codex", "-s", "work"]), ["workspace-write"]);
    assert_eq!(complete(&["codex", "--local-provider", ""]), ["lmstudio", "ollama"]);
    assert_eq!(complete(&["codex", "exec", "--local-provider", "ol"]), ["ollama"]);
    assert_eq!(complete(&["codex", "exec", "--enable", "image_g"]), ["image_generation"]);
    assert_eq!(complete(&["codex", "features", "disable", "image_g"]), ["image_generation"]);
    workspace.file("schema-file.json", "{}");
    assert_eq!(complete(&["codex", "exec", "--output-schema", "schema-f"]), ["schema-file.json"]);
}

#[test]
fn zsh_loads_the_completions() {
    let workspace = TestWorkspace::new();
    if script("zsh", "_codex", &workspace).is_none() {
        return;
    }
    shell("zsh", &workspace, &["-f", "-n", "./_codex"]);
    let line =
        "fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u; print -r -- ${_comps[codex]}; autoload +X _codex && print loaded";
    assert_eq!(shell("zsh", &workspace, &["-f", "-c", line]), "_codex\nloaded\n");
    let text = workspace.read("_codex").unwrap();
    assert!(text.contains("_files") && text.contains("read-only workspace-write danger-full-access"), "file hints and values are there");
}

#[test]
fn fish_completes_subcommands_and_values() {
    let workspace = TestWorkspace::new();
    if script("fish", "codex.fish", &workspace).is_none() {
        return;
    }
    let complete = |line: &str| {
        let told = shell("fish", &workspace, &["--no-config", "-c", &format!("source ./codex.fish; complete -C '{line}'")]);
        told.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let offered = complete("codex ");
    for name in subcommands(&help(&[]).stdout) {
        assert!(offered.contains(&name), "{name}: {offered:?}");
    }
    let mut values = complete("codex exec --color ");
    values.sort();
    assert_eq!(values, ["always", "auto", "never"]);
}
