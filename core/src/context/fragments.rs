//! The messages that tell the model where it works and what it may do.
//!
//! Each goes into history once; when something changes, a new message says so and the old one
//! stays, because history is append-only.

use std::path::{Path, PathBuf};

use codex_protocol::mode::{CollaborationMode, ModeKind};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::response_item::ContentItem;
use codex_protocol::{Personality, ResponseItem};

use super::instructions::{Instructions, tone_message};

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
    /// Hosts that a closed network still reaches; `None` where nobody knows what was said of them.
    pub(crate) hosts: Option<Vec<String>>,
    pub(crate) model: String,
    /// `None` where nobody set it.
    pub(crate) mode: Option<CollaborationMode>,
    /// Tone of replies; `None` where it has no effect, and where nobody knows what was said of it.
    pub(crate) tone: Option<Personality>,
}

/// Hosts that are named to the model; it learns of the others when it needs them.
const NAMED_HOSTS: usize = 20;

/// The first messages of a thread: permissions, own instructions and the list of skills for the developer role, then
/// the project's instructions and the environment for the user role, then a tone that is not the one of the instructions.
pub(crate) fn opening(
    now: &Surroundings,
    instructions: &Instructions,
    developer_instructions: Option<&str>,
    skills: Option<&str>,
    project_docs: Option<&str>,
) -> Vec<ResponseItem> {
    let mut developer = vec![text(permissions(now))];
    if let Some(instructions) = developer_instructions.filter(|text| !text.is_empty()) {
        developer.push(text(instructions.to_owned()));
    }
    developer.extend(skills.map(|skills| text(skills.to_owned())));
    developer.extend(now.mode.as_ref().map(|mode| text(mode_text(Some(mode)))));
    let mut user = Vec::new();
    if let Some(docs) = project_docs {
        user.push(text(format!("# AGENTS.md instructions for {}\n\n<INSTRUCTIONS>\n{docs}\n</INSTRUCTIONS>", now.cwd.display())));
    }
    user.push(text(environment(now)));
    let mut items = vec![ResponseItem::input_message("developer", developer), ResponseItem::input_message("user", user)];
    // No tone and the tone `none` come to the same before anything else was said.
    let known = instructions.tone.unwrap_or(Personality::None);
    items.extend(now.tone.filter(|tone| *tone != known).map(tone_message));
    items
}

/// The messages that tell what changed since `before`.
pub(crate) fn changes(before: &Surroundings, now: &Surroundings, instructions: &Instructions) -> Vec<ResponseItem> {
    let mut items = Vec::new();
    let mut tone_before = before.tone;
    if before.model != now.model {
        let note = "The person switched to another model. What came before was written by the previous one; from here on follow these instructions:";
        let (text, tone) = instructions.for_next_model(now.tone);
        items.push(ResponseItem::developer_text(format!("<model_switch>\n{note}\n\n{text}\n</model_switch>")));
        tone_before = tone.or(tone_before);
    }
    if mode_text(before.mode.as_ref()) != mode_text(now.mode.as_ref()) || (before.mode.is_none() && now.mode.is_some()) {
        items.push(ResponseItem::developer_text(mode_text(now.mode.as_ref())));
    }
    let hosts_changed = before.hosts.is_some() && before.hosts != now.hosts;
    if before.sandbox != now.sandbox || before.approval != now.approval || before.writable_roots != now.writable_roots || hosts_changed {
        items.push(ResponseItem::developer_text(permissions(now)));
    }
    if before.cwd != now.cwd || before.current_date != now.current_date || before.timezone != now.timezone || before.shell != now.shell {
        items.push(ResponseItem::user_text(environment(now)));
    }
    items.extend(now.tone.filter(|tone| Some(*tone) != tone_before).map(tone_message));
    items
}

/// What the model reads after the user interrupted it.
pub(crate) fn turn_aborted() -> ResponseItem {
    ResponseItem::user_text(
        "<turn_aborted>\nThe person interrupted the turn on purpose. Commands that were running may have done part of their work: \
         look at the present state before you repeat any of it.\n</turn_aborted>",
    )
}

