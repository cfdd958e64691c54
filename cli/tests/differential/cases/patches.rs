//! Patches: freeform, as a function, inside shell lines, refused, half applicable.

use serde_json::json;

use crate::case::Case;

const MIXED: &str = "*** Begin Patch\n*** Add File: n/a.txt\n+new\n*** Update File: b.txt\n@@\n one\n-two\n+TWO\n*** Update File: c.txt\n*** Move to: d.txt\n@@\n-c\n+d\n*** Delete File: e.txt\n*** End Patch\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = applied();
    cases.extend(refused());
    cases
}

fn applied() -> Vec<Case> {
    let heredoc = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: h.txt\n+here\n*** End Patch\nEOF\n";
    let in_folder = format!("cd sub && {heredoc}");
    vec![
        Case::patches("patch_custom", [MIXED])
            .file("b.txt", b"one\ntwo\nthree\n")
            .file("c.txt", b"c\n")
            .file("e.txt", b"e\n")
            .result("n/a.txt")
            .result("b.txt")
            .result("c.txt")
            .result("d.txt")
            .result("e.txt"),
        Case::calls(
            "patch_function",
            [("apply_patch", json!({"input": "*** Begin Patch\n*** Add File: f.txt\n+function\n*** End Patch"}))],
        )
        .result("f.txt"),
        Case::calls(
            "patch_in_shell_argv",
            [("shell", json!({"command": ["apply_patch", "*** Begin Patch\n*** Add File: s.txt\n+argv\n*** End Patch"]}))],
        )
        .result("s.txt"),
        Case::calls("patch_heredoc_in_shell", [("shell", json!({"command": ["bash", "-lc", in_folder]}))])
            .file("sub/f", b"")
            .result("sub/h.txt"),
        Case::calls("patch_heredoc_in_exec_command", [("exec_command", json!({"cmd": heredoc, "login": false}))]).result("h.txt"),
        Case::calls("patch_heredoc_in_shell_command", [("shell_command", json!({"command": heredoc, "login": false}))]).result("h.txt"),
        Case::patches("patch_with_full_access", ["*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"])
            .sandbox("danger-full-access")
            .result("a.txt"),
        Case::patches("patch_overwrites", ["*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"])
            .file("a.txt", b"old\n")
            .result("a.txt"),
        Case::patches("patch_keeps_line_ends", ["*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+TWO\n*** End Patch"])
            .file("a.txt", b"one\r\ntwo\r\nthree\r\n")
            .result("a.txt"),
    ]
}

fn refused() -> Vec<Case> {
    vec![
        Case::patches(
            "patch_verification_fails",
            [
                "*** Begin Patch\n*** Update File: b.txt\n@@\n-nomatch\n+x\n*** End Patch",
                "*** Begin Patch\n*** Update File: b.txt\n@@ nosuchctx\n-one\n+x\n*** End Patch",
                "*** Begin Patch\n*** Update File: none.txt\n@@\n-one\n+x\n*** End Patch",
                "*** Begin Patch\n*** Delete File: none.txt\n*** End Patch",
                "*** Begin Patch\n*** Frob File: b.txt\n*** End Patch",
                "no patch",
            ],
        )
        .file("b.txt", b"one\ntwo\n")
        .result("b.txt"),
        Case::patches("patch_outside_the_project", ["*** Begin Patch\n*** Add File: /codex-differential-probe\n+x\n*** End Patch"]),
        Case::patches("patch_in_read_only", ["*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"])
            .sandbox("read-only")
            .result("a.txt"),
        Case::patches("patch_empty", ["*** Begin Patch\n*** End Patch"]),
        Case::patches("patch_onto_a_folder", ["*** Begin Patch\n*** Add File: isdir\n+x\n*** End Patch"]).file("isdir/f", b""),
        Case::patches(
            "patch_half_applicable",
            ["*** Begin Patch\n*** Add File: first.txt\n+x\n*** Add File: file/below\n+x\n*** End Patch"],
        )
        .file("file", b"")
        .result("first.txt"),
        Case::patches(
            "patch_moves_onto_itself",
            ["*** Begin Patch\n*** Update File: a.txt\n*** Move to: a.txt\n@@\n-a\n+b\n*** End Patch"],
        )
        .file("a.txt", b"a\n")
        .result("a.txt"),
        Case::patches("patch_for_a_model_without_it", ["*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"])
            .top("model = \"gpt-5\"\n")
            .result("a.txt"),
    ]
}
