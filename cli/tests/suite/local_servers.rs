//! `--oss`: the local server is looked for, the model fetched, and the run goes there.

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex};

const PULL: &str = "{\"status\":\"pulling manifest\"}\n{\"status\":\"x\",\"digest\":\"sha256:abcdef\",\"total\":1000000,\"completed\":500000}\n\
                    {\"status\":\"x\",\"digest\":\"sha256:abcdef\",\"total\":1000000,\"completed\":1000000}\n{\"status\":\"success\"}\n";

fn ollama(models: &'static [&'static str]) -> ModelServer {
    let tags = models.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
    Scenario::new()
        .route("GET", "/api/version", |_| Reply::json(json!({"version": "0.14.0"})))
        .route("GET", "/api/tags", move |_| Reply::json(json!({"models": tags})))
        .route("POST", "/api/show", |_| Reply::json(json!({"model_info": {"gptoss.context_length": 131_072}})))
        .route("POST", "/api/pull", |_| Reply::status(200).body_text("application/x-ndjson", PULL))
        .reply(Reply::new().say("local answer"))
        .start()
}

fn oss(base_url: &str, args: &[&str]) -> Run {
    let (home, workspace) = (TestHome::for_base_url("http://127.0.0.1:9/v1", "", ""), TestWorkspace::git());
    Run::of(codex(&home, &workspace, &[&["exec", "--oss"], args, &["go"]].concat()).env("CODEX_OSS_BASE_URL", base_url))
}

#[test]
fn a_missing_model_is_pulled_in_plain_lines_and_then_asked() {
    let server = ollama(&["other:1b"]);
    let run = oss(&server.base_url(), &["--local-provider", "ollama"]);
    run.assert_code(0);
    assert_eq!(run.stdout.trim(), "local answer");
    let wanted =
        ["Pulling model gpt-oss:20b...", "pulling manifest", "downloading abcdef: 50% of 1.0 MB", "downloading abcdef: 100% of 1.0 MB"];
    let lines: Vec<&str> = run.stderr.lines().collect();
    let from = lines.iter().position(|line| *line == wanted[0]).unwrap_or_else(|| panic!("{}", run.stderr));
    assert_eq!(&lines[from..from + 4], wanted);
    let request = server.requests().pop().unwrap();
    assert_eq!(
        (request.path.as_str(), &request.body["model"], request.header("authorization")),
        ("/v1/responses", &json!("gpt-oss:20b"), None)
    );
}

#[test]
fn another_model_that_is_there_is_asked_at_once() {
    let server = ollama(&["mine:7b"]);
    let run = oss(&server.base_url(), &["--local-provider", "ollama", "-m", "mine:7b"]);
    run.assert_code(0);
    assert!(!run.stderr.contains("Pulling"), "{}", run.stderr);
    assert_eq!(server.requests().pop().unwrap().body["model"], "mine:7b");
}

#[test]
fn a_server_that_is_not_there_is_an_error_that_says_how_to_start_it() {
    let cases = [
        ("ollama", "Error: OSS setup failed: No running Ollama server detected. Start it with: `ollama serve` (after installing)."),
        (
            "lmstudio",
            "Error: OSS setup failed: LM Studio is not responding. Install from https://lmstudio.ai/download and run 'lms server start'.",
        ),
    ];
    for (provider, wanted) in cases {
        let run = oss(&closed_port_url(), &["--local-provider", provider]);
        run.assert_code(1);
        assert!(run.stderr.contains(wanted), "{}", run.stderr);
    }
    let run = oss(&closed_port_url(), &[]);
    run.assert_code(1);
    assert!(run.stderr.contains("Error: No default OSS provider configured."), "{}", run.stderr);
}
