//! The `AGENTS.md` hierarchy.

use std::fs;
use std::os::unix::fs::symlink;

use codex_config::{Config, ProjectDocs, project_docs};
use pretty_assertions::assert_eq;

use crate::support::Place;

fn repository() -> Place {
    let place = Place::new();
    fs::create_dir_all(place.path("w/.git")).unwrap();
    fs::create_dir_all(place.path("w/sub/deep")).unwrap();
    place
}

fn config(place: &Place, cwd: &str) -> Config {
    Config::built_in(place.path("home"), place.path(cwd))
}

fn docs(place: &Place, cwd: &str) -> ProjectDocs {
    project_docs(&config(place, cwd))
}

fn text(place: &Place, cwd: &str) -> Option<String> {
    let ProjectDocs { text, warnings } = docs(place, cwd);
    assert_eq!(warnings, Vec::<String>::new());
    text
}

#[test]
fn files_are_joined_from_the_root_down_with_their_ends_kept() {
    let place = repository();
    place.write("w/AGENTS.md", "ROOT\n").write("w/sub/AGENTS.md", "SUB\n").write("AGENTS.md", "ABOVE");
    assert_eq!(text(&place, "w/sub/deep").as_deref(), Some("ROOT\n\n\nSUB\n"));
    assert_eq!(text(&place, "w").as_deref(), Some("ROOT\n"));
}

#[test]
fn blank_files_add_nothing_and_a_blank_override_hides_the_plain_file() {
    let place = repository();
    place.write("w/AGENTS.md", "\n \n").write("w/sub/AGENTS.md", "SUB\n");
    assert_eq!(text(&place, "w/sub").as_deref(), Some("SUB\n"));
    place.write("w/AGENTS.md", "ROOT\n").write("w/AGENTS.override.md", " \n");
    assert_eq!(text(&place, "w/sub").as_deref(), Some("SUB\n"));
    place.write("w/AGENTS.override.md", "OVER\n");
    assert_eq!(text(&place, "w/sub").as_deref(), Some("OVER\n\n\nSUB\n"));
}

#[test]
fn the_users_own_text_comes_first_trimmed() {
    let place = repository();
    assert_eq!(text(&place, "w"), None);
    place.write("home/AGENTS.md", "  GLOBAL \n\n");
    assert_eq!(text(&place, "w").as_deref(), Some("GLOBAL"));
    place.write("w/AGENTS.md", "ROOT\n");
    assert_eq!(text(&place, "w").as_deref(), Some("GLOBAL\n\n--- project-doc ---\n\nROOT\n"));
    place.write("home/AGENTS.override.md", " \n");
    assert_eq!(text(&place, "w").as_deref(), Some("GLOBAL\n\n--- project-doc ---\n\nROOT\n"));
    place.write("home/AGENTS.override.md", "OVER");
    assert_eq!(text(&place, "w").as_deref(), Some("OVER\n\n--- project-doc ---\n\nROOT\n"));
}

#[test]
fn the_limit_counts_project_bytes_only_and_cuts() {
    let place = repository();
    place.write("w/AGENTS.md", "ROOT\n").write("w/sub/AGENTS.md", "SUB\n").write("home/AGENTS.md", "GLOBAL");
    let cases = [
        (9, "GLOBAL\n\n--- project-doc ---\n\nROOT\n\n\nSUB\n"),
        (7, "GLOBAL\n\n--- project-doc ---\n\nROOT\n\n\nSU"),
        (5, "GLOBAL\n\n--- project-doc ---\n\nROOT\n"),
        (0, "GLOBAL"),
    ];
    for (limit, expected) in cases {
        let mut config = config(&place, "w/sub");
        config.project_doc_max_bytes = limit;
        assert_eq!(project_docs(&config).text.as_deref(), Some(expected), "{limit}");
    }
}

#[test]
fn invalid_utf8_becomes_a_replacement_character() {
    let place = repository();
    place.write("w/AGENTS.md", b"a\xffb\n");
    assert_eq!(text(&place, "w").as_deref(), Some("a\u{fffd}b\n"));
    place.write("w/AGENTS.md", "aéb");
    let mut config = config(&place, "w");
    config.project_doc_max_bytes = 2;
    assert_eq!(project_docs(&config).text.as_deref(), Some("a\u{fffd}"));
}

#[test]
fn fallback_names_are_tried_in_order_after_the_usual_ones() {
    let place = repository();
    place.write("w/B.md", "B").write("w/C.md", "C").write("w/sub/AGENTS.md", "SUB").write("w/sub/B.md", "no");
    let mut config = config(&place, "w/sub");
    config.project_doc_fallback_filenames = ["", "A.md", "B.md", "C.md"].map(str::to_owned).to_vec();
    assert_eq!(project_docs(&config).text.as_deref(), Some("B\n\nSUB"));
}

