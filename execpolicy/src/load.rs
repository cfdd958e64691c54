//! Reads the rules that are in force: the user's, and those of a trusted project.
//!
//! Nothing here fails. What cannot be used is left out with a warning that names the file: a text that does not parse,
//! something that is no regular file, a file that others could have written. From the last kind, and from a project,
//! only what restricts is taken, because leaving a prohibition out would be a permission too.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::file::{PolicyError, read_text};
use crate::policy::Policy;
use crate::rule::{Origin, Scope};

/// Folder of rule files below `CODEX_HOME` and below a project's `.codex`.
pub const RULES_DIR: &str = "rules";
/// Ending of rule files.
const EXTENSION: &str = "rules";
/// Rule files of one folder; more are no rule files that a person wrote.
const FILES: usize = 500;

/// What was read, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The rules in force.
    pub policy: Policy,
    /// For the user, one for each file or folder.
    pub warnings: Vec<String>,
}

impl Loaded {
    fn warn(&mut self, path: &Path, what: impl std::fmt::Display) {
        self.warnings.push(format!("{}: {what}", path.display()));
    }
}

/// Reads the user's rules below `codex_home` and behind them those of a trusted project.
///
/// `project_folders` are the folders whose `.codex` counts, outermost first: of trusted projects only.
pub fn load(codex_home: &Path, project_folders: &[PathBuf]) -> Loaded {
    let own = codex_home.join(RULES_DIR);
    let mut loaded = load_dir(&own, Scope::User);
    for folder in project_folders {
        let folder = folder.join(".codex").join(RULES_DIR);
        // The user's own folder can lie in the project: its rules are not there twice.
        if !is_same_folder(&folder, &own) {
            let project = load_dir(&folder, Scope::Project);
            loaded.policy.merge(project.policy);
            loaded.warnings.extend(project.warnings);
        }
    }
    loaded
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Reads the rule files of one folder, sorted by name. A folder that is not there has none.
pub fn load_dir(folder: &Path, scope: Scope) -> Loaded {
    let mut loaded = Loaded::default();
    match usable_folder(folder, scope) {
        Ok(true) => {}
        Ok(false) => return loaded,
        Err(error) => {
            loaded.warn(folder, format_args!("rules are not read: {error}"));
            return loaded;
        }
    }
    let files = match rule_files(folder) {
        Ok(files) => files,
        Err(error) => {
            loaded.warn(folder, format_args!("rules are not read: {error}"));
            return loaded;
        }
    };
    let folder_is_safe = fs::metadata(folder).is_ok_and(|metadata| written_by_user_alone(&metadata).is_ok());
    if files.len() > FILES {
        loaded.warn(folder, format_args!("only the first {FILES} rule files are read"));
    }
    for path in files.into_iter().take(FILES) {
        add_file(&mut loaded, &path, scope, folder_is_safe);
    }
    loaded
}

/// Whether there is a folder to read. A project's must be where it seems to be.
fn usable_folder(folder: &Path, scope: Scope) -> io::Result<bool> {
    let found = match scope {
        Scope::User => fs::metadata(folder),
        Scope::Project => fs::symlink_metadata(folder),
    };
    let metadata = match found {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(false),
        Err(error) => return Err(error),
    };
    let parent_is_link = || folder.parent().is_some_and(Path::is_symlink);
    if metadata.is_symlink() || (scope == Scope::Project && parent_is_link()) {
        return Err(io::Error::other("a link leads there"));
    }
    if metadata.is_dir() { Ok(true) } else { Err(io::Error::other("it is no folder")) }
}

fn rule_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(EXTENSION)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn add_file(loaded: &mut Loaded, path: &Path, scope: Scope, folder_is_safe: bool) {
    let (source, metadata) = match read_regular(path, scope) {
        Ok(read) => read,
        Err(error) => return loaded.warn(path, format_args!("this rule file is ignored: {error}")),
    };
    let mut own = Policy::default();
    // The user's own host executables have a say in the examples of the user's files.
    if scope == Scope::User {
        loaded.policy.host_executables().for_each(|host| own.add_host_executable(host.clone()));
    }
    match own.add_source(path, scope, &source) {
        Ok(()) => {}
        Err(PolicyError::Parse { source, .. }) => {
            return loaded.warn(path, format_args!("this rule file is ignored: {}", source.to_string().trim_end()));
        }
        Err(error) => return loaded.warn(path, format_args!("this rule file is ignored: {error}")),
    }
    if scope == Scope::Project {
        let dropped = own.restrict();
        if !dropped.is_empty() {
            loaded.warn(path, format_args!("{}: rules of a project can restrict, but not allow; ignored", lines_of(&dropped)));
        }
    } else if let Err(why) = written_by_user_alone(&metadata).and(folder_is_safe.then_some(()).ok_or("its folder is open to others")) {
        let dropped = own.restrict();
        let fix = "run `chmod go-w` on the file and its folder";
        let left_out = if dropped.is_empty() { String::new() } else { format!("; what it allows is ignored ({})", lines_of(&dropped)) };
        loaded.warn(path, format_args!("somebody else may have written these rules: {why}{left_out}; {fix}"));
    }
    loaded.policy.merge(own);
}

fn lines_of(origins: &[Origin]) -> String {
    const NAMED: usize = 10;
    let mut lines: Vec<usize> = origins.iter().map(|origin| origin.line).collect();
    lines.dedup();
    let named: Vec<String> = lines.iter().take(NAMED).map(usize::to_string).collect();
    let more = if lines.len() > NAMED { ", ..." } else { "" };
    format!("{} {}{more}", if lines.len() == 1 { "line" } else { "lines" }, named.join(", "))
}

/// Reads a file that is what it seems to be. Opening does not wait for the other end of a pipe.
fn read_regular(path: &Path, scope: Scope) -> io::Result<(String, Metadata)> {
    let link = if scope == Scope::Project { rustix::fs::OFlags::NOFOLLOW } else { rustix::fs::OFlags::empty() };
    let flags = rustix::fs::OFlags::NONBLOCK | link;
    let opened = OpenOptions::new().read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path);
    let mut file: File = match opened {
        Err(error) if path.is_symlink() && scope == Scope::Project => return Err(io::Error::new(error.kind(), "it is a link")),
        other => other?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok((read_text(&mut file)?, metadata))
}

/// Whether only this user and the system could have written something; the error says who else.
pub(crate) fn written_by_user_alone(metadata: &Metadata) -> Result<(), &'static str> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user && metadata.uid() != 0 {
        return Err("it belongs to another user");
    }
    if metadata.mode() & 0o022 != 0 { Err("group or others can write it") } else { Ok(()) }
}
