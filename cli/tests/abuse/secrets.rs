//! A51 to A57: what keys and private files can leak into.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::support::{KEY, Place, Run, Setup, eventually, files_below, has, lines, outputs, patch_text, shell, without_namespaces};

const OTHER_KEY: &str = "sk-canary-other-91ab";
const HEADER: &str = "header-canary-77cc";
const BEARER: &str = "bearer-canary-12de";

/// Panics when one of the secrets is in a stream or in a file.
#[track_caller]
fn assert_secret_nowhere(place: &Place, run: &Run, secrets: &[&str], but: &[std::path::PathBuf]) {
    for secret in secrets {
        assert!(!has(&run.stdout, secret), "`{secret}` is in stdout: {}", run.out());
        assert!(!has(&run.stderr, secret), "`{secret}` is in stderr: {}", run.err());
        place.assert_nowhere(secret, but);
        for request in place.server.requests() {
            assert!(!has(&request.text, secret), "`{secret}` was sent to the model");
        }
    }
}

/// X2.
#[test]
fn a51_a_command_does_not_see_what_we_authenticate_with() {
    let provider = "env_http_headers = { \"X-Corp\" = \"CORP_PASS\" }\n".to_owned();
    let tables = "[mcp_servers.remote]\nurl = \"http://127.0.0.1:9/mcp\"\nbearer_token_env_var = \"REMOTE_PASS\"\n\
                  env_http_headers = { \"X-Remote\" = \"REMOTE_HEADER\" }\n"
        .to_owned();
    let lines = ["env", "tr '\\0' '\\n' < /proc/self/environ; cat /proc/$PPID/environ /proc/1/environ | tr '\\0' '\\n'", "bash -lc env"];
    for mode in ["read-only", "workspace-write", "danger-full-access"] {
        let place = Place::with(
            crate::support::lines(if mode == "danger-full-access" { &lines[..1] } else { &lines[..] }),
            Setup { provider: provider.clone(), tables: tables.clone(), ..Setup::default() },
        );
        let mut command = place.codex(&["exec", "-s", mode, "--json", "go"]);
        command.env("OPENAI_API_KEY", OTHER_KEY).env("CODEX_API_KEY", OTHER_KEY).env("CORP_PASS", HEADER);
        command.env("REMOTE_PASS", BEARER).env("REMOTE_HEADER", BEARER).env("VISIBLE", "visible-canary");
        let run = Run::of(&mut command);
        run.assert_code(0);
        assert!(place.output("c0").contains("visible-canary"), "{}", place.output("c0"));
        let secrets: &[&str] = &[KEY, OTHER_KEY, HEADER, BEARER];
        assert_secret_nowhere(&place, &run, secrets, &[]);
        for request in place.server.requests() {
            assert_eq!(request.header("x-corp"), Some(HEADER));
        }
    }
}

