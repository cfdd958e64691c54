//! A hardened process, looked at from itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[test]
#[cfg(target_os = "linux")]
fn a_hardened_process_dumps_no_core_is_not_readable_and_has_no_loader_variables() {
    let program = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/hardened");
    #[expect(clippy::disallowed_methods, reason = "the one way to choose the environment of a plain process")]
    let output = std::process::Command::new(program)
        .env_clear()
        .envs([("LD_LIBRARY_PATH", "/nowhere"), ("LD_BIND_NOW", "1"), ("PATH", "/bin"), ("LDFLAGS", "-O2"), ("DYLD_X", "1")])
        .output()
        .unwrap();
    let mut lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["core Some(0) Some(0)", "dumpable NotDumpable", "env LDFLAGS=-O2", "env PATH=/bin"]);
}
