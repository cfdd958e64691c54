//! What keys of config.toml change: in a request, for a command, on the screen. The table in `config/tests/suite/effects.rs` names these
//! tests key by key.

use std::fs;
use std::path::Path;

use codex_test_support::{ModelServer, Reply, Request, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex};

fn server() -> ModelServer {
    Scenario::new().reply(Reply::new().say("ok")).repeat_last().start()
}

/// Keys for the top of the file, and lines of the provider's table or of tables behind it.
struct Keys<'k> {
    top: &'k str,
    provider: &'k str,
}

fn top(top: &str) -> Keys<'_> {
    Keys { top, provider: "" }
}

fn provider(provider: &str) -> Keys<'_> {
    Keys { top: "", provider }
}

/// The request of a run with these keys.
fn request(keys: &Keys<'_>) -> Request {
    request_with(keys, |_, _| ())
}

/// The same, with a home and a workspace that were prepared.
fn request_with(keys: &Keys<'_>, prepare: impl FnOnce(&TestHome, &TestWorkspace)) -> Request {
    let server = server();
    let (home, workspace) = (TestHome::with_config(&server, keys.top, keys.provider), TestWorkspace::git());
    prepare(&home, &workspace);
    let run = Run::of(codex(&home, &workspace, &["exec", "go"]).env("A_HEADER", "from-env"));
    run.assert_code(0);
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// What a command of the model printed in a run with these keys.
fn output(keys: &Keys<'_>, command: &str) -> String {
    let server = Scenario::new().reply(Reply::new().call("exec_command", json!({ "cmd": command }))).reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::with_config(&server, keys.top, keys.provider), TestWorkspace::git());
    let run = Run::of(codex(&home, &workspace, &["exec", "go"]).env("FOO", "1").env("BAR", "2").env("MY_TOKEN", "3"));
    run.assert_code(0);
    server.requests()[1].outputs().remove(0)
}

/// The line of the log's head with this beginning.
fn head(keys: &Keys<'_>, args: &[&str], start: &str) -> String {
    let server = server();
    let (home, workspace) = (TestHome::with_config(&server, keys.top, keys.provider), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &[&["exec"], args, &["go"]].concat()));
    run.assert_code(0);
    run.stderr.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned()
}

#[test]
fn keys_of_the_model_reach_the_request() {
    let cases = [
        ("model = \"gpt-5.1-codex-mini\"", "/model", json!("gpt-5.1-codex-mini")),
        ("model_reasoning_effort = \"high\"", "/reasoning/effort", json!("high")),
        ("model_reasoning_summary = \"detailed\"", "/reasoning/summary", json!("detailed")),
        ("model = \"gpt-5.1\"\nmodel_verbosity = \"high\"", "/text/verbosity", json!("high")),
        ("service_tier = \"flex\"", "/service_tier", json!("flex")),
        ("service_tier = \"fast\"", "/service_tier", json!("priority")),
        ("service_tier = \"fast\"\nfeatures.fast_mode = false", "/service_tier", Value::Null),
        (
            "model = \"nobody-knows\"\nmodel_reasoning_effort = \"low\"\nmodel_supports_reasoning_summaries = true",
            "/reasoning/effort",
            json!("low"),
        ),
        ("profile = \"p\"\nprofiles.p = { model = \"gpt-5.1-codex-max\" }", "/model", json!("gpt-5.1-codex-max")),
    ];
    for (keys, pointer, expected) in cases {
        let request = request(&top(keys));
        assert_eq!(request.body.pointer(pointer).cloned().unwrap_or(Value::Null), expected, "{keys}");
    }
    assert!(request(&top("model = \"nobody-knows\"\nmodel_reasoning_effort = \"low\"")).body.pointer("/reasoning/effort").is_none());
}

