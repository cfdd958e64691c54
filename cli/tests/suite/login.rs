//! `codex login`, `codex login status`, `codex logout`, and runs that an account pays for.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStderr, Command, Stdio};

use codex_test_support::openid::{Fault, visit};
use codex_test_support::{OpenIdProvider, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex, eventually};

const KEY: &str = "sk-test-0123456789abcdef";

/// A folder to work in, and a home whose configuration is this text.
fn place(config: &str) -> (TestHome, TestWorkspace) {
    (TestHome::with_raw_config(config), TestWorkspace::git())
}

fn with_input(command: &mut Command, input: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Run::from(child.wait_with_output().unwrap())
}

fn login_with_key(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    with_input(&mut codex(home, workspace, &[args, &["login", "--with-api-key"]].concat()), &format!("{KEY}\n"))
}

fn auth_json(home: &TestHome) -> Value {
    serde_json::from_slice(&fs::read(home.path().join("auth.json")).unwrap()).unwrap()
}

#[test]
fn a_key_from_standard_input_is_kept_told_masked_and_forgotten() {
    let (home, workspace) = place("");
    let run = login_with_key(&home, &workspace, &[]);
    run.assert_code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "Reading API key from stdin...\nSuccessfully logged in\n"));
    let path = home.path().join("auth.json");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"{KEY}\"\n}}"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let run = Run::of(&mut codex(&home, &workspace, &["login", "status"]));
    run.assert_code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "Logged in using an API key - sk-test-***bcdef\n"));
    for told in ["Successfully logged out\n", "Not logged in\n"] {
        let run = Run::of(&mut codex(&home, &workspace, &["logout"]));
        run.assert_code(0);
        assert_eq!(run.stderr, told);
    }
    assert!(!path.exists());
    let run = Run::of(&mut codex(&home, &workspace, &["login", "status"]));
    run.assert_code(1);
    assert_eq!(run.stderr, "Not logged in\n");
}

#[test]
fn what_is_no_key_is_not_kept() {
    let (home, workspace) = place("");
    for (input, told) in [
        ("", "No API key provided via stdin."),
        (" \n", "No API key provided via stdin."),
        ("sk-a b\n", "is no API key"),
        ("sk-a\nsk-b", "is no API key"),
    ] {
        let run = with_input(&mut codex(&home, &workspace, &["login", "--with-api-key"]), input);
        run.assert_code(1);
        assert!(run.stderr.contains(told) && !run.stderr.contains("sk-"), "{}", run.stderr);
    }
    assert!(!home.path().join("auth.json").exists());
}

/// X6.
#[test]
fn a_key_on_the_command_line_is_refused_and_not_repeated() {
    let (home, workspace) = place("");
    for args in [&["login", "--api-key", KEY][..], &["login", "--api-key=sk-test-0123456789abcdef"]] {
        let run = Run::of(&mut codex(&home, &workspace, args));
        run.assert_code(1);
        assert!(run.stderr.starts_with("The --api-key flag is no longer supported. Pipe the key instead, e.g. "), "{}", run.stderr);
        assert!(!run.stderr.contains(KEY));
    }
    assert!(!home.path().join("auth.json").exists());
}

#[test]
fn a_broken_file_is_told_by_status_and_forgotten_by_logout() {
    let (home, workspace) = place("");
    fs::write(home.path().join("auth.json"), "{a").unwrap();
    let run = Run::of(&mut codex(&home, &workspace, &["login", "status"]));
    run.assert_code(1);
    assert_eq!(run.stderr, "Error checking login status: key must be a string at line 1 column 2\n");
    Run::of(&mut codex(&home, &workspace, &["logout"])).assert_code(0);
    assert!(!home.path().join("auth.json").exists());
}

#[test]
fn without_an_issuer_the_way_with_a_key_is_told() {
    let (home, workspace) = place("");
    for (args, start) in [(&["login"][..], "Error logging in: "), (&["login", "--device-auth"], "Error logging in with device code: ")] {
        let run = Run::of(&mut codex(&home, &workspace, args));
        run.assert_code(1);
        let told = format!("{start}signing in with an account needs `issuer` and `client_id` in `[login]` in config.toml\nhint: ");
        assert!(run.stderr.starts_with(&told) && run.stderr.contains("--with-api-key"), "{}", run.stderr);
    }
}

