//! Hardens itself and prints what came of it: for a test that starts it with a dangerous environment.

use std::io::Write;

fn main() -> std::io::Result<()> {
    codex_process_hardening::harden();
    let mut out = std::io::stdout();
    let core = rustix::process::getrlimit(rustix::process::Resource::Core);
    writeln!(out, "core {:?} {:?}", core.current, core.maximum)?;
    writeln!(out, "dumpable {:?}", rustix::process::dumpable_behavior()?)?;
    #[expect(clippy::disallowed_methods, reason = "a test program that shows its environment")]
    for (name, value) in std::env::vars_os() {
        writeln!(out, "env {}={}", name.display(), value.display())?;
    }
    Ok(())
}
