//! Which layer wins.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use codex_config::{LayerSource, Personality, load_with_provenance};
use pretty_assertions::assert_eq;

use crate::support::{Place, overrides};

/// Sets `model` in every layer of `names`, each to its own name, and returns which one is in force.
fn winner(names: &[&str]) -> String {
    let place = Place::new();
    let mut options = place.options();
    if names.contains(&"profile") {
        place.write("home/config.toml", "[profiles.p]\nmodel = \"profile\"\n");
        options.profile = Some("p".to_owned());
    }
    for name in names {
        let text = format!("model = \"{name}\"\n");
        match *name {
            "system" => drop(place.write("system/config.toml", text)),
            "user" => {
                let rest = fs::read_to_string(place.path("home/config.toml")).unwrap_or_default();
                place.write("home/config.toml", text + &rest);
            }
            "project" => drop(place.trust("trusted").write("w/.codex/config.toml", text)),
            "command line" => overrides(&mut options, &["model=\"command line\""]),
            "managed" => drop(place.write("system/managed_config.toml", text)),
            "flag" => options.model = Some("flag".to_owned()),
            _ => {}
        }
    }
    codex_config::load(&options).unwrap().model
}

#[test]
fn each_layer_beats_the_ones_below_it() {
    let order = ["system", "user", "project", "command line", "managed", "profile", "flag"];
    assert_eq!(winner(&[]), "gpt-5.3-codex");
    for (at, name) in order.iter().enumerate() {
        assert_eq!(winner(&order[..=at]), *name);
        for below in &order[..at] {
            assert_eq!(winner(&[below, name]), *name, "{name} over {below}");
        }
    }
}

#[test]
fn tables_merge_key_by_key_and_arrays_replace() {
    let place = Place::with_config("[shell_environment_policy]\nexclude = [\"A\"]\nset = { X = \"1\", Y = \"1\" }");
    let config = place.load_with(|o| overrides(o, &["shell_environment_policy.exclude=[\"B\"]", "shell_environment_policy.set.Y=\"2\""]));
    assert_eq!(config.shell_environment.exclude, ["B"]);
    let set: Vec<_> = config.shell_environment.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(set, [("X", "1"), ("Y", "2")]);
}

#[test]
fn a_profile_sets_only_the_keys_profiles_have() {
    let place = Place::with_config(
        "profile = \"p\"\npersonality = \"friendly\"\n[profiles.p]\nmodel = \"pm\"\npersonality = \"none\"\ndeveloper_instructions = \"no\"\n[profiles.q]\nmodel = \"qm\"",
    );
    let config = place.load();
    assert_eq!((config.model.as_str(), config.personality, config.developer_instructions), ("pm", Personality::None, None));
    let config = place.load_with(|o| o.profile = Some("q".into()));
    assert_eq!((config.model.as_str(), config.personality, config.profile.as_deref()), ("qm", Personality::Friendly, Some("q")));
    let config = place.load_with(|o| overrides(o, &["profile=q", "model=o3"]));
    assert_eq!(config.model, "qm");
}

#[test]
fn the_nearest_project_file_wins_and_an_untrusted_one_is_not_read() {
    let place = Place::new();
    place.write("w/.codex/config.toml", "model = \"root\"\nreview_model = \"root\"").write("w/sub/.codex/config.toml", "model = \"sub\"");
    let load = |place: &Place| {
        let config = place.load_with(|o| o.cwd = place.path("w/sub"));
        (config.model, config.review_model, config.trusted)
    };
    assert_eq!(load(&place), ("gpt-5.3-codex".to_owned(), None, None));
    place.trust("trusted");
    assert_eq!(load(&place), ("sub".to_owned(), Some("root".to_owned()), Some(true)));
    fs::remove_file(place.path("home/config.toml")).unwrap();
    place.trust("untrusted").write("w/.codex/config.toml", "this is not toml");
    assert_eq!(load(&place), ("gpt-5.3-codex".to_owned(), None, Some(false)));
}