#[test]
fn the_forced_method_closes_the_other_way() {
    let (home, workspace) = place("");
    for args in [&["-c", "forced_login_method=api", "login"][..], &["login", "-c", "forced_login_method=api", "--device-auth"]] {
        let run = Run::of(&mut codex(&home, &workspace, args));
        run.assert_code(1);
        assert_eq!(run.stderr, "ChatGPT login is disabled. Use API key login instead.\n");
    }
    let run = login_with_key(&home, &workspace, &["-c", "forced_login_method=chatgpt"]);
    run.assert_code(1);
    assert_eq!(run.stderr, "Reading API key from stdin...\nAPI key login is disabled. Use ChatGPT login instead.\n");
    assert!(!home.path().join("auth.json").exists());
}

#[test]
fn stores_that_cannot_keep_anything_say_so() {
    let (home, workspace) = place("");
    let run = login_with_key(&home, &workspace, &["-c", "cli_auth_credentials_store=keyring"]);
    run.assert_code(1);
    assert!(run.stderr.contains("Error logging in: failed to write CLI auth to keyring: "), "{}", run.stderr);
    let run = Run::of(&mut codex(&home, &workspace, &["-c", "cli_auth_credentials_store=keyring", "login", "status"]));
    run.assert_code(1);
    assert!(run.stderr.starts_with("Error checking login status: failed to load CLI auth from keyring: "), "{}", run.stderr);
    let run = login_with_key(&home, &workspace, &["-c", "cli_auth_credentials_store=ephemeral"]);
    run.assert_code(1);
    assert!(run.stderr.contains("memory of one process"), "{}", run.stderr);
    assert!(!home.path().join("auth.json").exists());
    login_with_key(&home, &workspace, &["-c", "cli_auth_credentials_store=auto"]).assert_code(0);
    assert!(home.path().join("auth.json").exists());
    let run = Run::of(&mut codex(&home, &workspace, &["-c", "cli_auth_credentials_store=cupboard", "login", "status"]));
    run.assert_code(1);
    assert!(run.stderr.contains("cli_auth_credentials_store"), "{}", run.stderr);
}

/// A sign-in that waits, and what it says.
struct Waiting {
    child: Child,
    said: BufReader<ChildStderr>,
    text: String,
}

impl Waiting {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, said, text: String::new() }
    }

    /// Reads on until a line starts like this.
    fn line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.said.read_line(&mut line).unwrap(), 0, "{start} was not said: {}", self.text);
            self.text.push_str(&line);
            if line.starts_with(start) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Waits for the end.
    fn end(mut self) -> Run {
        std::io::Read::read_to_string(&mut self.said, &mut self.text).unwrap();
        let status = self.child.wait().unwrap();
        Run { code: status.code(), stdout: String::new(), stderr: self.text }
    }
}

/// Signs in with a browser that does as it is told.
fn sign_in(home: &TestHome, workspace: &TestWorkspace, provider: &OpenIdProvider) -> Run {
    let mut waiting = Waiting::start(&mut codex(home, workspace, &["login"]));
    let url = waiting.line(&provider.issuer());
    assert_eq!(provider.browse(&url).status, 200);
    waiting.end()
}

#[test]
fn a_person_signs_in_with_a_browser_and_out_again() {
    let provider = OpenIdProvider::start();
    let (home, workspace) = place(&provider.config());
    let run = sign_in(&home, &workspace, &provider);
    run.assert_code(0);
    assert!(run.stderr.starts_with("Starting local login server on http://localhost:"), "{}", run.stderr);
    assert!(run.stderr.ends_with("Successfully logged in\n"), "{}", run.stderr);
    let run = Run::of(&mut codex(&home, &workspace, &["login", "status"]));
    run.assert_code(0);
    assert_eq!(run.stderr, "Logged in using ChatGPT\naccount: person@example.org, plan: pro, workspace: workspace-1\n");
    let run = Run::of(&mut codex(&home, &workspace, &["logout"]));
    run.assert_code(0);
    assert_eq!(run.stderr, "Successfully logged out\n");
    assert!(provider.refresh_tokens().is_empty(), "the tokens are given back");
    assert!(!home.path().join("auth.json").exists());
}

