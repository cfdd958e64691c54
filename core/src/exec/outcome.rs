//! Reads from how a command started or ended whether something was denied to it, and notes that for the turn (S10).

use codex_protocol::event::{Denial, DeniedBy, ExecCommandBegin, SandboxEffect};
use codex_sandbox::{looks_denied, refusal};
use codex_shell_command::join;

use super::start::StartError;
use crate::host::TurnHost;

/// Notes that a command did not start because of its sandbox.
pub(super) fn note_refused_start(host: &TurnHost, begin: &ExecCommandBegin, error: &StartError) {
    match error {
        StartError::Sandbox(error) => by_machine(host, begin, error.to_string()),
        StartError::Network(error) => by_machine(host, begin, error.to_string()),
        // It was the command's own fault.
        StartError::Spawn(_) => host.commands().ran(),
    }
}

/// Notes how a command ended.
pub(super) fn note_end(host: &TurnHost, begin: &ExecCommandBegin, effect: SandboxEffect, exit_code: i32, output: &str) {
    if effect == SandboxEffect::Outside || !host.sandbox().needs_sandbox() {
        host.commands().ran();
        return;
    }
    if let Some(why) = refusal(exit_code, output.as_bytes()) {
        by_machine(host, begin, why);
        return;
    }
    host.commands().ran();
    if looks_denied(exit_code, output.as_bytes()) {
        let network = if host.sandbox().network_enabled() { "" } else { ", network closed" };
        host.denied(Denial {
            call_id: begin.call_id.clone(),
            command: join(&begin.command),
            by: DeniedBy::Sandbox,
            rule: format!("{}{network}", host.sandbox().kind()),
            message: complaint(exit_code, output).to_owned(),
        });
    }
}

fn by_machine(host: &TurnHost, begin: &ExecCommandBegin, why: String) {
    host.commands().refused_by_machine(&why);
    host.denied(Denial {
        call_id: begin.call_id.clone(),
        command: join(&begin.command),
        by: DeniedBy::Machine,
        rule: host.sandbox().kind().to_owned(),
        message: why,
    });
}

/// The line in which the command complains; it names the path.
fn complaint(exit_code: i32, output: &str) -> &str {
    output.lines().rev().find(|line| looks_denied(exit_code, line.as_bytes())).unwrap_or("ended by the system call filter")
}
