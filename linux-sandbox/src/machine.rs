//! What this machine can put around a command, part by part, with the cause and the way out where it cannot.
//!
//! For reports (`codex sandbox explain`) and for telling once that the sandbox is weaker here. The helper asks the kernel
//! itself each time and believes no report. Reading causes from the system's files is a pure function of their contents.

use std::fs;
use std::path::{Path, PathBuf};

use codex_protocol::SandboxFallback;

use crate::call::ROLE;
use crate::host::{self, Unenforceable};

/// Why a part cannot be had, and what to do about it. Each is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What is in the way.
    pub what: String,
    /// What to change.
    pub remedy: String,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

/// The parts of the sandbox on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Release of the kernel.
    pub kernel: String,
    /// Namespaces: tried once, by a process of the helper's.
    pub namespaces: Result<(), Cause>,
    /// Landlock's version.
    pub landlock: Result<u32, Cause>,
    /// System-call filters.
    pub seccomp: Result<(), Cause>,
    /// Whether AppArmor keeps user namespaces from programs without a profile; `None` where the kernel has no such switch.
    pub apparmor_restricts_userns: Option<bool>,
    /// Whether this process runs inside a sandbox of ours already.
    pub nested: bool,
}

/// Asks the kernel for every part. Starts one process; ask once.
pub fn machine(helper: &Path) -> Machine {
    let system = SystemFiles::read(Path::new("/"));
    let nested = crate::nested::inside();
    let host = host::check_host();
    Machine {
        kernel: system.kernel.clone().unwrap_or_else(|| "unknown".into()),
        namespaces: try_namespaces(helper, &system),
        landlock: match host {
            Ok(host) => Ok(host.landlock_abi),
            Err(Unenforceable::SeccompMissing(_)) => host::landlock_abi().map_err(|missing| missing.cause()),
            Err(missing) => Err(missing.cause()),
        },
        seccomp: host::seccomp().map_err(|missing| missing.cause()),
        apparmor_restricts_userns: system.apparmor_restrict.as_deref().map(|value| value != "0"),
        nested,
    }
}

/// One line for a sandbox that has to do without namespaces. `writes`: whether there are writable roots.
pub fn weaker(writes: bool, fallback: SandboxFallback, cause: &Cause) -> String {
    let consequence = match fallback {
        SandboxFallback::Refuse => "commands will not run (`sandbox_fallback = \"refuse\"`)",
        SandboxFallback::Strict | SandboxFallback::Relaxed if !writes => "commands are confined by Landlock and seccomp alone",
        SandboxFallback::Strict => {
            "commands are confined by Landlock and seccomp alone, can change owner, mode, times and attributes of any file of yours, and make nothing new at the top level of a writable root (`sandbox_fallback = \"strict\"`)"
        }
        SandboxFallback::Relaxed => {
            "commands are confined by Landlock and seccomp alone, can change owner, mode, times and attributes of any file of yours, and `.git`, `.codex` and `.agents` are only compared and restored afterwards (`sandbox_fallback = \"relaxed\"`)"
        }
    };
    format!("sandbox: {consequence}: {cause}")
}

