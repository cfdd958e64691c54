//! Patterns of paths: `*`, `?` and `[...]` within a part, `**` for any number of parts.
//!
//! Small on purpose: it runs on the way of a command, over patterns the user wrote.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::disk::{Disk, Kind};

/// The existing paths that an absolute pattern names, and the closed folders behind which it could name more. Folders that
/// are links are entered only where the pattern spells them.
pub(crate) fn expand(pattern: &Path, disk: &dyn Disk) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::from([PathBuf::from("/")]);
    let mut closed = BTreeSet::new();
    for part in pattern.components() {
        let Component::Normal(part) = part else { continue };
        let listed = is_pattern(part);
        closed.extend(found.iter().filter(|folder| disk.is_closed(folder, listed)).cloned());
        found = found.iter().flat_map(|folder| step(folder, part, disk)).collect();
        if part == "**" {
            closed.extend(found.iter().filter(|folder| disk.is_closed(folder, true)).cloned());
        }
    }
    found.retain(|path| !closed.iter().any(|folder| path.starts_with(folder)));
    found.extend(closed);
    found
}

fn step(folder: &Path, part: &OsStr, disk: &dyn Disk) -> Vec<PathBuf> {
    if part == "**" {
        return with_everything_below(folder, disk);
    }
    if !is_pattern(part) {
        let path = folder.join(part);
        return if disk.kind(&path) == Kind::Missing { Vec::new() } else { vec![path] };
    }
    let pattern = part.to_string_lossy();
    disk.children(folder).into_iter().filter(|path| matches(&pattern, path.file_name().unwrap_or_default())).collect()
}

fn is_pattern(part: &OsStr) -> bool {
    part.as_bytes().iter().any(|byte| b"*?[".contains(byte))
}

fn with_everything_below(folder: &Path, disk: &dyn Disk) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        let inside = disk.children(&found[at]);
        found.extend(inside.into_iter().filter(|path| disk.kind(path) == Kind::Folder));
        at += 1;
    }
    found
}

/// Whether a name fits a pattern without slashes. Linear in the name for each star.
pub(crate) fn matches(pattern: &str, name: &OsStr) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some(length) = one(&pattern[p..], name[n]) {
            p += length;
            n += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            (p, n) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// How much of the pattern the byte takes, if it fits.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => Some(1),
        b'[' => set(pattern, byte).unwrap_or((byte == b'[').then_some(1)),
        literal => (literal == byte).then_some(1),
    }
}

/// A set: `None` when it is none for lack of an end, `Some(None)` when the byte is not in it.
fn set(pattern: &[u8], byte: u8) -> Option<Option<usize>> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = 1 + usize::from(negated);
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|end| *end == b']')?;
    let mut items = &pattern[start..end];
    let mut inside = false;
    while let [low, rest @ ..] = items {
        if let [b'-', high, rest @ ..] = rest {
            inside |= (*low..=*high).contains(&byte);
            items = rest;
        } else {
            inside |= *low == byte;
            items = rest;
        }
    }
    Some((inside != negated).then_some(end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::fake::FakeDisk;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("*.pem", "a.pem", true),
            ("*.pem", "a.pem.txt", false),
            ("a*b*c", "axxbyybzc", true),
            ("a*b*c", "axxc", false),
            ("?.x", "a.x", true),
            ("?.x", ".x", false),
            ("[a-c]1", "b1", true),
            ("[!a-c]1", "b1", false),
            ("[!a-c]1", "d1", true),
            ("[]]", "]", true),
            ("[a", "[a", true),
            ("a", "ab", false),
            (".env", ".env", true),
        ] {
            assert_eq!(matches(pattern, OsStr::new(name)), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn two_stars_are_any_number_of_folders() {
        let disk = FakeDisk::new(&[("/a/k", "x"), ("/a/b/k", "x"), ("/a/b/c/k", "x"), ("/k", "x")]);
        let found = expand(Path::new("/a/**/k"), &disk);
        assert_eq!(found.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(), ["/a/b/c/k", "/a/b/k", "/a/k"]);
    }
}
