//! `grep_files`: which files have a line that matches, newest first.
//!
//! Walks what `.gitignore` and `.ignore` leave, follows no links, reads files in blocks, and stops
//! when it is cancelled. `search.rs` beside it decides whether a file matches.

mod search;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use globset::{GlobBuilder, GlobMatcher};
use ignore::{DirEntry, WalkBuilder};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::denied::Denied;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::readable;
use crate::{arguments, blocking, schema, truncate};

const NAME: &str = "grep_files";

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 2000;
/// Matching files that are remembered before they are sorted.
const MATCHES_CAP: usize = 50_000;

pub(crate) struct GrepFiles;

#[derive(Deserialize)]
struct Arguments {
    pattern: String,
    include: Option<String>,
    path: Option<String>,
    limit: Option<usize>,
}

#[async_trait]
impl ToolHandler for GrepFiles {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        let parameters = schema::object(
            [
                ("pattern", schema::string("Regular expression (Rust syntax), matched line by line. (?i) in front ignores case.")),
                ("include", schema::string("Glob that files must match, such as `*.rs` or `src/**/*.{ts,tsx}`.")),
                ("path", schema::string("Directory or file to search. Default: the session's working directory.")),
                ("limit", schema::number("How many paths to return at most. Default 100, up to 2000.")),
            ],
            &["pattern"],
        );
        let wanted = env.extra_tools.iter().any(|tool| tool == NAME);
        wanted.then(|| schema::function(NAME, include_str!("grep_files.md"), parameters))
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    fn parallel(&self) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: Arguments = arguments::parse(&call)?;
        let turn = host.turn();
        if arguments.pattern.is_empty() || arguments.limit == Some(0) {
            return Err(ToolError::Refused("`pattern` must not be empty, and `limit` is at least 1".to_owned()));
        }
        let query = Query {
            pattern: pattern(&arguments.pattern)?,
            include: arguments.include.as_deref().filter(|glob| !glob.is_empty()).map(Include::new).transpose()?,
            root: turn.cwd.join(arguments.path.as_deref().unwrap_or_default()),
            cwd: turn.cwd.clone(),
            limit: arguments.limit.unwrap_or(DEFAULT_LIMIT).min(LARGEST_LIMIT),
            denied: turn.denied_reads.clone(),
        };
        let policy = turn.truncation;
        let answer = blocking::run(cancel, move |cancel| query.answer(cancel)).await?;
        Ok(ToolOutput::text(truncate::middle(&answer, policy)))
    }
}

fn pattern(text: &str) -> Result<Regex, ToolError> {
    let mut builder = RegexBuilder::new(text);
    builder.multi_line(true).crlf(true);
    builder.build().map_err(|error| ToolError::Refused(format!("invalid pattern: {error}")))
}

/// A glob on the file's name, or on its path below the root when it has a slash.
struct Include {
    glob: GlobMatcher,
    whole_path: bool,
}

impl Include {
    fn new(text: &str) -> Result<Self, ToolError> {
        let glob = GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build();
        let glob = glob.map_err(|error| ToolError::Refused(format!("invalid include glob: {error}")))?;
        Ok(Self { whole_path: text.contains('/'), glob: glob.compile_matcher() })
    }

    fn matches(&self, below_root: &Path) -> bool {
        let name = below_root.file_name().map(Path::new);
        let subject = if self.whole_path { Some(below_root) } else { name };
        subject.is_some_and(|subject| self.glob.is_match(subject))
    }
}

struct Query {
    pattern: Regex,
    include: Option<Include>,
    root: PathBuf,
    cwd: PathBuf,
    limit: usize,
    denied: Vec<PathBuf>,
}

#[derive(Default)]
struct Found {
    files: Vec<(SystemTime, PathBuf)>,
    unreadable: usize,
}

impl Query {
    fn answer(&self, cancel: &CancellationToken) -> Result<String, ToolError> {
        let mut found = self.find(cancel)?;
        found.files.sort_by(|(a_time, a), (b_time, b)| b_time.cmp(a_time).then_with(|| a.cmp(b)));
        let mut answer = String::new();
        for (_, path) in found.files.iter().take(self.limit) {
            let _ = writeln!(answer, "{}", path.display());
        }
        if found.files.is_empty() {
            answer.push_str("No matches found.\n");
        } else if found.files.len() > self.limit {
            let more = found.files.len() - self.limit;
            let least = if found.files.len() == MATCHES_CAP { "at least " } else { "" };
            let _ = writeln!(answer, "[{least}{more} more files match; narrow the pattern or raise `limit`]");
        }
        if found.unreadable > 0 {
            let _ = writeln!(answer, "[{} files could not be read]", found.unreadable);
        }
        Ok(answer)
    }

    fn find(&self, cancel: &CancellationToken) -> Result<Found, ToolError> {
        let denied = Denied::new(&self.denied);
        let place = self.root.display();
        let root = self.root.canonicalize().map_err(|error| ToolError::Refused(format!("unable to read `{place}`: {error}")))?;
        denied.check(&root)?;
        let cwd = self.cwd.canonicalize().unwrap_or_else(|_| self.cwd.clone());
        let mut found = Found::default();
        for entry in walk(&root) {
            if cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            let Ok(entry) = entry else {
                found.unreadable += 1;
                continue;
            };
            let path = entry.path();
            let below = path.strip_prefix(&root).unwrap_or(path);
            let below = if below.as_os_str().is_empty() { Path::new(entry.file_name()) } else { below };
            let wanted = entry.file_type().is_some_and(|kind| kind.is_file())
                && self.include.as_ref().is_none_or(|include| include.matches(below))
                && denied.check(path).is_ok();
            if !wanted {
                continue;
            }
            match self.matches(path, &denied, cancel) {
                Ok(None) => {}
                Ok(Some(modified)) => found.files.push((modified, path.strip_prefix(&cwd).unwrap_or(path).to_path_buf())),
                Err(_) => found.unreadable += 1,
            }
            if found.files.len() == MATCHES_CAP {
                break;
            }
        }
        Ok(found)
    }

    /// When the file was changed, if it matches.
    fn matches(&self, path: &Path, denied: &Denied, cancel: &CancellationToken) -> Result<Option<SystemTime>, ToolError> {
        let (file, meta) = readable::open(path, denied)?;
        let matches = search::any_line_matches(file, &self.pattern, cancel)
            .map_err(|error| ToolError::Refused(format!("unable to read `{}`: {error}", path.display())))?;
        Ok(matches.then(|| meta.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
    }
}

fn walk(root: &Path) -> ignore::Walk {
    let inside_system = SYSTEM_FOLDERS.iter().any(|folder| root.starts_with(folder));
    WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        // The user's global ignore file is found through the environment, which libraries do not read.
        .git_global(false)
        .follow_links(false)
        .filter_entry(move |entry| enters(entry, inside_system))
        .build()
}

/// Folders without files of their own; walked only when the search begins inside one.
const SYSTEM_FOLDERS: [&str; 3] = ["/proc", "/sys", "/dev"];

fn enters(entry: &DirEntry, inside_system: bool) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if !is_folder || entry.depth() == 0 {
        return true;
    }
    let is_system = !inside_system && SYSTEM_FOLDERS.iter().any(|folder| entry.path() == Path::new(folder));
    !is_system && entry.file_name() != ".git"
}

#[cfg(test)]
mod tests;
