//! Which files are the system's `git`, and what has to be executable so that they run.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The programs of one sandbox; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programs {
    /// Canonical paths of `git`, the one that is found first in front.
    pub(crate) git: Vec<PathBuf>,
    /// This program's own file.
    pub(crate) own: PathBuf,
}

/// More places are left alone: they then have no broker.
const MOST: usize = 4;

impl Programs {
    pub(super) fn first(&self) -> &Path {
        self.git.first().map_or(Path::new("/usr/bin/git"), PathBuf::as_path)
    }

    /// Every file that has to be executable for git to run and start itself again.
    pub(super) fn executables(&self) -> Vec<PathBuf> {
        let mut files = self.git.clone();
        for prefix in self.git.iter().filter_map(|git| git.parent()?.parent()) {
            files.extend(
                ["lib/git-core/git", "libexec/git-core/git"].map(|name| prefix.join(name)).into_iter().filter(|file| file.is_file()),
            );
        }
        let loaders: Vec<PathBuf> = files.iter().filter_map(|file| loader(file)).collect();
        files.extend(loaders);
        files.sort();
        files.dedup();
        files
    }
}

/// Looks for `git` along `path` and in the usual places. `None` where there is none that a broker can stand for: a plain
/// program outside of every writable root.
pub(crate) fn find(path: &OsStr, roots: &[PathBuf]) -> Option<Programs> {
    let own = fs::read_link("/proc/self/exe").ok().filter(|own| own.is_file())?;
    let usual = ["/usr/bin", "/usr/local/bin", "/bin"].map(PathBuf::from);
    let mut git: Vec<PathBuf> = Vec::new();
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()).chain(usual) {
        let Ok(file) = fs::canonicalize(folder.join("git")) else { continue };
        let sound = file != own && is_plain_program(&file) && !roots.iter().any(|root| file.starts_with(root) || root.starts_with(&file));
        if sound && !git.contains(&file) && git.len() < MOST {
            git.push(file);
        }
    }
    (!git.is_empty()).then_some(Programs { git, own })
}

/// Not a script that starts another one: what would be put over it could not know which.
fn is_plain_program(file: &Path) -> bool {
    let mut magic = [0; 4];
    let executable = file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0);
    executable && File::open(file).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// The loader that a program's file names, which the system executes with it.
fn loader(file: &Path) -> Option<PathBuf> {
    // Where the headers are in everything that is linked by an ordinary linker.
    const HEAD: u64 = 64 * 1024;
    let mut head = Vec::new();
    File::open(file).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    let path = loader_in(&head)?;
    fs::canonicalize(path).ok()
}

fn loader_in(head: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    const INTERPRETER: u32 = 3;
    // 64 bits, in the byte order of every machine the sandbox is built for.
    if head.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let word = |at: usize, length: usize| -> Option<u64> {
        let bytes = head.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    };
    let number = |at, length| usize::try_from(word(at, length)?).ok();
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let entry = (0..count).filter_map(|at| table.checked_add(at * size)).find(|at| word(*at, 4) == Some(INTERPRETER.into()))?;
    let (start, length) = (number(entry + 8, 8)?, number(entry + 32, 8)?);
    let name = head.get(start..start.checked_add(length)?)?.split(|byte| *byte == 0).next()?;
    Some(PathBuf::from(OsStr::from_bytes(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_of_a_real_program_is_found() {
        let own = fs::read_link("/proc/self/exe").unwrap();
        // Test programs are linked dynamically; a static one has no loader.
        if let Some(loader) = loader(&own) {
            assert!(loader.is_file() && is_plain_program(&loader), "{}", loader.display());
        }
        assert_eq!(loader(Path::new("/etc/passwd")), None);
        for head in [&b""[..], b"\x7fELF", b"\x7fELF\x02\x01", &[b"\x7fELF\x02\x01".as_slice(), &[0xff; 80]].concat()] {
            assert_eq!(loader_in(head), None);
        }
    }

    #[test]
    fn scripts_and_what_a_command_can_replace_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(folder.path()).unwrap();
        let git = top.join("git");
        fs::write(&git, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
        let path = top.as_os_str();
        let found = |roots: &[PathBuf]| find(path, roots).map(|programs| programs.git).unwrap_or_default();
        assert!(!found(&[]).contains(&git));
        fs::copy("/proc/self/exe", &git).unwrap();
        assert_eq!(found(&[]).first(), Some(&git));
        assert!(!found(std::slice::from_ref(&top)).contains(&git));
        assert!(found(&["/".into()]).is_empty());
    }
}
