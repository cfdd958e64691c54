//! Which session file `codex exec resume` means.

use std::path::{Path, PathBuf};

use codex_config::Config;
use codex_protocol::ThreadId;
use codex_state::{StateError, find_by_id, find_by_name, find_newest};

use crate::args::Target;
use crate::error::{ExecError, with_causes};

/// Finds the session file; `None` starts a new thread, which is what an unknown name and an empty
/// folder of sessions mean too. An id that nobody has is an error.
pub(crate) fn find(target: &Target, config: &Config) -> Result<Option<PathBuf>, ExecError> {
    let home = &config.codex_home;
    match target {
        Target::New => Ok(None),
        Target::Session(session) => match session.parse::<ThreadId>() {
            Ok(id) => by_id(home, id).map(Some),
            Err(_) => by_name(home, session),
        },
        Target::Newest { any_folder } => {
            let folder = (!any_folder).then_some(config.cwd.as_path());
            Ok(find_newest(home, folder).map_err(failed)?.map(|found| found.path))
        }
    }
}

fn by_id(home: &Path, id: ThreadId) -> Result<PathBuf, ExecError> {
    let found = find_by_id(home, id).map_err(failed)?;
    found.ok_or_else(|| ExecError::Resume(format!("thread/resume failed: no rollout found for thread id {id}")))
}

fn by_name(home: &Path, name: &str) -> Result<Option<PathBuf>, ExecError> {
    match find_by_name(home, name).map_err(failed)? {
        Some(id) => find_by_id(home, id).map_err(failed),
        None => Ok(None),
    }
}

fn failed(error: StateError) -> ExecError {
    ExecError::Resume(format!("thread/resume failed: {}", with_causes(&error)))
}
