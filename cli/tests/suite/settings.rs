//! `codex config`, `codex features`, `codex mcp` and `--strict-config`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex};

struct Place {
    home: TestHome,
    workspace: TestWorkspace,
}

impl Place {
    fn new(config: &str) -> Self {
        Self { home: TestHome::with_raw_config(config), workspace: TestWorkspace::git() }
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut run = Run::of(&mut codex(&self.home, &self.workspace, args));
        let home = self.home.path().canonicalize().unwrap();
        for text in [&mut run.stdout, &mut run.stderr] {
            *text = text.replace(home.to_str().unwrap(), "$");
        }
        run
    }

    /// Exit code and both streams.
    fn told(&self, args: &[&str]) -> (i32, String, String) {
        let run = self.run(args);
        (run.code.unwrap(), run.stdout, run.stderr)
    }

    fn file(&self) -> String {
        fs::read_to_string(self.home.path().join("config.toml")).unwrap()
    }
}

fn said(code: i32, stdout: &str, stderr: &str) -> (i32, String, String) {
    (code, stdout.to_owned(), stderr.to_owned())
}

#[test]
fn the_value_in_force_is_shown_with_what_it_overrode() {
    let place = Place::new("model = \"u\"\n[profiles.p]\nmodel = \"p\"\n[tui]\ntheme = \"nord\"\n");
    assert_eq!(place.told(&["config", "show", "model"]), said(0, "model = \"u\"\n", ""));
    assert_eq!(
        place.told(&["-c", "model=c", "config", "show", "-p", "p", "-m", "f", "--origin", "model"]),
        said(
            0,
            "model = \"f\"  # --model; over \"p\" (profile `p`); over \"c\" (command line); over \"u\" ($/config.toml); over \
             \"gpt-5.3-codex\" (default)\n",
            ""
        )
    );
    assert_eq!(place.told(&["config", "show", "review_model"]), said(0, "# review_model is not set\n", ""));
    let (code, shown, _) = place.told(&["config", "show", "--json", "tui.theme"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let theme = json!({ "key": "tui.theme", "value": "nord", "origin": { "kind": "user", "file": "$/config.toml" }, "overrode": [] });
    assert_eq!((code, shown), (0, json!({ "settings": [theme] })));
    assert_eq!(place.told(&["config", "show", "modle"]), said(1, "", "Error: there is no key `modle`\nhint: did you mean `model`?\n"));
}

#[test]
fn all_that_is_shown_is_a_file_that_says_the_same() {
    let place =
        Place::new("model = \"u\"\nnotify = [\"a\", \"b\"]\n[features]\nundo = true\n[projects.\"/a.b\"]\ntrust_level = \"trusted\"\n");
    let raw = |place: &Place, args: &[&str]| Run::of(&mut codex(&place.home, &place.workspace, args));
    let shown = raw(&place, &["config", "show", "--origin"]).stdout;
    let other = Place::new(&shown);
    let again = raw(&other, &["config", "show"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "{shown}");
    let again = again.stdout;
    assert_eq!(again, raw(&place, &["config", "show"]).stdout);
    assert!(again.contains("projects.\"/a.b\".trust_level = \"trusted\"\n"), "{again}");
}

/// X4.
#[test]
fn secrets_are_not_shown() {
    let place = Place::new(
        "[model_providers.x]\nname = \"X\"\nexperimental_bearer_token = \"hidden\"\nhttp_headers = { a = \"hidden\" }\nquery_params = { a = \"hidden\" }\n\
         [mcp_servers.s]\ncommand = \"c\"\nenv = { A = \"hidden\" }\n[shell_environment_policy.set]\nA = \"hidden\"\n",
    );
    for args in [&["config", "show"][..], &["config", "show", "--json"], &["mcp", "list"], &["mcp", "get", "s"]] {
        let (code, shown, _) = place.told(args);
        assert!(code == 0 && !shown.contains("hidden") && shown.contains("*****"), "{args:?}: {shown}");
    }
}

#[test]
fn a_check_names_everything_that_is_odd() {
    let place = Place::new("modle = \"m\"\ninstructions = \"x\"\n\n[features]\ncollab = true\nundoo = true\n[apps.x]\nenabled = true\n");
    assert_eq!(
        place.told(&["config", "check"]),
        said(
            0,
            "warning: $/config.toml:1: unknown key `modle`; did you mean `model`?\n\
             warning: $/config.toml:6: unknown key `features.undoo`; did you mean `features.undo`?\n\
             warning: `[features].collab` is deprecated. Use `[features].multi_agent` instead.\n\
             note: $/config.toml:8: `apps.x.enabled` is accepted and has no effect yet\n\
             note: $/config.toml:2: `instructions` is accepted and has no effect\n\
             A run can start; 3 warnings.\n",
            ""
        )
    );
    let broken = Place::new("model = 5\n");
    let message = "Error loading config.toml: invalid type: integer `5`, expected a string\nin `model`\n$/config.toml:1:9\n  |\n\
                   1 | model = 5\n  |         ^\n";
    assert_eq!(broken.told(&["config", "check"]), said(1, "", message));
    assert_eq!(Place::new("").told(&["config", "check"]), said(0, "The settings are sound.\n", ""));
}

#[test]
fn an_unknown_key_is_told_once_and_strictly_an_error_of_every_command() {
    let server = Scenario::new().reply(Reply::new().say("ok")).start();
    let place = Place { home: TestHome::with_config(&server, "modle = \"m\"", ""), workspace: TestWorkspace::git() };
    let run = place.run(&["exec", "go"]);
    run.assert_code(0);
    let line = "$/config.toml:3: unknown key `modle`; did you mean `model`?";
    assert_eq!(run.stderr.matches(line).count(), 1, "{}", run.stderr);
    for args in [
        &["exec", "--strict-config", "go"][..],
        &["--strict-config", "exec", "go"],
        &["config", "check", "--strict-config"],
        &["features", "list", "--strict-config"],
        &["mcp", "list", "--strict-config"],
        &["rules", "list", "--strict-config"],
        &["sessions", "list", "--strict-config"],
        &["undo", "--list", "--strict-config"],
        &["apply", "--last", "--strict-config"],
        &["completion", "--strict-config"],
        &["sandbox", "--strict-config", "--", "true"],
    ] {
        assert_eq!(place.told(args), said(1, "", &format!("Error: {line}\n")), "{args:?}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_schema_is_json_and_knows_the_keys() {
    let (code, schema, _) = Place::new("").told(&["config", "schema"]);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!((code, &schema["properties"]["model"]["type"]), (0, &json!("string")));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn features_are_listed_and_turned_on_and_off_without_losing_a_comment() {
    let place = Place::new("# top\nmodel = \"x\" # why\n[profiles.a]\nmodel = \"y\"\n");
    let (code, list, _) = place.told(&["features", "list", "--enable", "undo"]);
    assert_eq!((code, list.lines().count()), (0, codex_config::features::FEATURES.len()));
    assert!(list.lines().any(|line| line == "undo                             stable             true"), "{list}");
    assert!(list.lines().any(|line| line == "js_repl                          experimental       false"), "{list}");

    assert_eq!(place.told(&["features", "enable", "undo"]), said(0, "Enabled feature `undo` in config.toml.\n", ""));
    assert_eq!(place.file(), "# top\nmodel = \"x\" # why\n[profiles.a]\nmodel = \"y\"\n\n[features]\nundo = true\n");
    assert_eq!(place.told(&["features", "disable", "undo"]), said(0, "Disabled feature `undo` in config.toml.\n", ""));
    assert_eq!(place.file(), "# top\nmodel = \"x\" # why\n[profiles.a]\nmodel = \"y\"\n\n[features]\n");
    assert_eq!(place.told(&["features", "disable", "shell_tool"]).0, 0);
    assert!(place.file().ends_with("[features]\nshell_tool = false\n"));
    assert_eq!(place.told(&["-p", "a", "features", "enable", "undo"]).0, 0);
    assert!(place.file().contains("model = \"y\"\n\n[profiles.a.features]\nundo = true\n"), "{}", place.file());
    assert_eq!(
        place.told(&["features", "enable", "nope"]),
        said(1, "", "Error: Unknown feature flag: nope\nhint: `codex features list` shows all\n")
    );
    assert_eq!(
        place.told(&["features", "enable", "undoo"]),
        said(1, "", "Error: Unknown feature flag: undoo\nhint: did you mean `undo`?\n")
    );
    let mode = fs::metadata(place.home.path().join("config.toml")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn a_feature_of_a_profile_with_a_file_goes_there() {
    let place = Place::new("model = \"x\"\n");
    fs::write(place.home.path().join("work.config.toml"), "# work\nmodel = \"w\"\n").unwrap();
    assert_eq!(
        place.told(&["-p", "work", "config", "show", "model", "--origin"]).1,
        "model = \"w\"  # $/work.config.toml; over \"x\" ($/config.toml); over \"gpt-5.3-codex\" (default)\n"
    );
    assert_eq!(place.told(&["-p", "work", "features", "enable", "undo"]).0, 0);
    assert_eq!(
        fs::read_to_string(place.home.path().join("work.config.toml")).unwrap(),
        "# work\nmodel = \"w\"\n\n[features]\nundo = true\n"
    );
    assert_eq!(place.file(), "model = \"x\"\n");
}

#[test]
fn servers_are_added_shown_and_removed_without_losing_a_comment() {
    let place = Place::new("# top\n\n# mine\nmodel = \"x\" # why\n");
    let add = ["mcp", "add", "one", "--env", "B=2", "--env", "A=1", "--", "npx", "-y", "pkg"];
    assert_eq!(place.told(&add), said(0, "Added global MCP server 'one'.\n", ""));
    let own = "# top\n\n# mine\nmodel = \"x\" # why\n";
    let one = "\n[mcp_servers.one]\ncommand = \"npx\"\nargs = [\"-y\", \"pkg\"]\n\n[mcp_servers.one.env]\nA = \"1\"\nB = \"2\"\n";
    assert_eq!(place.file(), format!("{own}{one}"));
    let add = ["mcp", "add", "h", "--url", "https://x.example/mcp", "--bearer-token-env-var", "TOK"];
    assert_eq!(place.told(&add).0, 0);
    let h = "\n[mcp_servers.h]\nurl = \"https://x.example/mcp\"\nbearer_token_env_var = \"TOK\"\n";
    assert_eq!(place.file(), format!("{own}{one}{h}"));

    let list = "Name  Command  Args    Env               Cwd  Status   Auth       \n\
                one   npx      -y pkg  A=*****, B=*****  -    enabled  Unsupported\n\n\
                Name  Url                    Bearer Token Env Var  Status   Auth        \n\
                h     https://x.example/mcp  TOK                   enabled  Bearer token\n";
    assert_eq!(place.told(&["mcp", "list"]), said(0, list, ""));
    let get = "one\n  enabled: true\n  transport: stdio\n  command: npx\n  args: -y pkg\n  cwd: -\n  env: A=*****, B=*****\n  remove: codex mcp remove one\n";
    assert_eq!(place.told(&["mcp", "get", "one"]), said(0, get, ""));
    let get = "h\n  enabled: true\n  transport: streamable_http\n  url: https://x.example/mcp\n  bearer_token_env_var: TOK\n  http_headers: -\n  \
               env_http_headers: -\n  remove: codex mcp remove h\n";
    assert_eq!(place.told(&["mcp", "get", "h"]), said(0, get, ""));

    assert_eq!(place.told(&["mcp", "remove", "one"]), said(0, "Removed global MCP server 'one'.\n", ""));
    assert_eq!(place.file(), format!("{own}{h}"));
    assert_eq!(place.told(&["mcp", "remove", "one"]), said(0, "No MCP server named 'one' found.\n", ""));
    assert_eq!(place.told(&["mcp", "remove", "h"]).0, 0);
    assert_eq!(place.told(&["mcp", "list"]), said(0, "No MCP servers configured yet. Try `codex mcp add my-tool -- my-command`.\n", ""));
    assert_eq!(place.told(&["mcp", "list", "--json"]), said(0, "[]\n", ""));
}

#[test]
fn servers_as_json_have_the_published_form() {
    let place = Place::new(
        "[mcp_servers.b]\ncommand = \"c\"\nargs = [\"-x\"]\ncwd = \"/tmp\"\nenv_vars = [\"P\"]\nenabled_tools = [\"a\"]\nstartup_timeout_sec = 3\n\
         tool_timeout_sec = 4.5\nenv = { Z = \"1\" }\n[mcp_servers.h]\nurl = \"http://u\"\nstartup_timeout_ms = 1500\nenabled = false\n\
         http_headers = { X = \"1\" }\n",
    );
    let b = json!({"type": "stdio", "command": "c", "args": ["-x"], "env": {"Z": "1"}, "env_vars": ["P"], "cwd": "/tmp"});
    let h = json!({"type": "streamable_http", "url": "http://u", "bearer_token_env_var": null, "http_headers": {"X": "1"}, "env_http_headers": null});
    let list = json!([
        {"name": "b", "enabled": true, "disabled_reason": null, "transport": b, "startup_timeout_sec": 3.0, "tool_timeout_sec": 4.5, "auth_status": "unsupported"},
        {"name": "h", "enabled": false, "disabled_reason": null, "transport": h, "startup_timeout_sec": 1.5, "tool_timeout_sec": null, "auth_status": "unsupported"},
    ]);
    assert_eq!(place.told(&["mcp", "list", "--json"]), said(0, &format!("{list:#}\n"), ""));
    let get = json!({"name": "b", "enabled": true, "disabled_reason": null, "transport": b, "enabled_tools": ["a"], "disabled_tools": null, "startup_timeout_sec": 3.0, "tool_timeout_sec": 4.5});
    assert_eq!(place.told(&["mcp", "get", "b", "--json"]), said(0, &format!("{get:#}\n"), ""));
    assert_eq!(place.told(&["mcp", "get", "h"]), said(0, "h (disabled)\n", ""));
}

#[test]
fn what_is_no_server_is_refused() {
    let place = Place::new("[mcp_servers.local]\ncommand = \"c\"\n[mcp_servers.remote]\nurl = \"http://u\"\n");
    let cases: [(&[&str], i32, &str); 12] = [
        (&["get", "nope"], 1, "Error: No MCP server named 'nope' found.\n"),
        (&["add", "bad name", "--", "c"], 1, "Error: invalid server name 'bad name' (use letters, numbers, '-', '_')\n"),
        (&["remove", "bad name"], 1, "Error: invalid server name 'bad name' (use letters, numbers, '-', '_')\n"),
        (&["add", "x"], 2, "error: the following required arguments were not provided:"),
        (
            &["add", "x", "--env", "NOEQ", "--", "c"],
            2,
            "error: invalid value 'NOEQ' for '--env <KEY=VALUE>': environment entries must be in KEY=VALUE form",
        ),
        (
            &["add", "x", "--env", "=v", "--", "c"],
            2,
            "error: invalid value '=v' for '--env <KEY=VALUE>': environment entries must be in KEY=VALUE form",
        ),
        (&["add", "x", "--url", "u", "--", "c"], 2, "error: the argument '--url <URL>' cannot be used with"),
        (&["add", "x", "--url", "u", "--env", "A=1"], 1, "Error: `--env` is for a server"),
        (&["add", "x", "--bearer-token-env-var", "T", "--", "c"], 2, "error: "),
        (&["login", "local"], 1, "Error: OAuth login is only supported for streamable HTTP servers.\n"),
        (&["logout", "local"], 1, "Error: OAuth logout is only supported for streamable_http transports.\n"),
        (&["login", "nope"], 1, "Error: No MCP server named 'nope' found.\n"),
    ];
    let before = place.file();
    for (args, code, start) in cases {
        let run = place.run(&[&["mcp"], args].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.starts_with(start), "{args:?}: {}", run.stderr);
    }
    assert_eq!(place.file(), before);
    let broken = Place::new("[mcp_servers.s]\nurl = \"u\"\ncommand = \"c\"\n");
    assert!(broken.told(&["mcp", "list"]).2.starts_with("Error loading config.toml: url is not supported for stdio\nin `mcp_servers.s`\n"));
}

#[test]
fn a_linked_file_is_changed_where_it_is() {
    let place = Place::new("");
    let elsewhere = place.workspace.file("dotfiles/codex.toml", "# kept elsewhere\n");
    fs::remove_file(place.home.path().join("config.toml")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.home.path().join("config.toml")).unwrap();
    assert_eq!(place.told(&["features", "enable", "undo"]).0, 0);
    assert!(place.home.path().join("config.toml").is_symlink());
    assert_eq!(fs::read_to_string(elsewhere).unwrap(), "# kept elsewhere\n\n[features]\nundo = true\n");
}

/// Scripts give `-c` to every subcommand, also to those that ask no settings.
#[test]
fn flags_for_settings_behind_any_subcommand_are_understood_and_checked() {
    let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::git());
    for words in [&["sessions", "list"][..], &["undo", "--list"], &["apply", "--last"], &["completion", "bash"], &["archive", "--last"]] {
        let ending = |flag: &[&str]| Run::of(&mut codex(&home, &workspace, &[words, flag].concat()));
        let (plain, set) = (ending(&[]), ending(&["-c", "model=\"m\"", "--enable", "undo"]));
        assert!(!set.stderr.contains("unexpected argument"), "{words:?}: {}", set.stderr);
        assert_eq!(plain.code, set.code, "{words:?}: {}", set.stderr);
        let bad = ending(&["-c", "sandbox_mode=\"nope\""]);
        bad.assert_code(1);
        assert!(bad.stderr.contains("nope"), "{words:?}: {}", bad.stderr);
    }
}
