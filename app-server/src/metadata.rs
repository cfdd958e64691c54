//! What clients say of a thread's repository over what its file says: `thread/metadata/update`.
//!
//! Kept beside the session files, one line a change, the last one wins; a file's length tells whether there is something new.

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use codex_app_server_protocol::types as wire;
use codex_protocol::ThreadId;
use codex_state::Archive;
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::server::Server;
use crate::threads::thread_id;

const FILE: &str = "thread_metadata.jsonl";

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Line {
    id: ThreadId,
    git: wire::GitInfo,
}

#[derive(Debug, Default)]
struct Known {
    length: u64,
    git: HashMap<ThreadId, wire::GitInfo>,
}

/// What clients said of threads.
#[derive(Debug)]
pub(crate) struct Metadata {
    path: PathBuf,
    known: Mutex<Known>,
}

impl Metadata {
    pub(crate) fn new(codex_home: &Path) -> Self {
        Self { path: codex_home.join(FILE), known: Mutex::default() }
    }

    /// What was said of a thread's repository.
    pub(crate) fn git(&self, id: ThreadId) -> Option<wire::GitInfo> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let length = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        if length != known.length {
            // Damaged lines say nothing.
            let text = std::fs::read_to_string(&self.path).unwrap_or_default();
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
            *known = Known { length, git: lines.map(|line| (line.id, line.git)).collect() };
        }
        known.git.get(&id).cloned()
    }

    fn say(&self, id: ThreadId, git: wire::GitInfo) -> std::io::Result<()> {
        let line = serde_json::to_string(&Line { id, git })? + "\n";
        let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(line.as_bytes())
    }
}

impl Server {
    /// `thread/metadata/update`: what is left out stays, null takes away.
    pub(crate) fn thread_metadata_update(
        &self,
        params: wire::ThreadMetadataUpdateParams,
    ) -> Result<wire::ThreadMetadataUpdateResponse, Failure> {
        let id = thread_id(&params.thread_id)?;
        let update = params.git_info.unwrap_or_default();
        if update.sha.is_none() && update.branch.is_none() && update.origin_url.is_none() {
            return Err(Failure::invalid("gitInfo must include at least one field"));
        }
        let members = [("sha", &update.sha), ("branch", &update.branch), ("originUrl", &update.origin_url)];
        for (name, value) in members {
            if value.as_ref().is_some_and(|value| value.as_ref().is_some_and(|text| text.trim().is_empty())) {
                return Err(Failure::invalid(format!("gitInfo.{name} must not be empty")));
            }
        }
        self.store.file(id, Archive::Both).map_err(|_| Failure::invalid(format!("thread not found: {id}")))?;
        let summary = self.store.summary(id).map_err(|error| Failure::internal(error.to_string()))?;
        let mut git = self.stored(&summary).git_info.unwrap_or(wire::GitInfo { branch: None, origin_url: None, sha: None });
        git.sha = update.sha.unwrap_or(git.sha);
        git.branch = update.branch.unwrap_or(git.branch);
        git.origin_url = update.origin_url.unwrap_or(git.origin_url);
        self.metadata.say(id, git)?;
        Ok(wire::ThreadMetadataUpdateResponse { thread: self.stored(&summary) })
    }
}
