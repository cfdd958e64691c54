//! Mistakes are told, not swallowed: output that went nowhere, flags without an effect, settings that nobody knows.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, codex};

fn told(home: &TestHome, args: &[&str]) -> Run {
    Run::of(&mut codex(home, &TestWorkspace::git(), args))
}

const THAT_PRINT: [&[&str]; 16] = [
    &["--version"],
    &["--help"],
    &["config", "schema"],
    &["config", "show", "--json"],
    &["config", "check"],
    &["completion", "bash"],
    &["completion", "man"],
    &["features", "list"],
    &["features", "enable", "undo"],
    &["mcp", "list"],
    &["mcp", "list", "--json"],
    &["rules", "list"],
    &["sessions", "list"],
    &["sandbox", "explain"],
    &["doctor", "--json"],
    &["debug", "man"],
];

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let home = TestHome::with_raw_config("");
    for args in THAT_PRINT {
        let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
            println!("skipped: there is no /dev/full");
            return;
        };
        let run = Run::of(codex(&home, &TestWorkspace::git(), args).stdout(Stdio::from(full)));
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(1), "Error: cannot write to standard output: No space left on device (os error 28)\n"),
            "{args:?}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_told_nothing() {
    let home = TestHome::with_raw_config("");
    for args in THAT_PRINT {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = Run::of(codex(&home, &TestWorkspace::git(), args).stdout(Stdio::from(writer)));
        assert_eq!(run.stderr, "", "{args:?}");
    }
}

