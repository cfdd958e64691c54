//! Recorded system files of machines that this one is not: what is found, and what is advised. S6.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use codex_sandbox::inspect::{State, SystemFiles, checks};
use codex_sandbox::{Cause, Machine};
use pretty_assertions::assert_eq;

fn recorded(name: &str) -> SystemFiles {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/machines").join(name);
    assert!(root.is_dir(), "{}", root.display());
    SystemFiles::read(&root)
}

fn missing(what: &str, remedy: &str) -> Cause {
    Cause { what: what.into(), remedy: remedy.into() }
}

/// What the kernel of a machine answers; all is there unless changed.
fn machine() -> Machine {
    Machine {
        kernel: "unknown".into(),
        namespaces: Ok(()),
        landlock: Ok(7),
        seccomp: Ok(()),
        apparmor_restricts_userns: None,
        nested: false,
    }
}

fn told(name: &str, machine: &Machine) -> String {
    checks(&recorded(name), machine).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn namespaces_refused() -> Machine {
    Machine { namespaces: Err(missing("user namespaces are refused", "see below")), ..machine() }
}

#[test]
fn ubuntu_with_apparmor_restricting_namespaces() {
    let machine = Machine { landlock: Ok(4), apparmor_restricts_userns: Some(true), ..namespaces_refused() };
    insta::assert_snapshot!(told("ubuntu-24.04", &machine));
}

#[test]
fn an_old_debian_without_landlock_and_with_namespaces_switched_off() {
    let machine = Machine { landlock: Err(missing("this kernel has no Landlock", "use Linux 5.13 or newer")), ..namespaces_refused() };
    insta::assert_snapshot!(told("debian-10", &machine));
}

#[test]
fn a_hardened_red_hat() {
    let machine = Machine {
        landlock: Err(missing("Landlock is switched off", "add `landlock` to the kernel's `lsm=` boot parameter")),
        ..namespaces_refused()
    };
    insta::assert_snapshot!(told("rhel-9-hardened", &machine));
}

#[test]
fn a_docker_container_with_its_own_filter() {
    let machine = Machine { landlock: Ok(3), ..namespaces_refused() };
    insta::assert_snapshot!(told("docker", &machine));
}

#[test]
fn a_pod_on_a_machine_that_lets_nobody_trace() {
    insta::assert_snapshot!(told("kubernetes-yama-3", &machine()));
}

#[test]
fn every_weakness_has_a_remedy_and_a_sound_machine_has_none() {
    let states = |name: &str, machine: &Machine| checks(&recorded(name), machine);
    for name in ["ubuntu-24.04", "debian-10", "rhel-9-hardened", "docker", "kubernetes-yama-3"] {
        for check in states(name, &namespaces_refused()) {
            let bad = matches!(check.state, State::Weaker | State::Missing);
            assert!(!bad || check.remedy.is_some(), "{name}: {check}");
        }
    }
    let sound = SystemFiles { kernel: Some("6.18.1".into()), ..SystemFiles::read(Path::new("/nowhere")) };
    assert_eq!(checks(&sound, &machine()).iter().filter(|check| check.state != State::Good).count(), 0);
}

#[test]
fn inside_our_own_sandbox_nothing_is_wrong() {
    let machine = Machine { nested: true, ..namespaces_refused() };
    let all = checks(&SystemFiles::default(), &machine);
    assert!(all.iter().all(|check| matches!(check.state, State::Good | State::Note)), "{all:?}");
    assert!(all.iter().any(|check| check.finding.contains("inside a sandbox of codex")));
}

#[test]
fn this_machine_can_be_read() {
    assert!(SystemFiles::read(Path::new("/")).kernel_version().unwrap() > (3, 0));
}
