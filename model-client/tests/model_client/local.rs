//! Local servers made ready: found, too old, without the model, not there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use codex_config::provider::ProviderInfo;
use codex_model_client::local::{LocalError, LocalFacts, LocalStep, make_ready};
use codex_test_support::{ModelServer, Reply, Scenario, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::json;

struct Ready {
    outcome: Result<LocalFacts, LocalError>,
    steps: Vec<LocalStep>,
}

async fn ready(id: &str, base_url: &str, model: &str, env: &BTreeMap<String, String>) -> Ready {
    let provider = ProviderInfo { id: id.into(), ..ProviderInfo::at(id, id, base_url) };
    let mut steps = Vec::new();
    let outcome = make_ready(&provider, model, env, Path::new("/"), |step| steps.push(step)).await;
    Ready { outcome, steps }
}

fn ollama(version: &'static str, pulled: &'static str) -> ModelServer {
    Scenario::new()
        .route("GET", "/api/version", move |_| Reply::json(json!({"version": version})))
        .route("GET", "/api/tags", |_| Reply::json(json!({"models": [{"name": "here:1b"}, {"name": "plain:latest"}]})))
        .route("POST", "/api/show", |_| Reply::json(json!({"model_info": {"general.architecture": "x", "x.context_length": 131_072}})))
        .route("POST", "/api/pull", move |_| Reply::status(200).body_text("application/x-ndjson", pulled))
        .start()
}

fn asked(server: &ModelServer) -> Vec<String> {
    server.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

#[tokio::test]
async fn a_model_that_is_there_is_not_pulled_and_its_window_is_known() {
    for model in ["here:1b", "plain"] {
        let server = ollama("0.14.0", "");
        let got = ready("ollama", &server.base_url(), model, &BTreeMap::new()).await;
        assert_eq!((got.outcome.unwrap(), got.steps), (LocalFacts { context_window: Some(131_072) }, vec![]));
        assert_eq!(asked(&server), ["GET /api/version", "GET /api/tags", "POST /api/show"]);
    }
}

#[tokio::test]
async fn a_missing_model_is_pulled_step_by_step() {
    let lines = "{\"status\":\"pulling manifest\"}\n{\"status\":\"downloading\",\"digest\":\"sha256:ab\",\"total\":10,\"completed\":4}\n\
                 not json\n{\"status\":\"success\"}";
    let server = ollama("0.13.4", lines);
    let got = ready("ollama", &server.base_url(), "new:7b", &BTreeMap::new()).await;
    assert!(got.outcome.is_ok());
    assert_eq!(
        got.steps,
        [
            LocalStep::Fetching { model: "new:7b".into() },
            LocalStep::Status("pulling manifest".into()),
            LocalStep::Bytes { file: "sha256:ab".into(), done: 4, total: 10 },
            LocalStep::Status("success".into()),
            LocalStep::Fetched { model: "new:7b".into() },
        ]
    );
    let pull = server.requests().into_iter().find(|request| request.path == "/api/pull").unwrap();
    assert_eq!(
        (pull.body, pull.headers.iter().any(|(name, _)| name == "authorization")),
        (json!({"model": "new:7b", "stream": true}), false)
    );
}

#[tokio::test]
async fn each_way_to_fail_says_what_to_do() {
    let old = ollama("0.10.0", "");
    let refused = ollama("0.14.0", "{\"error\":\"pull model manifest: file does not exist\"}\n");
    let torn = ollama("0.14.0", "{\"status\":\"pulling manifest\"}\n");
    let cases = [
        ("ollama", old.base_url(), "OSS setup failed: Ollama 0.10.0 is too old. Codex requires Ollama 0.13.4 or newer."),
        ("ollama", refused.base_url(), "OSS setup failed: cannot pull model `new`: pull model manifest: file does not exist"),
        ("ollama", torn.base_url(), "OSS setup failed: cannot pull model `new`: the server stopped before it was done"),
        (
            "ollama",
            closed_port_url(),
            "OSS setup failed: No running Ollama server detected. Start it with: `ollama serve` (after installing).",
        ),
        (
            "lmstudio",
            closed_port_url(),
            "OSS setup failed: LM Studio is not responding. Install from https://lmstudio.ai/download and run 'lms server start'.",
        ),
        ("mine", closed_port_url(), "model provider `mine` is no local server; --oss takes `ollama` and `lmstudio`"),
    ];
    for (id, url, wanted) in cases {
        let error = ready(id, &url, "new", &BTreeMap::new()).await.outcome.unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}

fn lmstudio(has: &Arc<AtomicBool>) -> ModelServer {
    let has = Arc::clone(has);
    Scenario::new()
        .route("GET", "/v1/models", move |_| {
            let id = if has.load(Ordering::SeqCst) { "m" } else { "other" };
            Reply::json(json!({"object": "list", "data": [{"id": id}]}))
        })
        .route("GET", "/api/v0/models", |_| {
            Reply::json(json!({"data": [{"id": "m", "max_context_length": 9, "loaded_context_length": 5}]}))
        })
        .reply(Reply::json(json!({"output": [], "status": "completed"})))
        .start()
}

#[tokio::test]
async fn lm_studio_begins_to_load_the_model_that_is_there() {
    let server = lmstudio(&Arc::new(AtomicBool::new(true)));
    let got = ready("lmstudio", &server.base_url(), "m", &BTreeMap::new()).await;
    assert_eq!((got.outcome.unwrap(), got.steps), (LocalFacts { context_window: Some(5) }, vec![]));
    let waiting = tokio::task::spawn_blocking(move || {
        server.wait_for_requests(3);
        server.requests().pop().unwrap()
    });
    let warm_up = waiting.await.unwrap();
    assert_eq!((warm_up.path.as_str(), warm_up.body), ("/v1/responses", json!({"model": "m", "input": "", "max_output_tokens": 1})));
}

#[tokio::test]
async fn lm_studio_downloads_by_its_own_tool_or_says_that_it_is_missing() {
    let server = lmstudio(&Arc::new(AtomicBool::new(false)));
    let nobody = BTreeMap::from([("PATH".to_owned(), "/nowhere".to_owned())]);
    let error = ready("lmstudio", &server.base_url(), "m", &nobody).await.outcome.unwrap_err().to_string();
    assert!(error.contains("LM Studio not found. Please install LM Studio from https://lmstudio.ai/"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join("lms");
    let env = BTreeMap::from([("PATH".to_owned(), format!(".:{}:/usr/bin:/bin", folder.path().display()))]);
    for (text, wanted) in
        [("echo \"$1 $2 $3\"", None), ("echo no such model >&2; exit 4", Some("no such model; `lms get` ended with exit status: 4"))]
    {
        fs::write(&tool, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).unwrap();
        let got = ready("lmstudio", &server.base_url(), "m", &env).await;
        match wanted {
            None => assert_eq!(
                got.steps,
                [
                    LocalStep::Fetching { model: "m".into() },
                    LocalStep::Status("get --yes m".into()),
                    LocalStep::Fetched { model: "m".into() },
                ]
            ),
            Some(wanted) => {
                let error = got.outcome.unwrap_err().to_string();
                assert!(error.ends_with(wanted), "{error}");
            }
        }
    }
}