#[test]
fn strict_settings_hold_for_every_command_that_reads_or_writes_them() {
    let home = TestHome::with_raw_config("mdoel = 1\n");
    let file = home.path().join("config.toml");
    for args in [
        &["mcp", "add", "a", "--", "b"][..],
        &["mcp", "remove", "a"],
        &["features", "enable", "undo"],
        &["features", "disable", "shell_tool"],
        &["app-server"],
        &["login", "status"],
    ] {
        let run = told(&home, &[&["--strict-config"], args].concat());
        run.assert_code(1);
        assert!(run.stderr.contains("unknown key `mdoel`; did you mean `model`?") && run.stdout.is_empty(), "{args:?}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mdoel = 1\n");
    let run = told(&home, &["doctor", "--strict-config"]);
    assert!(run.stdout.starts_with("fail  config") && run.stdout.contains("unknown key `mdoel`"), "{}", run.stdout);
}

#[test]
fn a_key_that_nobody_knows_is_told_by_every_command_that_reads_settings() {
    let home = TestHome::with_raw_config("mdoel = 1\n[mcp_servers.a]\ncommand = \"b\"\n");
    for args in [
        &["mcp", "list"][..],
        &["mcp", "get", "a"],
        &["features", "list"],
        &["sandbox", "-c", "sandbox_mode=\"danger-full-access\"", "true"],
        &["sandbox", "explain"],
        &["rules", "list"],
        &["login", "status"],
    ] {
        let run = told(&home, args);
        assert_eq!(run.stderr.matches("config.toml:1: unknown key `mdoel`; did you mean `model`?").count(), 1, "{args:?}: {}", run.stderr);
        assert!(!run.stdout.contains("mdoel"), "{args:?}: {}", run.stdout);
    }
}

#[test]
fn flags_that_would_have_no_effect_are_refused() {
    let server = Scenario::new().reply(Reply::new().say("never asked")).start();
    let home = TestHome::new(&server);
    for (args, line) in [
        (
            &["exec", "--local-provider", "ollama", "hi"][..],
            "Error: `--local-provider ollama` says which server `--oss` means; add `--oss`",
        ),
        (
            &["--local-provider", "ollama", "config", "show"],
            "Error: `--local-provider ollama` says which server `--oss` means; add `--oss`",
        ),
        (
            &["--remote", "ws://127.0.0.1:9", "exec", "hi"],
            "Error: `--remote ws://127.0.0.1:9` is only supported for interactive TUI commands, not `codex exec`",
        ),
        (&["say this", "exec", "hi"], "Error: the prompt `say this` before `exec` would be lost"),
        (&["-i", "a.png", "--search", "exec", "hi"], "Error: `--image` before `exec` would be lost"),
        (&["-p", "nope", "features", "enable", "undo"], "Error: config profile `nope` not found"),
    ] {
        let run = told(&home, args);
        run.assert_code(1);
        assert_eq!(run.stderr.lines().next(), Some(line), "{args:?}");
    }
    let run =
        Run::of(codex(&home, &TestWorkspace::git(), &["exec", "--oss", "--local-provider", "ollama", "hi"]).env("CODEX_OSS_PORT", "abc"));
    run.assert_code(1);
    assert_eq!(run.stderr, "Error: CODEX_OSS_PORT is no port: `abc`\n");
    assert_eq!(server.requests().len(), 0);
    assert!(!std::fs::read_to_string(home.path().join("config.toml")).unwrap().contains("nope"));
}

#[test]
fn flags_before_and_after_a_command_count_for_it() {
    let home = TestHome::with_raw_config("");
    assert_eq!(told(&home, &["-a", "never", "config", "show", "approval_policy"]).stdout, "approval_policy = \"never\"\n");
    let run = told(&home, &["doctor", "-c", "model_provider=\"gone\""]);
    assert!(run.stdout.contains("Model provider `gone` not found; correct the name"), "{}{}", run.stdout, run.stderr);
    let run = told(&home, &["rules", "list", "-c", "model=5"]);
    assert!(run.stderr.starts_with("Error loading config") && run.stderr.contains("model"), "{}", run.stderr);
    let run = told(&home, &["--oss", "--local-provider", "ollama", "doctor"]);
    assert!(run.stdout.contains("`ollama`") && !run.stdout.contains("openai"), "{}", run.stdout);
}

#[test]
fn an_mcp_server_needs_an_address() {
    let home = TestHome::with_raw_config("");
    for url in ["nourl", "javascript:x", "https://", "http:// x/"] {
        let run = told(&home, &["mcp", "add", "a", "--url", url]);
        run.assert_code(1);
        assert_eq!(run.stderr, "Error: `--url` takes the address of a server, such as https://host/mcp\n", "{url}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("config.toml")).unwrap(), "");
}

#[test]
fn an_older_name_of_a_feature_is_told() {
    let home = TestHome::with_raw_config("");
    let run = told(&home, &["features", "enable", "collab"]);
    run.assert_code(0);
    assert_eq!(run.stderr, "warning: `collab` is deprecated; the feature is called `multi_agent` now\n");
}

/// X4
#[test]
fn the_log_tells_what_began_and_ended_and_nothing_of_what_was_said() {
    let server = Scenario::new()
        .reply(Reply::new().call("shell", serde_json::json!({"command": ["echo", "private-word"]})))
        .reply(Reply::new().say("secret-answer"))
        .start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::git();
    let run = Run::of(codex(&home, &workspace, &["exec", "--json", "private-prompt"]).env("RUST_LOG", "codex=debug"));
    run.assert_code(0);
    let log = std::fs::read_to_string(home.path().join("log/codex.log")).unwrap();
    for words in [
        "thread started",
        "turn started",
        "request sent",
        "request answered status=200",
        "tokens used",
        "tool called",
        "command started",
        "command ended",
        "exit=0",
        "turn ended",
        "status=\"completed\"",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    for words in ["private", "secret-answer", "mock-key"] {
        assert!(!log.contains(words), "{words}: {log}");
    }
    assert!(run.stderr.contains("turn started"), "{}", run.stderr);
    std::fs::remove_dir_all(home.path().join("log")).unwrap();
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "--json", "again"]));
    assert!(!run.stderr.contains("codex_diary") && !home.path().join("log").exists(), "{}", run.stderr);
}

#[test]
fn a_log_that_cannot_be_kept_is_told_once() {
    let server = Scenario::new().reply(Reply::new().say("hi")).start();
    let home = TestHome::new(&server);
    std::fs::write(home.path().join("log"), "in the way").unwrap();
    let run = Run::of(codex(&home, &TestWorkspace::git(), &["exec", "--json", "go"]).env("RUST_LOG", "info"));
    run.assert_code(0);
    assert_eq!(run.stderr.matches("warning: no log is kept: ").count(), 1, "{}", run.stderr);
}

/// X4
#[test]
fn what_is_secret_in_an_address_is_not_shown() {
    let home = TestHome::with_raw_config("[mcp_servers.h]\nurl = \"https://u:hidden-word@h.example/mcp?token=hidden-value\"\n");
    for args in [&["mcp", "list"][..], &["mcp", "get", "h"]] {
        let run = told(&home, args);
        run.assert_code(0);
        assert!(run.stdout.contains("h.example/mcp?token=*****") && !run.stdout.contains("hidden"), "{}", run.stdout);
    }
}

#[test]
fn a_file_that_its_owner_closed_stays_closed() {
    let home = TestHome::with_raw_config("");
    let file = home.path().join("config.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    told(&home, &["features", "enable", "undo"]).assert_code(0);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o400);
}
