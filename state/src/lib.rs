//! Session files: writing them as a session goes, reading them back whatever happened to them, and
//! finding them by id, by name, or by being the newest.
//!
//! A session is one JSON Lines file below `$CODEX_HOME/sessions`. Whole lines are appended and never
//! changed, so a killed process costs at most the line it was writing.
//!
//! **Not here:** what the lines mean and what becomes of them on resume (`codex-core`), their shape
//! (`codex_protocol::rollout`).
//!
//! ```
//! use codex_state::{LineOutcome, parse_line};
//!
//! let line = br#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"compacted","payload":{"message":"short"}}"#;
//! assert!(matches!(parse_line(line), LineOutcome::Known(_)));
//! assert!(matches!(parse_line(br#"{"type":"hologram","payload":1}"#), LineOutcome::Unknown(_)));
//! assert!(matches!(parse_line(&line[..40]), LineOutcome::Broken));
//! ```

/// A moment, as lists and times of sessions hold it.
pub use jiff::Timestamp;

mod error;
mod export;
mod find;
mod head;
mod index;
mod line;
mod lines;
mod lock;
mod names;
mod outline;
mod paths;
mod prompt_history;
mod reader;
mod recorder;
mod redact;
mod retention;
mod search;
mod store;
mod summary;
mod writer;

pub use self::error::StateError;
pub use self::export::{ExportFormat, export};
pub use self::find::{FoundSession, SessionFile, find_by_id, find_newest, find_session, session_files};
pub use self::head::{COMPACTED, is_own_words};
pub use self::line::{LineOutcome, parse_line};
pub use self::names::{SessionNames, find_by_name};
pub use self::outline::{Outline, Start};
pub use self::paths::{format_timestamp, thread_id_of};
pub use self::prompt_history::{NewestFirst, PromptHistory, TypedPrompt};
pub use self::reader::{ReadLine, Rollout, RolloutReader, read_meta, read_rollout, read_rollout_from};
pub use self::recorder::RolloutRecorder;
pub use self::redact::Redactor;
pub use self::retention::{Reason, Removal, Retention};
pub use self::search::{Hit, SearchQuery, Speaker};
pub use self::store::SessionStore;
pub use self::summary::{Archive, Cursor, ListQuery, Page, SessionSummary, SortKey};
