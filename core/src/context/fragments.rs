//! The messages that tell the model where it works and what it may do.
//!
//! Each goes into history once; when something changes, a new message says so and the old one
//! stays, because history is append-only.

use std::path::{Path, PathBuf};

use codex_protocol::ResponseItem;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::response_item::ContentItem;

/// What a thread last told the model of its surroundings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surroundings {
    pub(crate) cwd: PathBuf,
    pub(crate) shell: String,
    pub(crate) current_date: String,
    pub(crate) timezone: String,
    pub(crate) approval: ApprovalPolicy,
    pub(crate) sandbox: SandboxPolicy,
    pub(crate) writable_roots: Vec<PathBuf>,
    pub(crate) model: String,
}

/// The first messages of a thread: permissions and own instructions for the developer role, then
/// the project's instructions and the environment for the user role.
pub(crate) fn opening(now: &Surroundings, developer_instructions: Option<&str>, project_docs: Option<&str>) -> Vec<ResponseItem> {
    let mut developer = vec![text(permissions(now))];
    if let Some(instructions) = developer_instructions.filter(|text| !text.is_empty()) {
        developer.push(text(instructions.to_owned()));
    }
    let mut user = Vec::new();
    if let Some(docs) = project_docs {
        user.push(text(format!("# AGENTS.md instructions for {}\n\n<INSTRUCTIONS>\n{docs}\n</INSTRUCTIONS>", now.cwd.display())));
    }
    user.push(text(environment(now)));
    vec![ResponseItem::input_message("developer", developer), ResponseItem::input_message("user", user)]
}

/// The messages that tell what changed since `before`.
pub(crate) fn changes(before: &Surroundings, now: &Surroundings, base_instructions: &str) -> Vec<ResponseItem> {
    let mut items = Vec::new();
    if before.model != now.model {
        let note = "The person switched to another model. What came before was written by the previous one; from here on follow these instructions:";
        items.push(ResponseItem::developer_text(format!("<model_switch>\n{note}\n\n{base_instructions}\n</model_switch>")));
    }
    if before.sandbox != now.sandbox || before.approval != now.approval || before.writable_roots != now.writable_roots {
        items.push(ResponseItem::developer_text(permissions(now)));
    }
    if before.cwd != now.cwd || before.current_date != now.current_date || before.timezone != now.timezone || before.shell != now.shell {
        items.push(ResponseItem::user_text(environment(now)));
    }
    items
}

/// What the model reads after the user interrupted it.
pub(crate) fn turn_aborted() -> ResponseItem {
    ResponseItem::user_text(
        "<turn_aborted>\nThe person interrupted the turn on purpose. Commands that were running may have done part of their work: \
         look at the present state before you repeat any of it.\n</turn_aborted>",
    )
}

fn text(text: String) -> ContentItem {
    ContentItem::InputText { text }
}

fn environment(now: &Surroundings) -> String {
    format!(
        "<environment_context>\n  <cwd>{}</cwd>\n  <shell>{}</shell>\n  <current_date>{}</current_date>\n  <timezone>{}</timezone>\n</environment_context>",
        now.cwd.display(),
        now.shell,
        now.current_date,
        now.timezone
    )
}

fn permissions(now: &Surroundings) -> String {
    let mut lines = vec![sandbox_sentence(&now.sandbox).to_owned()];
    let network = if now.sandbox.network_enabled() { "enabled" } else { "restricted: commands cannot reach it" };
    lines.push(format!("Network access is {network}."));
    lines.push(approval_sentence(now.approval).to_owned());
    if matches!(now.sandbox, SandboxPolicy::WorkspaceWrite { .. }) {
        lines.push(roots_sentence(&now.writable_roots));
    }
    format!("<permissions instructions>\n{}\n</permissions instructions>", lines.join("\n"))
}

