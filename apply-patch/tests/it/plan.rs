//! What a plan tells before anything is written.

use codex_apply_patch::{ChangeKind, PatchPath, PlanError, Reach, resolve_real, summary};
use pretty_assertions::assert_eq;

use crate::tree::Tree;

fn message(tree: &Tree, body: &str) -> (String, String) {
    let error = tree.plan(body).unwrap_err();
    let shorten = |text: String| text.replace(tree.root.to_str().unwrap(), "{CWD}");
    (shorten(error.to_string()), shorten(error.executable_message()))
}

#[test]
fn planning_reads_everything_and_writes_nothing() {
    let tree = Tree::new();
    tree.file("u", "one\ntwo\n").file("d", "gone\n").file("m", "x\n").file("o", "old\n");
    let before = tree.picture();
    let plan = tree
        .plan(
            "*** Add File: new/a\n+a\n*** Add File: o\n+new\n*** Delete File: ./d\n*** Update File: u\n@@\n one \n-two\n+2\n\
             *** Update File: m\n*** Move to: sub/../n\n@@\n-x\n+y\n",
        )
        .unwrap();
    assert_eq!(tree.picture(), before);

    let told: Vec<_> = plan
        .changes()
        .iter()
        .map(|change| {
            let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            (change.kind, change.path.spelt.as_str(), change.fuzzy, text(change.old_content()), text(change.new_content()))
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (ChangeKind::Add, "new/a", false, None, text("a\n")),
            (ChangeKind::Add, "o", false, text("old\n"), text("new\n")),
            (ChangeKind::Delete, "./d", false, text("gone\n"), None),
            (ChangeKind::Update, "u", true, text("one\ntwo\n"), text("one\n2\n")),
            (ChangeKind::Update, "m", false, text("x\n"), text("y\n")),
        ]
    );
    let moved = PatchPath { spelt: "sub/../n".into(), absolute: tree.at("n") };
    assert_eq!(plan.changes()[4].move_to, Some(moved));
    let targets: Vec<_> = plan.targets().map(|target| target.path.clone()).collect();
    assert_eq!(targets, ["new/a", "o", "d", "u", "m", "n"].map(|name| tree.at(name)));
    assert!(plan.targets().all(|target| target.path == target.real));
}

#[test]
fn updates_have_a_diff_and_other_changes_have_none() {
    let tree = Tree::new();
    tree.file("u", "1\n2\n3\n4\n5\n");
    let plan = tree.plan("*** Add File: a\n+a\n*** Update File: u\n@@\n 2\n-3\n+three\n").unwrap();
    assert_eq!(plan.changes()[0].unified_diff(3), None);
    assert_eq!(plan.changes()[1].unified_diff(1).as_deref(), Some("@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n"));
}

#[test]
fn errors_are_worded_for_the_tool_and_for_the_executable() {
    let tree = Tree::new();
    tree.file("f", "one\n").directory("d").file("bin", "\u{0}").link("loop", "loop");
    std::fs::write(tree.at("bin"), [0xff, 0xfe]).unwrap();
    let cases = [
        ("*** Update File: f\n@@\n-nope\n-nada\n", "Failed to find expected lines in {}:\nnope\nnada", None),
        ("*** Update File: f\n@@ nope\n-one\n", "Failed to find context 'nope' in {}", None),
        ("*** Update File: nix\n@@\n-a\n", "Failed to read file to update {}: No such file or directory (os error 2)", None),
        ("*** Update File: bin\n@@\n-a\n", "Failed to read file to update {}: stream did not contain valid UTF-8", None),
        ("*** Update File: loop\n@@\n-a\n", "Failed to read file to update {}: Symbolic link loop (os error 40)", None),
        ("*** Update File: d\n@@\n-a\n", "Failed to read file to update {}: Is a directory (os error 21)", None),
        ("*** Delete File: nix\n", "Failed to read {}: No such file or directory (os error 2)", Some("Failed to delete file {}")),
        ("*** Delete File: d\n", "Failed to read {}: Is a directory (os error 21)", Some("Failed to delete file {}")),
    ];
    for (body, tool, executable) in cases {
        let name = body.lines().next().unwrap().rsplit(' ').next().unwrap();
        let want = (tool.replace("{}", &format!("{{CWD}}/{name}")), executable.unwrap_or(tool).replace("{}", name));
        assert_eq!(message(&tree, body), want, "{body}");
    }
    for (body, want) in [
        ("*** Add File: d\n+x\n", "Failed to write file d"),
        ("*** Add File: new/\n+x\n", "Failed to write file new/"),
        ("*** Add File: loop\n+x\n", "Failed to write file loop"),
        ("*** Add File: f/x\n+x\n", "Failed to create parent directories for f/x"),
        ("*** Add File: loop/x\n+x\n", "Failed to create parent directories for loop/x"),
        ("*** Update File: f\n*** Move to: d\n@@\n one\n", "Failed to write file d"),
    ] {
        assert_eq!(message(&tree, body), (want.to_owned(), want.to_owned()), "{body}");
        assert!(!tree.plan(body).unwrap_err().is_mismatch(), "{body}");
    }
    assert!(tree.plan("*** Delete File: nix\n").unwrap_err().is_mismatch());
}

