//! `codex doctor`: what it finds, and what it leaves alone.

use std::os::unix::fs::PermissionsExt;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::process::{Run, codex};

const NAMES: [&str; 8] = ["config", "auth", "sandbox", "terminal", "git", "mcp", "sessions", "network"];

fn doctor(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["doctor"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

fn status(run: &Run, name: &str) -> String {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    let check = checks.clone().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check `{name}`: {}", run.stdout));
    check["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_machine_that_is_set_up_gets_a_line_for_each_thing() {
    let server = Scenario::new().reply(Reply::new().say("never asked")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = doctor(&home, &workspace, &[]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), NAMES.len(), "{}", run.stdout);
    for (line, name) in lines.iter().zip(NAMES) {
        let mut words = line.split_whitespace();
        assert!(["ok", "warn", "fail"].contains(&words.next().unwrap()), "{line}");
        assert_eq!(words.next(), Some(name));
    }
    assert_eq!(server.requests(), [], "nothing is sent");
    assert!(!home.path().join("sessions").exists(), "nothing is made");
    let json = doctor(&home, &workspace, &["--json"]);
    for name in ["config", "auth", "git", "mcp", "sessions", "network"] {
        assert_eq!(status(&json, name), "ok", "{name}: {}", json.stdout);
    }
    assert!(!run.stdout.contains("mock-key") && !json.stdout.contains("mock-key"), "a key is never shown");
}

#[test]
fn each_fault_is_found_and_fails() {
    let workspace = TestWorkspace::git();
    let home = TestHome::with_raw_config("model = 5\n");
    let run = doctor(&home, &workspace, &["--json"]);
    run.assert_code(1);
    assert_eq!(status(&run, "config"), "fail");

    let home = TestHome::for_base_url(&closed_port_url(), "", "");
    let run = Run::of(codex(&home, &workspace, &["doctor", "--json"]).env_remove("MOCK_KEY"));
    run.assert_code(1);
    assert_eq!((status(&run, "auth").as_str(), status(&run, "network").as_str()), ("fail", "fail"), "{}", run.stdout);

    let home = TestHome::for_base_url(&closed_port_url(), "[mcp_servers.gone]\ncommand = \"no-such-program-here\"\n", "");
    std::fs::create_dir(home.path().join("sessions")).unwrap();
    std::fs::set_permissions(home.path().join("sessions"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = doctor(&home, &TestWorkspace::new(), &["--json"]);
    for name in ["git", "mcp", "sessions"] {
        assert_eq!(status(&run, name), "warn", "{name}: {}", run.stdout);
    }
}

#[test]
fn a_required_server_that_is_not_there_fails() {
    let config = "[mcp_servers.gone]\ncommand = \"no-such-program-here\"\nrequired = true\n";
    let home = TestHome::for_base_url(&closed_port_url(), config, "");
    let run = doctor(&home, &TestWorkspace::git(), &["--json"]);
    run.assert_code(1);
    assert_eq!(status(&run, "mcp"), "fail");
}

#[test]
fn a_broken_home_is_a_finding_of_its_own() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::git());
    let run = Run::of(codex(&home, &workspace, &["doctor"]).env("CODEX_HOME", "/no/such/folder"));
    run.assert_code(1);
    assert!(run.stdout.starts_with("fail  home      "), "{}", run.stdout);
}

/// Exit code and the line of a check.
fn line(run: &Run, name: &str) -> (Option<i32>, String) {
    let line = run.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    (run.code, line.unwrap_or_else(|| panic!("no check `{name}`: {}{}", run.stdout, run.stderr)).to_owned())
}

#[test]
fn a_login_that_no_run_could_use_fails_whatever_its_mode() {
    let home = TestHome::with_raw_config("");
    let file = home.path().join("auth.json");
    for (text, words) in [
        ("{\"OPENAI_API_KEY\": ", "cannot understand"),
        ("", "cannot understand"),
        ("{}", "there is no key in"),
        ("{\"OPENAI_API_KEY\": null}", "there is no key in"),
    ] {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let (code, line) = line(&doctor(&home, &TestWorkspace::git(), &[]), "auth");
        assert!(code == Some(1) && line.starts_with("fail") && line.contains(words), "{text}: {line}");
    }
    std::fs::write(&file, "{\"OPENAI_API_KEY\": \"sk-abcdefghijklmnop\"}").unwrap();
    let (_, told) = line(&doctor(&home, &TestWorkspace::git(), &[]), "auth");
    assert!(told.starts_with("warn") && told.contains("can be read by others (mode 644)"), "{told}");
    let (_, told) = line(&doctor(&home, &TestWorkspace::git(), &["-c", "forced_login_method=\"chatgpt\""]), "auth");
    assert!(told.starts_with("fail") && told.contains("`forced_login_method` demands"), "{told}");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let (_, told) = line(&doctor(&home, &TestWorkspace::git(), &[]), "auth");
    assert!(told.starts_with("fail") && told.ends_with("make the file readable for you"), "{told}");
}

#[test]
fn what_no_request_would_survive_fails() {
    let workspace = TestWorkspace::git();
    let home =
        TestHome::with_raw_config("model_provider = \"x\"\n[model_providers.x]\nname = \"x\"\nbase_url = \"https://127.0.0.1:9/v1\"\n");
    let run = Run::of(codex(&home, &workspace, &["doctor"]).env("CODEX_CA_CERTIFICATE", "/nope"));
    let (_, told) = line(&run, "network");
    assert!(told.starts_with("fail") && told.contains("/nope") && told.contains("CODEX_CA_CERTIFICATE"), "{told}");
    let home = TestHome::with_raw_config("[mcp_servers.d]\nurl = \"nourl\"\n");
    let (_, told) = line(&doctor(&home, &workspace, &[]), "mcp");
    assert!(told.starts_with("warn") && told.contains("`d` has a `url` that is no address"), "{told}");
}

#[test]
fn a_folder_that_is_gone_is_told_and_the_rest_is_looked_at() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let gone = workspace.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let mut command = crate::process::bare("sh", &gone);
    command.envs(home.env()).args(["-c", "rmdir \"$PWD\" && exec \"$0\" doctor"]).arg(crate::process::binary());
    let run = Run::of(&mut command);
    run.assert_code(1);
    assert!(
        run.stdout.starts_with("fail  folder    the working folder cannot be used") || run.stdout.contains("fail  folder"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("  network ") && !run.stdout.contains("set CODEX_HOME"), "{}", run.stdout);
}

#[test]
fn a_fault_in_a_file_is_told_by_file_and_line_alone() {
    let home = TestHome::with_raw_config("model = \"a\"\nmodel = \"b\"\n");
    let (_, told) = line(&doctor(&home, &TestWorkspace::git(), &[]), "config");
    assert!(told.contains("config.toml:2:") && !told.contains('|') && !told.contains('^'), "{told}");
}
