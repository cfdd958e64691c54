//! What a client calls itself, and what model servers are told of it.

use std::sync::Arc;

use codex_app_server_protocol::types::ClientInfo;
use codex_core::Runtime;
use codex_model_client::UserAgent;

use crate::error::Failure;
use crate::surroundings::Surroundings;

/// The environment of the server under the client's name: `originator` and `user-agent` of model requests.
pub(crate) fn runtime_for(client: &ClientInfo, surroundings: &Surroundings) -> Result<Arc<Runtime>, Failure> {
    let name = &client.name;
    if !name.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)) {
        return Err(Failure::invalid(format!("Invalid clientInfo.name: '{name}'. Must be a valid HTTP header value.")));
    }
    let own = &surroundings.runtime;
    let agent = UserAgent::for_this_machine(name, &own.version, surroundings.terminal.as_deref(), name).to_string();
    // The client's version stands behind its name, ours behind the first word.
    let ours = format!("({name}; {})", own.version);
    let user_agent = match agent.strip_suffix(&ours) {
        Some(start) => format!("{start}({name}; {})", client.version.replace(|letter: char| !(' '..='~').contains(&letter), "_")),
        None => agent,
    };
    Ok(Arc::new(Runtime { originator: name.clone(), user_agent, ..Runtime::clone(own) }))
}
