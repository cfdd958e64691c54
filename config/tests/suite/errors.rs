//! Every way a configuration can be wrong, with the whole text a person gets.

use codex_config::LoadOptions;
use pretty_assertions::assert_eq;

use crate::support::{Place, overrides};

/// Files, and what is said of the key that is wrong in each.
const WRONG_VALUES: &[(&str, &str)] = &[
    ("model = 5", "invalid type: integer `5`, expected a string\nin `model`"),
    (
        "model_reasoning_effort = \"huge\"",
        "unknown variant `huge`, expected one of `none`, `minimal`, `low`, `medium`, `high`, `xhigh`\nin `model_reasoning_effort`",
    ),
    (
        "[sandbox_workspace_write]\nnetwork_access = \"yes\"",
        "invalid type: string \"yes\", expected a boolean, or a table with `allow` and `deny`\nin `sandbox_workspace_write.network_access`",
    ),
    (
        "sandbox_mode = \"x\"",
        "unknown variant `x`, expected one of `read-only`, `workspace-write`, `danger-full-access`\nin `sandbox_mode`",
    ),
    (
        "approval_policy = \"x\"",
        "unknown variant `x`, expected one of `untrusted`, `on-failure`, `on-request`, `granular`, `never`\nin `approval_policy`",
    ),
    ("notify = \"x\"", "invalid type: string \"x\", expected a sequence\nin `notify`"),
    ("project_doc_max_bytes = -1", "invalid value: integer `-1`, expected usize\nin `project_doc_max_bytes`"),
    ("service_tier = \"x\"", "unknown variant `x`, expected `fast` or `flex`\nin `service_tier`"),
    ("web_search = \"x\"", "unknown variant `x`, expected one of `disabled`, `cached`, `live`\nin `web_search`"),
    ("tools.extra = [\"teleport\"]", "unknown variant `teleport`, expected one of `read_file`, `list_dir`, `grep_files`\nin `tools.extra`"),
    ("tools.web_search = 5", "invalid type: integer `5`, expected a boolean or a table of options\nin `tools.web_search`"),
    ("model_verbosity = 5", "invalid type: integer `5`, expected one of `low`, `medium`, `high`\nin `model_verbosity`"),
    ("approvals_reviewer = \"x\"", "unknown variant `x`, expected `user` or `guardian_subagent`\nin `approvals_reviewer`"),
    (
        "cli_auth_credentials_store = \"x\"",
        "unknown variant `x`, expected one of `file`, `keyring`, `auto`, `ephemeral`\nin `cli_auth_credentials_store`",
    ),
    (
        "mcp_oauth_credentials_store = \"x\"",
        "unknown variant `x`, expected one of `auto`, `file`, `keyring`\nin `mcp_oauth_credentials_store`",
    ),
    ("mcp_oauth_callback_port = 70000", "invalid value: integer `70000`, expected u16\nin `mcp_oauth_callback_port`"),
    ("forced_login_method = \"x\"", "unknown variant `x`, expected `chatgpt` or `api`\nin `forced_login_method`"),
    (
        "file_opener = \"x\"",
        "unknown variant `x`, expected one of `vscode`, `vscode-insiders`, `windsurf`, `cursor`, `none`\nin `file_opener`",
    ),
    ("background_terminal_max_timeout = -1", "invalid value: integer `-1`, expected u64\nin `background_terminal_max_timeout`"),
    ("[tui]\nnotifications = 5", "invalid type: integer `5`, expected a boolean or a list of names\nin `tui.notifications`"),
    (
        "[tui]\nnotification_method = \"x\"",
        "unknown variant `x`, expected one of `auto`, `osc9`, `bel`, `osc777`, `command`\nin `tui.notification_method`",
    ),
    (
        "[tui.prices.m]\ninput = -1\noutput = 2",
        "invalid value: integer `-1`, expected a price, a number from 0 to 1000000\nin `tui.prices.m.input`",
    ),
    ("[tui]\nalternate_screen = \"x\"", "unknown variant `x`, expected one of `auto`, `always`, `never`\nin `tui.alternate_screen`"),
    (
        "[tui]\nkeymap = { composer = { undo = 5 } }",
        "invalid type: integer `5`, expected a key, a list of keys, or `none`\nin `tui.keymap.composer.undo`",
    ),
    ("[tui]\nmodel_availability_nux = { a = -1 }", "invalid value: integer `-1`, expected u32\nin `tui.model_availability_nux.a`"),
    ("[otel]\nexporter = \"x\"", "unknown variant `x`, expected one of `none`, `statsig`, `otlp-http`, `otlp-grpc`\nin `otel.exporter`"),
    ("[otel]\nexporter = { otlp-http = {} }", "missing field `endpoint`\nin `otel.exporter`"),
    (
        "[otel]\nexporter = { otlp-http = { endpoint = \"x\", protocol = \"zz\" } }",
        "unknown variant `zz`, expected `binary` or `json`\nin `otel.exporter.protocol`",
    ),
    ("[agents]\nmax_threads = -1", "invalid value: integer `-1`, expected usize\nin `agents.max_threads`"),
    (
        "[agents]\nfoo = 5",
        "invalid type: integer `5`, expected a table with one of `description`, `config_file`, `nickname_candidates`\nin `agents.foo`",
    ),
    ("[memories]\nmax_unused_days = \"x\"", "invalid type: string \"x\", expected i64\nin `memories.max_unused_days`"),
    ("[notice]\nmodel_migrations = 5", "invalid type: integer `5`, expected a map\nin `notice.model_migrations`"),
    ("[realtime]\ntype = \"x\"", "unknown variant `x`, expected `conversational` or `transcription`\nin `realtime.type`"),
    ("[windows]\nsandbox = \"x\"", "unknown variant `x`, expected `elevated` or `unelevated`\nin `windows.sandbox`"),
    (
        "[apps.x]\ndefault_tools_approval_mode = \"x\"",
        "unknown variant `x`, expected one of `auto`, `prompt`, `approve`\nin `apps.x.default_tools_approval_mode`",
    ),
    ("[plugins.x]\nenabled = 5", "invalid type: integer `5`, expected a boolean\nin `plugins.x.enabled`"),
    ("[[skills.config]]\nname = \"x\"", "missing field `enabled`\nin `skills.config`"),
    ("[permissions.x.network]\nmode = \"x\"", "unknown variant `x`, expected `limited` or `full`\nin `permissions.x.network.mode`"),
    (
        "[permissions.x.filesystem]\n\"/x\" = \"zz\"",
        "unknown variant `zz`, expected one of `none`, `read`, `write`\nin `permissions.x.filesystem./x`",
    ),
    ("[mcp_servers.s]\nenabled = true", "invalid transport\nin `mcp_servers.s`"),
    ("[mcp_servers.s]\ncommand = \"c\"\nurl = \"u\"", "url is not supported for stdio\nin `mcp_servers.s`"),
    (
        "[mcp_servers.s]\ncommand = \"c\"\nbearer_token_env_var = \"T\"",
        "bearer_token_env_var is not supported for stdio\nin `mcp_servers.s`",
    ),
    ("[mcp_servers.s]\ncommand = \"c\"\nhttp_headers = {}", "http_headers is not supported for stdio\nin `mcp_servers.s`"),
    ("[mcp_servers.s]\nurl = \"u\"\nenv = {}", "env is not supported for streamable_http\nin `mcp_servers.s`"),
    ("[mcp_servers.s]\nurl = \"u\"\nbearer_token = \"T\"", "bearer_token is not supported for streamable_http\nin `mcp_servers.s`"),
    ("[mcp_servers.s]\nurl = \"u\"\nargs = []", "args is not supported for streamable_http\nin `mcp_servers.s`"),
    (
        "[mcp_servers.s]\ncommand = \"c\"\ntool_timeout_sec = -1",
        "cannot convert float seconds to Duration: value is negative\nin `mcp_servers.s`",
    ),
    (
        "[mcp_servers.s]\ncommand = \"c\"\nstartup_timeout_ms = -1",
        "invalid value: integer `-1`, expected u64\nin `mcp_servers.s.startup_timeout_ms`",
    ),
    (
        "shell_environment_policy.inherit = \"x\"",
        "unknown variant `x`, expected one of `core`, `all`, `none`\nin `shell_environment_policy.inherit`",
    ),
    (
        "[agents]\nmax_thread = 3",
        "invalid type: integer `3`, expected a table with one of `description`, `config_file`, `nickname_candidates`; did you mean `agents.max_threads`?\nin `agents.max_thread`",
    ),
    ("history = [\"none\", 5]", "invalid type: sequence, expected a table with `persistence` or `max_bytes`\nin `history`"),
    ("feedback = [true]", "invalid type: sequence, expected a table with `enabled`\nin `feedback`"),
    ("[projects]\n\"/x\" = [\"trusted\"]", "invalid type: sequence, expected a table with `trust_level`\nin `projects./x`"),
    (
        "sandbox_workspace_write = [[\"/opt\"], true]",
        "invalid type: sequence, expected a table with one of `writable_roots`, `network_access`, `exclude_tmpdir_env_var`, `exclude_slash_tmp`\nin `sandbox_workspace_write`",
    ),
    ("model = 2020-01-01", "invalid type: date or time, expected a string\nin `model`"),
    (
        "sandbox_mode = 5",
        "invalid type: integer `5`, expected one of `read-only`, `workspace-write`, `danger-full-access`\nin `sandbox_mode`",
    ),
    ("[otel]\nexporter = \"otlp-http\"", "`otlp-http` takes settings: write `{ otlp-http = { ... } }`\nin `otel.exporter`"),
    (
        "[model_providers.y]\nname = \"y\"\nauth = \"weird\"",
        "unknown variant `weird`, expected one of `bearer`, `x-api-key`, `api-key`, `none`\nin `model_providers.y.auth`",
    ),
    (
        "[model_providers.y]\nname = \"y\"\nauth = 5",
        "invalid type: integer `5`, expected `bearer`, `x-api-key`, `api-key`, `none`, or a table with a `command`\nin `model_providers.y.auth`",
    ),
    (
        "[sandbox_workspace_write.network_access]\nalow = []",
        "unknown field `alow`, expected `allow` or `deny`; did you mean `allow`?\nin `sandbox_workspace_write.network_access.alow`",
    ),
    ("[profiles.a]\nmodel = 5", "invalid type: integer `5`, expected a string\nin `profiles.a.model`"),
    ("[features]\nnope = \"x\"", "invalid type: string \"x\", expected a boolean\nin `features.nope`"),
    ("[history]\nmax_bytes = 5", "missing field `persistence`\nin `history`"),
    ("[model_providers.y]\nbase_url = \"x\"", "missing field `name`\nin `model_providers.y`"),
    (
        "[model_providers.y]\nname = \"y\"\nwire_api = \"zz\"",
        "unknown variant `zz`, expected one of `responses`, `chat`, `messages`\nin `model_providers.y.wire_api`",
    ),
    (
        "[model_providers.openai]\nname = \"y\"\n[model_providers.ollama]\nname = \"q\"",
        "model_providers contains reserved built-in provider IDs: `ollama`, `openai`. Built-in providers cannot be overridden. \
             Rename your custom provider (for example, `openai-custom`).\nin `model_providers`",
    ),
];

