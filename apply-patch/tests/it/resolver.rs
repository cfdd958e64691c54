//! The resolver of paths against the kernel's own, over random trees of folders, files and links.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use codex_apply_patch::{Reach, parse, plan, resolve_real};
use proptest::prelude::*;
use rustix::fs::{Mode, OFlags, ResolveFlags};

/// What stands at a name of the tree.
#[derive(Clone, Debug)]
enum Thing {
    Folder,
    File,
    /// A link; `true` puts the root of the tree before the target.
    Link(bool, Vec<String>),
}

fn parts() -> impl Strategy<Value = Vec<String>> {
    let part = prop_oneof![6 => "[abc]", 2 => Just("..".to_owned()), 1 => Just(".".to_owned()), 1 => Just(String::new())];
    proptest::collection::vec(part, 1..6)
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![3 => Just(Thing::Folder), 1 => Just(Thing::File), 3 => (any::<bool>(), parts()).prop_map(|(root, to)| Thing::Link(root, to))]
}

/// Names at most three deep, and what stands there where something can.
fn tree() -> impl Strategy<Value = Vec<(Vec<String>, Thing)>> {
    proptest::collection::vec((proptest::collection::vec("[abc]".prop_map(String::from), 1..4), thing()), 0..12)
}

fn build(top: &Path, root: &Path, tree: &[(Vec<String>, Thing)]) {
    for (name, thing) in tree {
        let path = root.join(name.join("/"));
        // Links may lead out of the folder of the test; nothing is made there.
        if !path.parent().unwrap().canonicalize().is_ok_and(|folder| folder.starts_with(top)) {
            continue;
        }
        // A name that is taken or has no folder above it stays as it is: any tree will do.
        let _ = match thing {
            Thing::Folder => fs::create_dir(&path),
            Thing::File => fs::File::create_new(&path).and_then(|mut file| file.write_all(b"text\n")),
            Thing::Link(from_root, to) if *from_root => symlink(format!("{}/{}", root.display(), to.join("/")), &path),
            Thing::Link(_, to) => symlink(to.join("/"), &path),
        };
    }
}

fn root() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    // Links may climb a few steps and still not leave the folder of the test.
    let root = top.join("x/y/z/w");
    fs::create_dir_all(&root).unwrap();
    (folder, top, root)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// S3: what exists is found where the kernel finds it, and what the kernel cannot reach is not found.
    #[test]
    fn a_path_leads_where_the_kernel_says(tree in tree(), path in parts()) {
        let (_folder, top, root) = root();
        build(&top, &root, &tree);
        let path = root.join(path.join("/"));
        let kernel = rustix::fs::open(&path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        match (kernel, resolve_real(&path)) {
            (Ok(_), found) => prop_assert_eq!(found.unwrap(), path.canonicalize().unwrap()),
            // A place that can be made. It is not there, and no link is on the way to it.
            (Err(rustix::io::Errno::NOENT), Ok(place)) => {
                let above = place.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap();
                prop_assert_eq!(above.canonicalize().unwrap(), above);
            }
            (Err(error), Ok(place)) => prop_assert!(false, "the kernel says {}, and {:?} was found", error, place),
            (Err(_), Err(_)) => {}
        }
    }

    /// S3: a patch within a root writes only what the kernel, told to stay beneath the root, can open.
    #[test]
    fn a_patch_reaches_what_lies_beneath_its_root_and_nothing_else(tree in tree(), path in "[abc](/([abc]|\\.\\.)){0,3}") {
        let (_folder, top, root) = root();
        build(&top, &root, &tree);
        let text = format!("*** Begin Patch\n*** Add File: {path}\n+new\n*** End Patch");
        let Ok(plan) = plan(&parse(&text).unwrap(), &root) else { return Ok(()) };
        let outside = |folder: &Path| -> Vec<PathBuf> {
            let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path() != root) {
                    found.push(entry.path());
                    if entry.file_type().unwrap().is_dir() {
                        folders.push(entry.path());
                    }
                }
            }
            found
        };
        let before = outside(&top);
        let applied = plan.apply(&Reach::Within(vec![root.clone()]));
        prop_assert_eq!(outside(&top), before);
        if applied.is_ok() {
            let real = plan.targets().next().unwrap().real.clone();
            let handle = rustix::fs::open(&root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap();
            let below = real.strip_prefix(&root).unwrap();
            let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            let opened = rustix::fs::openat2(&handle, below, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), beneath);
            match opened {
                Err(rustix::io::Errno::NOSYS) => println!("skipped: the kernel has no openat2"),
                opened => prop_assert!(opened.is_ok(), "{:?}: {:?}", real, opened.err()),
            }
            prop_assert_eq!(fs::read_to_string(&real).unwrap(), "new\n");
        }
    }
}
