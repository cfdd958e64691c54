//! Takes from a trusted project's file what a project may say, and drops the rest.
//!
//! A repository's text may instruct and restrict; it never gets authority. Endpoints, credentials, programs to
//! start, who approves, and anything that widens what commands may do come from the user alone. What is
//! dropped is named, so that nobody wonders.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Keys a project file cannot set at all.
const NEVER: &[&str] = &[
    "approvals_reviewer",
    "chatgpt_base_url",
    "cli_auth_credentials_store",
    "default_permissions",
    "experimental_realtime_ws_base_url",
    "forced_chatgpt_workspace_id",
    "forced_login_method",
    "js_repl_node_module_dirs",
    "js_repl_node_path",
    "log_dir",
    "login",
    "mcp_oauth_callback_port",
    "mcp_oauth_callback_url",
    "mcp_oauth_credentials_store",
    "model_provider",
    "model_providers",
    "notify",
    "openai_base_url",
    "oss_provider",
    "otel",
    "permissions",
    "profile",
    "profiles",
    "project_doc_requires_trust",
    "project_root_markers",
    "projects",
    "sandbox_deny_read",
    "sandbox_fallback",
    "retention",
    "sqlite_home",
    "undo",
    "update_check_url",
    "zsh_path",
];

/// Features that a project file cannot switch on: each changes who or what guards the boundary.
const GUARDS: &[&str] = &["exec_permission_approvals", "guardian_approval", "request_permissions_tool", "use_legacy_landlock"];

/// Keys that name a file whose text goes to the model: it has to be the project's own.
const OWN_FILES: &[&str] = &["experimental_compact_prompt_file", "model_catalog_json", "model_instructions_file"];

/// One project file, already parsed, paths already absolute.
#[derive(Debug)]
pub(crate) struct ProjectLayer {
    pub(crate) file: PathBuf,
    pub(crate) table: Table,
}

/// Removes from `layers` (outermost first) what a project may not set. `lower` holds the user's layers, and
/// `trusted_root` the directory the user trusted. Returns one sentence naming files and keys, if any.
pub(crate) fn restrict(layers: &mut [ProjectLayer], lower: &Table, trusted_root: &Path) -> Option<String> {
    let mut dropped: Vec<(PathBuf, Vec<String>)> = Vec::new();
    let user_mode = lower.get("sandbox_mode").and_then(Value::as_str).map_or(1, width);
    let mut mode = user_mode;
    for layer in &mut *layers {
        let mut keys = drop_keys(&mut layer.table, lower, trusted_root);
        mode = layer.table.get("sandbox_mode").and_then(Value::as_str).map_or(mode, width);
        keys.sort();
        dropped.push((layer.file.clone(), keys));
    }
    if mode > user_mode {
        for (layer, (_, keys)) in layers.iter_mut().zip(&mut dropped) {
            if layer.table.get("approval_policy").and_then(Value::as_str) == Some("never") {
                layer.table.remove("approval_policy");
                keys.push("approval_policy".to_owned());
            }
        }
    }
    let parts: Vec<String> = dropped.iter().filter(|(_, keys)| !keys.is_empty()).map(|(file, keys)| sentence_part(file, keys)).collect();
    (!parts.is_empty()).then(|| format!("Ignored what a project file may not set: {}", parts.join("; ")))
}

fn sentence_part(file: &Path, keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("{} in `{}`", keys.join(", "), file.display())
}

/// How much a sandbox mode allows.
fn width(mode: &str) -> u8 {
    match mode {
        "read-only" => 0,
        "workspace-write" => 1,
        _ => 2,
    }
}

