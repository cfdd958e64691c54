//! One pure function answers "may this run, and how".

use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_shell_command::{is_dangerous, join};
use codex_tools::Escalation;

/// Which tool asks; the two differ in the words of one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// `shell` and its relatives.
    Shell,
    /// `exec_command`.
    Session,
}

/// May this run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It runs under the turn's sandbox policy.
    Run,
    /// The request itself is refused; no command is shown to anybody.
    RefuseRequest(String),
    /// The command is refused and shown as declined.
    Decline(String),
}

/// Decides about one command.
pub(crate) fn decide(command: &[String], approval: ApprovalPolicy, sandbox: &SandboxPolicy, wants: &Escalation, asker: Asker) -> Verdict {
    match wants.permissions.as_deref() {
        None | Some("use_default") => {}
        Some("require_escalated") => return Verdict::RefuseRequest(refuse_escalation(approval, asker)),
        Some("with_additional_permissions") => {
            return Verdict::RefuseRequest(
                "additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`"
                    .to_owned(),
            );
        }
        Some(other) => {
            return Verdict::RefuseRequest(format!("unknown sandbox_permissions `{other}`: use `use_default` or `require_escalated`"));
        }
    }
    // Without a sandbox the user has said that everything may run; inside one, nobody can be
    // asked about a forced removal, so it does not run.
    if sandbox.needs_sandbox() && is_dangerous(command) {
        return Verdict::Decline(format!("`{}` rejected: blocked by policy", join(command)));
    }
    Verdict::Run
}

fn refuse_escalation(approval: ApprovalPolicy, asker: Asker) -> String {
    match (approval, asker) {
        (ApprovalPolicy::Never, Asker::Shell) => {
            "approval policy is Never; reject command — you should not ask for escalated permissions if the approval policy is Never"
                .to_owned()
        }
        (ApprovalPolicy::Never, Asker::Session) => {
            "approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never".to_owned()
        }
        _ => {
            "escalated permissions cannot be granted: this front-end has nobody to ask. Work inside the sandbox, or report what is missing"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn wants(permissions: &str) -> Escalation {
        Escalation { permissions: Some(permissions.to_owned()), ..Escalation::default() }
    }

    #[test]
    fn forced_removal_is_declined_in_a_sandbox_and_runs_without_one() {
        let command = words("rm -rf zz");
        let sandboxed = decide(&command, ApprovalPolicy::Never, &SandboxPolicy::workspace_write(), &Escalation::default(), Asker::Shell);
        assert_eq!(sandboxed, Verdict::Decline("`rm -rf zz` rejected: blocked by policy".to_owned()));
        let bare = decide(&command, ApprovalPolicy::Never, &SandboxPolicy::DangerFullAccess, &Escalation::default(), Asker::Shell);
        assert_eq!(bare, Verdict::Run);
    }

    #[test]
    fn nothing_but_the_default_permissions_is_granted_when_nobody_is_asked() {
        for permissions in ["require_escalated", "with_additional_permissions", "everything"] {
            for sandbox in [SandboxPolicy::read_only(), SandboxPolicy::workspace_write(), SandboxPolicy::DangerFullAccess] {
                let got = decide(&words("true"), ApprovalPolicy::Never, &sandbox, &wants(permissions), Asker::Session);
                assert!(matches!(got, Verdict::RefuseRequest(_)), "{permissions}: {got:?}");
            }
        }
        let got = decide(&words("true"), ApprovalPolicy::Never, &SandboxPolicy::read_only(), &wants("use_default"), Asker::Shell);
        assert_eq!(got, Verdict::Run);
    }
}
