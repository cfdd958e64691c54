//! Keeps the layers of the workspace: a crate depends on lower layers alone, and on outside crates only
//! where the table below allows it. Prints the longest files and functions, so that growth is seen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Outside crates that only some packages may use, and where the work of others belongs.
const OUTSIDE: &[(&[&str], &[&str], &str)] = &[
    (
        &["clap"],
        &["cli", "exec", "tui", "app-server", "mcp-server", "acp-server", "linux-sandbox", "apply-patch"],
        "command lines are read by front-ends; hand the values down",
    ),
    (&["ratatui", "crossterm"], &["tui"], "screens are drawn by `tui`; return data"),
    (
        &["reqwest"],
        &["model-client", "mcp-client", "login", "otel", "ollama", "lmstudio", "responses-api-proxy"],
        "HTTP belongs to the service that owns the protocol, such as `model-client`",
    ),
    (&["anyhow"], &["cli", "exec", "tui"], "libraries have a `thiserror` enum of their own"),
];

/// Packages that may allow `unsafe`.
const UNSAFE: &[&str] = &["process", "process-hardening", "linux-sandbox"];

/// How many workspace crates `core` may depend on.
const CORE_FAN_OUT: usize = 18;

struct Package {
    /// Without the prefix `codex-`.
    name: String,
    folder: PathBuf,
    layer: Option<u64>,
    /// Normal and build dependencies.
    dependencies: Vec<String>,
}

fn short(name: &str) -> String {
    name.strip_prefix("codex-").unwrap_or(name).to_owned()
}

fn packages() -> Vec<Package> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("Cargo.toml");
    let output = assert_cmd::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let dependencies = value["dependencies"].as_array().unwrap().iter();
    let normal = dependencies.filter(|dependency| dependency["kind"] != "dev");
    Package {
        name: short(value["name"].as_str().unwrap()),
        folder: Path::new(value["manifest_path"].as_str().unwrap()).parent().unwrap().to_path_buf(),
        layer: value["metadata"]["codex"]["layer"].as_u64(),
        dependencies: normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect(),
    }
}

#[test]
fn every_crate_depends_on_lower_layers_alone() {
    let packages = packages();
    let layers: BTreeMap<&str, u64> = packages.iter().filter_map(|package| Some((package.name.as_str(), package.layer?))).collect();
    let mut faults = Vec::new();
    for package in &packages {
        let Some(layer) = package.layer else {
            faults.push(format!("`{}` has no `layer` in [package.metadata.codex]", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter_map(|name| name.strip_prefix("codex-")) {
            let Some(below) = layers.get(dependency) else { continue };
            if *below >= layer {
                faults.push(format!(
                    "`{}` (layer {layer}) depends on `{dependency}` (layer {below}): move what they share into a crate below both",
                    package.name
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn outside_crates_stay_where_they_belong() {
    let mut faults = Vec::new();
    for package in packages() {
        for (crates, allowed, advice) in OUTSIDE {
            let used = package.dependencies.iter().find(|dependency| crates.contains(&dependency.as_str()));
            if let Some(used) = used.filter(|_| !allowed.contains(&package.name.as_str())) {
                faults.push(format!("`{}` depends on `{used}`: {advice}", package.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn core_does_not_become_the_place_for_everything() {
    let packages = packages();
    let core = packages.iter().find(|package| package.name == "core").unwrap();
    let inside = core.dependencies.iter().filter(|name| name.starts_with("codex-")).count();
    assert!(
        inside <= CORE_FAN_OUT,
        "`core` depends on {inside} crates of the workspace, {CORE_FAN_OUT} are the limit: let a service do it"
    );
}

#[test]
fn unsafe_code_stays_in_three_crates() {
    let mut faults = Vec::new();
    for package in packages().iter().filter(|package| !UNSAFE.contains(&package.name.as_str())) {
        for file in sources(&package.folder) {
            let text = fs::read_to_string(&file).unwrap();
            let allows = |line: &str| {
                let attribute = line.trim_start_matches(['#', '!', '[']);
                ["allow(unsafe", "expect(unsafe"].iter().any(|words| attribute.starts_with(words))
            };
            if text.lines().any(|line| allows(line.trim_start())) {
                faults.push(format!("{}: put it behind a function of `process` or `linux-sandbox`", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_longest_files_and_functions_are_shown() {
    let mut files = Vec::new();
    let mut functions = Vec::new();
    for file in packages().iter().flat_map(|package| sources(&package.folder)) {
        let text = fs::read_to_string(&file).unwrap();
        files.push((text.lines().count(), file.display().to_string()));
        functions.extend(function_lengths(&text).into_iter().map(|(length, name)| (length, format!("{name} in {}", file.display()))));
    }
    for (what, mut list) in [("files", files), ("functions", functions)] {
        list.sort_by(|a, b| b.cmp(a));
        println!("longest {what}:");
        for (length, name) in list.iter().take(10) {
            println!("{length:6} {name}");
        }
        assert!(!list.is_empty());
    }
}

/// Lines of each function, as formatted code shows them: from `fn` to the brace at the same indentation.
fn function_lengths(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut lengths = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let start = code.find("fn ").filter(|start| code[..*start].split_whitespace().all(|word| !word.starts_with("//")));
        let Some(start) = start.filter(|_| !code.ends_with(';') && !code.ends_with('}')) else { continue };
        let name: String = code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let close = format!("{}}}", " ".repeat(line.len() - code.len()));
        if let Some(end) = lines[at..].iter().position(|line| *line == close).filter(|_| !name.is_empty()) {
            lengths.push((end + 1, name));
        }
    }
    lengths
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("src"), folder.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
