//! Keys that are read, typed and checked, and change nothing yet, because what they are about is not in this program.
//!
//! A start says nothing of them; `codex config check` names them. A test compares this list with the schema: each key
//! is either here or has a test that shows its effect. Keys of `[profiles.NAME]` count as the keys they stand for.

/// Dotted keys; `*` stands for a name that the user chooses.
pub const WITHOUT_EFFECT_YET: &[&str] = &[
    "agents.*.config_file",
    "agents.*.description",
    "agents.*.nickname_candidates",
    "agents.job_max_runtime_seconds",
    "agents.max_depth",
    "agents.max_threads",
    "analytics.enabled",
    "approval_policy.granular.skill_approval",
    "approvals_reviewer",
    "apps.*.default_tools_approval_mode",
    "apps.*.default_tools_enabled",
    "apps.*.destructive_enabled",
    "apps.*.enabled",
    "apps.*.open_world_enabled",
    "apps.*.tools.*.approval_mode",
    "apps.*.tools.*.enabled",
    "audio.microphone",
    "audio.speaker",
    "commit_attribution",
    "default_permissions",
    "experimental_realtime_ws_backend_prompt",
    "experimental_realtime_ws_base_url",
    "experimental_realtime_ws_model",
    "experimental_realtime_ws_startup_context",
    "features.apps",
    "features.artifact",
    "features.child_agents_md",
    "features.code_mode",
    "features.code_mode_only",
    "features.codex_git_commit",
    "features.codex_hooks",
    "features.collaboration_modes",
    "features.elevated_windows_sandbox",
    "features.enable_experimental_windows_sandbox",
    "features.enable_fanout",
    "features.experimental_windows_sandbox",
    "features.guardian_approval",
    "features.image_detail_original",
    "features.image_generation",
    "features.js_repl",
    "features.js_repl_tools_only",
    "features.memories",
    "features.multi_agent",
    "features.multi_agent_v2",
    "features.plugins",
    "features.prevent_idle_sleep",
    "features.realtime_conversation",
    "features.remote_models",
    "features.request_rule",
    "features.responses_websockets",
    "features.responses_websockets_v2",
    "features.runtime_metrics",
    "features.search_tool",
    "features.shell_snapshot",
    "features.shell_zsh_fork",
    "features.skill_env_var_dependency_prompt",
    "features.skill_mcp_dependency_install",
    "features.sqlite",
    "features.steer",
    "features.tool_call_mcp_elicitation",
    "features.tool_search",
    "features.tool_suggest",
    "features.tui_app_server",
    "features.undo",
    "features.use_linux_sandbox_bwrap",
    "features.voice_transcription",
    "feedback.enabled",
    "file_opener",
    "ghost_snapshot.disable_warnings",
    "ghost_snapshot.ignore_large_untracked_dirs",
    "js_repl_node_module_dirs",
    "js_repl_node_path",
    "memories.consolidation_model",
    "memories.extract_model",
    "memories.generate_memories",
    "memories.max_raw_memories_for_consolidation",
    "memories.max_rollout_age_days",
    "memories.max_rollouts_per_startup",
    "memories.max_unused_days",
    "memories.min_rollout_idle_hours",
    "memories.no_memories_if_mcp_or_web_search",
    "memories.use_memories",
    "notice.hide_gpt-5.1-codex-max_migration_prompt",
    "notice.hide_gpt5_1_migration_prompt",
    "notice.hide_rate_limit_model_nudge",
    "notice.hide_world_writable_warning",
    "notice.model_migrations.*",
    "otel.exporter.otlp-grpc.endpoint",
    "otel.exporter.otlp-grpc.headers.*",
    "otel.exporter.otlp-grpc.tls.ca-certificate",
    "otel.exporter.otlp-grpc.tls.client-certificate",
    "otel.exporter.otlp-grpc.tls.client-private-key",
    "otel.metrics_exporter.otlp-grpc.endpoint",
    "otel.metrics_exporter.otlp-grpc.headers.*",
    "otel.metrics_exporter.otlp-grpc.tls.ca-certificate",
    "otel.metrics_exporter.otlp-grpc.tls.client-certificate",
    "otel.metrics_exporter.otlp-grpc.tls.client-private-key",
    "otel.trace_exporter.otlp-grpc.endpoint",
    "otel.trace_exporter.otlp-grpc.headers.*",
    "otel.trace_exporter.otlp-grpc.tls.ca-certificate",
    "otel.trace_exporter.otlp-grpc.tls.client-certificate",
    "otel.trace_exporter.otlp-grpc.tls.client-private-key",
    "permissions.*.filesystem.*",
    "permissions.*.filesystem.*.*",
    "permissions.*.network.allow_local_binding",
    "permissions.*.network.allow_unix_sockets",
    "permissions.*.network.allow_upstream_proxy",
    "permissions.*.network.allowed_domains",
    "permissions.*.network.dangerously_allow_all_unix_sockets",
    "permissions.*.network.dangerously_allow_non_loopback_proxy",
    "permissions.*.network.denied_domains",
    "permissions.*.network.enable_socks5",
    "permissions.*.network.enable_socks5_udp",
    "permissions.*.network.enabled",
    "permissions.*.network.mode",
    "permissions.*.network.proxy_url",
    "permissions.*.network.socks_url",
    "plugins.*.enabled",
    "realtime.type",
    "realtime.version",
    "shell_environment_policy.experimental_use_profile",
    "suppress_unstable_features_warning",
    "tools.view_image",
    "tui.model_availability_nux.*",
    "windows.sandbox",
    "windows.sandbox_private_desktop",
    "windows_wsl_setup_acknowledged",
    "zsh_path",
];

/// Keys that never will have an effect again.
pub const RETIRED: &[&str] = &[
    "disable_response_storage",
    "experimental_instructions_file",
    "experimental_resume",
    "hooks",
    "include_apply_patch_tool",
    "instructions",
    "preferred_auth_method",
    "sandbox_permissions",
    "tools_view_image",
];

/// Whether a key, by its segments, changes nothing yet.
pub(crate) fn is_without_effect(path: &[String]) -> bool {
    is_listed(WITHOUT_EFFECT_YET, path)
}

/// Whether a key, by its segments, never will change anything again.
pub(crate) fn is_retired(path: &[String]) -> bool {
    is_listed(RETIRED, path)
}

fn is_listed(list: &[&str], path: &[String]) -> bool {
    let path = match path {
        [profiles, _, rest @ ..] if profiles == "profiles" && !rest.is_empty() => rest,
        all => all,
    };
    list.iter().any(|listed| matches(listed, path))
}

fn matches(listed: &str, path: &[String]) -> bool {
    let mut own = listed.split('.');
    let mut all = path.iter();
    loop {
        match (own.next(), all.next()) {
            (None, None) => return true,
            (Some(own), Some(segment)) if own == "*" || own == segment => {}
            // A value of a listed key may be a table itself.
            (None, Some(_)) => return true,
            (Some(_), Some(_) | None) => return false,
        }
    }
}
