//! Replays the recorded cases of the `apply_patch` tool.
//!
//! A case is run in a fresh directory; `<root>/work` is the working directory. Where a case carries `desired`, that
//! is wanted instead of the recorded result; `accept` lists further results that are as good.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codex_apply_patch::run_executable;
use serde::Deserialize;
use sha2::{Digest, Sha256};

const CASES: &str = include_str!("../fixtures/apply-patch-cases.jsonl");
/// Larger files are compared by digest.
const BIG: usize = 20_000;
/// Writing a read-only file, and keeping set-id bits while writing, take the rights of root.
const FOR_ROOT: [&str; 2] = ["fs-update-readonly-file", "fs-setuid-mode"];

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    mode: Mode,
    patch: Option<String>,
    patch_b64: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    files_before: BTreeMap<String, Entry>,
    files_after: BTreeMap<String, Entry>,
    exit_code: u8,
    stdout: String,
    stderr_contains: Vec<String>,
    desired: Option<Outcome>,
    #[serde(default)]
    accept: Vec<Outcome>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Argv,
    Stdin,
    Args,
}

/// A wanted result; without `stderr_contains` that of the case holds.
#[derive(Clone, Deserialize)]
struct Outcome {
    files_after: BTreeMap<String, Entry>,
    exit_code: u8,
    stdout: String,
    stderr_contains: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Entry {
    Text(String),
    Full(Full),
}

#[derive(Clone, Default, Deserialize)]
struct Full {
    text: Option<String>,
    b64: Option<String>,
    #[serde(default)]
    dir: bool,
    symlink: Option<String>,
    hardlink: Option<String>,
    repeat: Option<(String, usize)>,
    sha256: Option<String>,
    mode: Option<String>,
}

/// What is compared of a directory entry.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    EmptyDirectory,
    Link(String),
    File { mode: u32, content: Content },
}

#[derive(Debug, PartialEq, Eq)]
enum Content {
    Bytes(Vec<u8>),
    Digest(String),
}

impl Entry {
    fn full(&self) -> Full {
        match self {
            Self::Text(text) => Full { text: Some(text.clone()), ..Full::default() },
            Self::Full(full) => full.clone(),
        }
    }

    fn bytes(full: &Full) -> Vec<u8> {
        match (&full.text, &full.b64, &full.repeat) {
            (Some(text), _, _) => text.clone().into_bytes(),
            (_, Some(b64), _) => BASE64_STANDARD.decode(b64).unwrap(),
            (_, _, Some((line, count))) => line.repeat(*count).into_bytes(),
            (None, None, None) => panic!("an entry without content"),
        }
    }

    fn wanted(&self) -> Seen {
        let full = self.full();
        if full.dir {
            return Seen::EmptyDirectory;
        }
        if let Some(target) = full.symlink {
            return Seen::Link(target);
        }
        let mode = full.mode.as_ref().map_or(0o644, |mode| u32::from_str_radix(mode, 8).unwrap());
        let content = full.sha256.clone().map_or_else(|| Content::Bytes(Self::bytes(&full)), Content::Digest);
        Seen::File { mode, content }
    }
}

fn put(cwd: &Path, files: &BTreeMap<String, Entry>) {
    let (names, entries): (Vec<_>, Vec<_>) = files.iter().partition(|(_, entry)| entry.full().hardlink.is_some());
    for (path, entry) in entries {
        let (path, full) = (normal(&cwd.join(path)), entry.full());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if full.dir {
            fs::create_dir_all(&path).unwrap();
        } else if let Some(target) = &full.symlink {
            symlink(target.replace("{CWD}", cwd.to_str().unwrap()), &path).unwrap();
        } else {
            fs::write(&path, Entry::bytes(&full)).unwrap();
            let mode = full.mode.map_or(0o644, |mode| u32::from_str_radix(&mode, 8).unwrap());
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    for (path, entry) in names {
        fs::hard_link(normal(&cwd.join(entry.full().hardlink.unwrap())), normal(&cwd.join(path))).unwrap();
    }
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            normal.pop();
        } else {
            normal.push(component);
        }
    }
    normal
}

/// Everything under the parent of `cwd`, by paths relative to `cwd`; directories only when empty.
fn snapshot(directory: &Path, cwd: &Path, seen: &mut BTreeMap<String, Seen>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = match path.strip_prefix(cwd) {
            Ok(inside) => inside.to_str().unwrap().to_owned(),
            Err(_) => format!("../{}", path.strip_prefix(cwd.parent().unwrap()).unwrap().to_str().unwrap()),
        };
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            seen.insert(name, Seen::Link(target.to_str().unwrap().replace(cwd.to_str().unwrap(), "{CWD}")));
        } else if meta.is_dir() {
            let before = seen.len();
            snapshot(&path, cwd, seen);
            if seen.len() == before && path != cwd {
                seen.insert(name, Seen::EmptyDirectory);
            }
        } else {
            let bytes = fs::read(&path).unwrap();
            let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let content = if bytes.len() > BIG { Content::Digest(digest(&bytes)) } else { Content::Bytes(bytes) };
            seen.insert(name, Seen::File { mode: meta.mode() & 0o7777, content });
        }
    }
}

/// Runs a case and returns what is wrong with the result, if anything.
fn replay(case: &Case) -> Option<String> {
    let guard = tempfile::tempdir().unwrap();
    let cwd = guard.path().canonicalize().unwrap().join("work");
    fs::create_dir(&cwd).unwrap();
    put(&cwd, &case.files_before);
    let patch = match &case.patch_b64 {
        Some(b64) => BASE64_STANDARD.decode(b64).unwrap(),
        None => case.patch.clone().unwrap_or_default().replace("{CWD}", cwd.to_str().unwrap()).into_bytes(),
    };
    let (args, stdin) = match case.mode {
        Mode::Argv => (vec![OsString::from_vec(patch)], vec![]),
        Mode::Stdin => (vec![], patch),
        Mode::Args => (case.args.iter().map(OsString::from).collect(), vec![]),
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let exit_code = run_executable(args.into_iter(), &mut stdin.as_slice(), &mut stdout, &mut stderr, &cwd);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(cwd.to_str().unwrap(), "{CWD}");
    let (stdout, stderr) = (text(stdout), text(stderr));
    let mut files = BTreeMap::new();
    snapshot(cwd.parent().unwrap(), &cwd, &mut files);

    let recorded =
        Outcome { files_after: case.files_after.clone(), exit_code: case.exit_code, stdout: case.stdout.clone(), stderr_contains: None };
    let wanted = std::iter::once(case.desired.as_ref().unwrap_or(&recorded)).chain(&case.accept);
    let fits = |want: &Outcome| {
        want.exit_code == exit_code
            && want.stdout == stdout
            && want.stderr_contains.as_ref().unwrap_or(&case.stderr_contains).iter().all(|part| stderr.contains(part))
            && want.files_after.iter().map(|(path, entry)| (path.clone(), entry.wanted())).collect::<BTreeMap<_, _>>() == files
    };
    let ok = { wanted }.any(fits);
    (!ok).then(|| format!("{}: exit {exit_code}\nstdout {stdout}\nstderr {stderr}\nfiles {files:?}", case.name))
}

#[test]
fn every_recorded_case_gives_the_wanted_result() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let root = rustix::process::geteuid().is_root();
    let cases: Vec<Case> = CASES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 293);
    let wrong: Vec<String> = cases.iter().filter(|case| root || !FOR_ROOT.contains(&case.name.as_str())).filter_map(replay).collect();
    assert!(wrong.is_empty(), "{} cases failed:\n{}", wrong.len(), wrong.join("\n\n"));
}
