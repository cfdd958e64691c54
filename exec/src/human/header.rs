//! The block of facts a log begins with.

use std::fmt::Write as _;

use codex_protocol::SandboxPolicy;
use codex_protocol::event::SessionConfigured;
use codex_protocol::op::ReasoningSummaryMode;
use codex_protocol::policy::ApprovalPolicy;

use crate::sanitize::sanitize;
use crate::style::{Look, Paint};

/// Facts that the thread itself does not tell.
#[derive(Clone, Debug)]
pub(crate) struct HeaderFacts {
    /// Version of this program.
    pub(crate) version: String,
    /// Summaries as configured.
    pub(crate) summary: Option<ReasoningSummaryMode>,
    /// Where answers come from, when it is not the provider.
    pub(crate) replayed_from: Option<String>,
}

impl HeaderFacts {
    /// Writes the block.
    pub(crate) fn write(&self, out: &mut String, paint: Paint, session: &SessionConfigured) {
        let mut facts = vec![
            ("workdir:", session.cwd.display().to_string()),
            ("model:", session.model.clone()),
            ("provider:", session.model_provider_id.clone()),
            ("approval:", approval(session.approval_policy).to_owned()),
            ("sandbox:", sandbox(&session.sandbox_policy)),
            ("reasoning effort:", session.reasoning_effort.map_or("none", |effort| effort.as_str()).to_owned()),
            ("reasoning summaries:", self.summary.map_or("none", |summary| summary.as_str()).to_owned()),
            ("session id:", session.session_id.to_string()),
        ];
        if let Some(recording) = &self.replayed_from {
            facts.push(("replay:", recording.clone()));
        }
        let _ = writeln!(out, "OpenAI Codex v{} (research preview)\n--------", self.version);
        for (label, value) in facts {
            let _ = writeln!(out, "{} {}", paint.show(Look::Bold, label), sanitize(&value));
        }
        out.push_str("--------\n");
    }
}

fn approval(policy: ApprovalPolicy) -> &'static str {
    match policy {
        ApprovalPolicy::Untrusted => "untrusted",
        ApprovalPolicy::OnFailure => "on-failure",
        ApprovalPolicy::OnRequest => "on-request",
        ApprovalPolicy::Granular(_) => "granular",
        ApprovalPolicy::Never => "never",
    }
}

fn sandbox(policy: &SandboxPolicy) -> String {
    let mut text = policy.kind().to_owned();
    if let SandboxPolicy::WorkspaceWrite { writable_roots, exclude_tmpdir_env_var, exclude_slash_tmp, .. } = policy {
        let mut roots = vec!["workdir".to_owned()];
        if !exclude_slash_tmp {
            roots.push("/tmp".to_owned());
        }
        if !exclude_tmpdir_env_var {
            roots.push("$TMPDIR".to_owned());
        }
        roots.extend(writable_roots.iter().map(|root| root.display().to_string()));
        let _ = write!(text, " [{}]", roots.join(", "));
    }
    if policy.needs_sandbox() && policy.network_enabled() {
        text.push_str(" (network access enabled)");
    }
    text
}
