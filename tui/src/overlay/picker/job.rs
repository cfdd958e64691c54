//! What a picker wants done on disk, for somebody who may wait.

use codex_protocol::ThreadId;
use codex_state::{ListQuery, Page, SessionStore};

/// Something to be done on disk.
#[derive(Clone, Debug)]
pub enum Job {
    /// A page is to be read.
    List {
        /// Which list it belongs to.
        generation: u64,
        /// What is asked for.
        query: Box<ListQuery>,
        /// Whether the list begins with it.
        first: bool,
    },
    /// A session is to be named.
    Rename {
        /// Which.
        id: ThreadId,
        /// The name.
        name: String,
    },
}

/// What came of it; failures as a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A page, or why there is none.
    Page {
        /// Which list it belongs to.
        generation: u64,
        /// The sessions.
        result: Result<Page, String>,
        /// Whether the list begins with it.
        first: bool,
    },
    /// A session has its name, or why not.
    Renamed {
        /// Which.
        id: ThreadId,
        /// The name.
        result: Result<String, String>,
    },
}

impl Job {
    /// Does it. Reads and writes files.
    pub fn run(self, store: &SessionStore) -> Answer {
        match self {
            Self::List { generation, query, first } => {
                Answer::Page { generation, result: store.list(&query).map_err(|error| whole(&error)), first }
            }
            Self::Rename { id, name } => {
                let result = store.rename(id, &name).map(|()| name).map_err(|error| whole(&error));
                Answer::Renamed { id, result }
            }
        }
    }
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
