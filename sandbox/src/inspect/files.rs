//! The files in which a system says what it is and what it restricts.

use std::fs;
use std::path::Path;

/// Their contents; `None` for a file that is not there or says something else than it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemFiles {
    /// Name of the distribution, as it calls itself.
    pub distribution: Option<String>,
    /// Release of the kernel.
    pub kernel: Option<String>,
    /// `user.max_user_namespaces`.
    pub max_user_namespaces: Option<u64>,
    /// `kernel.unprivileged_userns_clone`, a switch of Debian's.
    pub unprivileged_userns_clone: Option<bool>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, a switch of Ubuntu's.
    pub apparmor_restricts_userns: Option<bool>,
    /// The security modules that are switched on.
    pub security_modules: Option<Vec<String>>,
    /// `kernel.yama.ptrace_scope`.
    pub ptrace_scope: Option<u8>,
    /// Whether a system-call filter is around this process already.
    pub filtered: Option<bool>,
    /// What says that this is a container.
    pub container: Option<&'static str>,
}

impl SystemFiles {
    /// Reads them below `root`.
    pub fn read(root: &Path) -> Self {
        let text = |path: &str| fs::read_to_string(root.join(path)).ok();
        let number = |path: &str| text(path)?.trim().parse::<u64>().ok();
        Self {
            distribution: text("etc/os-release").and_then(|text| pretty_name(&text)),
            kernel: text("proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            max_user_namespaces: number("proc/sys/user/max_user_namespaces"),
            unprivileged_userns_clone: number("proc/sys/kernel/unprivileged_userns_clone").map(|value| value != 0),
            apparmor_restricts_userns: number("proc/sys/kernel/apparmor_restrict_unprivileged_userns").map(|value| value != 0),
            security_modules: text("sys/kernel/security/lsm").map(|text| text.trim().split(',').map(str::to_owned).collect()),
            ptrace_scope: number("proc/sys/kernel/yama/ptrace_scope").and_then(|value| u8::try_from(value).ok()),
            filtered: text("proc/self/status").and_then(|text| seccomp_mode(&text)).map(|mode| mode != 0),
            container: container(root, text("proc/1/cgroup").as_deref().unwrap_or_default()),
        }
    }

    /// Major and minor number of the kernel.
    pub fn kernel_version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.kernel.as_deref()?.split(|letter: char| !letter.is_ascii_digit());
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

fn pretty_name(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty())
}

fn seccomp_mode(status: &str) -> Option<u8> {
    status.lines().find_map(|line| line.strip_prefix("Seccomp:"))?.trim().parse().ok()
}

/// Files that container engines leave, and the names they give to control groups.
fn container(root: &Path, cgroup_of_init: &str) -> Option<&'static str> {
    const FILES: [(&str, &str); 2] = [(".dockerenv", "/.dockerenv"), ("run/.containerenv", "/run/.containerenv")];
    const GROUPS: [&str; 5] = ["docker", "kubepods", "containerd", "libpod", "lxc"];
    let file = FILES.iter().find(|(path, _)| root.join(path).exists()).map(|(_, shown)| *shown);
    file.or_else(|| GROUPS.into_iter().any(|name| cgroup_of_init.contains(name)).then_some("/proc/1/cgroup"))
}