/// S9.
#[test]
fn a_fallback_name_is_the_name_of_a_file_and_no_path() {
    let place = repository();
    place.write("home/auth.json", "sk-stored").write("w/sub/x.md", "no").write("outside.md", "no");
    let auth = place.path("home/auth.json");
    for name in [auth.to_str().unwrap(), "sub/x.md", "../outside.md", "..", "x/"] {
        place.write("home/config.toml", format!("project_doc_fallback_filenames = [{name:?}, \"B.md\"]\n")).write("w/B.md", "B");
        let mut options = place.options();
        options.cwd = place.path("w");
        let config = codex_config::load(&options).unwrap();
        assert_eq!(config.project_doc_fallback_filenames, ["B.md"], "{name}");
        assert!(config.warnings.iter().any(|warning| warning.contains("`project_doc_fallback_filenames`")), "{name}");
        let mut config = config;
        config.project_doc_fallback_filenames = vec![name.to_owned()];
        assert_ne!(project_docs(&config).text.as_deref(), Some("sk-stored"), "{name}");
    }
}

#[test]
fn markers_decide_where_the_project_begins() {
    let place = repository();
    place.write("w/AGENTS.md", "ROOT").write("w/sub/AGENTS.md", "SUB").write("w/sub/mark", "");
    let with = |markers: &[&str]| {
        let mut config = config(&place, "w/sub");
        config.project_root_markers = markers.iter().map(|marker| (*marker).to_owned()).collect();
        project_docs(&config).text.unwrap()
    };
    assert_eq!(with(&[".git"]), "ROOT\n\nSUB");
    assert_eq!(with(&["mark", ".git"]), "SUB");
    assert_eq!(with(&[]), "SUB");
    assert_eq!(with(&["absent"]), "SUB");
}

#[test]
fn links_inside_the_project_are_followed_and_others_refused() {
    let place = repository();
    place.write("outside.md", "OUTSIDE").write("w/CLAUDE.md", "INSIDE");
    symlink("CLAUDE.md", place.path("w/AGENTS.md")).unwrap();
    assert_eq!(text(&place, "w").as_deref(), Some("INSIDE"));
    symlink("../../outside.md", place.path("w/sub/AGENTS.md")).unwrap();
    let found = docs(&place, "w/sub");
    assert_eq!(found.text.as_deref(), Some("INSIDE"));
    let warnings: Vec<_> = found.warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(warnings, ["`$/w/sub/AGENTS.md` is ignored: it leads out of the project"]);
}

#[test]
fn a_link_into_the_users_state_is_refused_even_inside_the_project() {
    let place = repository();
    place.write("w/.codex/auth.json", "secret");
    symlink(".codex/auth.json", place.path("w/AGENTS.md")).unwrap();
    let found = project_docs(&Config::built_in(place.path("w/.codex"), place.path("w")));
    assert_eq!((found.text, found.warnings.len()), (None, 1));
}

#[test]
fn devices_folders_and_endless_files_do_no_harm() {
    let place = repository();
    fs::create_dir(place.path("w/AGENTS.md")).unwrap();
    assert_eq!(text(&place, "w"), None);
    symlink("/dev/zero", place.path("w/sub/AGENTS.md")).unwrap();
    assert_eq!(docs(&place, "w/sub").text, None);
    let sparse = fs::File::create(place.path("w/sub/deep/AGENTS.md")).unwrap();
    sparse.set_len(2 << 30).unwrap();
    let found = project_docs(&config(&place, "w/sub/deep"));
    assert_eq!(found.text.map(|text| text.len()), Some(codex_config::config::DEFAULT_PROJECT_DOC_MAX_BYTES));
}

#[test]
fn a_working_directory_reached_through_a_link_is_the_real_one() {
    let place = repository();
    place.write("w/AGENTS.md", "ROOT").write("w/sub/AGENTS.md", "SUB");
    symlink(place.path("w/sub"), place.path("shortcut")).unwrap();
    assert_eq!(text(&place, "shortcut").as_deref(), Some("ROOT\n\nSUB"));
}

/// T2 and the reading of untrusted text: with the setting, a repository says nothing before it is trusted.
#[test]
fn instructions_of_a_project_can_be_made_to_wait_for_trust() {
    let place = repository();
    place.write("w/AGENTS.md", "ROOT\n").write("home/AGENTS.md", "MINE\n");
    let mut config = config(&place, "w");
    config.project_doc_requires_trust = true;
    for (trusted, expected) in [(None, "MINE"), (Some(false), "MINE"), (Some(true), "MINE\n\n--- project-doc ---\n\nROOT\n")] {
        config.trusted = trusted;
        assert_eq!(project_docs(&config).text.as_deref(), Some(expected), "{trusted:?}");
    }
}