fn try_namespaces(helper: &Path, system: &SystemFiles) -> Result<(), Cause> {
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;
    #[expect(clippy::disallowed_methods, reason = "a process that answers at once and has no group to keep")]
    let mut probe = std::process::Command::new(helper);
    probe.arg0(ROLE).arg("--probe").stdin(Stdio::null()).stderr(Stdio::null()).env_clear();
    let output = probe.output().map_err(|error| Cause {
        what: format!("the sandbox helper cannot be started ({error})"),
        remedy: "install the program again".into(),
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.split_once(' ') {
        _ if text.trim() == "ok" => Ok(()),
        Some((step, errno)) => Err(system.namespace_cause(step, errno.trim().parse().unwrap_or(0))),
        None => Err(Cause { what: "the sandbox helper ended without an answer".into(), remedy: "run it by hand to see why".into() }),
    }
}

/// The files in which systems say that they restrict namespaces; contents trimmed, `None` where there is no such file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SystemFiles {
    kernel: Option<String>,
    max_user_namespaces: Option<String>,
    unprivileged_userns_clone: Option<String>,
    apparmor_restrict: Option<String>,
    container: bool,
}

impl SystemFiles {
    /// Reads them below `root`, which is `/` but in tests.
    pub(crate) fn read(root: &Path) -> Self {
        let line = |path: &str| fs::read_to_string(root.join(path)).ok().map(|text| text.trim().to_owned());
        let exists = |path: &str| root.join(PathBuf::from(path)).exists();
        Self {
            kernel: line("proc/sys/kernel/osrelease"),
            max_user_namespaces: line("proc/sys/user/max_user_namespaces"),
            unprivileged_userns_clone: line("proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restrict: line("proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            container: exists(".dockerenv") || exists("run/.containerenv"),
        }
    }

    /// Why `step` of building the namespaces was answered with `errno`.
    pub(crate) fn namespace_cause(&self, step: &str, errno: i32) -> Cause {
        let (what, remedy) = if self.max_user_namespaces.as_deref() == Some("0") {
            ("user namespaces are switched off (user.max_user_namespaces = 0)", "run `sysctl -w user.max_user_namespaces=15000`")
        } else if self.unprivileged_userns_clone.as_deref() == Some("0") {
            (
                "user namespaces are kept from ordinary users (kernel.unprivileged_userns_clone = 0)",
                "run `sysctl -w kernel.unprivileged_userns_clone=1`",
            )
        } else if self.apparmor_restrict.as_deref().is_some_and(|value| value != "0") {
            (
                "AppArmor keeps user namespaces from programs without a profile (kernel.apparmor_restrict_unprivileged_userns = 1)",
                "give codex an AppArmor profile with `userns,`, or run `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`",
            )
        } else if step == "proc" {
            (
                "a fresh /proc cannot be mounted, because a container covers parts of the one it gave us",
                "start the container with `--security-opt systempaths=unconfined`",
            )
        } else if self.container {
            (
                "this container does not allow user namespaces",
                "start it with `--security-opt seccomp=unconfined` or a profile that allows `clone` and `unshare` with new namespaces, and `mount`",
            )
        } else if errno == libc::ENOSPC {
            ("the limit of user namespaces is reached", "raise it with `sysctl -w user.max_user_namespaces=15000`")
        } else if errno == libc::ENOSYS || errno == libc::EINVAL {
            ("this kernel has no user namespaces or is older than Linux 5.12", "use a kernel built with CONFIG_USER_NS")
        } else {
            (
                "user namespaces are not permitted here",
                "allow `clone` and `unshare` with new namespaces, and `mount`, in the filter around this program",
            )
        };
        let system = std::io::Error::from_raw_os_error(errno);
        Cause { what: format!("{what} [{step}: {system}]"), remedy: remedy.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(files: &[(&str, &str)]) -> SystemFiles {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        SystemFiles::read(root.path())
    }

    #[test]
    fn the_cause_is_read_from_the_systems_own_files() {
        let ubuntu = recorded(&[
            ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"),
            ("proc/sys/kernel/unprivileged_userns_clone", "1\n"),
            ("proc/sys/user/max_user_namespaces", "62857\n"),
        ]);
        let debian = recorded(&[("proc/sys/kernel/unprivileged_userns_clone", "0\n")]);
        let hardened = recorded(&[("proc/sys/user/max_user_namespaces", "0\n")]);
        let docker = recorded(&[(".dockerenv", "")]);
        let plain = SystemFiles::default();
        for (system, step, errno, what, remedy) in [
            (&ubuntu, "identity", libc::EACCES, "AppArmor", "apparmor_restrict_unprivileged_userns=0"),
            (&debian, "clone", libc::EPERM, "kernel.unprivileged_userns_clone = 0", "kernel.unprivileged_userns_clone=1"),
            (&hardened, "clone", libc::ENOSPC, "max_user_namespaces = 0", "user.max_user_namespaces=15000"),
            (&docker, "clone", libc::EPERM, "container", "--security-opt seccomp"),
            (&docker, "proc", libc::EPERM, "/proc", "systempaths=unconfined"),
            (&plain, "clone", libc::ENOSPC, "limit", "max_user_namespaces"),
            (&plain, "clone", libc::EINVAL, "CONFIG", "CONFIG_USER_NS"),
            (&plain, "clone", libc::EPERM, "not permitted", "allow `clone`"),
        ] {
            let cause = system.namespace_cause(step, errno);
            let line = cause.to_string();
            assert!(line.contains(what) && cause.remedy.contains(remedy) && line.lines().count() == 1, "{step} {errno}: {line}");
        }
    }
}