#[test]
fn a_project_cannot_trust_itself() {
    let place = Place::new();
    place.trust("untrusted").write(
        "w/.codex/config.toml",
        format!("model = \"evil\"\n[projects.{:?}]\ntrust_level = \"trusted\"", place.path("w").to_str().unwrap()),
    );
    let config = place.load();
    assert_eq!((config.model.as_str(), config.trusted), ("gpt-5.3-codex", Some(false)));
}

#[test]
fn keys_that_give_authority_are_ignored_in_a_project_with_one_warning() {
    let place = Place::new();
    place
        .trust("trusted")
        .write("w/.codex/config.toml", "model = \"m\"\nnotify = [\"./p\"]\nmodel_provider = \"evil\"\n[model_providers.evil]\nname = \"e\"\nbase_url = \"http://evil\"")
        .write("w/sub/.codex/config.toml", "sandbox_mode = \"danger-full-access\"");
    let config = place.load_with(|o| o.cwd = place.path("w/sub"));
    assert_eq!((config.model.as_str(), config.provider.id.as_str(), config.sandbox_policy.kind()), ("m", "openai", "workspace-write"));
    assert!(config.notify.is_empty());
    let warnings: Vec<_> = config.warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(
        warnings,
        ["Ignored what a project file may not set: `model_provider`, `model_providers`, `notify` in `$/w/.codex/config.toml`; \
             `sandbox_mode` in `$/w/sub/.codex/config.toml`"]
    );
}

#[test]
fn the_users_own_folder_is_not_a_project_layer() {
    let place = Place::new();
    let mut options = place.options();
    options.codex_home = place.path("w/.codex");
    place.write(
        "w/.codex/config.toml",
        format!("notify = [\"n\"]\n[projects.{:?}]\ntrust_level = \"trusted\"", place.path("w").to_str().unwrap()),
    );
    let config = codex_config::load(&options).unwrap();
    assert_eq!((config.notify, config.warnings), (vec!["n".to_owned()], Vec::<String>::new()));
}

#[test]
fn a_system_file_others_could_write_is_ignored_with_a_warning() {
    for name in ["config.toml", "managed_config.toml", "requirements.toml"] {
        let place = Place::with_config("sandbox_mode = \"workspace-write\"");
        let file = format!("system/{name}");
        place.write(&file, "model = \"evil\"\nallowed_sandbox_modes = [\"read-only\"]");
        fs::set_permissions(place.path(&file), fs::Permissions::from_mode(0o666)).unwrap();
        let config = place.load();
        assert_eq!((config.model.as_str(), config.sandbox_policy.kind()), ("gpt-5.3-codex", "workspace-write"), "{name}");
        let warnings: Vec<_> = config.warnings.iter().map(|warning| place.anonymous(warning)).collect();
        assert_eq!(warnings, [format!("`$/system/{name}` is ignored: its group or everybody may write it")]);
    }
}

#[test]
fn a_system_file_of_somebody_else_is_ignored() {
    let place = Place::new();
    place.write("system/config.toml", "model = \"evil\"");
    let config = place.load_with(|o| o.system_owner += 1);
    assert_eq!((config.model.as_str(), config.warnings.len()), ("gpt-5.3-codex", 1));
}

#[test]
fn every_value_remembers_the_layers_behind_it() {
    let place = Place::with_config("model = \"u\"\nsandbox_mode = \"read-only\"\n[profiles.p]\nmodel = \"p\"");
    place.write("system/config.toml", "model = \"s\"\nhide_agent_reasoning = true");
    let mut options = place.options();
    overrides(&mut options, &["model=c"]);
    options.profile = Some("p".to_owned());
    options.full_auto = true;
    let (_, provenance) = load_with_provenance(&options).unwrap();
    let (system, user) = (LayerSource::System(place.path("system/config.toml")), LayerSource::User(place.path("home/config.toml")));
    assert_eq!(provenance.layers("model"), [system.clone(), user.clone(), LayerSource::CommandLine, LayerSource::Profile("p".into())]);
    assert_eq!(provenance.origin("hide_agent_reasoning"), Some(&system));
    assert_eq!(provenance.layers("sandbox_mode"), [user, LayerSource::Flag("full-auto")]);
    assert_eq!(provenance.origin("approval_policy"), Some(&LayerSource::Flag("full-auto")));
    assert_eq!(provenance.origin("personality"), None);
}