#[test]
fn a_wrong_value_is_named_by_key() {
    for (text, expected) in WRONG_VALUES {
        let place = Place::with_config(text);
        let told = place.error_with(|_| ());
        let (message, place) = told.split_once("\n$/home/config.toml:").unwrap_or_else(|| panic!("{text} has no place: {told}"));
        assert_eq!(message, format!("Error loading config.toml: {expected}"), "{text}");
        assert!(place.contains("\n  |\n") && place.trim_end().ends_with('^'), "{text}: {place}");
    }
}

#[test]
fn a_value_of_a_higher_layer_is_not_blamed_on_a_file() {
    let place = Place::with_config("sandbox_mode = \"read-only\"\n");
    let told = place.error_with(|options| overrides(options, &["sandbox_mode={danger-full-access={}}"]));
    assert!(told.starts_with("Error loading config.toml: ") && !told.contains("config.toml:1"), "{told}");
}

/// X4.
#[test]
fn a_secret_is_neither_quoted_nor_shown() {
    let cases = [
        "experimental_bearer_token = \"sk-live-1\" oops",
        "experimental_bearer_token = [\"sk-live-1\"]",
        "http_headers = { X = 5, Y = \"sk-live-1\" }",
        "base_url = [\"https://u:sk-live-1@h\"]",
    ];
    for line in cases {
        let told = Place::with_config(&format!("[model_providers.x]\nname = \"x\"\n{line}\n")).error_with(|_| ());
        assert!(told.contains("config.toml:3:") && !told.contains("sk-live-1"), "{told}");
    }
}

