//! Writing within roots, with links that lead out.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use codex_apply_patch::{FailedStep, Reach};
use pretty_assertions::assert_eq;
use rustix::fs::{CWD, RenameFlags};

use crate::tree::Tree;

fn within(tree: &Tree) -> Reach {
    Reach::Within(vec![tree.root.clone()])
}

#[test]
fn every_way_out_of_the_roots_is_refused_and_nothing_changes() {
    let outside = Tree::new();
    let tree = Tree::new();
    outside.file("t", "one\n").directory("d");
    tree.file("in", "one\n").file("first", "f\n");
    tree.link("file", outside.at("t").to_str().unwrap()).link("dir", outside.at("d").to_str().unwrap());
    tree.link("dangling", outside.at("new").to_str().unwrap());
    let before = (tree.picture(), outside.picture());
    let away = outside.root.to_str().unwrap();
    for (body, step) in [
        ("*** Add File: dir/n\n+x\n".to_owned(), FailedStep::Write),
        ("*** Add File: dir/sub/n\n+x\n".to_owned(), FailedStep::Parents),
        ("*** Update File: file\n@@\n-one\n+1\n".to_owned(), FailedStep::Write),
        ("*** Add File: file\n+x\n".to_owned(), FailedStep::Write),
        ("*** Add File: dangling\n+x\n".to_owned(), FailedStep::Write),
        ("*** Update File: in\n*** Move to: dir/in\n@@\n one\n".to_owned(), FailedStep::Write),
        ("*** Update File: in\n*** Move to: file\n@@\n-one\n+1\n".to_owned(), FailedStep::Write),
        (format!("*** Delete File: {away}/t\n"), FailedStep::Delete),
        (format!("*** Add File: {away}/n\n+x\n"), FailedStep::Write),
        ("*** Add File: /dev/null\n+x\n".to_owned(), FailedStep::Write),
    ] {
        // Something that works comes first and must be taken back.
        let body = format!("*** Update File: first\n@@\n-f\n+F\n*** Add File: made/up\n+x\n{body}");
        let error = tree.plan(&body).unwrap().apply(&within(&tree)).unwrap_err();
        assert_eq!((error.step, error.not_restored.is_empty()), (step, true), "{body}");
        assert_eq!((tree.picture(), outside.picture()), before, "{body}");
    }
}

#[test]
fn links_that_stay_inside_are_followed_and_links_themselves_can_go() {
    let tree = Tree::new();
    tree.file("real/t", "one\n").link("dir", "real").link("file", "dir/t").link("out", "/nowhere");
    let body = "*** Update File: file\n@@\n-one\n+1\n*** Add File: dir/n\n+n\n*** Delete File: out\n";
    tree.plan(body).unwrap().apply(&within(&tree)).unwrap();
    assert_eq!((tree.text("real/t"), tree.text("real/n")), ("1\n".into(), "n\n".into()));
    assert!(tree.at("file").is_symlink() && tree.at("dir").is_symlink() && !tree.at("out").is_symlink());
}

#[test]
fn a_root_that_a_link_leads_to_grants_nothing() {
    let outside = Tree::new();
    let tree = Tree::new();
    tree.directory("ours").file("a file", "").link("alias", "ours").link("away", outside.root.to_str().unwrap());
    let roots = ["alias", "away", "a file", "missing"].map(|name| tree.at(name)).to_vec();
    for body in ["*** Add File: alias/n\n+n\n", "*** Add File: away/n\n+n\n", "*** Add File: ours/n\n+n\n"] {
        assert!(tree.plan(body).unwrap().apply(&Reach::Within(roots.clone())).is_err(), "{body}");
    }
    let plan = tree.plan("*** Add File: alias/n\n+n\n").unwrap();
    plan.apply(&Reach::Within([roots, vec![tree.at("ours")]].concat())).unwrap();
    assert_eq!((tree.text("ours/n"), fs::read_dir(&outside.root).unwrap().count()), ("n\n".into(), 0));
}

#[test]
fn other_names_of_a_file_are_out_of_reach_within_roots() {
    let tree = Tree::new();
    tree.file("work/f", "one\n").mode("work/f", 0o750).second_name("secret", "work/f");
    let plan = tree.plan("*** Update File: work/f\n@@\n-one\n+1\n").unwrap();
    plan.apply(&Reach::Within(vec![tree.at("work")])).unwrap();
    assert_eq!((tree.text("work/f"), tree.text("secret")), ("1\n".into(), "one\n".into()));
    assert!(tree.picture()[std::path::Path::new("work/f")].starts_with("file 100750 "));
    assert_eq!(fs::read_dir(tree.at("work")).unwrap().count(), 1);
}

#[test]
fn a_directory_turned_into_a_link_after_planning_leads_nowhere() {
    let outside = Tree::new();
    let tree = Tree::new();
    outside.file("f", "one\n");
    tree.file("d/f", "one\n");
    for body in ["*** Add File: d/n\n+x\n", "*** Update File: d/f\n@@\n-one\n+1\n", "*** Delete File: d/f\n"] {
        let plan = tree.plan(body).unwrap();
        fs::rename(tree.at("d"), tree.at("real")).unwrap();
        tree.link("d", outside.root.to_str().unwrap());
        let before = (tree.picture(), outside.picture());
        for reach in [within(&tree), Reach::Anywhere] {
            assert!(plan.apply(&reach).is_err(), "{body}");
            assert_eq!((tree.picture(), outside.picture()), before, "{body}");
        }
        fs::remove_file(tree.at("d")).unwrap();
        fs::rename(tree.at("real"), tree.at("d")).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_keeps_turning_into_a_link_lets_nothing_out() {
    let outside = Tree::new();
    let tree = Tree::new();
    tree.directory("d").link("other", outside.root.to_str().unwrap());
    let stop = AtomicBool::new(false);
    let mut written = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(CWD, tree.at("d"), CWD, tree.at("other"), RenameFlags::EXCHANGE).unwrap();
            }
        });
        for i in 0..500 {
            // Planning may itself fail when the link becomes a directory between two looks at it.
            let plan = tree.plan(&format!("*** Add File: d/n{i}\n+x\n"));
            written += usize::from(plan.is_ok_and(|plan| plan.apply(&within(&tree)).is_ok()));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read_dir(&outside.root).unwrap().count(), 0);
    let directory = if tree.at("d").is_symlink() { "other" } else { "d" };
    assert_eq!(fs::read_dir(tree.at(directory)).unwrap().count(), written);
}