fn drop_keys(table: &mut Table, lower: &Table, trusted_root: &Path) -> Vec<String> {
    let mut dropped: Vec<String> = NEVER.iter().filter(|key| table.remove(**key).is_some()).map(|key| (*key).to_owned()).collect();
    for key in OWN_FILES {
        let foreign = |value: &Value| value.as_str().is_some_and(|path| !is_inside(Path::new(path), trusted_root));
        if table.get(*key).is_some_and(foreign) {
            table.remove(*key);
            dropped.push((*key).to_owned());
        }
    }
    if table.get("sandbox_mode").and_then(Value::as_str) == Some("danger-full-access") {
        table.remove("sandbox_mode");
        dropped.push("sandbox_mode".to_owned());
    }
    if table.get("sandbox_git_broker").and_then(Value::as_bool) == Some(true) {
        table.remove("sandbox_git_broker");
        dropped.push("sandbox_git_broker".to_owned());
    }
    let search = |table: &Table| table.get("web_search").map(reach_of_search);
    if search(table).is_some_and(|project| project > search(lower).unwrap_or(1)) {
        table.remove("web_search");
        dropped.push("web_search".to_owned());
    }
    drop_in(table, "features", &mut dropped, |key, value| GUARDS.contains(&key) && value.as_bool() != Some(false));
    drop_in(table, "sandbox_workspace_write", &mut dropped, |key, value| match key {
        "writable_roots" => true,
        "network_access" => value.as_bool() != Some(false),
        "exclude_tmpdir_env_var" | "exclude_slash_tmp" => value.as_bool() == Some(false),
        _ => false,
    });
    drop_in(table, "tui", &mut dropped, |key, _| matches!(key, "notification_command" | "notification_method"));
    let users = lower.get("shell_environment_policy").and_then(Value::as_table);
    drop_in(table, "shell_environment_policy", &mut dropped, |key, value| widens_environment(key, value, users));
    dropped
}

fn drop_in(table: &mut Table, name: &str, dropped: &mut Vec<String>, widens: impl Fn(&str, &Value) -> bool) {
    let inner = match table.get_mut(name) {
        None => return,
        Some(Value::Table(inner)) => inner,
        Some(_) => {
            // Whatever it is meant to be, nobody can look into it.
            table.remove(name);
            dropped.push(name.to_owned());
            return;
        }
    };
    inner.retain(|key, value| {
        let drop = widens(key, value);
        if drop {
            dropped.push(format!("{name}.{key}"));
        }
        !drop
    });
}

/// How far `web_search` reaches.
fn reach_of_search(mode: &Value) -> u8 {
    match mode.as_str() {
        Some("disabled") => 0,
        Some("cached") => 1,
        _ => 2,
    }
}