/// 4,000 entries took eleven seconds when each went through all that were known.
#[test]
fn many_trusted_folders_cost_little() {
    let folders: String = (0..10_000).map(|n| format!("[projects.\"/p/{n}\"]\ntrust_level = \"trusted\"\n")).collect();
    assert!(Place::with_config(&folders).load().warnings.is_empty());
}

#[test]
fn the_place_of_a_wrong_value_is_shown_whichever_file_it_is_in() {
    let place = Place::with_config("model = \"m\"\n[tui]\nanimations = \"no\"\n");
    let expected = "Error loading config.toml: invalid type: string \"no\", expected a boolean\nin `tui.animations`\n\
                    $/home/config.toml:3:14\n  |\n3 | animations = \"no\"\n  |              ^^^^";
    assert_eq!(place.error_with(|_| ()), expected);
    place.write("system/managed_config.toml", "tui.animations = 7\n");
    assert!(place.error_with(|_| ()).ends_with("\n$/system/managed_config.toml:1:18\n  |\n1 | tui.animations = 7\n  |                  ^"));
    let place = Place::new();
    place.trust("trusted").write("w/.codex/config.toml", "[tui]\ntheme = 5\n");
    assert!(place.error_with(|_| ()).ends_with("\n$/w/.codex/config.toml:2:9\n  |\n2 | theme = 5\n  |         ^"));
}

