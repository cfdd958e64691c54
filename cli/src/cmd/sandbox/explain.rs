//! `codex sandbox explain`: what holds in a folder, where it comes from, and what this machine can enforce of it.

use std::fmt::Write as _;
use std::path::Path;

use codex_config::{EnvironmentInherit, command_environment};
use codex_protocol::{SandboxFallback, SandboxPolicy};
use codex_sandbox::denials::Mechanism;
use codex_sandbox::effective::{Effective, Network, Protected, Root, RootReason, Unreadable};
use codex_sandbox::inspect::{Check, SystemFiles, checks};
use codex_sandbox::{Machine, announcement};
use serde_json::{Value, json};

use super::run::mechanism;
use super::settle::Settled;
use crate::failure::Failure;

/// Everything that is told.
struct Told {
    folder: String,
    mode: &'static str,
    mode_from: String,
    effective: Effective,
    enforced: String,
    weakness: Option<String>,
    git_broker: bool,
    environment: EnvironmentTold,
    checks: Vec<Check>,
}

/// Names of variables; values are nobody's business here.
struct EnvironmentTold {
    inherit: &'static str,
    secrets_kept: bool,
    withheld: Vec<String>,
    set: Vec<String>,
}

/// What Landlock does not watch.
const METADATA: &str = "; chmod, chown, utimes and changes of attributes cannot be stopped there, neither outside of the writable folders nor on what is closed";

/// Prints the explanation to standard output.
pub(super) fn explain(settled: &Settled, json: bool) -> Result<u8, Failure> {
    let told = gather(settled);
    let text = if json { format!("{:#}\n", as_json(&told)) } else { as_text(&told) };
    crate::output::print(&text);
    Ok(0)
}

fn gather(settled: &Settled) -> Told {
    let request = &settled.request;
    let machine = codex_sandbox::machine(&request.helper);
    let origin = settled.provenance.origin("sandbox_mode").map(ToString::to_string);
    let by_trust = match settled.config.trusted {
        Some(_) => "the default in a folder you have decided about",
        None => "the default in a folder you have not decided about",
    };
    Told {
        folder: shown(&request.workspace),
        mode: request.policy.kind(),
        mode_from: origin.unwrap_or_else(|| by_trust.to_owned()),
        effective: Effective::of(request),
        enforced: enforced(&request.policy, machine, mechanism(machine, request)),
        weakness: announcement(machine, &request.policy, request.boundary.fallback),
        git_broker: request.boundary.git_broker && matches!(request.policy, SandboxPolicy::WorkspaceWrite { .. }),
        environment: environment(settled),
        checks: checks(&SystemFiles::read(Path::new("/")), machine),
    }
}

fn enforced(policy: &SandboxPolicy, machine: &Machine, mechanism: Mechanism) -> String {
    if !policy.needs_sandbox() {
        return "nothing of ours: this mode has no sandbox".to_owned();
    }
    let (Ok(abi), Ok(())) = (&machine.landlock, &machine.seccomp) else { return "nothing, so commands do not run".to_owned() };
    // In a mode that writes nothing the calls themselves are refused.
    let gap = if matches!(policy, SandboxPolicy::WorkspaceWrite { .. }) { METADATA } else { "" };
    match mechanism {
        _ if machine.nested => format!("the sandbox around this process, and Landlock (version {abi}) and seccomp inside it"),
        Mechanism::Namespaces => format!("namespaces, with Landlock (version {abi}) and seccomp inside"),
        Mechanism::Landlock(SandboxFallback::Refuse) => "nothing, so commands do not run (`sandbox_fallback = \"refuse\"`)".to_owned(),
        Mechanism::Landlock(SandboxFallback::Strict) => {
            format!(
                "Landlock (version {abi}) and seccomp alone, with nothing new at the top level of a writable folder (`sandbox_fallback = \"strict\"`){gap}"
            )
        }
        Mechanism::Landlock(SandboxFallback::Relaxed) => {
            format!(
                "Landlock (version {abi}) and seccomp alone, with closed folders compared and restored afterwards (`sandbox_fallback = \"relaxed\"`){gap}"
            )
        }
    }
}

fn environment(settled: &Settled) -> EnvironmentTold {
    let (config, ours) = (&settled.config, &settled.ambient.runtime.env);
    let theirs = command_environment(&config.shell_environment, ours, &config.credential_variables());
    let policy = &config.shell_environment;
    EnvironmentTold {
        inherit: match policy.inherit {
            EnvironmentInherit::All => "all",
            EnvironmentInherit::Core => "core",
            EnvironmentInherit::None => "none",
        },
        secrets_kept: policy.ignore_default_excludes,
        withheld: ours.keys().filter(|name| !theirs.contains_key(*name)).map(|name| name.to_string_lossy().into_owned()).collect(),
        set: policy.set.keys().cloned().collect(),
    }
}

fn as_text(told: &Told) -> String {
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = text.write_fmt(words);
        text.push('\n');
    };
    line(format_args!("Commands in {}", on_one_line(&told.folder)));
    line(format_args!("\nMode: {} ({})", told.mode, told.mode_from));
    line(format_args!("Enforced by: {}", told.enforced));
    if let Some(weakness) = &told.weakness {
        line(format_args!("Note: {weakness}"));
    }
    line(format_args!("\n{}", writing(&told.effective)));
    if told.git_broker {
        line(format_args!("  `git add`, `git commit` and the like go through the git broker; `sandbox_git_broker = false` stops that"));
    }
    line(format_args!("\n{}", reading(&told.effective)));
    line(format_args!("\n{}", network(&told.effective)));
    line(format_args!("\n{}", variables(&told.environment)));
    line(format_args!("\nThis machine:"));
    for check in &told.checks {
        line(format_args!("  {}", check.to_string().replace('\n', "\n  ")));
    }
    codex_exec::sanitize(&text).into_owned()
}

