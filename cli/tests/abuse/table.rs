//! The table of the abuse cases in `docs/security.md` is whole and true: every case has a row, every test it names is there,
//! and no case waits for a crate that exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;

use crate::support::{binary, plain};

const CASES: usize = 68;
/// What stands before what a row, or a part of it, waits for.
const WAITS: [&str; 2] = ["waits for ", "wait for "];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("docs/security.md").exists()).unwrap().to_path_buf()
}

/// The cells of each row that begins with a case, by the case.
fn rows() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let number = cells[0].strip_prefix('A').filter(|number| number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()));
        if number.is_some() {
            assert_eq!(cells.len(), 4, "{line}");
            assert!(rows.insert(cells[0].clone(), cells).is_none(), "{line} is there twice");
        }
    }
    rows
}

/// The words in backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Every Rust file below the tests and sources of the workspace, as one text.
fn sources() -> String {
    let mut text = String::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                let skipped = name == "target" || name.to_string_lossy().starts_with('.');
                folders.extend((!skipped).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    text
}

#[test]
fn every_case_has_a_row() {
    let expected: Vec<String> = (1..=CASES).map(|n| format!("A{n:02}")).collect();
    assert_eq!(rows().into_keys().collect::<Vec<_>>(), expected);
}

#[test]
fn every_test_that_is_named_is_there() {
    let (rows, sources) = (rows(), sources());
    for (case, cells) in &rows {
        let tests = quoted(&cells[2]);
        assert!(!tests.is_empty() || cells[3].starts_with(WAITS[0]), "{case} has neither a test nor something it waits for");
        for test in tests {
            assert!(sources.contains(&format!("fn {test}(")), "{case}: there is no test `{test}`");
        }
    }
}

/// Whether something that cases wait for is there: a subcommand (`codex NAME`), a file (a path), or a crate of the workspace.
fn is_there(name: &str) -> bool {
    if let Some(subcommand) = name.strip_prefix("codex ") {
        return plain(binary()).args([subcommand, "--help"]).output().unwrap().status.success();
    }
    if name.contains('/') {
        return root().join(name).exists();
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    members.split('"').skip(1).step_by(2).any(|member| member == name)
}

/// A case may not wait for ever: when what it waits for appears, the row has to name a test.
#[test]
fn no_case_waits_for_what_exists() {
    for present in ["cli", "codex exec", "tools/src/builtin/read_file.rs"] {
        assert!(is_there(present), "{present} would not be noticed");
    }
    for (case, cells) in rows() {
        let Some(wanted) = WAITS.iter().find_map(|words| Some(cells[3].split_once(words)?.1)) else {
            assert!(cells[3].starts_with("tested"), "{case}: `{}` is no status", cells[3]);
            continue;
        };
        assert!(!quoted(wanted).is_empty(), "{case} does not say what it waits for");
        for name in quoted(wanted) {
            assert!(!is_there(name), "{case} waits for `{name}`, which is there: write its test");
        }
    }
}

/// The tests of this folder are all in the table.
#[test]
fn every_test_of_a_case_is_in_the_table() {
    let rows = rows();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abuse")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        for name in text.lines().filter_map(|line| line.strip_prefix("fn a")?.split_once('(')).map(|(name, _)| format!("a{name}")) {
            let is_case = name.as_bytes().get(1..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
            let named = is_case.then(|| rows[&name[..3].to_uppercase()][2].contains(&format!("`{name}`")));
            assert_ne!(named, Some(false), "`{name}` is not in the table");
        }
    }
}