/// Whether a project's entry would let commands see more than the user's own policy does.
fn widens_environment(key: &str, value: &Value, users: Option<&Table>) -> bool {
    let user = users.and_then(|table| table.get(key));
    match key {
        "inherit" => {
            let rank = |value: &Value| match value.as_str() {
                Some("none") => 0,
                Some("core") => 1,
                _ => 2,
            };
            rank(value) > user.map_or(2, rank)
        }
        "ignore_default_excludes" => value.as_bool() != Some(false),
        "exclude" => !user.is_none_or(|user| contains_all(value, user)),
        "include_only" => !user.is_none_or(|user| is_empty(user) || (!is_empty(value) && contains_all(user, value))),
        _ => true,
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn contains_all(whole: &Value, part: &Value) -> bool {
    let (Some(whole), Some(part)) = (whole.as_array(), part.as_array()) else {
        return false;
    };
    part.iter().all(|item| whole.contains(item))
}

/// Whether what `path` really is lies below `root`; a missing file counts by its name.
fn is_inside(path: &Path, root: &Path) -> bool {
    crate::paths::settled(path).starts_with(root)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn restricted(lower: &str, project: &str) -> (Table, Option<String>) {
        let mut layers = [ProjectLayer { file: "/w/.codex/config.toml".into(), table: toml::from_str(project).unwrap() }];
        let warning = restrict(&mut layers, &toml::from_str(lower).unwrap(), Path::new("/w"));
        let [layer] = layers;
        (layer.table, warning)
    }

    #[test]
    fn every_key_that_gives_authority_is_dropped_and_named() {
        let project = NEVER.iter().map(|key| format!("{key} = 1\n")).collect::<String>() + "model = \"m\"";
        let (table, warning) = restricted("", &project);
        assert_eq!(table, toml::from_str::<Table>("model = \"m\"").unwrap());
        let warning = warning.unwrap();
        for key in NEVER {
            assert!(warning.contains(&format!("`{key}`")), "{key} is not in {warning}");
        }
        assert!(warning.ends_with(" in `/w/.codex/config.toml`"), "{warning}");
    }

    #[test]
    fn a_harmless_file_passes_without_a_word() {
        let text = "model = \"m\"\nsandbox_mode = \"workspace-write\"\napproval_policy = \"on-request\"\n[features]\nundo = true";
        assert_eq!(restricted("", text), (toml::from_str(text).unwrap(), None));
    }

    #[test]
    fn each_value_is_dropped_only_where_it_widens() {
        let cases = [
            ("", "sandbox_mode = \"danger-full-access\"", false),
            ("", "sandbox_mode = \"read-only\"", true),
            ("", "approval_policy = \"never\"", true),
            ("", "[sandbox_workspace_write]\nnetwork_access = true", false),
            ("", "[sandbox_workspace_write]\nnetwork_access = false", true),
            ("", "[sandbox_workspace_write]\nnetwork_access = { allow = [\"a.example\"] }", false),
            ("", "sandbox_fallback = \"relaxed\"", false),
            ("", "sandbox_deny_read = []", false),
            ("", "sandbox_git_broker = true", false),
            ("", "sandbox_git_broker = false", true),
            ("", "[sandbox_workspace_write]\nwritable_roots = [\"/\"]", false),
            ("", "[sandbox_workspace_write]\nexclude_slash_tmp = true", true),
            ("", "[shell_environment_policy]\ninherit = \"none\"", true),
            ("[shell_environment_policy]\ninherit = \"none\"", "[shell_environment_policy]\ninherit = \"core\"", false),
            ("", "[shell_environment_policy]\nignore_default_excludes = true", false),
            ("", "[shell_environment_policy]\nexclude = [\"A\"]", true),
            ("[shell_environment_policy]\nexclude = [\"B\"]", "[shell_environment_policy]\nexclude = [\"A\"]", false),
            ("[shell_environment_policy]\nexclude = [\"B\"]", "[shell_environment_policy]\nexclude = [\"A\", \"B\"]", true),
            ("", "[shell_environment_policy]\ninclude_only = [\"A\"]", true),
            ("[shell_environment_policy]\ninclude_only = [\"B\"]", "[shell_environment_policy]\ninclude_only = [\"A\"]", false),
            ("[shell_environment_policy]\ninclude_only = [\"B\"]", "[shell_environment_policy]\ninclude_only = []", false),
            ("", "[shell_environment_policy]\nset = { A = \"1\" }", false),
            ("", "sandbox_workspace_write = [[\"/\"], true]", false),
            ("", "shell_environment_policy = [\"all\", true]", false),
            ("", "features = [true]", false),
            ("", "[features]\nuse_legacy_landlock = true", false),
            ("", "[features]\nuse_legacy_landlock = false", true),
            ("", "web_search = \"live\"", false),
            ("web_search = \"live\"", "web_search = \"live\"", true),
            ("web_search = \"disabled\"", "web_search = \"cached\"", false),
            ("", "web_search = \"disabled\"", true),
            ("", "undo = { enabled = false }", false),
            ("", "model_instructions_file = \"/w/i.md\"", true),
            ("", "model_instructions_file = \"/home/u/.codex/auth.json\"", false),
        ];
        for (lower, project, kept) in cases {
            let (table, warning) = restricted(lower, project);
            assert_eq!(table == toml::from_str::<Table>(project).unwrap(), kept, "{lower} / {project}");
            assert_eq!(warning.is_none(), kept, "{lower} / {project}: {warning:?}");
        }
    }

    #[test]
    fn never_asking_goes_when_the_project_also_widens_the_sandbox() {
        let (table, warning) =
            restricted("sandbox_mode = \"read-only\"", "approval_policy = \"never\"\nsandbox_mode = \"workspace-write\"");
        assert_eq!(table, toml::from_str::<Table>("sandbox_mode = \"workspace-write\"").unwrap());
        assert!(warning.unwrap().contains("`approval_policy`"));
    }
}
