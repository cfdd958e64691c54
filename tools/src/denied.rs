//! What is never read for the model, however it is reached: credentials, other sessions, and what the user names.
//!
//! A pattern is a path, or a glob with `*`, `?`, `[...]` or `{...}`; one that begins with `**/` means that name anywhere.
//! Judged by the object that a path leads to, so callers hand in real paths. What lies below a denied folder is denied too.
//! **Not here:** commands; their sandbox closes the same paths by other means.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::readable::ReadError;

const GLOB_MARKS: [char; 4] = ['*', '?', '[', '{'];

/// Files and folders that are not read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Denied {
    paths: Vec<PathBuf>,
    /// Device and inode of denied files, against hard links.
    files: Vec<(u64, u64)>,
    globs: GlobSet,
}

impl Denied {
    /// Resolves links in the denied paths; those that do not exist are kept as written.
    pub(crate) fn new(patterns: &[PathBuf]) -> Self {
        let files = patterns.iter().filter_map(|path| std::fs::metadata(path).ok()).filter(Metadata::is_file);
        let mut denied = Self { files: files.map(|meta| identity(&meta)).collect(), ..Self::default() };
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            // A folder may have such a mark in its name, so the pattern counts as a path in any case.
            denied.paths.push(settled(pattern));
            let Some((fixed, rest)) = pattern.to_str().and_then(split_at_glob) else { continue };
            let folder = if fixed.is_empty() { PathBuf::new() } else { settled(Path::new(fixed)) };
            let glob = format!("{}{rest}", globset::escape(&folder.to_string_lossy()));
            match GlobBuilder::new(&glob).literal_separator(true).build() {
                Ok(glob) => {
                    globs.add(glob);
                }
                // What cannot be understood closes the whole folder rather than nothing.
                Err(_) => denied.paths.push(if fixed.is_empty() { PathBuf::from("/") } else { folder }),
            }
        }
        match globs.build() {
            Ok(globs) => denied.globs = globs,
            Err(_) => denied.paths.push(PathBuf::from("/")),
        }
        denied
    }

    /// Checks a path without links.
    pub(crate) fn check(&self, real: &Path) -> Result<(), ReadError> {
        let by_glob = !self.globs.is_empty() && real.ancestors().any(|path| self.globs.is_match(path));
        if by_glob || self.paths.iter().any(|denied| real.starts_with(denied)) {
            return Err(ReadError::Denied(real.to_path_buf()));
        }
        if belongs_to_a_process(real) {
            return Err(ReadError::Process(real.to_path_buf()));
        }
        Ok(())
    }

    /// Checks what stands at `path`, by its identity.
    pub(crate) fn check_file(&self, path: &Path, meta: &Metadata) -> Result<(), ReadError> {
        if self.files.contains(&identity(meta)) {
            return Err(ReadError::Denied(path.to_path_buf()));
        }
        Ok(())
    }
}

/// The path before the first component with a glob mark, and the rest from its slash on.
fn split_at_glob(pattern: &str) -> Option<(&str, &str)> {
    let mark = pattern.find(GLOB_MARKS)?;
    Some(pattern.split_at(pattern[..mark].rfind('/').unwrap_or(0)))
}

fn settled(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn belongs_to_a_process(real: &Path) -> bool {
    let Ok(rest) = real.strip_prefix("/proc") else { return false };
    let first = rest.components().next().and_then(|first| first.as_os_str().to_str());
    first.is_some_and(|first| matches!(first, "self" | "thread-self") || first.bytes().all(|byte| byte.is_ascii_digit()))
}

fn identity(meta: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// S9.
    #[test]
    fn globs_deny_what_they_match_and_all_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("real/vault/deep")).unwrap();
        symlink(root.join("real"), root.join("alias")).unwrap();
        let patterns = ["**/.env", "**/*.pem", "alias/vault/**", "odd[1]/x", "broken/[z"];
        let patterns: Vec<PathBuf> =
            patterns.iter().map(|text| if text.starts_with("**") { text.into() } else { root.join(text) }).collect();
        let denied = Denied::new(&patterns);
        for (path, closed) in [
            ("a/.env", true),
            (".env", true),
            (".env/inside", true),
            ("a/.envrc", false),
            ("k.pem", true),
            ("a/b/k.pem", true),
            ("real/vault", false),
            ("real/vault/deep", true),
            ("real/vault/deep/x", true),
            ("real/other", false),
            ("odd[1]/x", true),
            ("odd1/x", true),
            ("odd2/x", false),
            ("broken/anything", true),
        ] {
            assert_eq!(denied.check(&root.join(path)).is_err(), closed, "{path}");
        }
    }
}