fn sandbox_sentence(policy: &SandboxPolicy) -> &'static str {
    match policy {
        SandboxPolicy::DangerFullAccess => {
            "`sandbox_mode` is `danger-full-access`: commands run without a sandbox and can change anything this user can. Take the care that asks for."
        }
        SandboxPolicy::ReadOnly { .. } => {
            "`sandbox_mode` is `read-only`: commands may read files and run programs, but the kernel refuses every write. Look, think and report; do not try to edit."
        }
        SandboxPolicy::ExternalSandbox { .. } => {
            "`sandbox_mode` is `external-sandbox`: somebody else's sandbox is around this program and decides what commands may do."
        }
        SandboxPolicy::WorkspaceWrite { .. } => {
            "`sandbox_mode` is `workspace-write`: commands may read files everywhere and write in the working directory and the writable roots; the kernel refuses writes elsewhere."
        }
    }
}

fn approval_sentence(policy: ApprovalPolicy) -> &'static str {
    match policy {
        ApprovalPolicy::Never => {
            "`approval_policy` is `never`: nobody will be asked. Do not request escalated permissions; such calls are refused. Find a way inside the sandbox, or report what is missing."
        }
        ApprovalPolicy::OnRequest => {
            "`approval_policy` is `on-request`: commands run in the sandbox. When a step truly needs more, ask by setting `sandbox_permissions` to `require_escalated` with a one-sentence `justification`."
        }
        ApprovalPolicy::OnFailure => {
            "`approval_policy` is `on-failure`: commands run in the sandbox; when one fails because of it, the person is asked whether it may run outside."
        }
        ApprovalPolicy::Untrusted => {
            "`approval_policy` is `untrusted`: only commands known to be harmless run unasked; the person is asked about every other one."
        }
        ApprovalPolicy::Granular(granular) if granular.sandbox_approval => {
            "`approval_policy` is `granular`: commands run in the sandbox. When a step truly needs more, ask by setting `sandbox_permissions` to `require_escalated` with a one-sentence `justification`; some other kinds of request are refused without asking."
        }
        ApprovalPolicy::Granular(_) => {
            "`approval_policy` is `granular`: nobody will be asked to let a command out of the sandbox. Do not request escalated permissions; such calls are refused. Find a way inside the sandbox, or report what is missing."
        }
    }
}

fn roots_sentence(roots: &[PathBuf]) -> String {
    let names: Vec<String> = roots.iter().map(|root| format!("`{}`", Path::display(root))).collect();
    match names.len() {
        1 => format!(" The writable root is {}.", names[0]),
        _ => format!(" The writable roots are {}.", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            cwd: "/w".into(),
            shell: "bash".into(),
            current_date: "2026-11-20".into(),
            timezone: "Etc/UTC".into(),
            approval: ApprovalPolicy::Never,
            sandbox: SandboxPolicy::workspace_write(),
            writable_roots: vec!["/tmp".into(), "/w".into()],
            model: "m".into(),
        }
    }

    #[test]
    fn the_environment_has_the_shape_that_models_know() {
        let items = opening(&surroundings(), None, None);
        let want = "<environment_context>\n  <cwd>/w</cwd>\n  <shell>bash</shell>\n  <current_date>2026-11-20</current_date>\n  <timezone>Etc/UTC</timezone>\n</environment_context>";
        assert_eq!(items[1].message_text().unwrap(), want);
        let permissions = items[0].message_text().unwrap();
        assert!(permissions.starts_with("<permissions instructions>\n"), "{permissions}");
        assert!(permissions.ends_with(" The writable roots are `/tmp`, `/w`.\n</permissions instructions>"), "{permissions}");
    }

    #[test]
    fn only_what_changed_is_told_again() {
        let before = surroundings();
        let mut now = before.clone();
        assert_eq!(changes(&before, &now, "base"), Vec::new());
        now.cwd = "/other".into();
        assert_eq!(changes(&before, &now, "base").len(), 1);
        now.sandbox = SandboxPolicy::read_only();
        now.model = "n".into();
        let roles: Vec<bool> = changes(&before, &now, "base")
            .iter()
            .map(|item| matches!(item, ResponseItem::Message { role, .. } if role == "developer"))
            .collect();
        assert_eq!(roles, vec![true, true, false]);
    }
}
