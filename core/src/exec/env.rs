//! The environment of a command.

use std::ffi::OsString;

use codex_protocol::policy::SandboxPolicy;

use crate::session::Session;

/// What `exec_command` adds, so that programs neither page, nor colour, nor depend on a locale.
const SESSION_VARIABLES: [(&str, &str); 10] = [
    ("CODEX_CI", "1"),
    ("NO_COLOR", "1"),
    ("TERM", "dumb"),
    ("LANG", "C.UTF-8"),
    ("LC_CTYPE", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("COLORTERM", ""),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GH_PAGER", "cat"),
];

/// Returns the environment of one command: the thread's, and what belongs to the call.
pub(crate) fn environment(session: &Session, sandbox: &SandboxPolicy, for_session: bool) -> Vec<(OsString, OsString)> {
    let mut env = session.services.command_env.clone();
    env.insert("CODEX_THREAD_ID".into(), session.id.to_string().into());
    if sandbox.needs_sandbox() && !sandbox.network_enabled() {
        env.insert("CODEX_SANDBOX_NETWORK_DISABLED".into(), "1".into());
    }
    if for_session {
        for (name, value) in SESSION_VARIABLES {
            env.insert(name.into(), value.into());
        }
    }
    env.into_iter().collect()
}
