//! Clients of the published program, unpatched, against this one: each runs a script that starts threads, streams, goes on,
//! interrupts, sends images, asks for structured answers and, where the client can, answers questions, against a scripted model server.
//!
//! `.ci/run` installs them outside the repository and names the folder in `CODEX_CLIENTS`. Without it nothing is run, and in CI
//! that is a fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
#![expect(clippy::disallowed_methods, reason = "where the clients are, is said by whoever runs the tests")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use serde_json::json;

/// The program of a client that was installed; `None` where clients are not installed and need not be.
fn installed(name: &str) -> Option<PathBuf> {
    let place = std::env::var_os("CODEX_CLIENTS").map(|folder| PathBuf::from(folder).join(name)).filter(|place| place.exists());
    if place.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{name} is not installed: `.ci/run` does that");
        println!("skipped: {name} is not installed (CODEX_CLIENTS)");
    }
    place
}

/// Whether a client is asked about commands: the TypeScript SDK runs `codex exec`, which asks nobody.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Questions {
    Asked,
    Never,
}

/// A model server that serves every script: which answer comes is told by its number.
fn scenario(questions: Questions) -> Scenario {
    let scenario = match questions {
        Questions::Never => Scenario::new(),
        Questions::Asked => Scenario::new()
            .reply(Reply::new().call_with_id("a1", "exec_command", json!({"cmd": "touch allowed"})))
            .reply(Reply::new().say("done"))
            .reply(Reply::new().call_with_id("a2", "exec_command", json!({"cmd": "touch refused"})))
            .reply(Reply::new().say("done")),
    };
    scenario
        .reply(Reply::new().say("one"))
        .reply(Reply::new().say("two"))
        .reply(Reply::new().say("three"))
        .reply(Reply::new().say("{\"answer\":\"42\"}"))
        .reply(Reply::new().say("seen"))
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": "sleep 300", "yield_time_ms": 30_000})))
        .reply(Reply::new().say("late"))
}

fn run(program: &std::path::Path, arguments: &[&str], questions: Questions) -> Vec<codex_test_support::Request> {
    let server = scenario(questions).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    #[expect(clippy::disallowed_methods, reason = "a test starts a client as its user would")]
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(home.env()).env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", workspace.path()).env("CODEX_BIN", env!("CARGO_BIN_EXE_codex")).env("WORKSPACE", workspace.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).ends_with("all done\n"), "{}", text(&output.stdout));
    let mut requests = server.requests();
    if questions == Questions::Asked {
        let left = (workspace.path().join("allowed").exists(), workspace.path().join("refused").exists());
        assert_eq!(left, (true, false), "what was allowed ran, and what was refused did not");
        requests.drain(..4);
    }
    requests
}

/// What every script leaves at the model server.
fn check(requests: &[codex_test_support::Request]) {
    let users = |request: usize| requests[request].texts_of("user");
    assert!(users(1).iter().any(|text| text == "first") && users(1).iter().any(|text| text == "second"), "a thread has its turns");
    assert!(users(2).iter().any(|text| text == "first") && users(2).iter().any(|text| text == "third"), "a resumed thread has them too");
    assert_eq!(requests[3].body["text"]["format"]["schema"]["required"], json!(["answer"]), "the schema goes along");
    let image = requests[4].input().iter().any(|item| item.to_string().contains("data:image/png;base64,"));
    assert!(image, "the image goes along");
}

#[test]
fn the_typescript_sdk_of_the_same_version_runs() {
    let Some(place) = installed("ts-sdk-0.117.0") else { return };
    check(&run(
        "node".as_ref(),
        &[concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/ts_sdk.mjs"), place.to_str().unwrap()],
        Questions::Never,
    ));
}

#[test]
fn the_newest_typescript_sdk_runs() {
    let Some(place) = installed("ts-sdk-newest") else { return };
    check(&run(
        "node".as_ref(),
        &[concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/ts_sdk.mjs"), place.to_str().unwrap()],
        Questions::Never,
    ));
}

#[test]
fn the_python_sdk_runs() {
    let Some(place) = installed("py-sdk") else { return };
    check(&run(&place.join("bin/python"), &[concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/py_sdk.py")], Questions::Asked));
}

#[test]
fn the_rust_crate_runs() {
    let Some(place) = installed("rust-client") else { return };
    check(&run(&place.join("target/debug/rust-client"), &[], Questions::Asked));
}
