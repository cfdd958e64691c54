//! What single keys come to.

use std::collections::BTreeMap;
use std::time::Duration;

use codex_config::model_catalog::{CatalogModel, CatalogTruncation};
use codex_config::provider::{AuthCommand, AuthScheme, Capabilities, Dialect, ReasoningEcho};
use codex_config::{EnvironmentInherit, LoadOptions, ProviderInfo, WebSearchMode, WireApi};
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Place, overrides};

#[test]
fn nothing_said_means_the_built_in_values() {
    let place = Place::new();
    let (loaded, built_in) = (place.load(), codex_config::Config::built_in(place.path("home"), place.path("w")));
    assert_eq!(format!("{loaded:#?}"), format!("{built_in:#?}"));
}

#[test]
fn model_keys_reach_the_configuration() {
    let place = Place::with_config(
        "model = \"m\"\nreview_model = \"r\"\nmodel_reasoning_effort = \"xhigh\"\nmodel_reasoning_summary = \"detailed\"\nmodel_verbosity = \"low\"\n\
         model_supports_reasoning_summaries = true\nmodel_context_window = -5\nmodel_auto_compact_token_limit = 7\nservice_tier = \"fast\"\n\
         developer_instructions = \"d\"\ncompact_prompt = \"c\"\nhide_agent_reasoning = true\nshow_raw_agent_reasoning = true\nnotify = [\"n\"]\n\
         tool_output_token_limit = 9\nbackground_terminal_max_timeout = 10\nallow_login_shell = false\nproject_doc_max_bytes = 11\n\
         project_doc_fallback_filenames = [\"f\"]\nproject_root_markers = [\"k\"]\nexperimental_use_freeform_apply_patch = true",
    );
    let config = place.load();
    assert_eq!((config.model.as_str(), config.review_model.as_deref()), ("m", Some("r")));
    assert_eq!((config.effort, config.summary), (Some(ReasoningEffort::Xhigh), Some(ReasoningSummaryMode::Detailed)));
    assert_eq!((config.verbosity.as_deref(), config.model_supports_reasoning), (Some("low"), Some(true)));
    assert_eq!((config.model_context_window, config.auto_compact_token_limit), (Some(-5), Some(7)));
    assert_eq!((config.service_tier.as_deref(), config.freeform_apply_patch), (Some("priority"), Some(true)));
    assert_eq!((config.developer_instructions.as_deref(), config.compact_prompt.as_deref()), (Some("d"), Some("c")));
    assert_eq!((config.hide_agent_reasoning, config.show_raw_agent_reasoning, config.allow_login_shell), (true, true, false));
    assert_eq!((config.tool_output_token_limit, config.background_terminal_max_timeout_ms), (Some(9), Some(10)));
    assert_eq!((config.project_doc_max_bytes, config.notify), (11, vec!["n".to_owned()]));
    assert_eq!((config.project_doc_fallback_filenames, config.project_root_markers), (vec!["f".to_owned()], vec!["k".to_owned()]));
}

#[test]
fn a_fast_tier_needs_its_feature() {
    let place = Place::with_config("service_tier = \"fast\"");
    assert_eq!(place.load_with(|o| o.feature_flags = vec![("fast_mode".into(), false)]).service_tier, None);
    assert_eq!(place.load_with(|o| overrides(o, &["service_tier=flex"])).service_tier.as_deref(), Some("flex"));
}

#[test]
fn instructions_come_from_the_file_beside_the_one_that_names_it() {
    let place = Place::with_config(
        "model_instructions_file = \"i.md\"\nexperimental_compact_prompt_file = \"c.md\"\n[profiles.p]\nmodel_instructions_file = \"p.md\"",
    );
    place.write("home/i.md", "\n user \n\n").write("home/c.md", "compact\n").write("home/p.md", "profile").write("w/i.md", "cwd");
    let config = place.load();
    assert_eq!((config.base_instructions.as_deref(), config.compact_prompt.as_deref()), (Some("user"), Some("compact")));
    let text = |change: fn(&mut LoadOptions)| place.load_with(change).base_instructions.unwrap();
    assert_eq!(text(|o| o.profile = Some("p".into())), "profile");
    assert_eq!(text(|o| overrides(o, &["model_instructions_file=i.md"])), "cwd");
    place.trust("trusted").write("w/.codex/config.toml", "model_instructions_file = \"q.md\"").write("w/.codex/q.md", "project");
    assert_eq!(text(|_| ()), "project");
}