#[test]
fn a_sign_in_that_fails_ends_with_1_and_quotes_nothing() {
    let provider = OpenIdProvider::start();
    let (home, workspace) = place(&provider.config());
    provider.set_fault(Fault::Refuse("invalid_grant"));
    let mut waiting = Waiting::start(&mut codex(&home, &workspace, &["login"]));
    let url = waiting.line(&provider.issuer());
    assert_eq!(provider.browse(&url).status, 400);
    let run = waiting.end();
    run.assert_code(1);
    assert!(run.stderr.ends_with("Error logging in: the sign-in server refused (tokens): invalid_grant\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("code-secret-"));
}

#[test]
fn a_port_that_is_taken_is_named_with_a_way_out() {
    let provider = OpenIdProvider::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (home, workspace) = place(&provider.config());
    let run = Run::of(&mut codex(&home, &workspace, &["login", "-c", &format!("login.callback_port={port}")]));
    run.assert_code(1);
    assert!(run.stderr.starts_with(&format!("Error logging in: Port 127.0.0.1:{port} is already in use\nhint: ")), "{}", run.stderr);
}

#[test]
fn a_person_signs_in_on_another_device() {
    let provider = OpenIdProvider::start();
    let (home, workspace) = place(&provider.config());
    let mut waiting = Waiting::start(&mut codex(&home, &workspace, &["login", "--device-auth"]));
    assert_eq!(waiting.line(&provider.issuer()), format!("{}/activate", provider.issuer()));
    let code = waiting.line("WDJB-");
    provider.approve(&code);
    let run = waiting.end();
    run.assert_code(0);
    assert!(run.stderr.ends_with("Successfully logged in\n"), "{}", run.stderr);
    assert_eq!(auth_json(&home)["tokens"]["access_token"], "access-secret-1");
}

/// L6, A28: by argv, https alone, and never a program of the workspace.
#[test]
fn the_browser_is_opened_with_the_address_alone() {
    let provider = OpenIdProvider::start();
    provider.publish("authorization_endpoint", json!("https://127.0.0.1:9/authorize?a=$(touch%20pwned)"));
    let (home, workspace) = place(&provider.config());
    let tools = tempfile::tempdir().unwrap();
    let script = "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$1\" \"${OPENAI_API_KEY-unset}\" > \"$(dirname \"$0\")/opened.new\"\nmv \"$(dirname \"$0\")/opened.new\" \"$(dirname \"$0\")/opened\"\n";
    for folder in [workspace.path(), tools.path()] {
        fs::write(folder.join("xdg-open"), script).unwrap();
        fs::set_permissions(folder.join("xdg-open"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!(".::{}:{}:/usr/bin:/bin", workspace.path().display(), tools.path().display());
    let mut command = codex(&home, &workspace, &["login"]);
    command.env("PATH", path).env("DISPLAY", ":99").env("OPENAI_API_KEY", KEY);
    let mut waiting = Waiting::start(&mut command);
    let url = waiting.line("https://127.0.0.1:9/authorize");
    let opened = eventually("the opener is started", || fs::read_to_string(tools.path().join("opened")).ok());
    assert_eq!(opened, format!("1\n{url}\nunset\n"));
    waiting.child.kill().unwrap();
    waiting.child.wait().unwrap();
    assert!(!workspace.path().join("opened").exists() && !workspace.path().join("pwned").exists());
}

#[test]
fn a_callback_with_another_state_changes_nothing() {
    let provider = OpenIdProvider::start();
    let (home, workspace) = place(&provider.config());
    let mut waiting = Waiting::start(&mut codex(&home, &workspace, &["login"]));
    let url = waiting.line(&provider.issuer());
    let back = provider.sent_back_to(&url);
    let wrong = back.replace("state=", "state=x");
    assert_eq!(visit(&wrong).status, 400);
    assert_eq!(visit(&back).status, 200);
    waiting.end().assert_code(0);
}

/// The home of somebody who is signed in, with the built-in provider at the server's address.
fn signed_in(provider: &OpenIdProvider, base_url: &str) -> (TestHome, TestWorkspace) {
    let (home, workspace) = place(&format!("openai_base_url = \"{base_url}\"\n{}", provider.config()));
    sign_in(&home, &workspace, provider).assert_code(0);
    (home, workspace)
}

#[test]
fn a_run_is_paid_for_by_the_account_and_a_refused_token_is_renewed_once() {
    let provider = OpenIdProvider::start();
    let server = Scenario::new()
        .reply_with(|request| match request.header("authorization") {
            Some("Bearer access-secret-2") => Reply::new().say("done"),
            other => Reply::status(401).body(json!({"error": {"message": format!("no good: {other:?}")}})),
        })
        .repeat_last()
        .start();
    let (home, workspace) = signed_in(&provider, &server.base_url());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "--json", "hello"]));
    run.assert_code(0);
    let asked: Vec<_> = server.requests().into_iter().filter(|request| request.method == "POST").collect();
    let keys: Vec<_> = asked.iter().map(|request| request.header("authorization").unwrap()).collect();
    assert_eq!(keys, ["Bearer access-secret-1", "Bearer access-secret-2"]);
    assert!(asked.iter().all(|request| request.header("chatgpt-account-id") == Some("workspace-1")));
    assert_eq!(auth_json(&home)["tokens"]["refresh_token"], "refresh-secret-2");
    assert_eq!(provider.refresh_tokens(), ["refresh-secret-2"]);
}

/// X4, A54.
#[test]
fn a_sign_in_that_has_ended_is_told_without_any_token() {
    let provider = OpenIdProvider::start();
    let server = Scenario::new()
        .reply_with(|request| Reply::status(401).body(json!({"error": {"message": format!("{:?}", request.headers)}})))
        .repeat_last()
        .start();
    let (home, workspace) = signed_in(&provider, &server.base_url());
    provider.revoke_all();
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "--json", "hello"]));
    run.assert_code(1);
    assert!(run.stdout.contains("sign in again with `codex login`"), "{}", run.stdout);
    assert_eq!(server.requests().iter().filter(|request| request.method == "POST").count(), 1);
    let mut everything = run.stdout + &run.stderr;
    home.session_files().iter().for_each(|file| everything.push_str(&fs::read_to_string(file).unwrap()));
    assert!(!everything.contains("-secret-"), "{everything}");
}

