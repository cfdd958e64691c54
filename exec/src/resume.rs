//! Which session file `codex exec resume` and `codex exec fork` mean.

use std::path::PathBuf;

use codex_config::Config;
use codex_protocol::ThreadId;
use codex_state::{StateError, find_newest, find_session};

use crate::args::Target;
use crate::error::{ExecError, with_causes};

/// Finds the session file; `None` starts a new thread, which is what an empty folder of sessions means too. An id, name or
/// beginning of an id that no session has is an error: who names a session does not mean a new one.
pub(crate) fn find(target: &Target, config: &Config) -> Result<Option<PathBuf>, ExecError> {
    let home = &config.codex_home;
    match target {
        Target::New => Ok(None),
        Target::Session(session) => match find_session(home, session) {
            Ok(file) => Ok(Some(file.path)),
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
        (StateError::Unknown { .. }, Err(_)) => ExecError::Resume(format!(
            "thread/resume failed: no session has the name `{session}`, or an id that begins like it; `codex sessions list --all` shows \
             what there is"
        )),
        _ => failed(error),
    }
}

fn failed(error: &StateError) -> ExecError {
    ExecError::Resume(format!("thread/resume failed: {}", with_causes(error)))
}
