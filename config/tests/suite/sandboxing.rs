//! Sandbox mode, writable roots, approval policy and the administrator's limits.

use codex_config::LoadOptions;
use codex_protocol::policy::{ApprovalPolicy, SandboxMode, SandboxPolicy};
use codex_protocol::{Boundary, SandboxFallback};
use pretty_assertions::assert_eq;

use crate::support::{Place, names, overrides};

fn roots(place: &Place, change: impl FnOnce(&mut LoadOptions)) -> Vec<String> {
    let config = place.load_with(change);
    let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = &config.sandbox_policy else {
        panic!("{:?}", config.sandbox_policy);
    };
    names(&place.path(""), writable_roots)
}

#[test]
fn the_default_mode_follows_trust() {
    let cases = [
        (None, "read-only", ApprovalPolicy::OnRequest),
        (Some("trusted"), "workspace-write", ApprovalPolicy::OnRequest),
        (Some("untrusted"), "workspace-write", ApprovalPolicy::Untrusted),
    ];
    for (level, mode, policy) in cases {
        let place = Place::new();
        if let Some(level) = level {
            place.trust(level);
        }
        let config = place.load_with(|_| ());
        assert_eq!((config.sandbox_policy.kind(), config.approval_policy), (mode, policy), "{level:?}");
    }
}

#[test]
fn flags_beat_keys_and_each_other_in_order() {
    type Change = fn(&mut LoadOptions);
    let cases: [(Change, &str, ApprovalPolicy); 6] = [
        (|_| (), "read-only", ApprovalPolicy::OnFailure),
        (|o| overrides(o, &["sandbox_mode=workspace-write"]), "workspace-write", ApprovalPolicy::OnFailure),
        (|o| o.sandbox_mode = Some(SandboxMode::DangerFullAccess), "danger-full-access", ApprovalPolicy::OnFailure),
        (
            |o| {
                o.full_auto = true;
                o.sandbox_mode = Some(SandboxMode::ReadOnly);
            },
            "workspace-write",
            ApprovalPolicy::OnRequest,
        ),
        (
            |o| {
                o.bypass = true;
                overrides(o, &["sandbox_mode=read-only"]);
            },
            "danger-full-access",
            ApprovalPolicy::Never,
        ),
        (
            |o| {
                o.full_auto = true;
                o.approval_policy = Some(ApprovalPolicy::Never);
            },
            "workspace-write",
            ApprovalPolicy::Never,
        ),
    ];
    let place = Place::with_config("sandbox_mode = \"read-only\"\napproval_policy = \"on-failure\"");
    for (change, mode, policy) in cases {
        let config = place.load_with(change);
        assert_eq!((config.sandbox_policy.kind(), config.approval_policy), (mode, policy));
    }
}

#[test]
fn roots_are_the_configured_ones_then_added_ones_then_memories() {
    let place =
        Place::with_config("sandbox_mode = \"workspace-write\"\n[sandbox_workspace_write]\nwritable_roots = [\"rel\", \"/abs\", \"~/t\"]");
    let listed = roots(&place, |o| {
        o.env.insert("HOME".into(), "/home/u".into());
        o.add_dirs = vec![place.path("w/../add"), "/abs".into()];
    });
    assert_eq!(listed, ["home/rel", "/abs", "/home/u/t", "add", "home/memories"]);
}

#[test]
fn roots_are_what_links_lead_to() {
    let place = Place::new();
    std::fs::create_dir(place.path("real")).unwrap();
    std::os::unix::fs::symlink(place.path("real"), place.path("link")).unwrap();
    std::os::unix::fs::symlink(place.path("home"), place.path("home-link")).unwrap();
    let listed = roots(&place, |o| {
        o.full_auto = true;
        o.add_dirs = vec![place.path("link")];
        o.codex_home = place.path("home-link");
    });
    assert_eq!(listed, ["real", "home/memories"]);
}

