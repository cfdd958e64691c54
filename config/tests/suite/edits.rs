//! What people decide, written to their file and read again.

use std::fs;

use codex_config::edit;
use codex_config::schema::{McpServerToml, TrustLevel};
use codex_protocol::op::ReasoningEffort;
use pretty_assertions::assert_eq;

use crate::support::Place;

fn file(place: &Place) -> String {
    place.anonymous(&fs::read_to_string(place.path("home/config.toml")).unwrap())
}

/// T8.
#[test]
fn trust_is_written_to_the_home_and_holds_for_the_repository() {
    let place = Place::with_config("# mine\nmodel = \"m\"\n");
    fs::create_dir_all(place.path("w/.git")).unwrap();
    fs::create_dir_all(place.path("w/sub")).unwrap();
    let root = edit::trust_root(&place.path("w/sub"));
    assert_eq!(root, place.path("w"));
    edit::set_trust(&place.path("home"), &root, TrustLevel::Trusted).unwrap();
    assert_eq!(file(&place), "# mine\nmodel = \"m\"\n\n[projects.\"$/w\"]\ntrust_level = \"trusted\"\n");
    assert_eq!(place.load_with(|o| o.cwd = place.path("w/sub")).trusted, Some(true));
    edit::set_trust(&place.path("home"), &root, TrustLevel::Untrusted).unwrap();
    assert_eq!(place.load().trusted, Some(false));
    assert_eq!(edit::trust_root(&place.path("system")), place.path("system"));
}

#[test]
fn a_model_is_written_where_its_profile_keeps_it() {
    let place = Place::with_config("model = \"a\" # why\nmodel_reasoning_effort = \"low\"\n[profiles.p]\nmodel = \"b\"\n");
    place.write("home/f.config.toml", "model = \"c\"\n");
    let home = place.path("home");
    edit::set_model(&home, None, "x", Some(ReasoningEffort::High)).unwrap();
    assert_eq!(file(&place), "model = \"x\" # why\nmodel_reasoning_effort = \"high\"\n[profiles.p]\nmodel = \"b\"\n");
    edit::set_model(&home, None, "y", None).unwrap();
    edit::set_model(&home, Some("p"), "z", Some(ReasoningEffort::Low)).unwrap();
    assert_eq!(file(&place), "model = \"y\" # why\n[profiles.p]\nmodel = \"z\"\nmodel_reasoning_effort = \"low\"\n");
    edit::set_model(&home, Some("f"), "q", None).unwrap();
    assert_eq!(fs::read_to_string(place.path("home/f.config.toml")).unwrap(), "model = \"q\"\n");
}

#[test]
fn a_server_and_its_tools_are_written_and_read_again() {
    let place = Place::with_config("# top\n");
    let home = place.path("home");
    let server = McpServerToml {
        command: Some("c".to_owned()),
        args: Some(vec!["a".to_owned()]),
        env_vars: Some(vec!["V".to_owned()]),
        tool_timeout_sec: Some(2.5),
        ..McpServerToml::default()
    };
    edit::add_mcp_server(&home, "s", &server).unwrap();
    assert_eq!(place.load().mcp_servers["s"], server);
    edit::allow_mcp_tool(&home, "s", "read").unwrap();
    assert!(file(&place).ends_with("\n[mcp_servers.s.tools.read]\napproval_mode = \"approve\"\n"), "{}", file(&place));
    assert!(file(&place).starts_with("# top\n"));
    assert!(edit::remove_mcp_server(&home, "s").unwrap() && !edit::remove_mcp_server(&home, "s").unwrap());
    assert_eq!(file(&place), "# top\n\n");
    for (name, good) in [("a-B_1", true), ("", false), ("a b", false), ("a.b", false), ("é", false)] {
        assert_eq!(edit::is_server_name(name), good, "{name}");
    }
}

#[test]
fn skills_are_switched_by_entries_of_their_own() {
    let place = Place::with_config("# mine\nmodel = \"m\"\n\n# the end\n");
    let home = place.path("home");
    let (path, name) = (edit::SkillKey::Path(std::path::Path::new("/s/a/SKILL.md")), edit::SkillKey::Name("b"));
    edit::set_skill(&home, path, true).unwrap();
    assert_eq!(file(&place), "# mine\nmodel = \"m\"\n\n# the end\n");
    edit::set_skill(&home, path, false).unwrap();
    edit::set_skill(&home, name, false).unwrap();
    edit::set_skill(&home, path, false).unwrap();
    let entries = "[[skills.config]]\nname = \"b\"\nenabled = false\n\n[[skills.config]]\npath = \"/s/a/SKILL.md\"\nenabled = false\n";
    let text = file(&place);
    assert!(text.starts_with("# mine\nmodel = \"m\"\n") && text.ends_with(entries), "{text}");
    assert!(!text.contains("[skills]"), "{text}");
    let keys = place.load().keys.skills.clone().unwrap();
    assert_eq!(keys.config.iter().map(|entry| entry.enabled).collect::<Vec<_>>(), [false, false]);
    edit::set_skill(&home, path, true).unwrap();
    edit::set_skill(&home, name, true).unwrap();
    assert!(!file(&place).contains("skills"), "{}", file(&place));
}

#[test]
fn entries_of_skills_keep_the_form_they_are_written_in() {
    let skill = edit::SkillKey::Name("b");
    for (before, after) in [
        ("[skills]\nbundled.enabled = false\n", "[skills]\nbundled.enabled = false\n\n[[skills.config]]\nname = \"b\"\nenabled = false\n"),
        (
            "[skills]\nconfig = [{ name = \"a\", enabled = false }]\n",
            "[skills]\nconfig = [{ name = \"a\", enabled = false }, { name = \"b\", enabled = false }]\n",
        ),
        (
            "skills = { bundled = { enabled = false } }\n",
            "skills = { bundled = { enabled = false } , config = [{ name = \"b\", enabled = false }] }\n",
        ),
        ("skills.bundled.enabled = false\n", "skills.bundled.enabled = false\nskills.config = [{ name = \"b\", enabled = false }]\n"),
        (
            "[[skills.config]] # why\nname = \"a\"\nenabled = false\n[tui]\n",
            "[[skills.config]] # why\nname = \"a\"\nenabled = false\n\n[[skills.config]]\nname = \"b\"\nenabled = false\n[tui]\n",
        ),
    ] {
        let place = Place::with_config(before);
        edit::set_skill(&place.path("home"), skill, false).unwrap();
        assert_eq!(file(&place), after);
        assert!(place.load().keys.skills.clone().unwrap().config.iter().any(|entry| entry.name.as_deref() == Some("b")));
        edit::set_skill(&place.path("home"), skill, true).unwrap();
        assert!(!file(&place).contains("\"b\""), "{}", file(&place));
        place.load();
    }
    let place = Place::with_config("skills = 5\n");
    assert!(edit::set_skill(&place.path("home"), skill, false).is_err());
    assert_eq!(file(&place), "skills = 5\n");
}
