//! Every key either has a test that shows what it changes, named here, or stands in the list of keys without an effect.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use codex_config::accepted::{RETIRED, WITHOUT_EFFECT_YET};
use codex_config::features::FEATURES;
use codex_config::schema::keys::keys;
use pretty_assertions::assert_eq;

/// Keys, and where in the repository their effect is shown: `file::test`.
const EFFECTS: &[(&[&str], &str)] = &[
    (
        &[
            "features.fast_mode",
            "model",
            "model_reasoning_effort",
            "model_reasoning_summary",
            "model_supports_reasoning_summaries",
            "model_verbosity",
            "profile",
            "service_tier",
        ],
        "cli/tests/suite/config_effects.rs::keys_of_the_model_reach_the_request",
    ),
    (
        &["compact_prompt", "model_auto_compact_token_limit", "model_context_window", "background_terminal_max_timeout", "review_model"],
        "config/tests/suite/keys.rs::model_keys_reach_the_configuration",
    ),
    (
        &["developer_instructions", "model_instructions_file"],
        "cli/tests/suite/config_effects.rs::texts_for_the_model_come_from_keys_and_files",
    ),
    (&["experimental_compact_prompt_file"], "config/tests/suite/keys.rs::instructions_come_from_the_file_beside_the_one_that_names_it"),
    (
        &["project_doc_fallback_filenames", "project_doc_max_bytes", "project_doc_requires_trust"],
        "cli/tests/suite/config_effects.rs::instructions_of_a_project_follow_their_keys",
    ),
    (&["project_root_markers"], "config/tests/suite/instructions.rs::markers_decide_where_the_project_begins"),
    (
        &[
            "experimental_use_unified_exec_tool",
            "features.shell_tool",
            "features.unified_exec",
            "tools.extra",
            "tools.web_search",
            "tools.web_search.allowed_domains",
            "tools.web_search.context_size",
            "tools.web_search.location.city",
            "tools.web_search.location.country",
            "tools.web_search.location.region",
            "tools.web_search.location.timezone",
            "web_search",
        ],
        "cli/tests/suite/config_effects.rs::tools_are_offered_as_their_keys_say",
    ),
    (
        &["features.web_search", "features.web_search_cached", "features.web_search_request"],
        "config/tests/suite/keys.rs::web_search_follows_its_key_and_the_sandbox",
    ),
    (
        &["features.collab", "features.experimental_use_freeform_apply_patch", "features.experimental_use_unified_exec_tool"],
        "config/tests/suite/keys.rs::former_names_of_features_work_and_bring_a_notice",
    ),
    (
        &["experimental_use_freeform_apply_patch", "features.apply_patch_freeform"],
        "config/tests/suite/keys.rs::model_keys_reach_the_configuration",
    ),
    (
        &["approval_policy.granular.mcp_elicitations"],
        "core/tests/suite/mcp.rs::the_granular_policy_asks_what_servers_want_to_know_or_refuses",
    ),
    (
        &["features.personality", "personality"],
        "core/tests/suite/personality.rs::the_tone_stands_in_the_instructions_of_models_that_take_one",
    ),
    (
        &["features.exec_permission_approvals"],
        "core/tests/suite/additional.rs::the_parameters_are_offered_and_understood_with_the_feature_alone",
    ),
    (&["tool_output_token_limit"], "cli/tests/suite/config_effects.rs::the_output_of_a_command_is_cut_to_its_key"),
    (&["hide_agent_reasoning"], "cli/tests/suite/config_effects.rs::reasoning_is_hidden_where_nobody_wants_it"),
    (&["show_raw_agent_reasoning"], "exec/src/human/tests.rs::hidden_reasoning_stays_hidden_and_raw_reasoning_is_shown_on_demand"),
    (&["notify"], "core/tests/suite/notify.rs::the_users_program_is_told_of_a_completed_turn_and_not_of_a_failed_one"),
    (&["allow_login_shell"], "tools/src/builtin/exec_command/tests.rs::a_login_shell_can_be_switched_off_by_configuration"),
    (
        &["approval_policy", "approval_policy.granular.rules", "approval_policy.granular.sandbox_approval"],
        "core/tests/suite/boundary.rs::the_granular_policy_asks_its_kinds_of_question_and_refuses_the_others",
    ),
    (
        &[
            "sandbox_mode",
            "sandbox_workspace_write.exclude_slash_tmp",
            "sandbox_workspace_write.exclude_tmpdir_env_var",
            "sandbox_workspace_write.network_access",
            "sandbox_workspace_write.writable_roots",
        ],
        "cli/tests/suite/config_effects.rs::the_sandbox_is_shown_as_its_keys_say",
    ),
    (
        &["sandbox_workspace_write.network_access.allow", "sandbox_workspace_write.network_access.deny"],
        "config/tests/suite/sandboxing.rs::hosts_by_name_leave_the_policy_closed_and_stand_in_the_boundary",
    ),
    (&["sandbox_deny_read"], "cli/tests/suite/sandbox_denials.rs::each_denial_is_told_with_its_rule_and_what_would_allow_it"),
    (&["sandbox_git_broker"], "cli/tests/suite/git_broker.rs::commits_work_in_the_sandbox_unless_that_is_switched_off"),
    (&["features.use_legacy_landlock"], "cli/tests/suite/sandbox_network.rs::without_namespaces_the_network_is_closed"),
    (&["sandbox_fallback"], "config/tests/suite/sandboxing.rs::hosts_by_name_leave_the_policy_closed_and_stand_in_the_boundary"),
    (
        &[
            "shell_environment_policy.exclude",
            "shell_environment_policy.ignore_default_excludes",
            "shell_environment_policy.include_only",
            "shell_environment_policy.inherit",
            "shell_environment_policy.set.*",
        ],
        "cli/tests/suite/config_effects.rs::commands_see_the_variables_that_the_policy_leaves",
    ),
    (&["projects.*.trust_level"], "cli/tests/suite/config_effects.rs::the_directory_that_is_trusted_has_its_settings_read"),
    (
        &[
            "model_provider",
            "model_providers.*.base_url",
            "model_providers.*.env_http_headers.*",
            "model_providers.*.http_headers.*",
            "model_providers.*.query_params.*",
            "model_providers.*.request_compression",
        ],
        "cli/tests/suite/config_effects.rs::a_provider_is_asked_as_its_table_says",
    ),
    (
        &[
            "model_providers.*.env_key",
            "model_providers.*.env_key_instructions",
            "model_providers.*.experimental_bearer_token",
            "model_providers.*.requires_openai_auth",
        ],
        "cli/tests/suite/config_effects.rs::the_key_of_a_provider_comes_from_where_its_table_says",
    ),
    (
        &["model_providers.*.request_max_retries", "model_providers.*.stream_max_retries"],
        "cli/tests/suite/config_effects.rs::failing_requests_are_repeated_as_often_as_the_table_says",
    ),
    (
        &["model_providers.*.supports_websockets"],
        "model-client/tests/model_client/sockets.rs::one_socket_carries_all_requests_and_only_what_is_new",
    ),
    (
        &["model_providers.*.websocket_connect_timeout_ms"],
        "model-client/tests/model_client/sockets.rs::a_socket_that_does_not_open_in_time_is_tried_three_times_before_http",
    ),
    (
        &["model_providers.*.stream_idle_timeout_ms"],
        "model-client/tests/model_client/failures.rs::a_silent_server_is_given_up_after_the_idle_time",
    ),
    (
        &["model_providers.*.dialect", "model_providers.*.max_output_tokens", "model_providers.*.name", "model_providers.*.wire_api"],
        "config/tests/suite/keys.rs::a_provider_of_the_table_keeps_all_its_keys",
    ),
    (
        &["features.enable_request_compression", "openai_base_url"],
        "config/tests/suite/keys.rs::the_built_in_address_comes_from_the_key_else_from_the_variable",
    ),
    (
        &["forced_chatgpt_workspace_id", "forced_login_method"],
        "cli/tests/suite/login.rs::a_run_with_the_wrong_kind_of_credentials_logs_out",
    ),
    (&["cli_auth_credentials_store"], "cli/tests/suite/login.rs::stores_that_cannot_keep_anything_say_so"),
    (&["chatgpt_base_url"], "cli/tests/suite/login.rs::a_token_goes_nowhere_unless_it_is_said_where"),
    (&["login.client_id", "login.issuer", "login.scopes"], "cli/tests/suite/login.rs::a_callback_with_another_state_changes_nothing"),
    (&["login.callback_port"], "cli/tests/suite/login.rs::a_port_that_is_taken_is_named_with_a_way_out"),
    (
        &["ghost_snapshot.ignore_large_untracked_files"],
        "config/tests/suite/keys.rs::what_is_kept_for_undo_follows_its_table_and_the_former_one",
    ),
    (&["log_dir"], "cli/tests/suite/telemetry.rs::what_goes_wrong_is_in_the_log_of_the_home_without_secrets"),
    (&["sqlite_home"], "cli/tests/suite/config_effects.rs::the_index_of_sessions_lies_where_the_key_or_the_variable_says"),
    (
        &[
            "otel.environment",
            "otel.exporter",
            "otel.exporter.otlp-http.endpoint",
            "otel.metrics_exporter",
            "otel.metrics_exporter.otlp-http.endpoint",
            "otel.trace_exporter",
            "otel.trace_exporter.otlp-http.endpoint",
        ],
        "cli/tests/suite/telemetry.rs::a_collector_is_told_what_happened_and_no_text_of_it",
    ),
    (&["otel.log_user_prompt"], "cli/tests/suite/telemetry.rs::prompts_are_sent_only_when_the_settings_say_so"),
    (
        &["otel.exporter.otlp-http.protocol", "otel.metrics_exporter.otlp-http.protocol", "otel.trace_exporter.otlp-http.protocol"],
        "cli/tests/suite/telemetry.rs::the_binary_form_is_sent_where_it_is_asked_for",
    ),
    (
        &["otel.exporter.otlp-http.headers.*", "otel.metrics_exporter.otlp-http.headers.*", "otel.trace_exporter.otlp-http.headers.*"],
        "cli/tests/suite/telemetry.rs::each_exporter_sends_its_headers",
    ),
    (&["model_catalog_json"], "config/tests/suite/keys.rs::a_catalogue_of_models_is_read_and_a_bad_one_is_fatal"),
    (
        &["disable_paste_burst", "tui.confirm_quit", "tui.enter_key", "tui.keymap.*.*", "tui.vim_mode"],
        "tui/src/composer/tests/settings.rs::keys_of_the_composer_reach_it",
    ),
    (&["tui.animations"], "cli/tests/screen/settings.rs::nothing_moves_where_animations_are_off"),
    (&["tui.notification_method"], "cli/tests/screen/notifications.rs::the_end_of_a_turn_is_told_as_the_settings_say"),
    (&["tui.notifications"], "cli/tests/screen/notifications.rs::only_what_is_named_is_told_and_only_while_nobody_looks"),
    (&["tui.notification_command"], "cli/tests/screen/notifications.rs::a_program_of_the_users_own_is_told"),
    (&["tui.terminal_title"], "cli/tests/screen/commands.rs::the_title_shows_what_was_chosen"),
    (&["tui.prices.*.input", "tui.prices.*.output"], "cli/tests/screen/commands.rs::cost_is_counted_by_the_prices_of_the_settings"),
    (&["tui.prices.*.cached_input"], "tui/src/chat/cost.rs::each_request_is_counted_once_at_the_price_of_its_model"),
    (
        &["check_for_update_on_startup", "update_check_url"],
        "cli/tests/screen/update.rs::a_newer_version_is_told_of_and_asked_for_in_the_background",
    ),
    (&["history.max_bytes", "history.persistence"], "tui/src/composer/tests/settings.rs::keys_of_history_decide_what_is_kept"),
    (&["tui.output_rows"], "cli/tests/screen/settings.rs::as_many_rows_of_output_are_shown_as_its_key_says"),
    (&["tui.raw_output"], "cli/tests/screen/settings.rs::replies_are_printed_as_they_were_written_where_its_key_says_so"),
    (&["tui.screen_reader"], "cli/tests/screen/settings.rs::the_screen_is_flat_where_its_key_says_so"),
    (&["tui.show_tooltips"], "cli/tests/screen/settings.rs::tips_come_unless_their_key_says_no"),
    (&["tui.status_line"], "cli/tests/screen/settings.rs::the_status_line_has_the_items_of_its_key"),
    (&["tui.alternate_screen"], "cli/tests/screen/settings.rs::the_alternate_screen_is_left_alone_where_its_key_says_so"),
    (&["tui.theme"], "cli/tests/screen/settings.rs::colours_are_those_of_the_theme"),
    (&["plan_mode_reasoning_effort"], "cli/tests/screen/settings.rs::plan_mode_thinks_as_hard_as_its_key_says"),
    (&["notice.hide_full_access_warning"], "cli/tests/screen/settings.rs::full_access_is_asked_about_unless_its_key_says_no"),
    (
        &["approval_policy.granular.request_permissions", "features.request_permissions_tool"],
        "core/tests/suite/modes.rs::under_policies_without_that_question_nobody_is_asked_for_permissions_and_nothing_is_granted",
    ),
    (&["features.default_mode_request_user_input"], "core/tests/suite/modes.rs::outside_of_plan_mode_and_where_nobody_is_nothing_is_asked"),
    (&["oss_provider"], "config/tests/suite/keys.rs::oss_means_a_local_server_and_its_model"),
    (&["mcp_servers.*.args", "mcp_servers.*.command"], "cli/tests/suite/mcp.rs::a_tool_is_offered_called_and_shown"),
    (&["mcp_servers.*.env.*", "mcp_servers.*.env_vars"], "cli/tests/suite/mcp.rs::a_server_does_not_see_our_environment"),
    (
        &["mcp_servers.*.disabled_tools", "mcp_servers.*.enabled_tools"],
        "cli/tests/suite/mcp.rs::tools_are_filtered_by_the_servers_own_names",
    ),
    (&["mcp_servers.*.enabled"], "cli/tests/suite/mcp.rs::a_server_that_is_switched_off_is_not_started"),
    (&["mcp_servers.*.tools.*.approval_mode"], "cli/tests/suite/mcp.rs::a_tool_that_changes_something_needs_a_person"),
    (
        &["mcp_servers.*.required", "mcp_servers.*.startup_timeout_sec"],
        "cli/tests/suite/mcp.rs::a_server_that_misbehaves_ends_in_one_named_error",
    ),
    (&["mcp_servers.*.tool_timeout_sec"], "cli/tests/suite/mcp.rs::a_call_that_takes_too_long_is_cancelled"),
    (
        &["mcp_servers.*.bearer_token_env_var", "mcp_servers.*.http_headers.*", "mcp_servers.*.url"],
        "cli/tests/suite/mcp.rs::servers_behind_an_address_are_reached_in_every_form",
    ),
    (
        &["mcp_servers.*.cwd", "mcp_servers.*.env_http_headers.*", "mcp_servers.*.startup_timeout_ms"],
        "mcp-client/src/settings.rs::every_key_of_an_entry_is_taken_over",
    ),
    (
        &["mcp_oauth_callback_port", "mcp_oauth_callback_url", "mcp_servers.*.oauth_resource", "mcp_servers.*.scopes"],
        "cli/tests/suite/mcp.rs::a_sign_in_asks_for_what_the_settings_say",
    ),
    (&["skills.bundled.enabled", "skills.config", "skills.include_instructions"], "core/tests/suite/skills.rs::the_list_follows_its_keys"),
    (&["mcp_oauth_credentials_store"], "cli/tests/suite/mcp.rs::a_sign_in_is_made_used_renewed_and_forgotten"),
];