#[test]
fn texts_for_the_model_come_from_keys_and_files() {
    let own =
        request_with(&top("model_instructions_file = \"i.md\""), |home, _| fs::write(home.path().join("i.md"), "Be a cat.\n").unwrap());
    assert_eq!(own.body["instructions"], "Be a cat.");
    let told = request(&top("developer_instructions = \"Mind the gap.\"")).texts_of("developer").concat();
    assert!(told.contains("Mind the gap."), "{told}");
}

#[test]
fn instructions_of_a_project_follow_their_keys() {
    let docs = |keys: &str| {
        let request = request_with(&top(keys), |_, workspace| {
            workspace.file("AGENTS.md", "0123456789");
            workspace.file("NOTES.md", "from the notes");
            workspace.file("sub/mark", "");
        });
        request.texts_of("user").concat()
    };
    assert!(docs("").contains("0123456789"));
    assert!(!docs("project_doc_max_bytes = 0").contains("01234"));
    let cut = docs("project_doc_max_bytes = 5");
    assert!(cut.contains("01234") && !cut.contains("012345"), "{cut}");
    assert!(!docs("project_doc_requires_trust = true").contains("0123456789"));
    let found = request_with(&top("project_doc_fallback_filenames = [\"NOTES.md\"]"), |_, workspace| {
        drop(workspace.file("NOTES.md", "from the notes"))
    });
    assert!(found.texts_of("user").concat().contains("from the notes"));
}

#[test]
fn tools_are_offered_as_their_keys_say() {
    let names = |keys: &str| request(&top(keys)).tool_names();
    let has = |keys: &str, name: &str| names(keys).iter().any(|tool| tool == name);
    assert!(has("", "exec_command") && !has("features.unified_exec = false", "exec_command"));
    assert!(!has("experimental_use_unified_exec_tool = false", "exec_command"));
    assert!(!has("features.shell_tool = false", "exec_command"));
    assert!(has("tools.extra = [\"grep_files\"]", "grep_files") && !has("", "grep_files"));
    let search = |keys: &str| {
        let tools = request(&top(keys)).body["tools"].clone();
        tools.as_array().unwrap().iter().find(|tool| tool["type"] == "web_search").cloned()
    };
    assert_eq!(search("web_search = \"disabled\""), None);
    assert_eq!(search("tools.web_search = false"), None);
    assert_eq!(search("web_search = \"live\"").unwrap()["external_web_access"], true);
    assert_eq!(search("web_search = \"cached\"").unwrap()["external_web_access"], false);
    // Without a sandbox commands reach every page anyway.
    assert_eq!(search("web_search = \"cached\"\nsandbox_mode = \"danger-full-access\"").unwrap()["external_web_access"], true);
    let keys = "tools.web_search = { context_size = \"low\", allowed_domains = [\"a.b\"], location = { country = \"DE\", region = \"R\", \
                city = \"C\", timezone = \"Europe/Berlin\" } }";
    let tool = search(keys).unwrap();
    assert_eq!((&tool["search_context_size"], &tool["filters"]), (&json!("low"), &json!({ "allowed_domains": ["a.b"] })));
    let place = json!({ "type": "approximate", "country": "DE", "region": "R", "city": "C", "timezone": "Europe/Berlin" });
    assert_eq!(tool["user_location"], place);
}

#[test]
fn a_provider_is_asked_as_its_table_says() {
    let header = |keys: &str, name: &str| request(&provider(keys)).header(name).map(str::to_owned);
    assert_eq!(header("", "authorization").as_deref(), Some("Bearer mock-key"));
    assert_eq!(header("http_headers = { x-team = \"search\" }", "x-team").as_deref(), Some("search"));
    assert_eq!(header("env_http_headers = { x-env = \"A_HEADER\" }", "x-env").as_deref(), Some("from-env"));
    assert_eq!(header("request_compression = true", "content-encoding").as_deref(), Some("zstd"));
    assert!(request(&provider("query_params = { api-version = \"7\" }")).path.ends_with("/responses?api-version=7"));
}