/// X1.
#[test]
fn a52_whatever_is_written_is_for_its_owner_alone() {
    let place = Place::new(Scenario::new());
    let place = place.serving(Scenario::new().reply(shell("c", "echo x > made")).reply(Reply::new().say("done")).repeat_last());
    let config = fs::read_to_string(place.home("config.toml")).unwrap();
    fs::remove_dir_all(place.home("")).unwrap();
    let home = place.user(".codex");
    let work = place.w("").display().to_string();
    let base = config.lines().find(|line| line.starts_with("base_url")).unwrap().to_owned();
    let overrides = [
        "model=gpt-5.1-codex".to_owned(),
        "model_provider=mock".to_owned(),
        format!("model_providers.mock={{name=\"mock\",wire_api=\"responses\",env_key=\"MOCK_KEY\",{}}}", base.replace(" = ", "=")),
    ];
    let flags: Vec<&str> = overrides.iter().flat_map(|item| ["-c", item.as_str()]).collect();
    let runs: [&[&str]; 9] = [
        &["exec", "-s", "workspace-write", "--json", "--record", "recording.jsonl", "-o", "last.txt", "go"],
        &["exec", "--json", "resume", "--last", "go on"],
        &["exec", "--json", "--ephemeral", "go"],
        &["sandbox", "linux", "true"],
        &["sandbox", "explain"],
        &["demo"],
        &["completion", "bash"],
        &["rules", "list"],
        &["features", "list"],
    ];
    let mut ran = 0;
    for args in runs {
        let all: Vec<&str> = match args[0] {
            "exec" => args[..1].iter().chain(&flags).chain(&args[1..]).copied().collect(),
            _ => args.to_vec(),
        };
        let mut command = place.wrapped(&["sh", "-c", "umask 000; exec \"$@\"", "sh"], &all);
        let run = Run::of(command.env_remove("CODEX_HOME").env("RUST_LOG", "info").env("TMPDIR", &work));
        ran += usize::from(run.code == Some(0));
        assert_ne!(run.code, Some(101), "{args:?}: {}", run.err());
    }
    assert!(ran >= 6, "{ran} commands ran");
    assert_eq!(mode_of(&home), 0o700);
    let written = files_below(&home);
    assert!(written.iter().any(|path| path.extension().is_some_and(|extension| extension == "jsonl")), "{written:?}");
    for path in written {
        assert_eq!(mode_of(&path) & 0o077, 0, "{}", path.display());
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&home)) {
            assert_eq!(mode_of(folder) & 0o077, 0, "{}", folder.display());
        }
    }
    // A recording is a session in another form, and the last message may quote one.
    assert_eq!(mode_of(&place.w("recording.jsonl")) & 0o077, 0);
}

fn mode_of(path: &std::path::Path) -> u32 {
    let meta = fs::symlink_metadata(path).unwrap();
    if meta.is_symlink() { 0 } else { meta.mode() & 0o777 }
}

/// X4, X5.
#[test]
fn a54_a_server_gets_the_key_neither_echoed_nor_sent_elsewhere() {
    let elsewhere = Scenario::new().reply(Reply::new().say("stolen")).repeat_last().start();
    let away = format!("{}/responses", elsewhere.base_url());
    let by_name = away.replace("127.0.0.1", "localhost");
    let provider = format!(
        "request_max_retries = 0\nstream_max_retries = 0\nhttp_headers = {{ \"X-Corp\" = \"{HEADER}\" }}\nquery_params = {{ \"key\" = \"{OTHER_KEY}\" }}\n"
    );
    let echo = format!("bad key {KEY} in header Bearer {KEY}, {HEADER} and {OTHER_KEY}");
    let replies = [
        Reply::status(401).body(json!({"error": {"message": echo}})),
        Reply::status(400).body(json!({"error": {"message": echo}, "detail": echo})),
        Reply::status(429).body_text("text/plain", echo.clone()),
        Reply::status(500).body_text("text/html", format!("<p>{echo}</p>")).header("x-request-id", KEY),
        Reply::new().failed("invalid_request", &echo),
        Reply::status(302).header("location", away.clone()),
        Reply::status(301).header("location", by_name.clone()),
        Reply::status(307).header("location", away.clone()),
        Reply::status(308).header("location", by_name.clone()),
        Reply::status(307).header("location", format!("https://example.invalid/{KEY}")),
    ];
    for (n, reply) in replies.into_iter().enumerate() {
        for json in [true, false] {
            let place =
                Place::with(Scenario::new().reply(reply.clone()).repeat_last(), Setup { provider: provider.clone(), ..Setup::default() });
            let args: &[&str] = if json { &["exec", "--json", "go"] } else { &["exec", "go"] };
            let run = Run::of(place.codex(args).env("RUST_LOG", "debug"));
            assert_eq!(run.code, Some(1), "{n}: {} {}", run.out(), run.err());
            let config = [place.home("config.toml")];
            assert_secret_nowhere(&place, &run, &[KEY, HEADER, OTHER_KEY], &config);
        }
    }
    for request in elsewhere.requests() {
        assert_eq!((request.header("authorization"), request.header("x-corp")), (None, None));
        assert!(!request.path.contains(OTHER_KEY), "{}", request.path);
    }
}