#[test]
fn a_project_cannot_send_other_peoples_files_as_instructions() {
    let place = Place::new();
    place.write("home/auth.json", "secret").write("w/.codex/config.toml", "model_instructions_file = \"../../home/auth.json\"");
    place.trust("trusted");
    let config = place.load();
    assert_eq!((config.base_instructions, config.warnings.len()), (None, 1));
    std::os::unix::fs::symlink(place.path("home/auth.json"), place.path("w/.codex/link.md")).unwrap();
    place.write("w/.codex/config.toml", "model_instructions_file = \"link.md\"");
    assert_eq!(place.load().base_instructions, None);
}

#[test]
fn a_catalogue_of_models_is_read_and_a_bad_one_is_fatal() {
    let place = Place::with_config("model_catalog_json = \"models.json\"");
    place.write("home/models.json", r#"{"models":[{"slug":"m","context_window":9,"truncation_policy":{"tokens":7}}]}"#);
    let wanted = CatalogModel {
        slug: "m".into(),
        context_window: Some(9),
        truncation_policy: Some(CatalogTruncation::Tokens(7)),
        ..CatalogModel::default()
    };
    assert_eq!(place.load().model_catalog, [wanted]);
    place.write("home/models.json", r#"{"models":[{"slug":"m","window":9}]}"#);
    let error = place.error_with(|_| {});
    assert!(error.contains("unknown field `window`") && error.ends_with("in `model_catalog_json`"), "{error}");
    std::fs::remove_file(place.path("home/models.json")).unwrap();
    let error = place.error_with(|_| {});
    assert!(
        error.starts_with("Error: failed to read model catalog ") && error.ends_with("No such file or directory (os error 2)"),
        "{error}"
    );
}

#[test]
fn a_provider_of_the_table_keeps_all_its_keys() {
    let place = Place::with_config(
        "model_provider = \"x\"\n[model_providers.x]\nname = \"X\"\nbase_url = \"http://h/v1/\"\nenv_key = \"X_KEY\"\nenv_key_instructions = \"get one\"\n\
         experimental_bearer_token = \"t\"\nwire_api = \"messages\"\nquery_params = { a = \"1\" }\nhttp_headers = { h = \"2\" }\n\
         env_http_headers = { e = \"VAR\" }\nrequest_max_retries = 0\nstream_max_retries = 1\nstream_idle_timeout_ms = 500\n\
         requires_openai_auth = true\nsupports_websockets = true\nrequest_compression = true\nwebsocket_connect_timeout_ms = 700\n\
         dialect = \"deepseek\"\nmax_output_tokens = 9\ncapabilities = { late_system = true, reasoning_echo = \"all\" }\n\
         [model_providers.x.auth]\ncommand = \"get-key\"\nargs = [\"a\"]\ntimeout_ms = 100\nrefresh_interval_ms = 0\ncwd = \"keys\"\nscheme = \"bearer\"",
    );
    let map = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let config = place.load();
    assert_eq!(
        config.provider,
        ProviderInfo {
            id: "x".into(),
            name: "X".into(),
            base_url: "http://h/v1".into(),
            env_key: Some("X_KEY".into()),
            env_key_instructions: Some("get one".into()),
            experimental_bearer_token: Some("t".into()),
            wire_api: WireApi::Messages,
            query_params: map("a", "1"),
            http_headers: map("h", "2"),
            env_http_headers: map("e", "VAR"),
            request_max_retries: 0,
            stream_max_retries: 1,
            stream_idle_timeout: Duration::from_millis(500),
            requires_openai_auth: true,
            supports_websockets: true,
            request_compression: true,
            websocket_connect_timeout: Duration::from_millis(700),
            auth_scheme: AuthScheme::Bearer,
            auth_command: Some(AuthCommand {
                command: "get-key".into(),
                args: vec!["a".into()],
                timeout: Duration::from_millis(100),
                refresh_interval: Duration::ZERO,
                cwd: place.path("home/keys"),
            }),
            dialect: Dialect::Deepseek,
            capabilities: Capabilities { late_system: Some(true), reasoning_echo: Some(ReasoningEcho::All), ..Capabilities::default() },
            max_output_tokens: Some(9),
            is_builtin_openai: false,
        }
    );
    assert_eq!(config.credential_variables(), ["CODEX_API_KEY", "OPENAI_API_KEY", "VAR", "X_KEY"]);
}

#[test]
fn secrets_of_a_provider_do_not_show_in_debug_output() {
    let place = Place::with_config(
        "model_provider = \"x\"\n[model_providers.x]\nname = \"X\"\nexperimental_bearer_token = \"hidden\"\n\
         http_headers = { Authorization = \"hidden\" }\nquery_params = { key = \"hidden\" }",
    );
    let shown = format!("{:?}", place.load());
    assert!(shown.contains("Authorization") && !shown.contains("hidden"), "{shown}");
}

#[test]
fn a_provider_without_details_gets_the_defaults() {
    let place = Place::with_config("model_provider = \"x\"\n[model_providers.x]\nname = \"X\"");
    let provider = place.load().provider;
    assert_eq!(provider, ProviderInfo::at("x", "X", "https://api.openai.com/v1"));
    assert_eq!((provider.request_max_retries, provider.stream_max_retries, provider.stream_idle_timeout.as_millis()), (4, 5, 300_000));
    assert!(!provider.request_compression && !provider.requires_openai_auth);
}

#[test]
fn the_built_in_address_comes_from_the_key_else_from_the_variable() {
    let env = |o: &mut LoadOptions| drop(o.env.insert("OPENAI_BASE_URL".into(), "http://env/v1/".into()));
    let place = Place::new();
    let config = place.load_with(env);
    assert_eq!(config.provider.base_url, "http://env/v1");
    let summaries: Vec<_> = config.deprecations.iter().map(|notice| notice.summary.as_str()).collect();
    assert_eq!(summaries, ["`OPENAI_BASE_URL` is deprecated. Set `openai_base_url` in config.toml instead."]);

    let place = Place::with_config("openai_base_url = \"http://key/v1\"");
    let config = place.load_with(env);
    assert_eq!((config.provider.base_url.as_str(), config.deprecations.len()), ("http://key/v1", 0));
    assert!(config.provider.is_builtin_openai && config.provider.requires_openai_auth && config.provider.request_compression);
    let config = place.load_with(|o| o.feature_flags = vec![("enable_request_compression".into(), false)]);
    assert!(!config.provider.request_compression);
}

#[test]
fn oss_means_a_local_server_and_its_model() {
    type Change = fn(&mut LoadOptions);
    let cases: [(Change, &str, &str, &str); 6] = [
        (|_| (), "lmstudio", "http://localhost:1234/v1", "openai/gpt-oss-20b"),
        (|o| o.local_provider = Some("ollama".into()), "ollama", "http://localhost:11434/v1", "gpt-oss:20b"),
        (|o| drop(o.env.insert("CODEX_OSS_PORT".into(), "99".into())), "lmstudio", "http://localhost:99/v1", "openai/gpt-oss-20b"),
        (
            |o| {
                o.env.insert("CODEX_OSS_PORT".into(), "99".into());
                o.env.insert("CODEX_OSS_BASE_URL".into(), "http://h/v1".into());
            },
            "lmstudio",
            "http://h/v1",
            "openai/gpt-oss-20b",
        ),
        (|o| o.model = Some("mine".into()), "lmstudio", "http://localhost:1234/v1", "mine"),
        (|o| o.local_provider = Some("x".into()), "x", "https://api.openai.com/v1", "m"),
    ];
    let place = Place::with_config("model = \"m\"\nmodel_provider = \"x\"\noss_provider = \"lmstudio\"\n[model_providers.x]\nname = \"X\"");
    for (change, id, base_url, model) in cases {
        let config = place.load_with(|o| {
            o.oss = true;
            change(o);
        });
        let provider = &config.provider;
        assert_eq!((provider.id.as_str(), provider.base_url.as_str(), config.model.as_str()), (id, base_url, model));
    }
    let config = place.load_with(|o| o.local_provider = Some("ollama".into()));
    assert_eq!(config.provider.id, "x", "--local-provider means nothing without --oss");
}

#[test]
fn flags_of_features_are_taken_in_order_and_beat_the_rest() {
    let place = Place::with_config("[features]\nundo = false\nunknown = true\n[profiles.p.features]\njs_repl = true");
    let undo = |flags: &[(&str, bool)]| {
        let flags = flags.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect();
        place.load_with(|o| o.feature_flags = flags).feature("undo")
    };
    assert!(!undo(&[]));
    assert!(undo(&[("undo", true)]));
    assert!(!undo(&[("undo", true), ("undo", false)]));
    let config = place.load_with(|o| o.profile = Some("p".into()));
    assert!(config.feature("js_repl") && !config.feature("unknown"));
}

#[test]
fn former_names_of_features_work_and_bring_a_notice() {
    let place = Place::with_config(
        "experimental_use_unified_exec_tool = false\nexperimental_instructions_file = \"x\"\n[features]\ncollab = false",
    );
    let config = place.load();
    assert!(!config.feature("unified_exec") && !config.feature("multi_agent"));
    let summaries: Vec<_> = config.deprecations.iter().map(|notice| notice.summary.as_str()).collect();
    assert_eq!(
        summaries,
        [
            "`[features].collab` is deprecated. Use `[features].multi_agent` instead.",
            "`[features].experimental_use_unified_exec_tool` is deprecated. Use `[features].unified_exec` instead.",
            "`experimental_instructions_file` is deprecated and ignored. Use `model_instructions_file` instead.",
        ]
    );
}

#[test]
fn web_search_follows_its_key_and_the_sandbox() {
    type Change = fn(&mut LoadOptions);
    let cases: [(&str, Change, WebSearchMode); 7] = [
        ("", |_| (), WebSearchMode::Cached),
        ("", |o| o.bypass = true, WebSearchMode::Live),
        ("web_search = \"cached\"", |o| o.bypass = true, WebSearchMode::Live),
        ("web_search = \"disabled\"", |o| o.bypass = true, WebSearchMode::Disabled),
        ("web_search = \"live\"", |_| (), WebSearchMode::Live),
        ("features.web_search_request = true", |_| (), WebSearchMode::Live),
        ("tools.web_search = false", |_| (), WebSearchMode::Disabled),
    ];
    for (text, change, expected) in cases {
        assert_eq!(Place::with_config(text).load_with(change).web_search, expected, "{text}");
    }
}

#[test]
fn web_search_options_take_their_wire_names() {
    let place = Place::with_config(
        "[tools.web_search]\ncontext_size = \"low\"\nallowed_domains = [\"a.b\"]\nlocation = { country = \"DE\", city = \"X\" }",
    );
    let options = place.load().web_search_options;
    assert_eq!(
        serde_json::to_value(options).unwrap(),
        json!({
            "filters": {"allowed_domains": ["a.b"]},
            "user_location": {"type": "approximate", "country": "DE", "city": "X"},
            "search_context_size": "low",
        })
    );
}

#[test]
fn the_environment_policy_is_read_and_drops_secrets_by_default() {
    assert!(!Place::new().load().shell_environment.ignore_default_excludes);
    let place = Place::with_config(
        "[shell_environment_policy]\ninherit = \"core\"\nignore_default_excludes = true\nexclude = [\"A\"]\nset = { B = \"1\" }\ninclude_only = [\"C\"]",
    );
    let policy = place.load().shell_environment;
    assert_eq!((policy.inherit, policy.ignore_default_excludes), (EnvironmentInherit::Core, true));
    assert_eq!((policy.exclude, policy.include_only), (vec!["A".to_owned()], vec!["C".to_owned()]));
    assert_eq!(policy.set, BTreeMap::from([("B".to_owned(), "1".to_owned())]));
}

/// Never silently weaker: who writes a policy has to know that it does not hold.
#[test]
fn permissions_that_are_not_enforced_are_told_and_other_keys_without_effect_are_not() {
    let place = Place::with_config(
        "default_permissions = \"a\"\n[permissions.a.network]\nenabled = true\n[tui]\ntheme = \"x\"\n[mcp_servers.s]\ncommand = \"x\"",
    );
    let sentence = |key: &str| format!("`{key}` is not supported yet: only `sandbox_mode` and its tables restrict commands");
    assert_eq!(place.load().warnings, [sentence("default_permissions"), sentence("permissions")]);
}

#[test]
fn folders_of_our_own_come_from_keys_and_variables() {
    let place = Place::with_config("sqlite_home = \"db\"\nlog_dir = \"/var/log/x\"");
    let config = place.load();
    assert_eq!((config.sqlite_home, config.log_dir), (place.path("home/db"), "/var/log/x".into()));
    let config = place.load_with(|o| drop(o.env.insert("CODEX_SQLITE_HOME".into(), "/db".into())));
    assert_eq!(config.sqlite_home, std::path::Path::new("/db"));
    let config = Place::new().load();
    assert_eq!((config.sqlite_home, config.log_dir), (config.codex_home.clone(), config.codex_home.join("log")));
}

#[test]
fn what_is_kept_for_undo_follows_its_table_and_the_former_one() {
    let undo = |text: &str| Place::with_config(text).load().undo;
    assert!(undo("").enabled);
    let own = undo("[undo]\nenabled = false\nmax_file_bytes = 5\nmax_bytes = 6\n[ghost_snapshot]\nignore_large_untracked_files = 7");
    assert_eq!((own.enabled, own.max_file_bytes, own.max_bytes), (false, 5, 6));
    assert_eq!(undo("[ghost_snapshot]\nignore_large_untracked_files = 7").max_file_bytes, 7);
}

#[test]
fn what_is_removed_when_it_is_old_follows_its_table() {
    let retention = |text: &str| Place::with_config(text).load().retention;
    let usual = retention("");
    assert_eq!((usual.max_age_days, usual.max_total_bytes, usual.keep_named, usual.keep_archived), (None, None, true, true));
    let own =
        retention("[retention]\nmax_age_days = 5\nmax_total_bytes = 6\nkeep_archived = false\nkeep_named = false\nundo_max_age_days = 7");
    assert_eq!((own.max_age_days, own.max_total_bytes, own.undo_max_age_days), (Some(5), Some(6), 7));
    assert!(!own.keep_archived && !own.keep_named);
}

#[test]
fn keys_that_need_no_resolution_are_there_as_they_were_said() {
    let place = Place::with_config("profile = \"p\"\n[tui]\ntheme = \"nord\"\n[profiles.p.analytics]\nenabled = true");
    let keys = place.load().keys;
    assert_eq!(keys.tui.as_ref().and_then(|tui| tui.theme.as_deref()), Some("nord"));
    assert_eq!(keys.analytics.as_ref().and_then(|table| table.enabled), Some(true));
}

#[test]
fn extra_tools_are_offered_by_name_and_no_others_are_known() {
    let config = Place::with_config("tools.extra = [\"read_file\", \"grep_files\"]").load();
    assert_eq!(config.extra_tools, ["read_file", "grep_files"]);
    assert!(Place::with_config("").load().extra_tools.is_empty());
}
