//! Which files are skills, in which order, and what is said of the others.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use codex_skills::{FaultKind, Mention, Places, Project, Scope, Skills, Switch, load, mentions};
use pretty_assertions::assert_eq;

/// A home, a `$CODEX_HOME` and a repository with a sub folder, which is the working directory.
struct Ground {
    _folder: tempfile::TempDir,
    top: PathBuf,
    places: Places,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let places = Places {
            cwd: top.join("repo/sub"),
            project_root: Some(top.join("repo")),
            project: Project::Read,
            codex_home: top.join("codex"),
            user_home: Some(top.join("home")),
            extra_user_roots: Vec::new(),
            bundled: true,
        };
        for folder in [&places.cwd, &places.codex_home, &top.join("home")] {
            fs::create_dir_all(folder).unwrap();
        }
        Self { _folder: folder, top, places }
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn skill(&self, folder: &str, name: &str) -> PathBuf {
        self.file(&format!("{folder}/SKILL.md"), &format!("---\nname: {name}\ndescription: of {folder}\n---\nBODY\n"))
    }

    fn load(&self) -> Skills {
        load(&self.places, &[])
    }
}

fn names(skills: &Skills) -> Vec<&str> {
    skills.skills.iter().map(|skill| skill.name.as_str()).collect()
}

#[test]
fn skills_come_from_the_project_the_user_and_the_program_in_this_order() {
    let ground = Ground::new();
    for (folder, name) in [
        ("repo/sub/.codex/skills/beta", "beta"),
        ("repo/.agents/skills/alpha", "alpha"),
        ("repo/sub/.agents/skills/zeta", "zeta"),
        ("codex/skills/mine", "mine"),
        ("codex/skills/.system/own", "own"),
        ("home/.agents/skills/her", "her"),
        // Nobody looks here.
        ("repo/.claude/skills/x", "x"),
        ("repo/skills/x", "x"),
        ("repo/sub/deeper/.agents/skills/x", "x"),
        ("home/.codex/skills/x", "x"),
        (".agents/skills/x", "x"),
        ("repo/.agents/skills/.hidden/x", "x"),
    ] {
        ground.skill(folder, name);
    }
    let found = ground.load();
    let scopes: Vec<(&str, Scope)> = found.skills.iter().map(|skill| (skill.name.as_str(), skill.scope)).collect();
    use Scope::{Repo, System, User};
    assert_eq!(scopes, [("alpha", Repo), ("beta", Repo), ("zeta", Repo), ("her", User), ("mine", User), ("own", System)]);
    assert_eq!(found.faults, []);
    assert_eq!(found.skills[0].path, ground.top.join("repo/.agents/skills/alpha/SKILL.md"));
    let without = load(&Places { bundled: false, project: Project::Unused, ..ground.places.clone() }, &[]);
    assert_eq!(names(&without), ["her", "mine"]);
    let outside = load(&Places { project_root: None, ..ground.places.clone() }, &[]);
    assert_eq!(names(&outside), ["beta", "zeta", "her", "mine", "own"]);
    let extra = Places { extra_user_roots: vec![ground.top.join("repo/skills")], ..ground.places.clone() };
    assert_eq!(names(&load(&extra, &[])), ["alpha", "beta", "zeta", "her", "mine", "x", "own"]);
}

#[test]
fn skills_lie_in_one_another_and_not_too_deep() {
    let ground = Ground::new();
    let root = "codex/skills";
    ground.skill(&format!("{root}/parent"), "parent");
    ground.skill(&format!("{root}/parent/child"), "child");
    ground.skill(&format!("{root}/l1/l2/l3/l4/l5"), "five");
    ground.skill(&format!("{root}/l1/l2/l3/l4/l5/l6/l7"), "seven");
    assert_eq!(names(&ground.load()), ["child", "five", "parent"]);
}

#[test]
fn a_folder_may_be_a_link_and_a_file_may_not() {
    let ground = Ground::new();
    let real = ground.skill("elsewhere/linked", "linked");
    ground.skill("codex/skills/plain", "plain");
    symlink(ground.top.join("elsewhere/linked"), ground.top.join("codex/skills/one")).unwrap();
    symlink(ground.top.join("elsewhere/linked"), ground.top.join("codex/skills/two")).unwrap();
    // Round in a circle.
    symlink(ground.top.join("codex/skills"), ground.top.join("codex/skills/plain/up")).unwrap();
    fs::create_dir(ground.top.join("codex/skills/file")).unwrap();
    symlink(&real, ground.top.join("codex/skills/file/SKILL.md")).unwrap();
    let found = ground.load();
    assert_eq!(names(&found), ["linked", "plain"]);
    assert_eq!(found.skills[0].path, real);
}