#[test]
fn relative_roots_of_the_command_line_start_from_the_working_directory() {
    let place = Place::new();
    let listed = roots(&place, |o| {
        o.full_auto = true;
        overrides(o, &["sandbox_workspace_write.writable_roots=[\"x\"]"]);
    });
    assert_eq!(listed, ["w/x", "home/memories"]);
}

#[test]
fn the_workspace_table_sets_network_and_temporary_folders() {
    let place =
        Place::with_config("[sandbox_workspace_write]\nnetwork_access = true\nexclude_tmpdir_env_var = true\nexclude_slash_tmp = true");
    assert_eq!(
        place.load_with(|o| o.full_auto = true).sandbox_policy,
        SandboxPolicy::WorkspaceWrite {
            writable_roots: vec![place.path("home/memories")],
            network_access: true,
            exclude_tmpdir_env_var: true,
            exclude_slash_tmp: true,
        }
    );
    assert_eq!(place.load().sandbox_policy, SandboxPolicy::read_only());
}

#[test]
fn a_granular_policy_is_read() {
    let place = Place::with_config("approval_policy = { granular = { sandbox_approval = true, rules = false, mcp_elicitations = true } }");
    let ApprovalPolicy::Granular(granular) = place.load().approval_policy else { panic!("not granular") };
    assert_eq!((granular.sandbox_approval, granular.rules, granular.skill_approval), (true, false, false));
}

#[test]
fn requirements_bind_flags_too_and_say_so() {
    let place = Place::new();
    place.write("system/requirements.toml", "allowed_sandbox_modes = [\"read-only\"]\nallowed_approval_policies = [\"on-request\"]");
    let config = place.load_with(|o| o.bypass = true);
    assert_eq!((config.sandbox_policy.kind(), config.approval_policy), ("read-only", ApprovalPolicy::OnRequest));
    let warnings: Vec<_> = config.warnings.iter().map(|warning| place.anonymous(warning)).collect();
    assert_eq!(
        warnings,
        [
            "Configured value for `sandbox_mode` is disallowed by requirements; falling back to required value ReadOnly { access: FullAccess, \
             network_access: false }. Details: invalid value for `sandbox_mode`: `DangerFullAccess` is not in the allowed set [ReadOnly] (set by \
             $/system/requirements.toml)",
            "Configured value for `approval_policy` is disallowed by requirements; falling back to required value OnRequest. Details: invalid \
             value for `approval_policy`: `Never` is not in the allowed set [OnRequest] (set by $/system/requirements.toml)",
        ]
    );
}

#[test]
fn hosts_by_name_leave_the_policy_closed_and_stand_in_the_boundary() {
    let text = "sandbox_mode = \"workspace-write\"\nsandbox_fallback = \"refuse\"\nsandbox_git_broker = false\n\
                sandbox_deny_read = [\"~/.ssh/*\", \"**/.env\", \"rel\"]\n\
                [sandbox_workspace_write]\nnetwork_access = { allow = [\"docs.example.org\"], deny = [\"x.example.org\"] }";
    let place = Place::with_config(text);
    let config = place.load_with(|_| ());
    assert!(!config.sandbox_policy.network_enabled());
    let rules = config.boundary.network.unwrap();
    assert_eq!((rules.allow, rules.deny), (vec!["docs.example.org".to_owned()], vec!["x.example.org".to_owned()]));
    assert_eq!(config.boundary.fallback, SandboxFallback::Refuse);
    assert!(!config.boundary.git_broker);
    assert!(config.boundary.deny_read[0].ends_with("/.ssh/*") && config.boundary.deny_read[0].starts_with('/'));
    assert_eq!(config.boundary.deny_read[1], "**/.env");
    assert!(config.boundary.deny_read[2].starts_with('/'));
    assert_eq!(Place::with_config("model = \"m\"").load_with(|_| ()).boundary, Boundary::default());
    let error = Place::with_config("[sandbox_workspace_write.network_access]\nalow = []").error_with(|_| ());
    assert!(error.contains("unknown field `alow`"), "{error}");
}
