//! The same tasks by our program and by the published reference, told apart line by line.
//!
//! `cases` holds the tasks, `run` runs one program on one of them, `normalise` takes out ids and times, `compare`
//! finds differences, `intended` lists the wanted ones. The path of the reference comes from the variable
//! `CODEX_REFERENCE_BIN`, which `.ci/run` sets; without it there is nothing to compare with and the test says so.
//! `CODEX_DIFFERENTIAL_ONLY` narrows the run to cases whose name contains it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod cases;
mod command_lines;
mod compare;
mod intended;
mod normalise;
mod run;
mod turn;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::case::Case;
use crate::compare::Differences;
use crate::intended::{INTENDED, Intended};

/// Cases run so many at a time.
const THREADS: usize = 2;
/// How often the reference may run on a case.
const TRIES_OF_THE_REFERENCE: usize = 3;

#[expect(clippy::disallowed_methods, reason = "where the reference is, only the surroundings of the test know")]
fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[test]
fn both_programs_show_the_same_but_for_the_listed_differences() {
    let Some(reference) = from_environment("CODEX_REFERENCE_BIN").map(PathBuf::from) else {
        println!("skipped: CODEX_REFERENCE_BIN names no reference binary to compare with (.ci/run installs one)");
        return;
    };
    assert!(reference.is_file(), "CODEX_REFERENCE_BIN names no file: {}", reference.display());
    let only = from_environment("CODEX_DIFFERENTIAL_ONLY").unwrap_or_default();
    let cases = Mutex::new(cases::all().into_iter().filter(|case| case.name.contains(&only)));
    let reports = Mutex::new(Vec::new());
    let general: Vec<&Intended> = INTENDED.iter().filter(|entry| entry.is_everywhere()).collect();
    let seen = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = { cases.lock().unwrap().next() } {
                    let (found, complaints) = compare(&reference, &case);
                    seen.lock().unwrap().extend(general.iter().filter(|entry| compare::shows(&found, entry)).map(|entry| entry.key));
                    if !complaints.is_empty() {
                        reports.lock().unwrap().push(format!("{}:\n  {}", case.name, complaints.join("\n  ")));
                    }
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    if only.is_empty() {
        let seen = seen.into_inner().unwrap();
        reports
            .extend(general.iter().filter(|entry| !seen.contains(entry.key)).map(|entry| format!("stale `{}`: seen nowhere", entry.key)));
    }
    assert!(reports.is_empty(), "differences that nobody expected:\n\n{}", reports.join("\n\n"));
}

/// The differences in a case. The reference has races of its own (the first lines of a command, the newest session), which show
/// when the machine is busy: it gets further tries before a difference counts. Our program has one.
fn compare(reference: &Path, case: &Case) -> (Differences, Vec<String>) {
    let expected: Vec<&Intended> = INTENDED.iter().filter(|entry| entry.concerns(case.name)).collect();
    let ours = run::observe(Path::new(env!("CARGO_BIN_EXE_codex")), case);
    let attempt = || {
        let theirs = run::observe(reference, case);
        let found = compare::differences(&theirs, &ours, case.order);
        let complaints = compare::complaints(&found, &expected);
        (found, complaints)
    };
    let mut outcome = attempt();
    for _ in 1..TRIES_OF_THE_REFERENCE {
        if outcome.1.is_empty() {
            break;
        }
        outcome = attempt();
    }
    outcome
}

#[test]
fn every_intended_difference_is_documented() {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md")).unwrap();
    for entry in INTENDED {
        assert!(document.contains(&format!("| {} |", entry.key)), "docs/compatibility.md has no row `{}`", entry.key);
        assert!(!entry.reason.is_empty(), "`{}` has no reason", entry.key);
    }
}

#[test]
fn the_table_of_intended_differences_names_cases_that_exist() {
    let names: Vec<&str> = cases::all().iter().map(|case| case.name).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len(), "two cases have one name");
    for entry in INTENDED {
        assert!(!entry.cases.is_empty(), "`{}` names no case", entry.key);
        for case in entry.cases.iter().filter(|_| !entry.is_everywhere()) {
            assert!(unique.contains(case), "`{}` names no case `{case}`", entry.key);
        }
    }
}
