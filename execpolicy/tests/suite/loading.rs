//! The user's rules and those of a project.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use codex_execpolicy::{Decision, Loaded, Scope, load, load_dir};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

use crate::words;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// A file that nobody else can write, in folders that nobody else can write.
    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(path);
        let parent = path.parent().unwrap();
        fs::create_dir_all(parent).unwrap();
        fs::set_permissions(parent, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn load(&self) -> Loaded {
        load(&self.home(), &[self.project()])
    }
}

fn decision(loaded: &Loaded, line: &str) -> Option<Decision> {
    loaded.policy.check(&words(line)).decision
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn nothing_there_is_nothing_to_tell() {
    let place = Place::new();
    assert_eq!(place.load(), Loaded::default());
    place.file("home/rules", "a file");
    assert_eq!(place.load().warnings.len(), 1);
}

#[test]
fn files_are_read_by_name_and_the_project_comes_last() {
    let place = Place::new();
    place.file("home/rules/b.rules", "prefix_rule([\"x\"], \"prompt\", justification=\"b\")");
    place.file("home/rules/a.rules", "prefix_rule([\"x\"], \"prompt\", justification=\"a\")");
    place.file("home/rules/c.rules.bak", "fail()");
    place.file("home/rules/README", "fail()");
    place.file("project/.codex/rules/a.rules", "prefix_rule([\"x\"], \"prompt\", justification=\"c\")");
    let loaded = place.load();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    let found: Vec<_> = loaded.policy.prefix_rules().iter().map(|rule| (rule.justification.as_deref(), rule.origin.scope)).collect();
    assert_eq!(found, [(Some("a"), Scope::User), (Some("b"), Scope::User), (Some("c"), Scope::Project)]);
}

#[test]
fn without_a_trusted_project_only_the_users_rules_are_read() {
    let place = Place::new();
    place.file("project/.codex/rules/a.rules", "prefix_rule([\"x\"], \"forbidden\")");
    assert_eq!(load(&place.home(), &[]), Loaded::default());
    assert_eq!(decision(&place.load(), "x"), Some(Decision::Forbidden));
}

#[test]
fn a_file_that_does_not_parse_is_left_out_and_named() {
    let place = Place::new();
    let bad = place.file("home/rules/a.rules", "prefix_rule([\"x\"])\nprefix_rule([\"y\"], \"deny\")");
    place.file("home/rules/b.rules", "prefix_rule([\"z\"])");
    let loaded = place.load();
    assert_eq!((decision(&loaded, "x"), decision(&loaded, "z")), (None, Some(Decision::Allow)));
    let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
    assert!(warning.starts_with(&format!("{}: this rule file is ignored: starlark error: ", bad.display())), "{warning}");
    assert!(warning.contains("invalid decision: deny") && warning.contains(&format!("--> {}:2:1", bad.display())), "{warning}");
}

/// Requirement T2: a repository instructs, it gives no authority.
#[test]
fn a_project_restricts_but_does_not_allow() {
    let place = Place::new();
    place.file("home/rules/default.rules", "prefix_rule([\"cp\"])\nprefix_rule([\"curl\"], \"forbidden\")");
    let own = place.file(
        "project/.codex/rules/p.rules",
        concat!(
            "prefix_rule([\"rm\"])\n",
            "prefix_rule([\"cp\"], \"prompt\")\n",
            "prefix_rule([\"wget\"], \"forbidden\")\n",
            "host_executable(\"curl\", [])\n",
            "network_rule(\"a\", \"http\", \"allow\")\n",
            "network_rule(\"b\", \"http\", \"deny\")\n",
        ),
    );
    let loaded = place.load();
    assert_eq!(decision(&loaded, "rm x"), None);
    assert_eq!(decision(&loaded, "cp a b"), Some(Decision::Prompt));
    assert_eq!(decision(&loaded, "wget x"), Some(Decision::Forbidden));
    let hosts: Vec<_> = loaded.policy.network_rules().iter().map(|rule| rule.host.as_str()).collect();
    assert_eq!(hosts, ["b"]);
    // Nor does it narrow what the user forbids.
    assert_eq!(loaded.policy.check_resolving(&words("/usr/bin/curl x")).decision, Some(Decision::Forbidden));
    assert_eq!(loaded.warnings, [format!("{}: lines 1, 4, 5: rules of a project can restrict, but not allow; ignored", own.display())]);
}

#[test]
fn a_user_rule_that_others_could_have_written_restricts_but_does_not_allow() {
    let place = Place::new();
    let path = place.file("home/rules/default.rules", "prefix_rule([\"cp\"])\nprefix_rule([\"curl\"], \"forbidden\")");
    let folder = place.home().join("rules");
    for (file, of_folder) in [(0o660, 0o700), (0o602, 0o700), (0o600, 0o770), (0o600, 0o707)] {
        mode(&path, file);
        mode(&folder, of_folder);
        let loaded = place.load();
        assert_eq!((decision(&loaded, "cp a b"), decision(&loaded, "curl x")), (None, Some(Decision::Forbidden)), "{file:o} {of_folder:o}");
        let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
        assert!(
            warning.starts_with(&path.display().to_string()) && warning.contains("line 1") && warning.contains("chmod go-w"),
            "{warning}"
        );
    }
    mode(&path, 0o644);
    mode(&folder, 0o755);
    assert_eq!(place.load().warnings, Vec::<String>::new());
    assert_eq!(decision(&place.load(), "cp a b"), Some(Decision::Allow));
}

#[test]
fn what_is_no_regular_file_is_left_out() {
    let place = Place::new();
    fs::create_dir_all(place.home().join("rules/folder.rules")).unwrap();
    mode(&place.home().join("rules"), 0o700);
    let socket = place.home().join("rules/socket.rules");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    symlink("/dev/zero", place.home().join("rules/zero.rules")).unwrap();
    symlink("/nowhere", place.home().join("rules/dangling.rules")).unwrap();
    let loaded = place.load();
    assert!(loaded.policy.is_empty());
    let named: Vec<bool> = ["dangling", "folder", "socket", "zero"]
        .iter()
        .zip(&loaded.warnings)
        .map(|(name, warning)| warning.contains(&format!("{name}.rules: this rule file is ignored: ")))
        .collect();
    assert_eq!(named, [true; 4], "{:?}", loaded.warnings);
}

#[test]
fn a_users_file_may_be_a_link_and_a_projects_may_not() {
    let place = Place::new();
    let real = place.file("elsewhere/x.rules", "prefix_rule([\"x\"], \"prompt\")");
    for folder in ["home/rules", "project/.codex/rules"] {
        let folder = place.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        mode(&folder, 0o700);
        symlink(&real, folder.join("x.rules")).unwrap();
    }
    let loaded = place.load();
    assert_eq!(loaded.policy.prefix_rules().len(), 1);
    assert_eq!(loaded.policy.prefix_rules()[0].origin.scope, Scope::User);
    assert!(loaded.warnings[0].ends_with("project/.codex/rules/x.rules: this rule file is ignored: it is a link"), "{:?}", loaded.warnings);

    let other = Place::new();
    fs::create_dir_all(other.project()).unwrap();
    symlink(place.project().join(".codex"), other.project().join(".codex")).unwrap();
    let loaded = other.load();
    assert!(loaded.policy.is_empty() && loaded.warnings[0].contains("a link leads there"), "{:?}", loaded.warnings);
}

#[test]
fn a_home_inside_the_project_is_not_read_twice() {
    let place = Place::new();
    place.file("project/.codex/rules/a.rules", "prefix_rule([\"x\"])");
    let loaded = load(&place.project().join(".codex"), &[place.project()]);
    assert_eq!((loaded.policy.prefix_rules().len(), loaded.warnings.len()), (1, 0));
    assert_eq!(load_dir(&place.project().join(".codex/rules"), Scope::User).policy, loaded.policy);
}
