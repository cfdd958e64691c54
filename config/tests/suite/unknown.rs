//! Keys that nobody knows, profiles with a file, and the administrator's limits.

use codex_config::show::overview;
use codex_config::{LayerSource, load_with_provenance};
use pretty_assertions::assert_eq;

use crate::support::{Place, overrides};

fn warnings(place: &Place) -> Vec<String> {
    place.load().warnings.iter().map(|warning| place.anonymous(warning)).collect()
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_what_may_be_meant() {
    let cases = [
        ("modle = \"x\"", "1: unknown key `modle`; did you mean `model`?"),
        ("\n[tui]\nthem = \"x\"", "3: unknown key `tui.them`; did you mean `tui.theme`?"),
        ("[profiles.p]\nnotify = []", "2: unknown key `profiles.p.notify`"),
        ("[profiles.p.features]\nundoo = true", "2: unknown key `profiles.p.features.undoo`; did you mean `profiles.p.features.undo`?"),
        ("[features]\nmulti-agent = true", "2: unknown key `features.multi-agent`; did you mean `features.multi_agent`?"),
        ("[tool]\nview_image = true", "1: unknown key `tool`; did you mean `tools`?"),
        ("[mcp_servers.s]\ncommand = \"c\"\nenvs = {}", "3: unknown key `mcp_servers.s.envs`; did you mean `mcp_servers.s.env`?"),
        (
            "[tools.web_search]\ncontextsize = \"low\"",
            "2: unknown key `tools.web_search.contextsize`; did you mean `tools.web_search.context_size`?",
        ),
        (
            "[model_providers.x]\nname = \"x\"\n[model_providers.x.auth]\ncommand = \"c\"\ntimout_ms = 1",
            "5: unknown key `model_providers.x.auth.timout_ms`; did you mean `model_providers.x.auth.timeout_ms`?",
        ),
        ("[projects.\"/a.b\"]\ntrust = \"trusted\"", "2: unknown key `projects.\"/a.b\".trust`"),
        ("[agents.r]\ndescripton = \"x\"", "2: unknown key `agents.r.descripton`; did you mean `agents.r.description`?"),
        ("[[skills.config]]\nname = \"a\"\nenabled = true\nwhat = 1", "4: unknown key `skills.config.what`"),
        (
            "[otel.exporter.otlp-http]\nendpoint = \"x\"\nprotocol = \"json\"\nheader = {}",
            "4: unknown key `otel.exporter.otlp-http.header`; did you mean `otel.exporter.otlp-http.headers`?",
        ),
    ];
    for (text, expected) in cases {
        let place = Place::with_config(text);
        assert_eq!(warnings(&place), [format!("$/home/config.toml:{expected}")], "{text}");
        let strict = place.error_with(|options| options.strict = true);
        assert_eq!(strict, format!("Error: $/home/config.toml:{expected}"), "{text}");
    }
}

#[test]
fn old_keys_and_free_names_are_not_unknown() {
    let text = "preferred_auth_method = \"apikey\"\nhooks = { a = [1] }\nexperimental_resume = 5\n[features]\ncollab = true\nweb_search = true\n\
                [shell_environment_policy.set]\nANYTHING = \"1\"\n[apps.whatever]\nenabled = true\n[agents.somebody]\n";
    assert_eq!(warnings(&Place::with_config(text)), Vec::<String>::new());
}

#[test]
fn unknown_keys_of_every_layer_are_told() {
    let place = Place::with_config("userr = 1");
    place.trust("trusted").write("w/.codex/config.toml", "projec = 1").write("system/config.toml", "systm = 1");
    let mut options = place.options();
    overrides(&mut options, &["comand=1"]);
    let told: Vec<String> = codex_config::load(&options).unwrap().warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(
        told,
        [
            "command line: unknown key `comand`",
            "$/home/config.toml:1: unknown key `userr`",
            "$/system/config.toml:1: unknown key `systm`",
            "$/w/.codex/config.toml:1: unknown key `projec`; did you mean `projects`?",
        ]
    );
}

#[test]
fn a_profile_may_have_a_file_of_its_own_above_the_users() {
    let place = Place::with_config("model = \"u\"\npersonality = \"friendly\"\n[profiles.both]\nmodel_verbosity = \"low\"\n");
    place.write("home/work.config.toml", "model = \"w\"\ndeveloper_instructions = \"d\"\n[tui]\ntheme = \"t\"\n");
    place.write("home/both.config.toml", "model = \"b\"\nmodel_verbosity = \"high\"\nprofile = \"work\"\n");
    let load = |name: &str, items: &[&str]| {
        let mut options = place.options();
        overrides(&mut options, items);
        options.profile = Some(name.to_owned());
        load_with_provenance(&options).unwrap()
    };
    let (config, provenance) = load("work", &[]);
    assert_eq!((config.model.as_str(), config.developer_instructions.as_deref()), ("w", Some("d")));
    assert_eq!(provenance.origin("model"), Some(&LayerSource::ProfileFile(place.path("home/work.config.toml"))));
    assert_eq!(load("work", &["model=c"]).0.model, "c", "the command line beats a file");
    let (config, _) = load("both", &[]);
    assert_eq!((config.model.as_str(), config.verbosity.as_deref()), ("b", Some("low")), "the table beats the file");
    let told: Vec<String> = config.warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(told, ["`profile` in `$/home/both.config.toml` is ignored: it is a profile itself"]);
    let unknown = place.error_with(|options| options.profile = Some("../work".to_owned()));
    assert_eq!(unknown, "Error: config profile `../work` not found");
    place.write("home/config.toml", "profile = \"work\"");
    assert_eq!(place.load().model, "w");
}

#[test]
fn requirements_reach_search_features_and_servers() {
    let place = Place::with_config(
        "web_search = \"live\"\n[features]\nundo = true\n[mcp_servers.a]\ncommand = \"x\"\n[mcp_servers.b]\ncommand = \"y\"\n",
    );
    place.write(
        "system/requirements.toml",
        "allowed_web_search_modes = [\"cached\"]\nallowed = 1\n[features]\nundo = false\n[mcp_servers.a.identity]\ncommand = \"x\"\n",
    );
    let config = place.load();
    assert_eq!((config.web_search, config.feature("undo")), (codex_config::WebSearchMode::Cached, false));
    assert_eq!((config.mcp_servers["a"].enabled, config.mcp_servers["b"].enabled), (None, Some(false)));
    let refused: Vec<(&str, String)> = config.refused_servers.iter().map(|(name, why)| (name.as_str(), place.anonymous(why))).collect();
    assert_eq!(refused, [("b", "requirements ($/system/requirements.toml)".to_owned())]);
    let told: Vec<String> = config.warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(
        told,
        [
            "$/system/requirements.toml:2: unknown key `allowed`",
            "Feature `undo` is off, whatever the configuration says (set by $/system/requirements.toml)",
            "Configured value for `web_search` is disallowed by requirements; falling back to required value Cached. Details: invalid value \
             for `web_search`: `Live` is not in the allowed set [Cached] (set by $/system/requirements.toml)",
            "MCP server `b` is switched off: it is not among those that `$/system/requirements.toml` allows",
        ]
    );
    let overview = overview(&place.options()).unwrap();
    let setting = overview.select("features.undo").unwrap().remove(0);
    assert_eq!(setting.now.unwrap().value, Some(false.into()));
    assert_eq!(setting.over[0].value, Some(true.into()));
}

/// T5.
#[test]
fn a_home_that_others_can_write_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    std::fs::set_permissions(place.path("home"), std::fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(warnings(&place), ["`$/home` can be written by others; `chmod go-w $/home` mends that"]);
}

#[test]
fn a_check_names_values_that_would_fail_once_they_are_used() {
    let place = Place::with_config(
        "openai_base_url = \"https://ok.example/v1\"\noss_provider = \"zzz\"\n[projects.\"rel/path\"]\ntrust_level = \"trusted\"\n\
         [model_providers.x]\nname = \"x\"\nbase_url = \"u:pw@not a url\"\n",
    );
    place.write("w/.codex/config.toml", "model = \"m\"");
    let told: Vec<String> = overview(&place.options()).unwrap().warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(
        told,
        [
            "$/home/config.toml:7: `model_providers.x.base_url` is no address of a server: u:pw@not a url",
            "$/home/config.toml:2: `oss_provider` names `zzz`, which is no provider",
            "$/home/config.toml:3: `projects.\"rel/path\"` matches no folder: it has to be an absolute path",
            "`$/w/.codex/config.toml` is not read: this folder is not trusted",
        ]
    );
    let place = Place::with_config("openai_base_url = \"htp:/x\"");
    let told = place.error_with(|_| ());
    assert_eq!(told, "Error loading config.toml: the address of the provider `openai` is none of a server: htp:/x");
}

#[test]
fn what_a_flag_overrides_is_the_default_and_not_the_flag_again() {
    let place = Place::new();
    let mut options = place.options();
    options.bypass = true;
    let found = overview(&options).unwrap();
    for (key, default) in [("sandbox_mode", "read-only"), ("approval_policy", "on-request")] {
        let [setting] = found.select(key).unwrap().try_into().unwrap();
        assert_eq!(setting.over[0].value.as_ref().and_then(toml::Value::as_str), Some(default), "{key}");
    }
}

#[test]
fn the_nearest_key_has_as_many_parts() {
    let found = overview(&Place::new().options()).unwrap();
    let meant = |key: &str| found.select(key).unwrap_err();
    assert_eq!(meant("featuers").as_deref(), Some("features"));
    assert_eq!(meant("tui.them").as_deref(), Some("tui.theme"));
    assert_eq!(meant("features.nope"), None);
}

/// T2.
#[test]
fn project_settings_that_a_link_leads_to_elsewhere_are_not_read() {
    let place = Place::new();
    place.trust("trusted").write("elsewhere/config.toml", "model = \"evil\"").write("w/x", "");
    std::os::unix::fs::symlink(place.path("elsewhere"), place.path("w/.codex")).unwrap();
    let config = place.load();
    assert_ne!(config.model, "evil");
    assert!(config.warnings.iter().any(|warning| warning.contains("leads out of the project")), "{:?}", config.warnings);
}
