//! `codex rules`: what is in force in a folder, and taking out what was stored.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex};

struct Place {
    home: TestHome,
    workspace: TestWorkspace,
}

impl Place {
    fn new() -> Self {
        let workspace = TestWorkspace::git();
        let root = workspace.path().canonicalize().unwrap();
        let home = TestHome::with_raw_config(&format!("[projects.{root:?}]\ntrust_level = \"trusted\"\n"));
        Self { home, workspace }
    }

    fn user_file(&self, name: &str, text: &str) -> PathBuf {
        let folder = self.home.path().canonicalize().unwrap().join("rules");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn project_file(&self, text: &str) -> PathBuf {
        let folder = self.workspace.path().canonicalize().unwrap().join(".codex/rules");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("p.rules"), text).unwrap();
        folder.join("p.rules")
    }

    fn rules(&self, args: &[&str]) -> Run {
        Run::of(&mut codex(&self.home, &self.workspace, &[&["rules"], args].concat()))
    }
}

const STORED: &str =
    "# mine\nprefix_rule(pattern=[\"touch\", \"am 1\"], decision=\"allow\")\nprefix_rule(pattern=[\"cp\", \"a\"], decision=\"allow\")\n";

#[test]
fn the_list_names_every_rule_with_its_place_and_scope() {
    let place = Place::new();
    let stored = place.user_file("default.rules", STORED);
    let own = place.user_file(
        "own.rules",
        "prefix_rule(\n  [\"git\", [\"push\", \"fetch\"]], \"prompt\", justification=\"look\\nfirst\")\nhost_executable(\"git\", [\"/usr/bin/git\"])\n\
         network_rule(\"Docs.example:443\", \"https\", \"deny\")\n",
    );
    let project = place.project_file("prefix_rule([\"wget\"], \"forbidden\")\nprefix_rule([\"rm\"])\n");
    let run = place.rules(&["list"]);
    run.assert_code(0);
    let place_of = |path: &PathBuf, line: u32| format!("{}:{line}", path.display());
    let lines: Vec<String> = run.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            format!("1 allow [\"touch\", \"am 1\"] user {}", place_of(&stored, 2)),
            format!("2 allow [\"cp\", \"a\"] user {}", place_of(&stored, 3)),
            format!("3 prompt [\"git\", [\"push\", \"fetch\"]] user {}", place_of(&own, 1)),
            "look first".to_owned(),
            format!("4 program git is /usr/bin/git user {}", place_of(&own, 3)),
            format!("5 deny https docs.example port 443 user {}", place_of(&own, 4)),
            format!("6 forbidden [\"wget\"] project {}", place_of(&project, 1)),
        ]
    );
    // Requirement T2: what the project would allow is ignored, and said once.
    assert_eq!(run.stderr, format!("warning: {}: line 2: rules of a project can restrict, but not allow; ignored\n", project.display()));

    let run = place.rules(&["list", "--json"]);
    run.assert_code(0);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["rules"].as_array().unwrap().len(), 6);
    assert_eq!(value["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&value["rules"][0], &value["rules"][2], &value["rules"][4]),
        (
            &json!({
                "number": 1, "kind": "prefix_rule", "decision": "allow", "pattern": ["touch", "am 1"], "justification": null,
                "scope": "user", "file": stored, "line": 2, "removable": true,
            }),
            &json!({
                "number": 3, "kind": "prefix_rule", "decision": "prompt", "pattern": ["git", ["push", "fetch"]],
                "justification": "look\nfirst", "scope": "user", "file": own, "line": 1, "removable": false,
            }),
            &json!({
                "number": 5, "kind": "network_rule", "decision": "deny", "host": "docs.example", "port": 443, "protocol": "https",
                "justification": null, "scope": "user", "file": own, "line": 4, "removable": false,
            }),
        )
    );
}

#[test]
fn an_untrusted_folder_has_the_users_rules_alone() {
    let place = Place { home: TestHome::with_raw_config(""), workspace: TestWorkspace::git() };
    place.project_file("prefix_rule([\"wget\"], \"forbidden\")\n");
    let run = place.rules(&["list"]);
    run.assert_code(0);
    assert!(run.stdout.starts_with("no rules are in force; yours are read from "), "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_stored_rule_is_removed_by_number_or_by_its_words() {
    let place = Place::new();
    let stored = place.user_file("default.rules", STORED);
    let run = place.rules(&["remove", "touch", "am 1"]);
    run.assert_code(0);
    assert_eq!(run.stdout, format!("removed: allow [\"touch\", \"am 1\"] ({}:2)\n", stored.display()));
    assert_eq!(fs::read_to_string(&stored).unwrap(), "# mine\nprefix_rule(pattern=[\"cp\", \"a\"], decision=\"allow\")\n");
    place.rules(&["remove", "1"]).assert_code(0);
    assert_eq!(fs::read_to_string(&stored).unwrap(), "# mine\n");
}

#[test]
fn what_cannot_be_removed_is_named_with_its_place() {
    let place = Place::new();
    let own = place.user_file("own.rules", "prefix_rule([\"git\", \"push\"], \"prompt\")\n");
    let stored = place.user_file("default.rules", "prefix_rule([\"git\", \"push\"])\nprefix_rule([\n\"git\", \"push\"])\n");
    let run = place.rules(&["remove", "git", "push"]);
    run.assert_code(1);
    assert_eq!(run.stdout, format!("removed: allow [\"git\", \"push\"] ({}:1)\n", stored.display()));
    assert_eq!(
        run.stderr,
        format!(
            "Error: only single lines of the user's default.rules can be removed\n\
             hint: allow [\"git\", \"push\"] is written in {}:2\nhint: prompt [\"git\", \"push\"] is written in {}:1\n",
            stored.display(),
            own.display()
        )
    );
    for args in [&["remove", "9"][..], &["remove", "0"], &["remove", "git"], &["remove", "git", "push", "x"]] {
        let run = place.rules(args);
        run.assert_code(1);
        assert!(run.stderr.starts_with("Error: ") && run.stderr.contains("codex rules list"), "{}", run.stderr);
    }
}
