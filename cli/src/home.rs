//! Finds `$CODEX_HOME`: the folder with settings, credentials and sessions.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Returns the folder, links resolved. A folder that was named has to exist; the default one is made,
/// for its owner alone.
pub(crate) fn codex_home(named: Option<&OsStr>, user_home: Option<&Path>) -> Result<PathBuf, Failure> {
    match (named.filter(|name| !name.is_empty()), user_home) {
        (Some(named), _) => named_home(Path::new(named)),
        (None, Some(user_home)) => default_home(&user_home.join(".codex")),
        (None, None) => Err(failure("the home folder is unknown; set CODEX_HOME or HOME")),
    }
}

fn failure(reason: impl std::fmt::Display) -> Failure {
    Failure::new(format!("Error finding codex home: {reason}"))
}

fn named_home(path: &Path) -> Result<PathBuf, Failure> {
    let shown = path.display().to_string();
    let points_to = |problem: &str| failure(format!("CODEX_HOME points to {shown:?}, but that path {problem}"));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => path.canonicalize().map_err(|error| points_to(&format!("cannot be resolved: {error}"))),
        Ok(_) => Err(points_to("is not a directory")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(points_to("does not exist")),
        Err(error) => Err(points_to(&format!("cannot be read: {error}"))),
    }
}

fn default_home(path: &Path) -> Result<PathBuf, Failure> {
    let told = |error: io::Error| failure(format!("cannot use {}: {error}", path.display()));
    if !path.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(told)?;
    }
    path.canonicalize().map_err(told)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_named_home_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        assert_eq!(codex_home(Some(real.as_os_str()), None).unwrap(), real);
        let missing = real.join("nope");
        assert_eq!(
            codex_home(Some(missing.as_os_str()), Some(&real)).unwrap_err().to_string(),
            format!("Error finding codex home: CODEX_HOME points to {missing:?}, but that path does not exist\n")
        );
        let file = real.join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(
            codex_home(Some(file.as_os_str()), Some(&real)).unwrap_err().to_string(),
            format!("Error finding codex home: CODEX_HOME points to {file:?}, but that path is not a directory\n")
        );
    }

    #[test]
    fn the_default_home_is_made_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = codex_home(Some(OsStr::new("")), Some(folder.path())).unwrap();
        assert_eq!(home, folder.path().canonicalize().unwrap().join(".codex"));
        assert_eq!(fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(codex_home(None, None).is_err());
    }
}
