//! `/permissions`: what commands may do, and when you are asked. Counts from the next turn on.

use codex_protocol::op::TurnOverrides;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{Op, policy};

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("permissions", "choose what commands may do unasked", run).also(&["approvals"]);

fn rows() -> [(&'static str, &'static str, ApprovalPolicy, SandboxPolicy); 3] {
    [
        (
            "Default",
            "Commands read everywhere and write in this workspace; you are asked for the network and for other files.",
            ApprovalPolicy::OnRequest,
            SandboxPolicy::workspace_write(),
        ),
        (
            "Read Only",
            "Commands read everywhere; you are asked before anything is written.",
            ApprovalPolicy::OnRequest,
            SandboxPolicy::read_only(),
        ),
        (
            "Full Access",
            "Commands write anywhere and use the network, and you are not asked.",
            ApprovalPolicy::Never,
            SandboxPolicy::DangerFullAccess,
        ),
    ]
}

fn run(app: &mut App, _args: &str) {
    let kind = app.chat.facts.sandbox.kind();
    let selected = rows().iter().position(|(.., policy)| policy.kind() == kind).unwrap_or_default();
    let label = |at: usize, name: &str| if at == selected { format!("{name} (current)") } else { name.to_owned() };
    let choices = rows().iter().enumerate().map(|(at, (name, about, ..))| Choice::plain(label(at, name), *about)).collect();
    app.menu("Update Model Permissions", "", choices, selected, |app, row| {
        let Some((name, _, approval, sandbox)) = rows().into_iter().nth(row) else { return };
        let silenced = app.config.keys.notice.as_ref().and_then(|notice| notice.hide_full_access_warning) == Some(true);
        if matches!(sandbox, policy::SandboxPolicy::DangerFullAccess) && !silenced {
            confirm(app);
        } else {
            change(app, name, approval, sandbox);
        }
    });
}

fn confirm(app: &mut App) {
    let choices = vec![
        Choice::plain("Yes, continue anyway", "For this session"),
        Choice::plain("Yes, and don't ask again", "This question is not asked any more"),
        Choice::plain("Cancel", "Nothing changes"),
    ];
    let about = "With full access the model edits any file of yours and runs commands with network, and nobody asks you first. What \
                 it gets wrong, or is talked into by a page it reads, happens at once.";
    app.menu("Enable full access?", about, choices, 2, |app, row| {
        if row > 1 {
            return;
        }
        if row == 1 {
            let path = ["notice", "hide_full_access_warning"].map(str::to_owned).to_vec();
            let change = codex_config::edit::Change::Set { path, value: true.into() };
            if let Err(error) = codex_config::edit::apply(&app.config.codex_home, &[change]) {
                app.note(Notice::Error, &error.to_string());
            }
        }
        change(app, "Full Access", ApprovalPolicy::Never, SandboxPolicy::DangerFullAccess);
    });
}

fn change(app: &mut App, name: &str, approval: ApprovalPolicy, sandbox: SandboxPolicy) {
    let overrides = TurnOverrides { approval_policy: Some(approval), sandbox_policy: Some(sandbox.clone()), ..TurnOverrides::default() };
    app.submit(Op::OverrideDefaults(overrides));
    (app.chat.facts.approval, app.chat.facts.sandbox) = (approval, sandbox);
    app.note(Notice::Info, &format!("Permissions updated to {name}"));
}
