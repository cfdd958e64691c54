//! What Landlock is told where it has to do alone: it can only grant folders whole, so whoever wants a hole in one grants
//! what is around the hole.
//!
//! Pure, over a [`Disk`]. A folder with an exception in it is not granted; what is in it is, one by one. So what appears in such
//! a folder later is not granted either, which is the price: in a root nothing new is made at its top level.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::call::Confinement;
use crate::disk::{Disk, Kind};
use crate::plan::{Action, Plan};
use crate::secrets;

/// What may be written. `kept` are protected names that are kept as they are by other means and need no hole.
pub(crate) fn writable(limits: &Confinement, plan: &Plan, kept: &BTreeSet<PathBuf>, disk: &dyn Disk) -> Vec<PathBuf> {
    let exceptions: BTreeSet<&Path> = plan
        .of(Action::Close)
        // Temporary folders have no use if nothing new can be made in them.
        .filter(|path| !(kept.contains(*path) || (plan.stubs.contains(*path) && in_temporary(path, limits))))
        .chain(plan.of(Action::Hide))
        .collect();
    let mut granted = Vec::new();
    for root in plan.of(Action::Open) {
        cover(root, &exceptions, disk, &mut granted);
    }
    granted.sort();
    granted.dedup();
    granted
}

/// What may be read, where something is hidden.
pub(crate) fn readable(plan: &Plan, disk: &dyn Disk) -> Option<Vec<PathBuf>> {
    // What is missing in the home may appear, and would be in a folder that was granted.
    let in_home = plan.home.iter().flat_map(|home| {
        let missing = secrets::IN_HOME.iter().map(|(name, _)| home.join(name));
        missing.chain(disk.children(home).into_iter().filter(|path| plan.is_sealed_away(path)))
    });
    let in_home: Vec<PathBuf> = in_home.collect();
    let exceptions: BTreeSet<&Path> = plan.of(Action::Hide).chain(in_home.iter().map(PathBuf::as_path)).collect();
    if exceptions.is_empty() {
        return None;
    }
    let mut granted = Vec::new();
    cover(Path::new("/"), &exceptions, disk, &mut granted);
    Some(granted)
}

/// The protected names of the roots themselves, which can be compared and restored.
pub(crate) fn watched(limits: &Confinement, plan: &Plan) -> BTreeSet<PathBuf> {
    let names = codex_protocol::policy::PROTECTED_NAMES;
    let of_roots = limits.roots().flat_map(|root| names.iter().map(move |name| root.join(name)));
    of_roots.filter(|path| plan.steps.get(path) == Some(&Action::Close) && limits.codex_home.as_ref() != Some(path)).collect()
}

fn in_temporary(path: &Path, limits: &Confinement) -> bool {
    let parent = path.parent();
    limits.temporary.iter().any(|root| parent == Some(root)) && !limits.write.iter().any(|root| parent == Some(root))
}

fn cover(path: &Path, exceptions: &BTreeSet<&Path>, disk: &dyn Disk, granted: &mut Vec<PathBuf>) {
    if exceptions.contains(path) {
        return;
    }
    // Sorted by parts, what is below a path follows it directly.
    let has_inside = exceptions.range(path..).next().is_some_and(|next| next.starts_with(path));
    if !has_inside {
        granted.push(path.to_owned());
        return;
    }
    let mut children = disk.children(path);
    children.sort();
    for child in children {
        // A link grants what it leads to, which is not meant.
        if disk.kind(&child) != Kind::Link {
            cover(&child, exceptions, disk, granted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::fake::FakeDisk;

    const DISK: [(&str, &str); 9] = [
        ("/w/.git/config", "c"),
        ("/w/src/a", "x"),
        ("/w/file", "x"),
        ("/w/link", ">/etc"),
        ("/tmp/other/x", "x"),
        ("/h/auth.json", "k"),
        ("/h/config.toml", "c"),
        ("/etc/passwd", "x"),
        ("/tmp/in/w/a", "x"),
    ];

    fn limits(write: &[&str]) -> Confinement {
        Confinement {
            cwd: "/".into(),
            write: write.iter().map(PathBuf::from).collect(),
            temporary: vec!["/tmp".into()],
            codex_home: Some("/h".into()),
            ..Confinement::default()
        }
    }

    fn text(paths: Vec<PathBuf>) -> Vec<String> {
        paths.iter().map(|path| path.display().to_string()).collect()
    }

    fn grants(write: &[&str], relaxed: bool) -> Vec<String> {
        let disk = FakeDisk::new(&DISK);
        let plan = Plan::new(&limits(write), &disk);
        let kept = if relaxed { watched(&limits(write), &plan) } else { BTreeSet::new() };
        text(writable(&limits(write), &plan, &kept, &disk))
    }

    #[test]
    fn what_exists_is_granted_but_for_the_protected_and_temporary_folders_are_whole() {
        assert_eq!(grants(&["/w"], false), ["/tmp", "/w/file", "/w/src"]);
    }

    #[test]
    fn a_root_in_a_temporary_folder_is_an_exception_in_it() {
        assert_eq!(grants(&["/tmp/in/w"], false), ["/tmp/in/w/a", "/tmp/other"]);
    }

    #[test]
    fn relaxed_grants_roots_whole() {
        assert_eq!(grants(&["/w"], true), ["/tmp", "/w"]);
    }

    /// S9
    #[test]
    fn everything_but_the_hidden_is_read() {
        let disk = FakeDisk::new(&DISK);
        let plan = Plan::new(&limits(&["/w"]), &disk);
        assert_eq!(text(readable(&plan, &disk).unwrap()), ["/etc", "/h/config.toml", "/tmp", "/w"]);
        assert_eq!(readable(&Plan::default(), &disk), None);
    }
}
