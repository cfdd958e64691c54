//! `list_dir`: what is in a directory, some levels deep, sorted by name.
//!
//! Links are shown and not followed. Work and memory are bounded by the page asked for and by a cap on
//! the names read of one directory.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::denied::Denied;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::readable;
use crate::{arguments, blocking, schema};

const NAME: &str = "list_dir";

const DEFAULT_LIMIT: usize = 200;
const LARGEST_LIMIT: usize = 2000;
const DEFAULT_DEPTH: usize = 2;
const DEEPEST: usize = 20;
/// Names that are read of one directory.
const NAMES_CAP: usize = 100_000;

pub(crate) struct ListDir;

#[derive(Deserialize)]
struct Arguments {
    dir_path: String,
    offset: Option<usize>,
    limit: Option<usize>,
    depth: Option<usize>,
}

#[async_trait]
impl ToolHandler for ListDir {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        let parameters = schema::object(
            [
                ("dir_path", schema::string("The directory, absolute or relative to the session's working directory.")),
                ("offset", schema::number("First entry to return, counted from 1. Default 1.")),
                ("limit", schema::number("How many entries to return at most. Default 200, up to 2000.")),
                ("depth", schema::number("How many levels down to go. 1 is the directory alone. Default 2, up to 20.")),
            ],
            &["dir_path"],
        );
        let wanted = env.extra_tools.iter().any(|tool| tool == NAME);
        wanted.then(|| schema::function(NAME, include_str!("list_dir.md"), parameters))
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
        let offset = arguments.offset.unwrap_or(1);
        let limit = arguments.limit.unwrap_or(DEFAULT_LIMIT);
        let depth = arguments.depth.unwrap_or(DEFAULT_DEPTH);
        if offset == 0 || limit == 0 || depth == 0 {
            return Err(ToolError::Refused("`offset` counts entries from 1; `limit` and `depth` are at least 1".to_owned()));
        }
        let path = turn.cwd.join(&arguments.dir_path);
        let page =
            Page { first: offset, count: limit.min(LARGEST_LIMIT), depth: depth.min(DEEPEST), budget: turn.truncation.byte_budget() };
        let denied = turn.denied_reads.clone();
        blocking::run(cancel, move |cancel| list(&path, page, &denied, cancel)).await.map(ToolOutput::text)
    }
}

/// Which entries are wanted, and how many bytes of answer at most.
#[derive(Clone, Copy)]
struct Page {
    first: usize,
    count: usize,
    depth: usize,
    budget: usize,
}

fn list(path: &Path, page: Page, denied: &[PathBuf], cancel: &CancellationToken) -> Result<String, ToolError> {
    let denied = Denied::new(denied);
    let real = readable::directory(path, &denied)?;
    let mut listing = Listing { denied: &denied, page, cancel, answer: format!("{}\n", real.display()), passed: 0, capped: false };
    let names =
        names(&real, &mut listing.capped).map_err(|error| ToolError::Refused(format!("unable to read `{}`: {error}", path.display())))?;
    let whole = listing.directory(&real, names, 1)?;
    let Listing { mut answer, passed, capped, .. } = listing;
    if passed < page.first && page.first > 1 {
        return Err(ToolError::Refused(format!("`offset` is past the end: there are {passed} entries")));
    }
    if passed == 0 {
        answer.push_str("[empty]\n");
    }
    if !whole {
        let _ = writeln!(answer, "[more entries follow; go on with offset={}, or list a directory further down]", passed + 1);
    }
    if capped {
        let _ = writeln!(answer, "[a directory holds over {NAMES_CAP} names; some are left out]");
    }
    Ok(answer)
}

struct Listing<'a> {
    denied: &'a Denied,
    page: Page,
    cancel: &'a CancellationToken,
    answer: String,
    /// Entries that were shown or lie before the page.
    passed: usize,
    capped: bool,
}

impl Listing<'_> {
    /// Lists one directory and those below; false when the page or the budget is full.
    fn directory(&mut self, path: &Path, names: Vec<Name>, level: usize) -> Result<bool, ToolError> {
        for name in names {
            if self.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            let below = path.join(&name.text);
            let enters = name.kind == Kind::Folder && level < self.page.depth && self.denied.check(&below).is_ok();
            let inside = enters.then(|| self::names(&below, &mut self.capped));
            let note = if matches!(inside, Some(Err(_))) { " [unreadable]" } else { "" };
            if !self.entry(&name, note, level) {
                return Ok(false);
            }
            if let Some(Ok(names)) = inside
                && !self.directory(&below, names, level + 1)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn entry(&mut self, name: &Name, note: &str, level: usize) -> bool {
        if self.passed + 1 < self.page.first {
            self.passed += 1;
            return true;
        }
        let line = format!("{:indent$}{}{}{note}\n", "", printable(&name.text), name.kind.mark(), indent = 2 * level);
        // The first entry of a page is always shown, or the model would ask for it again and again.
        let is_first = self.passed + 1 == self.page.first;
        let is_over_budget = !is_first && self.answer.len() + line.len() > self.page.budget;
        if is_over_budget || self.passed + 1 >= self.page.first.saturating_add(self.page.count) {
            return false;
        }
        self.answer.push_str(&line);
        self.passed += 1;
        true
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Link,
    File,
    Other,
}

impl Kind {
    fn mark(self) -> &'static str {
        match self {
            Self::Folder => "/",
            Self::Link => "@",
            Self::File => "",
            Self::Other => "?",
        }
    }
}

struct Name {
    text: std::ffi::OsString,
    kind: Kind,
}

fn names(path: &Path, capped: &mut bool) -> std::io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        if names.len() == NAMES_CAP {
            *capped = true;
            break;
        }
        let entry = entry?;
        let kind = entry.file_type().map_or(Kind::Other, |kind| match kind {
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_file() => Kind::File,
            _ => Kind::Other,
        });
        names.push(Name { text: entry.file_name(), kind });
    }
    names.sort_by(|a, b| a.text.cmp(&b.text));
    Ok(names)
}

/// A name on one line: control characters are escaped.
fn printable(name: &std::ffi::OsStr) -> String {
    let mut text = String::new();
    for character in name.to_string_lossy().chars() {
        if character.is_control() { text.extend(character.escape_default()) } else { text.push(character) }
    }
    text
}

#[cfg(test)]
mod tests;