#[test]
fn a_wrong_value_on_the_command_line_reads_the_same() {
    let place = Place::new();
    let cases = [
        ("model=5", "invalid type: integer `5`, expected a string\nin `model`"),
        ("model.b=5", "invalid type: map, expected a string\nin `model`"),
        (
            "sandbox_workspace_write.network_access=yes",
            "invalid type: string \"yes\", expected a boolean, or a table with `allow` and `deny`\nin `sandbox_workspace_write.network_access`",
        ),
    ];
    for (item, expected) in cases {
        assert_eq!(place.error_with(|options| overrides(options, &[item])), format!("Error loading config.toml: {expected}"), "{item}");
    }
}

#[test]
fn what_is_not_toml_is_shown_with_its_place() {
    let cases = [
        ("x=1\nmodel\n", "2:6: key with no value, expected `=`\n  |\n2 | model\n  |      ^"),
        ("model=\"a\"\nmodel=\"b\"\n", "2:1: duplicate key\n  |\n2 | model=\"b\"\n  | ^^^^^"),
        ("model = \"a\n", "1:11: invalid basic string, expected `\"`\n  |\n1 | model = \"a\n  |           ^"),
        ("[model\n", "1:7: unclosed table, expected `]`\n  |\n1 | [model\n  |       ^"),
        ("é = 1", "1:1: invalid unquoted key, expected letters, numbers, `-`, `_`\n  |\n1 | é = 1\n  | ^"),
        ("a=1\nb=1\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\ni=1\nj", "10:2: key with no value, expected `=`\n   |\n10 | j\n   |  ^"),
        (
            "[projects.\"/x\"]\ntrust_level=\"maybe\"\n",
            "2:13: unknown variant `maybe`, expected `trusted` or `untrusted`\n  |\n2 | trust_level=\"maybe\"\n  |             ^^^^^^^",
        ),
    ];
    for (text, expected) in cases {
        let place = Place::with_config(text);
        assert_eq!(place.error_with(|_| ()), format!("Error loading config.toml:\n$/home/config.toml:{expected}"), "{text}");
    }
}

