//! Stores and removes lasting rules: single lines of `rules/default.rules`.
//!
//! Writers take turns by a lock on the folder. A rule is added as one whole line; a line that an interrupted writer
//! left unfinished is taken out first. Removing writes a new file and puts it in the old one's place, so that readers
//! see one or the other, and every other line stays as it is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable::Prefix;
use crate::eval::{self, RuleCall};
use crate::file::{PolicyError, read_text};
use crate::load::{RULES_DIR, written_by_user_alone};
use crate::policy::Policy;
use crate::quote::starlark;
use crate::rule::{Decision, Origin, PatternToken, PrefixRule, Scope};

/// The file that the program itself writes.
pub const DEFAULT_FILE: &str = "default.rules";

/// Why a rule was not stored or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmendError {
    /// The disk says no.
    #[error("cannot change `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What is in the way.
        source: io::Error,
    },
    /// A rule there would not count, see [`crate::load`].
    #[error("rules in `{}` would not be believed: {why}; run `chmod go-w` on it", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Who else could write it.
        why: &'static str,
    },
    /// The file does not parse, so it is not in force and a new line would not be either.
    #[error("nothing can be added before the file is mended")]
    Broken(#[source] PolicyError),
    /// The rule is no line that this program wrote.
    #[error("{origin} is not a single line of `{DEFAULT_FILE}`; change it there")]
    NotRemovable {
        /// Where the rule is written.
        origin: Origin,
    },
    /// The file is no longer what it was when the rule was listed.
    #[error("{origin} has changed; list the rules again")]
    Changed {
        /// Where the rule was written.
        origin: Origin,
    },
}

/// The rule of one stored line, without its end.
pub fn rule_line(prefix: &Prefix) -> String {
    let words: Vec<String> = prefix.words().iter().map(|word| starlark(word)).collect();
    format!("prefix_rule(pattern=[{}], decision=\"allow\")", words.join(", "))
}

/// Stores that commands with this prefix are allowed, and returns the rule for policies that are in use.
///
/// A rule that the file already has is not stored twice.
pub fn append_allow(codex_home: &Path, prefix: &Prefix) -> Result<PrefixRule, AmendError> {
    let (folder, path) = places(codex_home);
    let failed = |source| AmendError::Io { path: path.clone(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|source| AmendError::Io { path: folder.clone(), source })?;
    let _turn = lock(&folder)?;
    let mut file = open_own(&path)?;
    let text = read_text(&mut file).map_err(failed)?;
    let whole = whole_text(&path, &text)?;
    let line = rule_line(prefix);
    let rule = |line: usize| PrefixRule {
        pattern: prefix.words().iter().cloned().map(PatternToken::One).collect(),
        decision: Decision::Allow,
        justification: None,
        origin: Origin { file: Arc::from(path.as_path()), line, scope: Scope::User },
    };
    if let Some(at) = whole.lines().position(|present| present.trim_end() == line) {
        return Ok(rule(at + 1));
    }
    if whole.len() < text.len() {
        file.set_len(whole.len() as u64).map_err(failed)?;
    }
    let end = if whole.is_empty() || whole.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{end}{line}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
    Ok(rule(whole.lines().count() + 1))
}

/// Removes a rule that [`append_allow`] stored, or any other rule that is one line of the same file.
pub fn remove(codex_home: &Path, rule: &PrefixRule) -> Result<(), AmendError> {
    let (folder, path) = places(codex_home);
    if *rule.origin.file != *path {
        return Err(AmendError::NotRemovable { origin: rule.origin.clone() });
    }
    let _turn = lock(&folder)?;
    let kept = without(&path, rule)?;
    replace(&path, &kept).map_err(|source| AmendError::Io { path, source })
}

/// Whether [`remove`] could take a rule out.
pub fn is_removable(codex_home: &Path, rule: &PrefixRule) -> bool {
    let (_, path) = places(codex_home);
    *rule.origin.file == *path && without(&path, rule).is_ok()
}

/// The text of the file without a rule.
fn without(path: &Path, rule: &PrefixRule) -> Result<String, AmendError> {
    let origin = || rule.origin.clone();
    let text = File::open(path).and_then(|mut file| read_text(&mut file));
    let text = text.map_err(|source| AmendError::Io { path: path.to_owned(), source })?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(line) = rule.origin.line.checked_sub(1).and_then(|at| lines.get(at)) else {
        return Err(AmendError::Changed { origin: origin() });
    };
    match eval::run(&rule.origin.file, Scope::User, line).as_deref() {
        Ok([RuleCall::Prefix(call)]) if says_the_same(&call.rule, rule) => {}
        Ok([RuleCall::Prefix(_)]) => return Err(AmendError::Changed { origin: origin() }),
        _ => return Err(AmendError::NotRemovable { origin: origin() }),
    }
    let kept: String = lines.iter().enumerate().filter(|(at, _)| at + 1 != rule.origin.line).map(|(_, line)| *line).collect();
    // A line that stands inside something else leaves a hole.
    match Policy::default().add_source(path, Scope::User, &kept) {
        Ok(()) => Ok(kept),
        Err(_) => Err(AmendError::NotRemovable { origin: origin() }),
    }
}

fn says_the_same(one: &PrefixRule, other: &PrefixRule) -> bool {
    one.pattern == other.pattern && one.decision == other.decision && one.justification == other.justification
}

fn places(codex_home: &Path) -> (PathBuf, PathBuf) {
    let folder = codex_home.join(RULES_DIR);
    let path = folder.join(DEFAULT_FILE);
    (folder, path)
}

/// Waits for other writers. Released when dropped.
fn lock(folder: &Path) -> Result<File, AmendError> {
    let failed = |source| AmendError::Io { path: folder.to_owned(), source };
    let handle = File::open(folder).map_err(failed)?;
    let metadata = handle.metadata().map_err(failed)?;
    written_by_user_alone(&metadata).map_err(|why| AmendError::Open { path: folder.to_owned(), why })?;
    handle.lock().map_err(failed)?;
    Ok(handle)
}

/// Opens the file for reading and for adding at its end, and makes it where it is not there.
fn open_own(path: &Path) -> Result<File, AmendError> {
    let failed = |source| AmendError::Io { path: path.to_owned(), source };
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(nonblock).open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("it is no regular file")));
    }
    written_by_user_alone(&metadata).map_err(|why| AmendError::Open { path: path.to_owned(), why })?;
    Ok(file)
}

/// The text without a last line that an interrupted writer left unfinished.
fn whole_text<'a>(path: &Path, text: &'a str) -> Result<&'a str, AmendError> {
    let parses = |text: &str| Policy::default().add_source(path, Scope::User, text);
    let error = match parses(text) {
        Ok(()) => return Ok(text),
        Err(error) => error,
    };
    let (before, last) = text.split_at(text.rfind('\n').map_or(0, |newline| newline + 1));
    let ours = "prefix_rule(pattern=[";
    let torn = !last.is_empty() && (last.starts_with(ours) || ours.starts_with(last));
    if torn && parses(before).is_ok() { Ok(before) } else { Err(AmendError::Broken(error)) }
}

/// Puts a new file in the old one's place, with the old one's permissions. A link keeps pointing to it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Err(io::Error::other("it has no folder")) };
    let fresh = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).and_then(|mut file| {
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}