/// A55: a log of everything.
#[test]
fn a55_no_token_is_in_a_log_of_everything() {
    let provider = OpenIdProvider::start();
    let server = Scenario::new().reply(Reply::new().say("done")).start();
    provider.set_lifetime(60);
    let (home, workspace) = signed_in(&provider, &server.base_url());
    let run = Run::of(codex(&home, &workspace, &["exec", "hello"]).env("RUST_LOG", "trace"));
    run.assert_code(0);
    assert_eq!(provider.forms("/token").len(), 2, "a renewal is part of the run");
    assert!(run.stderr.contains("the sign-in was renewed"), "{}", run.stderr);
    assert!(!run.stderr.contains("-secret-") && !run.stdout.contains("-secret-"), "{}", run.stderr);
}

#[test]
fn a_run_with_the_wrong_kind_of_credentials_logs_out() {
    let provider = OpenIdProvider::start();
    let server = Scenario::new().reply(Reply::new().say("done")).start();
    let (home, workspace) = place(&format!("openai_base_url = \"{}\"\n", server.base_url()));
    login_with_key(&home, &workspace, &[]).assert_code(0);
    let run = Run::of(&mut codex(&home, &workspace, &["-c", "forced_login_method=chatgpt", "exec", "hello"]));
    run.assert_code(1);
    let told = "ChatGPT login is required, but an API key is currently being used. Logging out.";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(!home.path().join("auth.json").exists());
    assert_eq!(server.requests().len(), 0);

    let (home, workspace) = signed_in(&provider, &server.base_url());
    let run = Run::of(&mut codex(&home, &workspace, &["-c", "forced_chatgpt_workspace_id=other", "exec", "hello"]));
    run.assert_code(1);
    let told = "Login is restricted to workspace other, but current credentials belong to workspace-1. Logging out.";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(!home.path().join("auth.json").exists());
    assert_eq!(server.requests().len(), 0);
}

/// X5.
#[test]
fn a_token_goes_nowhere_unless_it_is_said_where() {
    let provider = OpenIdProvider::start();
    let (home, workspace) = place(&provider.config());
    sign_in(&home, &workspace, &provider).assert_code(0);
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "hello"]));
    run.assert_code(1);
    assert!(run.stderr.contains("set `openai_base_url` or `chatgpt_base_url`"), "{}", run.stderr);

    let server = Scenario::new().reply(Reply::new().say("done")).start();
    let said = format!("-cchatgpt_base_url={}/", server.base_url());
    Run::of(&mut codex(&home, &workspace, &["exec", &said, "hello"])).assert_code(0);
    let asked = server.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert_eq!((asked.path.as_str(), asked.header("authorization")), ("/v1/codex/responses", Some("Bearer access-secret-1")));

    let server = Scenario::new().reply(Reply::new().say("done")).start();
    let provider_keys = format!("-cmodel_providers.own={{name=\"own\",base_url=\"{}\"}}", server.base_url());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", &provider_keys, "-cmodel_provider=own", "hello"]));
    run.assert_code(0);
    assert_eq!(server.requests().iter().find_map(|request| request.header("authorization").map(str::to_owned)), None);
}
