use codex_protocol::EventMsg;
use codex_protocol::policy::SandboxPolicy;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;

use super::harness::Harness;

const OUTSIDE: &str = "patch rejected: writing outside of the project; rejected by user approval settings";

async fn patch_under(sandbox: SandboxPolicy, patch: &str, prepare: impl FnOnce(&Harness)) -> (Harness, Vec<EventMsg>, String) {
    let scenario = Scenario::new().reply(Reply::new().custom("apply_patch", patch)).reply(Reply::new().say("done"));
    let mut harness = Harness::new(scenario);
    harness.config.sandbox_policy = sandbox;
    prepare(&harness);
    let events = harness.run("go").await;
    let output = harness.server.requests()[1].outputs().remove(0);
    (harness, events, output)
}

fn workspace_only() -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    }
}

#[tokio::test]
async fn a_patch_in_the_workspace_is_applied_and_told_with_its_diff() {
    let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** Add File: n/b.txt\n+new\n*** End Patch";
    let (harness, events, output) = patch_under(workspace_only(), patch, |harness| {
        harness.workspace.file("a.txt", "one\n");
    })
    .await;
    assert!(output.ends_with("Output:\nSuccess. Updated the following files:\nA n/b.txt\nM a.txt\n"), "{output}");
    assert_eq!(harness.workspace.read("a.txt").as_deref(), Some("two\n"));
    let diff = events.iter().find_map(|event| match event {
        EventMsg::TurnDiff(diff) => Some(diff.unified_diff.clone()),
        _ => None,
    });
    let diff = diff.unwrap();
    assert!(
        diff.contains("diff --git a/a.txt b/a.txt\n") && diff.contains("-one\n+two\n") && diff.contains("new file mode 100644\n"),
        "{diff}"
    );
}

#[tokio::test]
async fn a_patch_may_not_leave_the_workspace_by_any_way() {
    let outside = tempfile::tempdir().unwrap();
    let elsewhere = outside.path().join("x.txt").display().to_string();
    for path in [elsewhere.as_str(), "../x.txt", ".git/config", ".codex/config.toml", ".agents/x", "link/x.txt"] {
        let patch = format!("*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch");
        let (_harness, events, output) = patch_under(workspace_only(), &patch, |harness| {
            std::os::unix::fs::symlink(outside.path(), harness.workspace.path().join("link")).unwrap();
        })
        .await;
        assert_eq!(output, OUTSIDE, "{path}");
        assert!(!events.iter().any(|event| matches!(event, EventMsg::PatchApplyBegin(_))), "{path}");
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_is_patched_in_a_read_only_sandbox() {
    let patch = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch";
    let (harness, _, output) = patch_under(SandboxPolicy::read_only(), patch, |_| {}).await;
    assert_eq!(output, OUTSIDE);
    assert_eq!(harness.workspace.read("a.txt"), None);
}