#[test]
fn each_section_sees_what_the_ones_before_it_did() {
    let tree = Tree::new();
    tree.file("f", "one\ntwo\n").file("g", "g\n");
    let body = "*** Update File: f\n@@\n-two\n+2\n*** Update File: f\n@@\n-one\n+1\n*** Update File: f\n*** Move to: sub/h\n@@\n 1\n 2\n\
                *** Update File: sub/h\n@@\n 1\n-2\n+zwei\n*** Add File: f\n+fresh\n*** Delete File: g\n*** Add File: g/below\n+b\n\
                *** Add File: passing\n+p\n*** Update File: passing\n@@\n-p\n+q\n*** Delete File: passing\n";
    let applied = tree.plan(body).unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!(
        summary(&applied),
        "Success. Updated the following files:\nA f\nA g/below\nA passing\nM f\nM f\nM sub/h\nM sub/h\nM passing\nD g\nD passing\n"
    );
    assert_eq!((tree.text("f"), tree.text("sub/h"), tree.text("g/below")), ("fresh\n".into(), "1\nzwei\n".into(), "b\n".into()));
    assert_eq!(std::fs::read_dir(&tree.root).unwrap().count(), 3);
}

#[test]
fn two_names_of_one_file_are_one_file() {
    let tree = Tree::new();
    tree.file("f", "one\ntwo\n").second_name("g", "f").link("l", "f");
    let body = "*** Update File: f\n@@\n-one\n+1\n*** Update File: g\n@@\n 1\n-two\n+2\n*** Update File: l\n@@\n 1\n 2\n+3\n";
    tree.plan(body).unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!((tree.text("f"), tree.text("g")), ("1\n2\n3\n".into(), "1\n2\n3\n".into()));
    assert_eq!(tree.inode("f"), tree.inode("g"));
}

#[test]
fn a_file_that_is_gone_by_then_cannot_be_updated() {
    let tree = Tree::new();
    tree.file("f", "one\n");
    for body in [
        "*** Delete File: f\n*** Update File: f\n@@\n-one\n",
        "*** Update File: f\n*** Move to: g\n@@\n one\n*** Update File: f\n@@\n-one\n",
    ] {
        assert!(matches!(tree.plan(body), Err(PlanError::Read { .. })), "{body}");
    }
}

#[test]
fn targets_tell_where_links_lead() {
    let outside = Tree::new();
    let tree = Tree::new();
    outside.file("t", "one\n").directory("d");
    tree.link("file", outside.at("t").to_str().unwrap()).link("dir", outside.at("d").to_str().unwrap());
    tree.link("dangling", outside.at("new").to_str().unwrap());
    let body = "*** Update File: file\n@@\n-one\n+1\n*** Add File: dir/sub/n\n+x\n*** Add File: dangling\n+x\n\
                *** Add File: dir/../up\n+x\n*** Delete File: file\n";
    let plan = tree.plan(body).unwrap();
    let real: Vec<_> = plan.targets().map(|target| target.real.clone()).collect();
    assert_eq!(real, [outside.at("t"), outside.at("d/sub/n"), outside.at("new"), outside.at("up"), tree.at("file")]);
    let named: Vec<_> = plan.targets().map(|target| target.path.clone()).collect();
    assert_eq!(named, ["file", "dir/sub/n", "dangling", "up", "file"].map(|name| tree.at(name)));
    for (name, want) in [("file", "t"), ("dir/a/b", "d/a/b"), ("dangling", "new")] {
        assert_eq!(resolve_real(&tree.at(name)).unwrap(), outside.at(want));
    }
    assert!(resolve_real(&outside.at("t/below")).is_err());
}
