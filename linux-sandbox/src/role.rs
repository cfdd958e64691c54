//! The helper's life: read the call, confine, become the command.
//!
//! Every step is on the way of each command of a session, so nothing is done that could be left out: no allocator
//! warm-up, no threads, no configuration.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use crate::call::{Call, Network};
use crate::failure::Failure;
use crate::syscalls::{self, Limits};
use crate::{capabilities, files, host};

/// Runs the helper; `args` are those after the program's own name.
///
/// On success it does not return: this process *is* the command then, so its exit code and signals are the command's own.
/// Otherwise the command has not run, one line on standard error says why, and the result is the exit code:
/// [`REFUSED_EXIT`](crate::REFUSED_EXIT), [`NOT_EXECUTABLE_EXIT`](crate::NOT_EXECUTABLE_EXIT) or
/// [`MISSING_EXIT`](crate::MISSING_EXIT). Must be called before any other thread exists.
pub fn run_main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let mut args = args.into_iter().peekable();
    if args.next_if(|arg| arg == "--probe").is_some() {
        return answer_probe();
    }
    let Err(failure) = confine_and_become(args);
    // With standard error closed there is nobody to tell.
    let _ = io::stderr().write_all(failure.line().as_bytes());
    failure.exit_code()
}

fn confine_and_become(args: impl IntoIterator<Item = OsString>) -> Result<Infallible, Failure> {
    let call = Call::parse(args).map_err(Failure::Call)?;
    if let Network::Proxy(_) = call.limits.network {
        return Err(Failure::Step { step: "network", reason: "a network by proxy needs namespaces".into() });
    }
    let host = host::check_host()?;
    let limits = &call.limits;
    rustix::process::chdir(&limits.cwd).map_err(|error| Failure::Cwd { cwd: limits.cwd.clone(), source: error.into() })?;
    rustix::thread::set_no_new_privs(true).map_err(Failure::step("setting no_new_privs"))?;
    files::confine(limits)?;
    capabilities::drop_all()?;
    syscalls::confine(Limits {
        network: limits.network == Network::On,
        writes: !limits.write.is_empty(),
        landlock_truncates: host.landlock_truncates(),
    })?;
    close_all_but_the_standard_streams()?;
    become_command(call.argv)
}

/// Says whether namespaces can be had: `ok`, or the step that failed and the number of its error.
fn answer_probe() -> u8 {
    let text = match crate::namespaces::probe() {
        Ok(()) => "ok".to_owned(),
        Err(refused) => format!("{} {}", refused.step, refused.errno.0),
    };
    u8::from(io::stdout().write_all(text.as_bytes()).is_err())
}

fn close_all_but_the_standard_streams() -> Result<(), Failure> {
    // SAFETY: nothing of ours is used through a descriptor above 2 from here on.
    if unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) } == 0 {
        return Ok(());
    }
    // Linux 5.13, the oldest with Landlock, has the call; so does every kernel that got this far.
    Err(Failure::step("closing descriptors")(io::Error::last_os_error()))
}

fn become_command(argv: Vec<OsString>) -> Result<Infallible, Failure> {
    let program = argv.first().cloned().unwrap_or_default();
    let failed = |source| Failure::Exec { program: program.clone(), source };
    let words = argv.iter().map(|word| CString::new(word.as_bytes())).collect::<Result<Vec<_>, _>>();
    let words = words.map_err(|error| failed(error.into()))?;
    let table: Vec<_> = words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect();
    // SAFETY: the table is not empty, ends with null and points to strings that live until the call is over. SIGPIPE is put
    // back to what a fresh process has; Rust's start-up code had it ignored, and that would outlive `exec`.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::execvp(table[0], table.as_ptr());
    }
    Err(failed(telling(io::Error::last_os_error(), &program)))
}

/// `execvp` says "permission denied" also for a name that is in no folder of `PATH` when one of them may not be entered.
fn telling(error: io::Error, program: &OsStr) -> io::Error {
    if error.raw_os_error() != Some(libc::EACCES) || program.as_bytes().contains(&b'/') {
        return error;
    }
    #[expect(clippy::disallowed_methods, reason = "the command's own environment, which `execvp` has just looked at")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let exists = std::env::split_paths(&path).any(|folder| folder.join(program).symlink_metadata().is_ok());
    if exists { error } else { io::Error::from_raw_os_error(libc::ENOENT) }
}
