//! T1: programs that this one starts for itself, with the rights of the user, are never those that a repository brings.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, codex, eventually};

/// A script in a folder that the search path begins with.
fn plant(folder: &Path, name: &str, script: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// `PATH` with folders of the workspace before everything else, and one of the user's own.
fn path(workspace: &TestWorkspace, own: &Path) -> String {
    let root = workspace.path().display();
    format!("{root}:{root}/node_modules/.bin:.::{}:{}", own.display(), env!("PATH"))
}

struct Place {
    workspace: TestWorkspace,
    own: tempfile::TempDir,
}

impl Place {
    /// A repository that brings a program of this name, which tells on itself.
    fn with(name: &str) -> Self {
        let place = Self { workspace: TestWorkspace::git(), own: tempfile::tempdir().unwrap() };
        for folder in ["", "node_modules/.bin"] {
            plant(&place.workspace.path().join(folder), name, "echo planted; touch \"${0%/*}/../ran\" \"${0%/*}/ran\"");
        }
        place
    }

    fn run(&self, home: &TestHome, args: &[&str]) -> Run {
        let path = path(&self.workspace, self.own.path());
        let run = Run::of(codex(home, &self.workspace, args).env("PATH", path).env("HOME", home.path()));
        let ran = ["ran", "node_modules/ran", "node_modules/.bin/ran"].map(|file| self.workspace.path().join(file).exists());
        assert_eq!(ran, [false; 3], "a program of the repository ran: {}{}", run.stdout, run.stderr);
        run
    }
}

#[test]
fn doctor_and_demo_ask_no_git_that_a_repository_brings() {
    let home = TestHome::with_raw_config("");
    let place = Place::with("git");
    let run = place.run(&home, &["doctor"]);
    assert!(run.stdout.contains("git version") && !run.stdout.contains("planted"), "{}", run.stdout);
    place.run(&home, &["demo"]).assert_code(0);
}

#[test]
fn the_key_comes_from_the_command_of_the_user() {
    let server = Scenario::new().reply(Reply::new().say("hi")).start();
    let home = TestHome::with_raw_config(&format!(
        "model_provider = \"x\"\n[model_providers.x]\nname = \"x\"\nbase_url = \"{}\"\nauth = {{ command = \"print-key\" }}\n",
        server.base_url()
    ));
    let place = Place::with("print-key");
    plant(place.own.path(), "print-key", "echo \"of-the-user\"; case :$PATH: in *node_modules*) echo workspace;; esac");
    place.run(&home, &["exec", "go"]).assert_code(0);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer of-the-user"));
}

#[test]
fn the_program_that_is_notified_is_the_one_of_the_user() {
    let server = Scenario::new().reply(Reply::new().say("hi")).start();
    let home = TestHome::with_config(&server, "notify = [\"tell-me\"]", "");
    let place = Place::with("tell-me");
    let told = place.own.path().join("told");
    plant(place.own.path(), "tell-me", &format!("echo \"$1\" > {0}.tmp; mv {0}.tmp {0}", told.display()));
    place.run(&home, &["exec", "go"]).assert_code(0);
    let text = eventually("the user is told", || std::fs::read_to_string(&told).ok());
    assert!(text.contains("agent-turn-complete"), "{text}");
}