/// Tables of keys whose effects are shown together, by the first segments.
const TABLES: &[(&str, &str)] = &[
    (
        "otel.exporter.otlp-http.tls.",
        "cli/tests/suite/telemetry.rs::certificates_of_an_exporter_that_cannot_be_read_are_named_and_nothing_is_sent",
    ),
    (
        "otel.metrics_exporter.otlp-http.tls.",
        "cli/tests/suite/telemetry.rs::certificates_of_an_exporter_that_cannot_be_read_are_named_and_nothing_is_sent",
    ),
    (
        "otel.trace_exporter.otlp-http.tls.",
        "cli/tests/suite/telemetry.rs::certificates_of_an_exporter_that_cannot_be_read_are_named_and_nothing_is_sent",
    ),
    ("retention.", "config/tests/suite/keys.rs::what_is_removed_when_it_is_old_follows_its_table"),
    ("undo.", "config/tests/suite/keys.rs::what_is_kept_for_undo_follows_its_table_and_the_former_one"),
    ("model_providers.*.auth", "config/tests/suite/keys.rs::a_provider_of_the_table_keeps_all_its_keys"),
    ("model_providers.*.capabilities.", "config/tests/suite/keys.rs::a_provider_of_the_table_keeps_all_its_keys"),
];

#[test]
fn every_key_has_an_effect_that_is_shown_or_is_listed_as_without() {
    let shown: BTreeSet<&str> = EFFECTS.iter().flat_map(|(keys, _)| keys.iter().copied()).collect();
    let listed: BTreeSet<&str> = WITHOUT_EFFECT_YET.iter().chain(RETIRED).copied().collect();
    assert_eq!(shown.intersection(&listed).collect::<Vec<_>>(), Vec::<&&str>::new(), "both shown and without effect");
    let all: BTreeSet<String> = keys()
        .iter()
        .map(|key| key.path.iter().map(String::as_str).collect::<Vec<_>>())
        .map(|path| match path.as_slice() {
            // A profile's keys are the keys they stand for.
            ["profiles", "*", rest @ ..] => rest.join("."),
            path => path.join("."),
        })
        .collect();
    let in_table = |key: &str| TABLES.iter().any(|(table, _)| key.starts_with(table));
    let open: Vec<&String> =
        all.iter().filter(|key| !shown.contains(key.as_str()) && !listed.contains(key.as_str()) && !in_table(key)).collect();
    assert_eq!(open, Vec::<&String>::new(), "neither shown nor listed");
    let gone: Vec<&&str> = shown.union(&listed).filter(|key| !all.contains(**key)).collect();
    assert_eq!(gone, Vec::<&&str>::new(), "no such keys");
}

#[test]
fn every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for place in EFFECTS.iter().map(|(_, place)| place).chain(TABLES.iter().map(|(_, place)| place)) {
        let (file, test) = place.split_once("::").unwrap_or_else(|| panic!("{place} names no test"));
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {test}(")), "{file} has no test `{test}`");
    }
}

#[test]
fn features_without_an_effect_are_those_that_nothing_asks_for() {
    let listed = |name: &str| WITHOUT_EFFECT_YET.contains(&format!("features.{name}").as_str());
    let shown = |name: &str| EFFECTS.iter().any(|(keys, _)| keys.contains(&format!("features.{name}").as_str()));
    for feature in FEATURES {
        assert!(listed(feature.name) != shown(feature.name), "{}", feature.name);
    }
}