#[test]
fn the_key_of_a_provider_comes_from_where_its_table_says() {
    let server = server();
    let workspace = TestWorkspace::git();
    let asked = |table: &str| {
        let base_url = server.base_url();
        let home = TestHome::with_raw_config(&format!(
            "model = \"gpt-5.1-codex\"\nmodel_provider = \"x\"\n[model_providers.x]\nname = \"X\"\nbase_url = \"{base_url}\"\n{table}\n"
        ));
        let auth = "{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"sk-stored\"}";
        fs::write(home.path().join("auth.json"), auth).unwrap();
        let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
        let key = server.requests().last().and_then(|request| request.header("authorization").map(str::to_owned));
        (run.code, key, run.stderr)
    };
    assert_eq!(asked("experimental_bearer_token = \"in-the-file\"").1.as_deref(), Some("Bearer in-the-file"));
    assert_eq!(asked("requires_openai_auth = true").1.as_deref(), Some("Bearer sk-stored"));
    assert_eq!(asked("").1, None, "what is stored goes nowhere unasked");
    let (code, _, told) = asked("env_key = \"NOT_SET\"\nenv_key_instructions = \"Ask the platform team.\"");
    assert_eq!(code, Some(1));
    assert!(told.contains("NOT_SET") && told.contains("Ask the platform team."), "{told}");
}

#[test]
fn the_index_of_sessions_lies_where_the_key_or_the_variable_says() {
    let server = server();
    let (home, workspace) = (TestHome::with_config(&server, "sqlite_home = \"index\"\n", ""), TestWorkspace::git());
    Run::of(&mut codex(&home, &workspace, &["exec", "go"])).assert_code(0);
    let index = |folder: &Path| folder.join("session_heads_1.sqlite").exists();
    Run::of(&mut codex(&home, &workspace, &["sessions", "list"])).assert_code(0);
    assert!(index(&home.path().join("index")) && !index(home.path()));
    let elsewhere = workspace.path().join("elsewhere");
    Run::of(codex(&home, &workspace, &["sessions", "list"]).env("CODEX_SQLITE_HOME", &elsewhere)).assert_code(0);
    assert!(index(&elsewhere));
    let given = workspace.path().join("given");
    let line = ["sessions", "list", "-c", &format!("sqlite_home='{}'", given.display())];
    Run::of(&mut codex(&home, &workspace, &line)).assert_code(0);
    assert!(index(&given), "flags behind the subcommand count");
}

/// T4.
#[test]
fn the_environment_file_of_the_home_folder_fills_in_what_is_not_set() {
    let server = server();
    let base_url = server.base_url();
    let provider = format!("model_provider = \"x\"\n[model_providers.x]\nname = \"X\"\nbase_url = \"{base_url}\"\nenv_key = \"X_KEY\"\n");
    let (home, workspace) = (TestHome::with_raw_config(&format!("model = \"gpt-5.1-codex\"\n{provider}")), TestWorkspace::git());
    let file = home.path().join(".env");
    fs::write(&file, "# keys\nexport X_KEY='from the file'\nCODEX_API_KEY=sk-other\nnonsense\n").unwrap();
    let asked = |variable: Option<&str>| {
        let run = Run::of(codex(&home, &workspace, &["exec", "go"]).envs(variable.map(|value| ("X_KEY", value))));
        run.assert_code(0);
        (server.requests().last().unwrap().header("authorization").map(str::to_owned), run.stderr)
    };
    let (key, told) = asked(None);
    assert_eq!(key.as_deref(), Some("Bearer from the file"));
    assert!(told.contains(".env:3: `CODEX_API_KEY` cannot be set here; export it instead\n"), "{told}");
    assert!(told.contains(".env:4: expected NAME=value; the line is not used\n"), "{told}");
    assert_eq!(asked(Some("exported")).0.as_deref(), Some("Bearer exported"), "what is exported beats the file");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(asked(Some("exported")).1.contains(".env: not a file; nothing of it is used\n"));
}