#[test]
fn system_files_are_shown_with_their_place_too() {
    for name in ["config.toml", "managed_config.toml"] {
        let place = Place::new();
        place.write(&format!("system/{name}"), "model = ");
        let text = place.error_with(|_| ());
        assert!(text.starts_with(&format!("Error loading config.toml:\n$/system/{name}:1:9: ")), "{text}");
    }
}

#[test]
fn a_broken_file_of_a_trusted_project_is_named() {
    let place = Place::new();
    place.trust("trusted").write("w/.codex/config.toml", "model=");
    let text = place.error_with(|_| ());
    let expected = "Error loading config.toml: Error parsing project config file $/w/.codex/config.toml: TOML parse error at line 1, column 7\n  |\n1 | model=\n  |       ^\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn what_flags_and_keys_name_has_to_exist() {
    type Change = fn(&mut LoadOptions);
    let cases: [(&str, Change, &str); 12] = [
        ("", |o| overrides(o, &["nokey"]), "Error parsing -c overrides: Invalid override (missing '='): nokey"),
        ("", |o| overrides(o, &["=3"]), "Error parsing -c overrides: Empty key in override: =3"),
        ("model_provider = \"nope\"", |_| (), "Error: Model provider `nope` not found"),
        ("profile = \"nope\"", |_| (), "Error: config profile `nope` not found"),
        ("", |o| o.profile = Some("nope".into()), "Error: config profile `nope` not found"),
        ("", |o| o.feature_flags = vec![("nope".into(), true)], "Error: Unknown feature flag: nope"),
        ("", |o| o.feature_flags = vec![("nope".into(), false)], "Error: Unknown feature flag: nope"),
        (
            "",
            |o| o.oss = true,
            "Error: No default OSS provider configured. Use --local-provider=provider or set oss_provider to one of: lmstudio, ollama in config.toml",
        ),
        (
            "",
            |o| {
                o.oss = true;
                o.local_provider = Some("zzz".into());
            },
            "Error: Model provider `zzz` not found",
        ),
        (
            "model_instructions_file = \"nope.md\"",
            |_| (),
            "Error: failed to read model instructions file $/home/nope.md: No such file or directory (os error 2)",
        ),
        ("model_instructions_file = \"blank.md\"", |_| (), "Error: model instructions file is empty: $/home/blank.md"),
        (
            "experimental_compact_prompt_file = \"../nope.md\"",
            |_| (),
            "Error: failed to read experimental compact prompt file $/nope.md: No such file or directory (os error 2)",
        ),
    ];
    for (text, change, expected) in cases {
        let place = Place::with_config(text);
        place.write("home/blank.md", " \n");
        assert_eq!(place.error_with(change), expected, "{text}");
    }
}

#[test]
fn sets_of_permissions_and_the_key_that_chooses_one_need_each_other() {
    let cases = [
        ("default_permissions = \"a\"", "default_permissions requires a `[permissions]` table"),
        ("[permissions.a.network]\nenabled = true", "config defines `[permissions]` profiles but does not set `default_permissions`"),
        ("default_permissions = \"b\"\n[permissions.a.network]", "default_permissions names `b`, which `[permissions]` does not define"),
    ];
    for (text, expected) in cases {
        assert_eq!(Place::with_config(text).error_with(|_| ()), format!("Error loading config.toml: {expected}"), "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_text_is_named() {
    let place = Place::new();
    place.write("home/config.toml", b"model = \"\xff\"");
    assert_eq!(place.error_with(|_| ()), "Error loading config.toml: cannot read $/home/config.toml: not valid UTF-8");
}
