//! The helper as a program of its own, for tests. With `--without PART` first, the kernel it runs on lacks that part:
//! `landlock`, `landlock-off`, `landlock-forbidden`, `landlock-rules`, `seccomp`, `namespaces`, `namespaces-limit`, `view` or
//! `fresh-proc`.
#![allow(unsafe_code)]

use std::ffi::OsString;
use std::process::ExitCode;

use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    while args.next_if(|arg| arg == "--without").is_some() {
        let part = args.next().unwrap_or_default();
        if let Err(problem) = take_away(&part) {
            // A test that reads this sees that its drill did not take place.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), problem.as_bytes());
            return ExitCode::from(99);
        }
    }
    ExitCode::from(codex_linux_sandbox::run_main(args))
}

fn take_away(part: &OsString) -> Result<(), String> {
    let (call, errno) = match part.to_str() {
        Some("landlock") => (libc::SYS_landlock_create_ruleset, libc::ENOSYS),
        Some("landlock-off") => (libc::SYS_landlock_create_ruleset, libc::EOPNOTSUPP),
        Some("landlock-forbidden") => (libc::SYS_landlock_create_ruleset, libc::EPERM),
        Some("landlock-rules") => (libc::SYS_landlock_restrict_self, libc::EPERM),
        Some("namespaces") => (libc::SYS_clone, libc::EPERM),
        Some("namespaces-limit") => (libc::SYS_clone, libc::ENOSPC),
        Some("view") => (libc::SYS_mount_setattr, libc::EPERM),
        Some("fresh-proc") => (libc::SYS_mount, libc::EPERM),
        Some("seccomp") => (libc::SYS_seccomp, libc::EINVAL),
        _ => return Err(format!("unknown part {part:?}")),
    };
    let arch = std::env::consts::ARCH.try_into().map_err(|error| format!("{error:?}"))?;
    let rules = if call == libc::SYS_clone { vec![new_user()?] } else { Vec::new() };
    let rules = [(call, rules)].into_iter().collect();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno.unsigned_abs()), arch);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

/// Only processes with a user namespace of their own.
fn new_user() -> Result<SeccompRule, String> {
    let flag = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(flag), flag)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| error.to_string())
}
