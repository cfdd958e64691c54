//! All or nothing, and what survives a write.

use std::error::Error;
use std::fs;

use codex_apply_patch::{FailedStep, Reach};
use pretty_assertions::assert_eq;

use crate::tree::Tree;

/// One step of every kind, and then a device that takes no bytes.
const LATE_FAILURE: &str = "*** Update File: u\n@@\n-one\n+a much longer line than before\n*** Add File: over\n+x\n*** Add File: link\n+through\n\
    *** Delete File: gone\n*** Delete File: dangling\n*** Add File: new/deep/n\n+n\n*** Update File: m\n*** Move to: kept\n@@\n-m\n+moved\n\
    *** Update File: h1\n@@\n-h\n+H\n*** Delete File: h2\n*** Delete File: again\n*** Add File: again/now/a\n+d\n*** Add File: /dev/full\n+x\n";

fn full_of_everything() -> Tree {
    let tree = Tree::new();
    tree.file("u", "one\ntwo\n").mode("u", 0o755).file("over", "a rather long text\n").file("target", "t\n").link("link", "target");
    tree.file("gone", "g\n").mode("gone", 0o600).link("dangling", "nowhere").file("m", "m\n").mode("m", 0o400);
    tree.file("kept", "k\n").mode("kept", 0o640).file("h1", "h\n").second_name("h2", "h1").file("again", "a\n");
    tree
}

#[test]
fn a_late_failure_leaves_the_tree_as_it_was() {
    let tree = full_of_everything();
    let before = tree.picture();
    let error = tree.plan(LATE_FAILURE).unwrap().apply(&Reach::Anywhere).unwrap_err();
    assert_eq!((error.step, error.path.as_str(), error.not_restored.len()), (FailedStep::Write, "/dev/full", 0));
    assert_eq!(error.to_string(), "Failed to write file /dev/full");
    assert!(error.source().is_some());
    assert_eq!(tree.picture(), before);
}

#[test]
fn the_same_patch_without_the_failure_does_everything() {
    let tree = full_of_everything();
    let body = LATE_FAILURE.replace("/dev/full", "/dev/null");
    tree.plan(&body).unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!(tree.text("u"), "a much longer line than before\ntwo\n");
    assert_eq!((tree.text("over"), tree.text("target"), tree.text("kept")), ("x\n".into(), "through\n".into(), "moved\n".into()));
    assert_eq!((tree.text("new/deep/n"), tree.text("h1"), tree.text("again/now/a")), ("n\n".into(), "H\n".into(), "d\n".into()));
    let mut left: Vec<_> = fs::read_dir(&tree.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["again", "h1", "kept", "link", "new", "over", "target", "u"]);
}

#[test]
fn what_changed_after_planning_is_not_overwritten() {
    let bodies = [
        ("*** Update File: f\n@@\n-one\n+1\n", FailedStep::Write),
        ("*** Add File: f\n+x\n", FailedStep::Write),
        ("*** Delete File: f\n", FailedStep::Delete),
        ("*** Add File: later\n+x\n", FailedStep::Write),
        ("*** Add File: later/n\n+x\n", FailedStep::Parents),
    ];
    for (body, step) in bodies {
        let tree = Tree::new();
        tree.file("f", "one\n").file("first", "f\n");
        let plan = tree.plan(&format!("*** Add File: first\n+F\n{body}")).unwrap();
        tree.file("f", "edited by hand\n").file("later", "came later\n");
        let before = tree.picture();
        let error = plan.apply(&Reach::Anywhere).unwrap_err();
        assert_eq!(error.step, step, "{body}");
        assert_eq!(tree.picture(), before, "{body}");
    }
}

#[test]
fn a_file_put_in_the_place_of_another_is_noticed() {
    let tree = Tree::new();
    tree.file("f", "one\n");
    let plan = tree.plan("*** Delete File: f\n").unwrap();
    fs::remove_file(tree.at("f")).unwrap();
    tree.directory("f/now");
    let before = tree.picture();
    assert_eq!(plan.apply(&Reach::Anywhere).unwrap_err().step, FailedStep::Delete);
    assert_eq!(tree.picture(), before);
}

