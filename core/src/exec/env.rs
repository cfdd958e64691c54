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

/// What git takes from the environment where it runs unasked: it starts no monitor, hook, pager, helper or transport, and checks no signature.
const HARMLESS_GIT: [(&str, &str); 6] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ASKPASS", "false"),
];

/// The same as settings, which win over those of files.
const HARMLESS_SETTINGS: [(&str, &str); 7] = [
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.sshCommand", "false"),
    ("credential.helper", ""),
    ("protocol.ext.allow", "never"),
    ("log.showSignature", "false"),
];

/// Sees to it that a `git` in the command starts nothing (T1, C4). `diff.external` and the like cannot be switched off so; a repository
/// with such settings is asked about.
pub(crate) fn keep_git_harmless(env: &mut Vec<(OsString, OsString)>) {
    env.retain(|(name, _)| !name.as_encoded_bytes().starts_with(b"GIT_"));
    env.extend(HARMLESS_GIT.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))));
    env.push(("GIT_CONFIG_COUNT".into(), HARMLESS_SETTINGS.len().to_string().into()));
    for (number, (key, value)) in HARMLESS_SETTINGS.iter().enumerate() {
        env.push((format!("GIT_CONFIG_KEY_{number}").into(), key.into()));
        env.push((format!("GIT_CONFIG_VALUE_{number}").into(), value.into()));
    }
}

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