/// P1: what a repository links to is not read before it is trusted.
#[test]
fn links_lead_out_of_a_project_only_when_it_is_trusted() {
    let ground = Ground::new();
    ground.skill("elsewhere/private", "private");
    ground.skill("repo/shared/inner", "inner");
    fs::create_dir_all(ground.top.join("repo/.agents/skills")).unwrap();
    fs::create_dir_all(ground.top.join("repo/.codex")).unwrap();
    symlink(ground.top.join("elsewhere/private"), ground.top.join("repo/.agents/skills/out")).unwrap();
    symlink(ground.top.join("repo/shared/inner"), ground.top.join("repo/.agents/skills/in")).unwrap();
    symlink(ground.top.join("elsewhere"), ground.top.join("repo/.codex/skills")).unwrap();
    let found = ground.load();
    assert_eq!(names(&found), ["inner"]);
    let out: Vec<(&Path, &FaultKind)> = found.faults.iter().map(|fault| (fault.path.as_path(), &fault.kind)).collect();
    let (link, root) = (ground.top.join("repo/.agents/skills/out"), ground.top.join("repo/.codex/skills"));
    assert_eq!(out, [(link.as_path(), &FaultKind::LeadsOut), (root.as_path(), &FaultKind::LeadsOut)]);
    let trusted = load(&Places { project: Project::Trusted, ..ground.places.clone() }, &[]);
    assert_eq!((names(&trusted), trusted.faults.as_slice()), (vec!["inner", "private"], [].as_slice()));
}

#[test]
fn what_is_broken_is_named_and_the_others_stay() {
    let ground = Ground::new();
    let bad = ground.file("codex/skills/bad/SKILL.md", "text\n");
    ground.file("codex/skills/good/SKILL.md", "---\ndescription: d\n---\n");
    let odd = ground.top.join("codex/skills/odd/SKILL.md");
    fs::create_dir_all(&odd).unwrap();
    let found = ground.load();
    assert_eq!(names(&found), ["good"]);
    let faults: Vec<(PathBuf, String)> = found.faults.into_iter().map(|fault| (fault.path, fault.kind.to_string())).collect();
    assert_eq!(faults, [(bad, "missing YAML frontmatter delimited by ---".to_owned())]);
}

#[test]
fn a_tree_without_an_end_is_left_in_time() {
    let ground = Ground::new();
    for number in 0..2_001 {
        fs::create_dir_all(ground.top.join(format!("codex/skills/f{number}"))).unwrap();
    }
    ground.skill("codex/skills/f0", "first");
    let found = ground.load();
    assert_eq!(names(&found), ["first"]);
    assert!(
        matches!(found.faults[..], [ref fault] if matches!(fault.kind, FaultKind::TooMany { what: "folders", .. })),
        "{:?}",
        found.faults
    );
}

#[test]
fn a_file_of_any_length_is_listed_and_handed_over_up_to_a_limit() {
    let ground = Ground::new();
    let head = "---\nname: big\ndescription: d\n---\n";
    ground.file("codex/skills/big/SKILL.md", &format!("{head}{}", "x".repeat(300_000)));
    let long = format!("---\nname: long\ndescription: d\nx: {}\n---\n", "x".repeat(20_000));
    ground.file("codex/skills/long/SKILL.md", &long);
    let found = ground.load();
    assert_eq!(names(&found), ["big"]);
    assert_eq!(found.skills[0].whole_text(), Err(FaultKind::TooBig(256 * 1024)));
    assert_eq!(found.faults[0].kind, FaultKind::NoFrontMatter);
    ground.file("codex/skills/big/SKILL.md", head);
    assert_eq!(found.skills[0].whole_text().as_deref(), Ok(head));
}

#[test]
fn mentions_pick_enabled_skills_by_unique_name_or_by_path() {
    let ground = Ground::new();
    let (one, two) = (ground.skill("repo/.agents/skills/dup", "dup"), ground.skill("repo/sub/.agents/skills/dup", "dup"));
    let alpha = ground.skill("codex/skills/alpha", "alpha");
    ground.skill("codex/skills/off", "off");
    let off = Switch { path: None, name: Some("off".to_owned()), enabled: false };
    let found = load(&ground.places, &[off]);
    let picked = |text: &str| -> Vec<PathBuf> {
        let skills = found.mentioned(&mentions(text));
        skills.into_iter().map(|skill| skill.path.clone()).collect()
    };
    assert_eq!(picked("use $dup and $off and $ALPHA and $alphabet"), Vec::<PathBuf>::new());
    assert_eq!(picked("please $alpha and again $alpha: now"), std::slice::from_ref(&alpha));
    assert_eq!(picked(&format!("[$dup]({}) $alpha", two.display())), [two.clone(), alpha]);
    let link = ground.top.join("link");
    symlink(ground.top.join("repo"), &link).unwrap();
    let through = Mention::Path(link.join(".agents/skills/dup/SKILL.md"));
    assert_eq!(found.mentioned(&[through, Mention::Path("/etc/passwd".into())])[0].path, one);
    // One of the two switched off, the name is clear again.
    let switch = Switch { path: Some(one), name: None, enabled: false };
    let found = load(&ground.places, &[switch]);
    assert_eq!(found.mentioned(&mentions("$dup"))[0].path, two);
}