#[test]
fn a_file_of_one_name_is_replaced_whole_and_keeps_its_mode() {
    for reach in [Reach::Anywhere, Reach::Within(vec!["/".into()])] {
        let tree = Tree::new();
        tree.file("f", "one\n").mode("f", 0o751);
        // Whoever has the old file open goes on reading it whole: it was not written over.
        let reader = fs::File::open(tree.at("f")).unwrap();
        tree.plan("*** Update File: f\n@@\n-one\n+1\n").unwrap().apply(&reach).unwrap();
        assert_eq!(tree.text("f"), "1\n");
        assert_eq!(std::io::read_to_string(reader).unwrap(), "one\n");
        assert!(tree.picture()[std::path::Path::new("f")].starts_with("file 100751 "));
        assert_eq!(fs::read_dir(tree.at(".")).unwrap().count(), 1, "nothing is left beside it");
    }
}

#[test]
fn a_file_of_several_names_is_written_through_all_of_them() {
    let tree = Tree::new();
    tree.file("f", "one\n").second_name("g", "f");
    tree.plan("*** Add File: f\n+x\n").unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!((tree.text("g"), tree.inode("g")), ("x\n".into(), tree.inode("f")));
}

#[test]
fn a_moved_file_takes_its_mode_along() {
    for destination in ["new", "there"] {
        let tree = Tree::new();
        tree.file("f", "one\n").mode("f", 0o711).file("there", "old and long\n").mode("there", 0o600);
        let plan = tree.plan(&format!("*** Update File: f\n*** Move to: {destination}\n@@\n-one\n+1\n")).unwrap();
        plan.apply(&Reach::Anywhere).unwrap();
        assert!(tree.picture()[std::path::Path::new(destination)].starts_with("file 100711 "), "{destination}");
        assert_eq!((tree.text(destination), tree.at("f").exists()), ("1\n".into(), false));
    }
}

#[test]
fn a_move_onto_itself_is_an_update() {
    for destination in ["f", "./f", "sub/../f", "link", "link2"] {
        let tree = Tree::new();
        tree.file("f", "one\n").directory("sub").link("link", "f").link("link2", "link");
        let plan = tree.plan(&format!("*** Update File: f\n*** Move to: {destination}\n@@\n-one\n+1\n")).unwrap();
        assert_eq!(plan.apply(&Reach::Anywhere).unwrap().updated, [destination]);
        assert_eq!((tree.text("f"), tree.text("link2")), ("1\n".into(), "1\n".into()), "{destination}");
        assert!(tree.at("link").is_symlink());
    }
}

#[test]
fn a_moved_link_becomes_a_file_unless_others_need_it() {
    let tree = Tree::new();
    tree.file("t", "one\n").link("f", "t").link("g", "f");
    tree.plan("*** Update File: f\n*** Move to: g\n@@\n-one\n+1\n").unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!((tree.text("t"), tree.text("g"), tree.at("f").is_symlink()), ("1\n".into(), "1\n".into(), true));
    tree.plan("*** Update File: f\n*** Move to: n\n@@\n-1\n+2\n").unwrap().apply(&Reach::Anywhere).unwrap();
    assert_eq!((tree.text("t"), tree.text("n"), tree.at("f").is_symlink()), ("1\n".into(), "2\n".into(), false));
    assert!(!tree.at("n").is_symlink());
}

#[test]
fn an_update_that_changes_nothing_does_not_touch_the_file() {
    let tree = Tree::new();
    tree.file("f", "one\ntwo\n");
    let before = tree.picture();
    assert_eq!(tree.plan("*** Update File: f\n@@\n one\n").unwrap().apply(&Reach::Anywhere).unwrap().updated, ["f"]);
    assert_eq!(tree.picture(), before);
}

#[test]
fn what_stands_where_a_directory_is_planned_is_not_looked_into() {
    let outside = Tree::new();
    let tree = Tree::new();
    outside.file("n", "outside\n").mode("n", 0o600);
    tree.link("d", outside.root.to_str().unwrap());
    let before = outside.picture();
    let body = "*** Delete File: d\n*** Add File: d/n\n+inside\n*** Add File: d/m\n+m\n*** Update File: d/n\n@@\n-inside\n+in\n";
    tree.plan(body).unwrap().apply(&Reach::Within(vec![tree.root.clone()])).unwrap();
    assert_eq!((tree.text("d/n"), tree.text("d/m"), tree.at("d").is_symlink()), ("in\n".into(), "m\n".into(), false));
    assert_eq!(outside.picture(), before);
}