#[test]
fn failing_requests_are_repeated_as_often_as_the_table_says() {
    for retries in [0, 2] {
        let server = Scenario::new().reply(Reply::status(500)).repeat_last().start();
        let table = format!("request_max_retries = {retries}\nstream_max_retries = {retries}");
        let (home, workspace) = (TestHome::with_config(&server, "", &table), TestWorkspace::git());
        Run::of(&mut codex(&home, &workspace, &["exec", "go"])).assert_code(1);
        assert_eq!(server.requests().len(), retries + 1);
    }
}

#[test]
fn commands_see_the_variables_that_the_policy_leaves() {
    let names = |policy: &str| {
        let told = output(&provider(&format!("[shell_environment_policy]\n{policy}")), "env");
        let known = ["BAR", "CI", "FOO", "HOME", "MY_TOKEN"];
        known.into_iter().filter(|name| told.lines().any(|line| line.starts_with(&format!("{name}=")))).collect::<Vec<_>>()
    };
    let cases: [(&str, &[&str]); 6] = [
        ("", &["BAR", "FOO", "HOME"]),
        ("inherit = \"core\"", &["HOME"]),
        ("ignore_default_excludes = true", &["BAR", "FOO", "HOME", "MY_TOKEN"]),
        ("exclude = [\"F*\"]", &["BAR", "HOME"]),
        ("set = { CI = \"1\" }", &["BAR", "CI", "FOO", "HOME"]),
        ("include_only = [\"FOO\"]", &["FOO"]),
    ];
    for (policy, expected) in cases {
        assert_eq!(names(policy), expected, "{policy}");
    }
}

#[test]
fn the_output_of_a_command_is_cut_to_its_key() {
    let told = output(&top("tool_output_token_limit = 50"), "seq 1 5000");
    assert!(told.contains("truncated") && told.len() < 2000, "{}", told.len());
    assert!(output(&top(""), "seq 1 5000").len() > 10_000);
}

#[test]
fn the_sandbox_is_shown_as_its_keys_say() {
    let line = |keys: Keys<'_>| head(&keys, &[], "sandbox: ");
    assert_eq!(line(top("sandbox_mode = \"danger-full-access\"")), "sandbox: danger-full-access");
    let table = provider(
        "[sandbox_workspace_write]\nwritable_roots = [\"/srv\"]\nnetwork_access = true\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true",
    );
    let shown = head(&table, &["-s", "workspace-write"], "sandbox: ");
    assert!(shown.starts_with("sandbox: workspace-write [workdir, /srv, ") && shown.ends_with("(network access enabled)"), "{shown}");
    assert!(!shown.contains("/tmp,") && !shown.contains("$TMPDIR"), "{shown}");
}

#[test]
fn reasoning_is_hidden_where_nobody_wants_it() {
    let log = |keys: &str| {
        let server = Scenario::new().reply(Reply::new().reasoning("**Thinking**").say("ok")).start();
        let (home, workspace) = (TestHome::with_config(&server, keys, ""), TestWorkspace::git());
        Run::of(&mut codex(&home, &workspace, &["exec", "go"])).stderr
    };
    assert!(log("").contains("**Thinking**"));
    assert!(!log("hide_agent_reasoning = true").contains("**Thinking**"));
}

#[test]
fn the_directory_that_is_trusted_has_its_settings_read() {
    for (level, model) in [("trusted", "gpt-5.1-codex-mini"), ("untrusted", "gpt-5.1-codex")] {
        let server = server();
        let workspace = TestWorkspace::git();
        let root = workspace.path().canonicalize().unwrap();
        workspace.file(".codex/config.toml", "model = \"gpt-5.1-codex-mini\"");
        let home = TestHome::with_config(&server, "", &format!("[projects.{root:?}]\ntrust_level = {level:?}"));
        Run::of(&mut codex(&home, &workspace, &["exec", "go"])).assert_code(0);
        assert_eq!(server.requests()[0].body["model"], model, "{level}");
    }
}
