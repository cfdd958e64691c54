//! Which session file `codex exec resume` and `codex exec fork` mean.

use std::path::PathBuf;

use codex_config::Config;
use codex_protocol::ThreadId;
use codex_state::{StateError, find_newest, find_session};

use crate::args::Target;
use crate::error::{ExecError, with_causes};

/// Finds the session file; `None` starts a new thread, which is what an empty folder of sessions means too, and a name that
/// no session has. A whole id that none has is an error.
pub(crate) fn find(target: &Target, config: &Config) -> Result<Option<PathBuf>, ExecError> {
    let home = &config.codex_home;
    match target {
        Target::New => Ok(None),
        Target::Session(session) => match find_session(home, session) {
            Ok(file) => Ok(Some(file.path)),
            Err(StateError::Unknown { .. }) if session.parse::<ThreadId>().is_err() => Ok(None),
            Err(error) => Err(not_found(session, &error)),
        },
        Target::Newest { any_folder } => {
            let folder = (!any_folder).then_some(config.cwd.as_path());
            Ok(find_newest(home, folder).map_err(|error| failed(&error))?.map(|found| found.path))
        }
    }
}

fn not_found(session: &str, error: &StateError) -> ExecError {
    match (error, session.parse::<ThreadId>()) {
        (StateError::Unknown { .. }, Ok(id)) => ExecError::Resume(format!("thread/resume failed: no rollout found for thread id {id}")),
        _ => failed(error),
    }
}

fn failed(error: &StateError) -> ExecError {
    ExecError::Resume(format!("thread/resume failed: {}", with_causes(error)))
}