/// What the model reads of a mode; of none that was ever set as of the usual one.
fn mode_text(mode: Option<&CollaborationMode>) -> String {
    let own = mode.and_then(|mode| mode.settings.developer_instructions.as_deref()).filter(|text| !text.trim().is_empty());
    let text = own.unwrap_or(match mode.map(|mode| mode.mode).unwrap_or_default() {
        ModeKind::Default => include_str!("prompts/mode_default.md"),
        ModeKind::Plan => include_str!("prompts/mode_plan.md"),
    });
    format!("<collaboration_mode>\n{}\n</collaboration_mode>", text.trim_end())
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
    lines.push(network_sentence(now));
    lines.push(approval_sentence(now.approval).to_owned());
    if matches!(now.sandbox, SandboxPolicy::WorkspaceWrite { .. }) {
        lines.push(roots_sentence(&now.writable_roots));
    }
    format!("<permissions instructions>\n{}\n</permissions instructions>", lines.join("\n"))
}

fn network_sentence(now: &Surroundings) -> String {
    let hosts = now.hosts.as_deref().unwrap_or_default();
    if now.sandbox.network_enabled() {
        return "Network access is enabled.".to_owned();
    }
    if hosts.is_empty() {
        return "Network access is restricted: commands cannot reach it.".to_owned();
    }
    let mut named: Vec<String> = hosts.iter().take(NAMED_HOSTS).map(|host| format!("`{host}`")).collect();
    if hosts.len() > NAMED_HOSTS {
        named.push(format!("{} more", hosts.len() - NAMED_HOSTS));
    }
    format!(
        "Network access is restricted to these hosts: {}. Commands reach them through the proxy that the usual variables name; any other host has to be allowed by the person first.",
        named.join(", ")
    )
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
            hosts: Some(Vec::new()),
            model: "m".into(),
            mode: None,
            tone: None,
        }
    }

    #[test]
    fn the_environment_has_the_shape_that_models_know() {
        let items = opening(&surroundings(), &Instructions::fixed("base"), None, None, None);
        let want = "<environment_context>\n  <cwd>/w</cwd>\n  <shell>bash</shell>\n  <current_date>2026-11-20</current_date>\n  <timezone>Etc/UTC</timezone>\n</environment_context>";
        assert_eq!(items[1].message_text().unwrap(), want);
        let permissions = items[0].message_text().unwrap();
        assert!(permissions.starts_with("<permissions instructions>\n"), "{permissions}");
        assert!(permissions.ends_with(" The writable roots are `/tmp`, `/w`.\n</permissions instructions>"), "{permissions}");
    }

    #[test]
    fn hosts_by_name_are_told_and_told_again_when_they_change() {
        let closed = surroundings();
        let told = permissions(&closed);
        assert!(told.contains("\nNetwork access is restricted: commands cannot reach it.\n"), "{told}");
        let hosts = (0..25).map(|number| format!("h{number}.example")).collect();
        let named = Surroundings { hosts: Some(hosts), ..closed.clone() };
        let told = permissions(&named);
        assert!(
            told.contains("restricted to these hosts: `h0.example`, `h1.example`,") && told.contains("`h19.example`, 5 more."),
            "{told}"
        );
        assert_eq!(changes(&closed, &named, &Instructions::fixed("base")).len(), 1);
        // What a session file does not say is no change.
        assert_eq!(changes(&Surroundings { hosts: None, ..closed }, &named, &Instructions::fixed("base")), Vec::new());
        let open = SandboxPolicy::WorkspaceWrite {
            writable_roots: Vec::new(),
            network_access: true,
            exclude_tmpdir_env_var: false,
            exclude_slash_tmp: false,
        };
        assert!(permissions(&Surroundings { sandbox: open, ..named }).contains("Network access is enabled."));
    }

    #[test]
    fn only_what_changed_is_told_again() {
        let before = surroundings();
        let mut now = before.clone();
        assert_eq!(changes(&before, &now, &Instructions::fixed("base")), Vec::new());
        now.cwd = "/other".into();
        assert_eq!(changes(&before, &now, &Instructions::fixed("base")).len(), 1);
        now.sandbox = SandboxPolicy::read_only();
        now.model = "n".into();
        let roles: Vec<bool> = changes(&before, &now, &Instructions::fixed("base"))
            .iter()
            .map(|item| matches!(item, ResponseItem::Message { role, .. } if role == "developer"))
            .collect();
        assert_eq!(roles, vec![true, true, false]);
    }
}
