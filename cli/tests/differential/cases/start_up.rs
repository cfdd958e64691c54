//! Runs that do not begin: what is said, and with which exit code.

use codex_test_support::{Reply, Scenario};

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::refused("unknown_provider", &["-c", "model_provider=nope", "go"]),
        Case::refused("unknown_profile", &["-p", "nope", "go"]),
        Case::refused("override_without_value", &["-c", "nokey", "go"]),
        Case::refused("override_without_key", &["-c", "=3", "go"]),
        Case::refused("wrong_type_in_config", &["-c", "model=5", "go"]),
        Case::refused("chat_wire", &["-c", "model_providers.mock.wire_api=chat", "go"]),
        Case::refused("unknown_wire", &["-c", "model_providers.mock.wire_api=smoke", "go"]),
        Case::refused("broken_config", &["go"]).top("key without value\n"),
        Case::refused("unknown_feature", &["--enable", "no_such_feature", "go"]),
        Case::usage("unknown_sandbox", &["go"]).sandbox("nope"),
        Case::usage("conflicting_flags", &["--full-auto", "--yolo", "go"]),
        Case::usage("no_approval_flag", &["-a", "never", "go"]),
        Case::refused("no_repository", &["go"]).without_git(),
        Case::refused("missing_folder", &["-C", "/no/such/folder", "go"]),
        Case::refused("missing_schema", &["--output-schema", "none.json", "go"]),
        Case::refused("broken_schema", &["--output-schema", "bad.json", "go"]).file("bad.json", b"{x}"),
        Case::refused("no_prompt", &[]),
        Case::new("git_check_skipped", Scenario::new().reply(Reply::new().say("hello")))
            .args(&["--skip-git-repo-check", "go"])
            .without_git(),
    ]
}