fn writing(effective: &Effective) -> String {
    let mut text = match effective.policy {
        SandboxPolicy::DangerFullAccess => return "Writing: everything this user may write.".to_owned(),
        SandboxPolicy::ExternalSandbox { .. } => return "Writing: what the sandbox around this program allows.".to_owned(),
        SandboxPolicy::ReadOnly { .. } => {
            return "Writing: nothing, but for private memory (/dev/shm) that is gone with the command.".to_owned();
        }
        SandboxPolicy::WorkspaceWrite { .. } => "Writing: in these folders and nowhere else".to_owned(),
    };
    for Root { path, reason, exists } in &effective.roots {
        let missing = if *exists { "" } else { "; it does not exist, so it grants nothing" };
        let _ = write!(text, "\n  {}  ({}{missing})", on_one_line(&shown(path)), root_words(*reason));
    }
    text.push_str("\nClosed inside them, for commands and patches alike:");
    for Protected { path, exists } in &effective.protected {
        let words = if *exists { "exists" } else { "does not exist, and cannot be made" };
        let _ = write!(text, "\n  {}  ({words})", on_one_line(&shown(path)));
    }
    text
}

fn root_words(reason: RootReason) -> &'static str {
    match reason {
        RootReason::Workspace => "this folder",
        RootReason::SlashTmp => "temporary files; `exclude_slash_tmp` takes it out",
        RootReason::TmpDir => "temporary files, $TMPDIR; `exclude_tmpdir_env_var` takes it out",
        RootReason::Memories => "notes that codex keeps",
        RootReason::Configured => "`--add-dir` or `sandbox_workspace_write.writable_roots`",
    }
}

fn reading(effective: &Effective) -> String {
    if effective.unreadable.is_empty() {
        return "Reading: everything this user may read.".to_owned();
    }
    let mut text = "Reading: the whole disk, as far as this user may, without".to_owned();
    for Unreadable { pattern, always } in &effective.unreadable {
        let words = if *always { "always" } else { "`sandbox_deny_read`" };
        let _ = write!(text, "\n  {}  ({words})", on_one_line(pattern));
    }
    text
}

fn network(effective: &Effective) -> String {
    match &effective.network {
        Network::On => "Network: open.".to_owned(),
        Network::Off if matches!(effective.policy, SandboxPolicy::WorkspaceWrite { .. }) => {
            "Network: off; `sandbox_workspace_write.network_access` opens it, for all hosts or for some.".to_owned()
        }
        Network::Off => "Network: off.".to_owned(),
        Network::Hosts(rules) => {
            let list = |hosts: &[String]| if hosts.is_empty() { "none".to_owned() } else { hosts.join(", ") };
            format!("Network: through a proxy, to these hosts alone: {}; never to: {}.", list(&rules.allow), list(&rules.deny))
        }
    }
}

fn variables(environment: &EnvironmentTold) -> String {
    let secrets = if environment.secrets_kept {
        "names of secrets kept (`ignore_default_excludes`)"
    } else {
        "without *KEY*, *SECRET*, *TOKEN* and what codex signs in with"
    };
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!(
        "Environment: inherits {}, {secrets}\n  withheld now: {}\n  set by the configuration: {}",
        environment.inherit,
        list(&environment.withheld),
        list(&environment.set)
    )
}

fn as_json(told: &Told) -> Value {
    let roots = |root: &Root| json!({"path": shown(&root.path), "reason": root_name(root.reason), "exists": root.exists});
    let network = match &told.effective.network {
        Network::Off => json!("off"),
        Network::On => json!("on"),
        Network::Hosts(rules) => json!({"allow": rules.allow, "deny": rules.deny}),
    };
    json!({
        "folder": told.folder,
        "mode": told.mode,
        "mode_from": told.mode_from,
        "enforced_by": told.enforced,
        "weakness": told.weakness,
        "writable_roots": told.effective.roots.iter().map(roots).collect::<Vec<_>>(),
        "protected": told.effective.protected.iter().map(|item| json!({"path": shown(&item.path), "exists": item.exists})).collect::<Vec<_>>(),
        "unreadable": told.effective.unreadable.iter().map(|item| json!({"pattern": item.pattern, "always": item.always})).collect::<Vec<_>>(),
        "git_broker": told.git_broker,
        "network": network,
        "environment": {
            "inherit": told.environment.inherit,
            "secrets_kept": told.environment.secrets_kept,
            "withheld": told.environment.withheld,
            "set": told.environment.set,
        },
        "machine": told.checks.iter().map(|check| json!({
            "name": check.name, "state": check.state.word(), "finding": check.finding, "remedy": check.remedy,
        })).collect::<Vec<_>>(),
    })
}

fn root_name(reason: RootReason) -> &'static str {
    match reason {
        RootReason::Workspace => "workspace",
        RootReason::SlashTmp => "slash_tmp",
        RootReason::TmpDir => "tmpdir",
        RootReason::Memories => "memories",
        RootReason::Configured => "configured",
    }
}

/// A name cannot add lines to what is told, nor drive the terminal: what does not show is spelt out.
fn on_one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
