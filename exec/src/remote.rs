//! `--remote`: the thread runs in an app server elsewhere; everything else of a run stays as it is.
//!
//! Only what the command line says goes along: the server has settings of its own. Nobody is there to answer questions, so
//! each is answered with no.

use std::ffi::OsStr;
use std::path::Path;

use codex_app_server_client::{ClientError, ClientName, Remote, RemoteThread, ThreadSettings};
use codex_app_server_protocol::types::{AskForApproval, SandboxMode};
use codex_core::{Elsewhere, Thread};
use codex_protocol::event::{ElicitationAction, PermissionsResponse, ReviewDecision, UserInputResponse};
use codex_protocol::policy::SandboxMode as Mode;
use codex_protocol::{EventMsg, Op};
use serde_json::{Map, Value};

use crate::ambient::Ambient;
use crate::args::{ConfigFlags, Request, Target};
use crate::error::ExecError;

/// Opens the thread of a request at a server.
pub(crate) async fn open(address: &str, request: &Request, cwd: &Path, ambient: &Ambient) -> Result<Thread, ExecError> {
    let failed = |error: ClientError| ExecError::Remote(error.to_string());
    let token = match &request.run.remote_auth_token_env {
        None => None,
        Some(name) => {
            let value = ambient.runtime.env.get(OsStr::new(name)).and_then(|value| value.to_str());
            Some(value.ok_or_else(|| ExecError::Remote(format!("the variable {name} of --remote-auth-token-env is not set")))?)
        }
    };
    let name = ClientName { name: &ambient.runtime.originator, version: &ambient.runtime.version };
    let remote = Remote::connect(address, token, &name).await.map_err(failed)?;
    let settings = ThreadSettings { approval_policy: Some(AskForApproval::Never), ..settings(&request.config, Some(cwd))? };
    let thread = match earlier(&remote, &request.target, cwd).await.map_err(failed)? {
        None if request.fork.is_some() => Err(ExecError::Fork("name the session to copy, or give --last".to_owned())),
        None => remote.start(&settings.start(request.run.ephemeral)).await.map_err(failed),
        Some(id) => match &request.fork {
            Some(fork) if fork.keep_turns.is_some() => {
                Err(ExecError::Remote("a fork at a server keeps all turns; leave the number of turns out".to_owned()))
            }
            Some(_) => remote.fork(&settings.fork(id, request.run.ephemeral)).await.map_err(failed),
            None => remote.resume(&settings.resume(id)).await.map_err(failed),
        },
    }?;
    let RemoteThread { id, rollout_path, submissions, events, .. } = thread;
    Ok(Thread::elsewhere(Elsewhere { id, rollout_path, submissions, events }))
}

/// The thread that the command line means; `None` for a new one.
async fn earlier(remote: &Remote, target: &Target, cwd: &Path) -> Result<Option<String>, ClientError> {
    match target {
        Target::New => Ok(None),
        Target::Session(id) => Ok(remote.named(id).await?.or_else(|| Some(id.clone()))),
        Target::Newest { any_folder } => remote.newest((!any_folder).then(|| cwd.display().to_string())).await,
    }
}

/// What flags say of the configuration, for a server. Without `cwd` the server chooses the folder.
///
/// # Errors
/// When a flag is about what only the server can know, or is no assignment.
pub fn settings(flags: &ConfigFlags, cwd: Option<&Path>) -> Result<ThreadSettings, ExecError> {
    if flags.oss || flags.local_provider.is_some() || flags.profile.is_some() {
        return Err(ExecError::Remote("--oss, --local-provider and --profile are settings of the server; give them there".to_owned()));
    }
    let mut config = Map::new();
    for assignment in &flags.overrides.config {
        let missing = || ExecError::Remote(format!("`-c {assignment}` is no key=value"));
        let (key, text) = assignment.split_once('=').ok_or_else(missing)?;
        config.insert(key.trim().to_owned(), value(text.trim()));
    }
    let switched = flags.overrides.enable.iter().map(|name| (name, true)).chain(flags.overrides.disable.iter().map(|name| (name, false)));
    for (name, on) in switched {
        config.insert(format!("features.{name}"), on.into());
    }
    if !flags.add_dirs.is_empty() {
        let base = cwd.unwrap_or(Path::new(""));
        let roots: Vec<String> = flags.add_dirs.iter().map(|path| base.join(path).display().to_string()).collect();
        config.insert("sandbox_workspace_write.writable_roots".to_owned(), roots.into());
    }
    let sandbox = match flags.sandbox.map(|flag| flag.0) {
        _ if flags.bypass => Some(SandboxMode::DangerFullAccess),
        Some(Mode::ReadOnly) => Some(SandboxMode::ReadOnly),
        Some(Mode::WorkspaceWrite) => Some(SandboxMode::WorkspaceWrite),
        Some(Mode::DangerFullAccess) => Some(SandboxMode::DangerFullAccess),
        None => flags.full_auto.then_some(SandboxMode::WorkspaceWrite),
    };
    Ok(ThreadSettings {
        cwd: cwd.map(|cwd| cwd.display().to_string()),
        model: flags.model.clone(),
        sandbox,
        approval_policy: None,
        config: (!config.is_empty()).then_some(config),
    })
}

/// A value of `-c`: TOML, or plain text where it is none.
fn value(text: &str) -> Value {
    let read = toml::from_str::<toml::Table>(&format!("x = {text}")).ok().and_then(|mut table| table.remove("x"));
    read.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_else(|| text.into())
}

/// The answer of a run in which nobody is there; `None` for what is no question.
pub(crate) fn refusal(event: &EventMsg) -> Option<Op> {
    Some(match event {
        EventMsg::ExecApprovalRequest(asked) => {
            Op::ExecApproval { id: asked.answer_id(), turn_id: Some(asked.turn_id.clone()), decision: ReviewDecision::Denied }
        }
        EventMsg::ApplyPatchApprovalRequest(asked) => Op::PatchApproval { id: asked.answer_id(), decision: ReviewDecision::Denied },
        EventMsg::RequestUserInput(asked) => Op::UserInputAnswer { id: asked.answer_id(), response: UserInputResponse::default() },
        EventMsg::RequestPermissions(asked) => Op::PermissionsAnswer { id: asked.answer_id(), response: PermissionsResponse::default() },
        EventMsg::ElicitationRequest(asked) => {
            Op::ResolveElicitation { id: asked.id.clone(), action: ElicitationAction::Decline, content: None, meta: None }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_toml_or_text() {
        for (text, expected) in [("3", json!(3)), ("[1, 2]", json!([1, 2])), ("gpt-5", json!("gpt-5")), ("\"a b\"", json!("a b"))] {
            assert_eq!(value(text), expected);
        }
    }
}
