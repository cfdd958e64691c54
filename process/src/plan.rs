//! Turns a request into the C strings and pointer tables that the new process will need.
//!
//! Everything that allocates happens here, before the process exists: between `clone` and `exec` nothing may.

use std::ffi::{CString, OsStr, OsString, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use crate::{SpawnError, SpawnSpec};

const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A request in the form `exec` takes.
pub(crate) struct Plan {
    /// Files to try, in order.
    pub(crate) candidates: CStrings,
    pub(crate) argv: CStrings,
    /// `sh FILE ARGS...` for a script without a first line that names its interpreter; the file is filled in last.
    pub(crate) sh_argv: CStrings,
    pub(crate) envp: CStrings,
    pub(crate) cwd: CString,
}

impl Plan {
    pub(crate) fn new(spec: &SpawnSpec) -> Result<Self, SpawnError> {
        let argv0 = spec.arg0.as_ref().unwrap_or(&spec.program);
        let argv = once(argv0).chain(&spec.args);
        let sh_argv = [OsStr::new("sh"), OsStr::new("")].into_iter().chain(spec.args.iter().map(OsString::as_os_str));
        let envp = spec.env.iter().map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat());
        Ok(Self {
            candidates: CStrings::new("the program", candidates(spec))?,
            argv: CStrings::new("an argument", argv.map(|arg| arg.as_bytes().to_vec()))?,
            sh_argv: CStrings::new("an argument", sh_argv.map(|arg| arg.as_bytes().to_vec()))?,
            envp: CStrings::new("the environment", envp)?,
            cwd: c_string("the working folder", spec.cwd.as_os_str().as_bytes().to_vec())?,
        })
    }
}

fn once(first: &OsString) -> impl Iterator<Item = &OsString> {
    std::iter::once(first)
}

/// The files a name may stand for: itself when it holds a `/`, else one per entry of `PATH`.
fn candidates(spec: &SpawnSpec) -> Vec<Vec<u8>> {
    let program = spec.program.as_bytes();
    if program.contains(&b'/') || program.is_empty() {
        return vec![program.to_vec()];
    }
    let path = spec.env.iter().rev().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH.as_bytes(), |(_, value)| value.as_bytes());
    path.split(|byte| *byte == b':')
        .map(|folder| Path::new(OsStr::from_bytes(if folder.is_empty() { b"." } else { folder })))
        .map(|folder| folder.join(&spec.program).into_os_string().as_bytes().to_vec())
        .collect()
}

/// "Permission denied" is also the answer for a name that is in no folder of `PATH` when one of them may not be entered,
/// and "Not a directory" when the last of them is a file; that is a missing program to the one who asked.
pub(crate) fn telling(error: io::Error, spec: &SpawnSpec) -> io::Error {
    let exists = || candidates(spec).iter().any(|file| spec.cwd.join(OsStr::from_bytes(file)).symlink_metadata().is_ok());
    let searched = !spec.program.as_bytes().contains(&b'/');
    let misleading = error.kind() == io::ErrorKind::PermissionDenied || searched && error.kind() == io::ErrorKind::NotADirectory;
    if misleading && !exists() { io::Error::from_raw_os_error(libc::ENOENT) } else { error }
}

fn c_string(what: &'static str, bytes: Vec<u8>) -> Result<CString, SpawnError> {
    CString::new(bytes).map_err(|_| SpawnError::ZeroByte { what })
}

/// Strings with the null-ended table of pointers to them.
pub(crate) struct CStrings {
    table: Vec<*const c_char>,
    /// What the table points to. Moving a `CString` leaves its bytes where they are.
    _strings: Vec<CString>,
}

// SAFETY: the table points only into `_strings`, which moves along, and nothing is written through it.
#[allow(unsafe_code)]
unsafe impl Send for CStrings {}

impl CStrings {
    fn new(what: &'static str, items: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, SpawnError> {
        let strings = items.into_iter().map(|item| c_string(what, item)).collect::<Result<Vec<_>, _>>()?;
        let table = strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect();
        Ok(Self { table, _strings: strings })
    }

    /// The table; its last entry is null.
    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.table.as_ptr()
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut *const c_char {
        self.table.as_mut_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StdinMode, Stdio};

    fn files(program: &str, env: &[(&str, &str)]) -> Vec<String> {
        let spec = SpawnSpec {
            program: program.into(),
            arg0: None,
            args: Vec::new(),
            cwd: "/".into(),
            env: env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            stdio: Stdio::Pipes { stdin: StdinMode::Closed },
        };
        candidates(&spec).into_iter().map(|file| String::from_utf8(file).unwrap()).collect()
    }

    #[test]
    fn a_bare_name_is_looked_up_in_the_given_path_alone() {
        assert_eq!(files("ls", &[("PATH", "/a:/b/:")]), ["/a/ls", "/b/ls", "./ls"]);
        assert_eq!(files("ls", &[]), ["/usr/local/bin/ls", "/usr/bin/ls", "/bin/ls"]);
        assert_eq!(files("./ls", &[("PATH", "/a")]), ["./ls"]);
        assert_eq!(files("/x/ls", &[("PATH", "/a")]), ["/x/ls"]);
    }
}
