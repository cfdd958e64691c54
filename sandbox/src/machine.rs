//! What this machine's sandbox is made of, asked once, and the words for a weaker one.
//!
//! For `explain` and for the one warning of a session. Nothing is decided by it: the helper finds out by itself for each command.

use std::path::Path;
use std::sync::OnceLock;

use codex_linux_sandbox::{Cause, Machine};
use codex_protocol::{SandboxFallback, SandboxPolicy};

/// The machine's report. The first call starts the helper once, some milliseconds; later ones cost nothing.
pub fn machine(helper: &Path) -> &'static Machine {
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    MACHINE.get_or_init(|| codex_linux_sandbox::machine(helper))
}

/// One line for the start of a session in which the sandbox will be weaker than it could be, or commands will not run.
///
/// `None` where all is well, where the policy needs no sandbox, and inside a sandbox of ours, whose restrictions are in force.
pub fn announcement(machine: &Machine, policy: &SandboxPolicy, fallback: SandboxFallback) -> Option<String> {
    if !policy.needs_sandbox() || machine.nested {
        return None;
    }
    let missing = |part: &Cause| Some(format!("sandbox: commands will not run: {part}"));
    if let Err(part) = &machine.seccomp {
        return missing(part);
    }
    match (&machine.namespaces, &machine.landlock) {
        (Ok(()), Ok(_)) => None,
        (Ok(()), Err(part)) => {
            Some(format!("sandbox: namespaces and seccomp confine commands, without Landlock as a further layer: {part}"))
        }
        (Err(_), Err(part)) => missing(part),
        (Err(cause), Ok(_)) => {
            let writes = matches!(policy, SandboxPolicy::WorkspaceWrite { .. });
            Some(codex_linux_sandbox::weaker(writes, fallback, cause))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(namespaces: bool, landlock: bool) -> Machine {
        let missing = |what: &str| Cause { what: what.into(), remedy: "mend it".into() };
        Machine {
            kernel: "6.0".into(),
            namespaces: if namespaces { Ok(()) } else { Err(missing("no namespaces")) },
            landlock: if landlock { Ok(7) } else { Err(missing("no Landlock")) },
            seccomp: Ok(()),
            apparmor_restricts_userns: None,
            nested: false,
        }
    }

    /// S6
    #[test]
    fn a_weaker_sandbox_is_told_in_one_line_with_its_remedy() {
        use SandboxFallback::{Refuse, Relaxed, Strict};
        let write = SandboxPolicy::workspace_write();
        assert_eq!(announcement(&machine(true, true), &write, Strict), None);
        assert_eq!(announcement(&machine(false, true), &SandboxPolicy::DangerFullAccess, Strict), None);
        assert_eq!(announcement(&Machine { nested: true, ..machine(false, true) }, &write, Strict), None);
        let second_layer = announcement(&machine(true, false), &write, Strict).unwrap();
        assert!(second_layer.contains("without Landlock"), "{second_layer}");
        for (landlock, policy, fallback, words) in [
            (false, &write, Relaxed, "will not run: no Landlock"),
            (true, &write, Strict, "nothing new at the top level"),
            (true, &write, Relaxed, "only compared"),
            (true, &write, Strict, "can change owner, mode, times and attributes"),
            (true, &write, Relaxed, "can change owner, mode, times and attributes"),
            (true, &write, Refuse, "will not run"),
            (true, &SandboxPolicy::read_only(), Strict, "Landlock and seccomp alone: no namespaces"),
        ] {
            let line = announcement(&machine(false, landlock), policy, fallback).unwrap();
            assert!(line.contains(words) && line.contains("mend it") && line.lines().count() == 1, "{line}");
        }
    }
}
