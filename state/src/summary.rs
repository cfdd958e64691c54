//! A session as a list shows it, and what a list can be asked for.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use codex_protocol::ThreadId;
use codex_protocol::rollout::GitFacts;
use jiff::Timestamp;
use serde_json::Value;

use crate::StateError;

/// A stored session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSummary {
    /// The thread.
    pub id: ThreadId,
    /// The session file.
    pub path: PathBuf,
    /// Whether it lies in the archive.
    pub archived: bool,
    /// What a person called it.
    pub name: Option<String>,
    /// The first message of the user, cut at 4 KiB; empty where there is none.
    pub preview: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When its file was written last.
    pub updated_at: Timestamp,
    /// Length of the file in bytes.
    pub size: u64,
    /// Working directory at its beginning.
    pub cwd: PathBuf,
    /// Which front-end began it, such as `codex_exec`.
    pub originator: String,
    /// Version of the program that began it.
    pub cli_version: String,
    /// `exec`, `cli`, `vscode`, `mcp`, or an object for sub-agents.
    pub source: Value,
    /// Provider id.
    pub model_provider: Option<String>,
    /// The repository at its beginning.
    pub git: Option<GitFacts>,
    /// The thread it was forked from.
    pub forked_from: Option<ThreadId>,
    /// Name of a sub-agent.
    pub agent_nickname: Option<String>,
    /// Role of a sub-agent.
    pub agent_role: Option<String>,
}

impl SessionSummary {
    /// The name, or the first line of what the user said first.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.preview.trim().lines().next().unwrap_or_default())
    }

    /// Whether a sub-agent or a reviewer did the work, on behalf of another session.
    pub fn is_subagent(&self) -> bool {
        self.source.get("subagent").is_some()
    }

    /// As JSON: `id`, `name`, `preview`, times in RFC 3339, `cwd` and the rest under its name here.
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "id": self.id, "name": self.name, "preview": self.preview, "created_at": self.created_at.to_string(),
            "updated_at": self.updated_at.to_string(), "cwd": self.cwd.to_string_lossy(), "path": self.path.to_string_lossy(),
            "size": self.size, "archived": self.archived, "originator": self.originator, "cli_version": self.cli_version,
            "source": self.source, "model_provider": self.model_provider, "git": self.git, "forked_from": self.forked_from,
        })
    }

    /// The source in one word: the text of `source`, or `subAgentReview`, `subAgentCompact`, `subAgentThreadSpawn`,
    /// `subAgentOther`.
    pub fn source_kind(&self) -> &str {
        match (self.source.as_str(), self.source.get("subagent")) {
            (Some(text), _) => text,
            (None, Some(kind)) if kind == "review" => "subAgentReview",
            (None, Some(kind)) if kind == "compact" => "subAgentCompact",
            (None, Some(kind)) if kind.get("thread_spawn").is_some() => "subAgentThreadSpawn",
            (None, Some(_)) => "subAgentOther",
            (None, None) => "unknown",
        }
    }
}

/// Which sessions a list is about, as far as the archive goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archive {
    /// Those that are not in it.
    #[default]
    Without,
    /// Those in it.
    Only,
    /// All.
    Both,
}

impl Archive {
    /// Whether a session belongs to the list.
    pub fn takes(self, archived: bool) -> bool {
        match self {
            Self::Without => !archived,
            Self::Only => archived,
            Self::Both => true,
        }
    }
}

/// What a list is sorted by; the latest comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When sessions began.
    #[default]
    Created,
    /// When they went on last.
    Updated,
}

/// What is asked of a list. The default is every session that is not archived and not a sub-agent's.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Whether archived ones are in it.
    pub archive: Archive,
    /// The order.
    pub sort: SortKey,
    /// Only those of exactly this working directory.
    pub cwd: Option<PathBuf>,
    /// Only those of these providers; sessions that name none count for all.
    pub providers: Option<Vec<String>>,
    /// Only those of these kinds ([`SessionSummary::source_kind`]); `None`: all but sub-agents.
    pub sources: Option<Vec<String>>,
    /// Only those whose preview has this text, in this case.
    pub preview_contains: Option<String>,
    /// Only those whose name, preview, folder or branch has these words, or whose id begins with one, in any case and order.
    pub words: Option<String>,
    /// Only those behind this place.
    pub after: Option<Cursor>,
    /// At most so many; `None`: all.
    pub limit: Option<usize>,
}

impl ListQuery {
    pub(crate) fn takes(&self, session: &SessionSummary) -> bool {
        let source_fits = match &self.sources {
            None => !session.is_subagent(),
            Some(kinds) => kinds.iter().any(|kind| kind == session.source_kind()),
        };
        let provider_fits = |providers: &Vec<String>| session.model_provider.as_ref().is_none_or(|own| providers.contains(own));
        self.archive.takes(session.archived)
            && source_fits
            && self.cwd.as_ref().is_none_or(|cwd| *cwd == session.cwd)
            && self.providers.as_ref().is_none_or(provider_fits)
            && self.preview_contains.as_ref().is_none_or(|text| session.preview.contains(text.as_str()))
            && self.words.as_ref().is_none_or(|words| has_words(session, words))
            && self.after.is_none_or(|cursor| Cursor::of(session, self.sort) < cursor)
    }
}

impl SessionSummary {
    /// Whether its name, preview, folder or branch has these words, or its id begins with one, in any case and order.
    pub fn has_words(&self, words: &str) -> bool {
        has_words(self, words)
    }
}

fn has_words(session: &SessionSummary, words: &str) -> bool {
    let branch = session.git.as_ref().and_then(|git| git.branch.as_deref()).unwrap_or_default();
    let name = session.name.as_deref().unwrap_or_default();
    let text = format!("{name}\n{}\n{}\n{branch}", session.preview, session.cwd.display()).to_lowercase();
    let id = session.id.to_string();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word) || (word.len() > 3 && id.starts_with(word)))
}

/// A place in a sorted list. As text: `2026-11-20T23:27:13.5Z|<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    at: Timestamp,
    id: ThreadId,
}

impl Cursor {
    /// The place of a session.
    pub fn of(session: &SessionSummary, sort: SortKey) -> Self {
        let at = match sort {
            SortKey::Created => session.created_at,
            SortKey::Updated => session.updated_at,
        };
        Self { at, id: session.id }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.at, self.id)
    }
}

impl FromStr for Cursor {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        let invalid = || StateError::Cursor(text.to_owned());
        let (at, id) = text.split_once('|').ok_or_else(invalid)?;
        Ok(Self { at: at.parse().map_err(|_| invalid())?, id: id.parse().map_err(|_| invalid())? })
    }
}

/// Part of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The sessions, latest first.
    pub sessions: Vec<SessionSummary>,
    /// From where the next page goes on; `None` when this is the last.
    pub next: Option<Cursor>,
}