/// X4.
#[test]
fn a55_a_log_of_everything_has_no_secret() {
    let provider = format!("http_headers = {{ \"X-Corp\" = \"{HEADER}\" }}\nenv_http_headers = {{ \"X-Mine\" = \"MY_PASS\" }}\n");
    let scenario = Scenario::new().reply(shell("c", "echo hi")).reply(Reply::new().say("done")).repeat_last();
    let place = Place::with(scenario, Setup { provider, ..Setup::default() });
    fs::write(place.home("auth.json"), format!("{{\"OPENAI_API_KEY\": \"{OTHER_KEY}\"}}")).unwrap();
    fs::set_permissions(place.home("auth.json"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = place.codex(&["exec", "-s", "workspace-write", "--json", "--record", "recording.jsonl", "go"]);
    command.env("RUST_LOG", "trace").env("MY_PASS", BEARER).env("HTTPS_PROXY", format!("http://user:{BEARER}@127.0.0.1:9"));
    let run = Run::of(&mut command);
    run.assert_code(0);
    assert!(run.err().contains(" TRACE "), "nothing was logged: {}", run.err());
    let but = [place.home("config.toml"), place.home("auth.json")];
    assert_secret_nowhere(&place, &run, &[KEY, OTHER_KEY, HEADER, BEARER], &but);
}

/// X6.
#[test]
fn a56_a_crash_leaves_no_core_and_tells_no_secret() {
    if without_namespaces() {
        return;
    }
    for signal in [Signal::SEGV, Signal::ABORT, Signal::BUS, Signal::QUIT] {
        let place = Place::new(Scenario::new().reply(shell("c", "touch ready; sleep 60")));
        let mut command =
            place.wrapped(&["sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh"], &["exec", "-s", "workspace-write", "--json", "go"]);
        let mut child = command.spawn().unwrap();
        eventually("the command runs", Duration::from_secs(20), || place.w("ready").exists().then_some(()));
        let status = eventually("the program dies", Duration::from_secs(20), || {
            // The first one only takes the handler away that tells stack overflows.
            let _ = kill_process(Pid::from_child(&child), signal);
            child.try_wait().unwrap()
        });
        assert_eq!((status.signal(), status.core_dumped()), (Some(signal.as_raw()), false), "{status:?}");
        let run = Run::from(child.wait_with_output().unwrap());
        assert_secret_nowhere(&place, &run, &[KEY], &[]);
        let cores: Vec<_> = files_below(place.around())
            .into_iter()
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("core"))
            .collect();
        assert!(cores.is_empty(), "{cores:?}");
    }
}

/// S9, for commands.
#[test]
fn a57_a_command_cannot_read_credentials_by_any_name() {
    let place = Place::new(Scenario::new());
    for name in ["auth.json", ".env"] {
        fs::write(place.home(name), format!("{{\"OPENAI_API_KEY\": \"{OTHER_KEY}\"}}")).unwrap();
    }
    fs::create_dir_all(place.home("sessions/2020/01/01")).unwrap();
    fs::write(place.home("sessions/2020/01/01/rollout-old.jsonl"), OTHER_KEY).unwrap();
    symlink(place.home(""), place.w("home")).unwrap();
    let home = place.home("").display().to_string();
    let script = [
        format!("cat {home}/auth.json"),
        "cat home/auth.json".to_owned(),
        format!("ln -s {home}/auth.json soft; cat soft"),
        format!("ln {home}/auth.json hard; cat hard"),
        format!("cat /proc/self/root{home}/auth.json"),
        format!("cd {home} && cat ./auth.json; cat /proc/self/cwd/auth.json"),
        format!("cat {home}/.env"),
        format!("cat {home}/sessions/2020/01/01/rollout-old.jsonl; cat $(find {home}/sessions -name '*.jsonl')"),
        format!("cp -a {home} copy; cat copy/auth.json; tar cf - {home}/auth.json | cat"),
        format!("mv {home} moved; cat moved/auth.json"),
    ];
    let mut place = place;
    for mode in ["read-only", "workspace-write"] {
        place = place.serving(lines(&script.iter().map(String::as_str).collect::<Vec<_>>()));
        place.run(mode).assert_code(0);
        assert_eq!(outputs(&place).len(), script.len());
        for (line, output) in script.iter().zip(outputs(&place)) {
            assert!(!output.contains(OTHER_KEY), "{mode}: {line}: {output}");
        }
        assert!(outputs(&place)[0].contains("auth.json"), "{mode}: {}", outputs(&place)[0]);
    }
    assert!(fs::read_to_string(place.home("auth.json")).unwrap().contains(OTHER_KEY));
}

/// S9, for the readers of this process: by name, by link, by hard link, through `/proc`, and by a patch that moves.
#[test]
fn a57_no_tool_of_this_process_reads_credentials_either() {
    let top = "tools.extra = [\"read_file\", \"list_dir\", \"grep_files\"]\nsandbox_deny_read = [\"**/private.txt\", \"~/vault/**\"]\n"
        .to_owned();
    let place = Place::with(Scenario::new(), Setup { top, ..Setup::default() });
    fs::write(place.home("auth.json"), format!("{OTHER_KEY}\n")).unwrap();
    fs::write(place.home(".env"), format!("X={OTHER_KEY}\n")).unwrap();
    fs::create_dir_all(place.home("sessions/2020/01/01")).unwrap();
    fs::write(place.home("sessions/2020/01/01/rollout-old.jsonl"), format!("{OTHER_KEY}\n")).unwrap();
    fs::create_dir_all(place.user("vault/deep")).unwrap();
    fs::write(place.user("vault/deep/key.pem"), format!("{OTHER_KEY}\n")).unwrap();
    fs::create_dir_all(place.w("sub")).unwrap();
    fs::write(place.w("sub/private.txt"), format!("{OTHER_KEY}\n")).unwrap();
    fs::hard_link(place.home("auth.json"), place.w("hard")).unwrap();
    for (link, target) in
        [("soft", place.home("auth.json")), ("vault", place.user("vault")), ("p", place.w("sub/private.txt")), ("h", place.home(""))]
    {
        symlink(target, place.w(link)).unwrap();
    }
    let root = format!("/proc/self/root{}", place.home("auth.json").display());
    let files = [
        place.home("auth.json").display().to_string(),
        root,
        place.home(".env").display().to_string(),
        "h/sessions/2020/01/01/rollout-old.jsonl".to_owned(),
        "hard".to_owned(),
        "soft".to_owned(),
        "vault/deep/key.pem".to_owned(),
        "p".to_owned(),
        "sub/private.txt".to_owned(),
        "sub/../sub/private.txt".to_owned(),
    ];
    let mut scenario = Scenario::new();
    let mut calls = 0;
    for file in &files {
        scenario = scenario
            .reply(Reply::new().call("read_file", json!({"file_path": file})))
            .reply(Reply::new().call("view_image", json!({"path": file})))
            .reply(Reply::new().call("grep_files", json!({"pattern": "canary", "path": file})))
            .reply(Reply::new().custom("apply_patch", patch_text(&format!("*** Update File: {file}\n*** Move to: taken{calls}\n@@\n+x"))));
        calls += 4;
    }
    scenario = scenario
        .reply(Reply::new().call("grep_files", json!({"pattern": "canary", "path": "."})))
        .reply(Reply::new().call("grep_files", json!({"pattern": "canary", "path": place.around()})))
        .reply(Reply::new().call("list_dir", json!({"dir_path": place.user("vault")})));
    calls += 3;
    let place = place.serving(scenario.reply(Reply::new().say("done")));
    place.run("workspace-write").assert_code(0);
    assert_eq!(outputs(&place).len(), calls);
    for output in outputs(&place) {
        assert!(!output.contains(OTHER_KEY), "{output}");
        for found in ["auth.json\n", "hard\n", "private.txt\n", "key.pem", "rollout-old.jsonl\n"] {
            let lines = output.split_inclusive('\n').any(|line| !line.contains('`') && line.ends_with(found) && !line.contains("to read"));
            assert!(!lines, "{found} was found: {output}");
        }
    }
    for taken in files_below(&place.w("")) {
        assert!(!taken.file_name().unwrap().to_string_lossy().starts_with("taken"), "{}", taken.display());
    }
    assert_eq!(fs::read_to_string(place.w("sub/private.txt")).unwrap(), format!("{OTHER_KEY}\n"));
}
