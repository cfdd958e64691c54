//! Makes one process: `clone` that shares our memory until the new program runs, as `vfork` does.
//!
//! Nothing of ours is copied, so starting costs the same whatever our size. The price is discipline between
//! `clone` and `exec`: [`in_child`] makes system calls over prepared pointers and nothing else. The thread that
//! calls [`launch`] is suspended meanwhile, has every signal blocked, and must live as long as the process,
//! because the child dies with *that thread* (`PR_SET_PDEATHSIG`).
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

use rustix::process::Pid;

use crate::plan::Plan;

/// What the child's descriptors 0, 1 and 2 become. All are above 2.
pub(crate) struct ChildStdio {
    pub(crate) stdin: OwnedFd,
    /// Standard output, and standard error unless that has its own.
    pub(crate) output: OwnedFd,
    /// Standard error.
    pub(crate) errors: Option<OwnedFd>,
    /// Whether `stdin` is the terminal that shall control the child's session.
    pub(crate) terminal: bool,
}

/// The step that failed, with the system's answer.
pub(crate) struct LaunchError {
    pub(crate) step: Step,
    pub(crate) source: io::Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Clone,
    Session,
    Terminal,
    Streams,
    Cwd,
    Tie,
    Exec,
}

/// Bytes of stack for the few calls of [`in_child`].
const STACK: usize = 64 * 1024;

/// Everything the child reads and the one thing it writes, by address.
struct Order {
    stdin: c_int,
    output: c_int,
    errors: c_int,
    terminal: bool,
    cwd: *const c_char,
    candidates: *const *const c_char,
    argv: *const *const c_char,
    sh_argv: *mut *const c_char,
    envp: *const *const c_char,
    parent: libc::pid_t,
    failed: Option<(Step, c_int)>,
}

/// Memory the child runs on; kept by the spawning thread and used again.
pub(crate) struct Stack(Vec<u128>);

impl Stack {
    pub(crate) fn new() -> Self {
        Self(vec![0; STACK / size_of::<u128>()])
    }
}

/// Blocks every signal of the calling thread, so that no handler of ours ever runs in a child that shares our memory.
pub(crate) fn block_signals() {
    // SAFETY: `set` is a plain value that `sigfillset` initialises.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigfillset(&raw mut set);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut());
    }
}

/// Starts the process. On an error no process is left.
pub(crate) fn launch(plan: &mut Plan, stdio: &ChildStdio, stack: &mut Stack) -> Result<Pid, LaunchError> {
    let mut order = Order {
        stdin: stdio.stdin.as_raw_fd(),
        output: stdio.output.as_raw_fd(),
        errors: stdio.errors.as_ref().unwrap_or(&stdio.output).as_raw_fd(),
        terminal: stdio.terminal,
        cwd: plan.cwd.as_ptr(),
        candidates: plan.candidates.as_ptr(),
        argv: plan.argv.as_ptr(),
        sh_argv: plan.sh_argv.as_mut_ptr(),
        envp: plan.envp.as_ptr(),
        parent: rustix::process::getpid().as_raw_nonzero().get(),
        failed: None,
    };
    let top = stack.0.as_mut_ptr_range().end.cast::<c_void>();
    // SAFETY: `top` ends a live, 16-byte aligned block that nobody else uses; CLONE_VFORK suspends this thread until
    // the child has left our memory, so `order`, `plan` and the stack outlive its use of them.
    let pid = unsafe { libc::clone(in_child, top, libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD, (&raw mut order).cast()) };
    let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
        return Err(LaunchError { step: Step::Clone, source: io::Error::last_os_error() });
    };
    // SAFETY: the child wrote this through the pointer it was given; a volatile read keeps the compiler from
    // assuming the `None` from above.
    match unsafe { ptr::read_volatile(&raw const order.failed) } {
        None => Ok(pid),
        Some((step, errno)) => {
            // It has already exited; this only takes it off the process table.
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
            Err(LaunchError { step, source: io::Error::from_raw_os_error(errno) })
        }
    }
}

/// The child's life before `exec`. Returns only when something failed; `clone` then ends the child.
extern "C" fn in_child(order: *mut c_void) -> c_int {
    // SAFETY: `launch` passes its own `Order` and waits; only async-signal-safe system calls follow, over pointers
    // prepared before the process existed. `errno` is the suspended thread's, which does not look at it meanwhile.
    unsafe {
        let order = &mut *order.cast::<Order>();
        let step = run(order);
        order.failed = Some((step, *libc::__errno_location()));
    }
    127
}

/// Does the steps in order and names the one that failed.
unsafe fn run(order: &mut Order) -> Step {
    // SAFETY: as for `in_child`.
    unsafe {
        default_signals();
        if libc::setsid() < 0 {
            return Step::Session;
        }
        if order.terminal && libc::ioctl(order.stdin, libc::TIOCSCTTY, 0) < 0 {
            return Step::Terminal;
        }
        if libc::dup2(order.stdin, 0) < 0 || libc::dup2(order.output, 1) < 0 || libc::dup2(order.errors, 2) < 0 {
            return Step::Streams;
        }
        close_the_rest();
        if libc::chdir(order.cwd) < 0 {
            return Step::Cwd;
        }
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) < 0 {
            return Step::Tie;
        }
        if libc::getppid() != order.parent {
            // The parent died before the tie was made: nobody is left to want this process.
            libc::_exit(127);
        }
        let mut none: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        exec(order);
    }
    Step::Exec
}

/// Undoes what this process ignores or handles; only ignoring would survive `exec`, but a handler must not run before it.
///
/// Straight to the kernel, because the C library keeps two signals to itself and would leave those ignored.
unsafe fn default_signals() {
    // The kernel's own structure: handler, flags, restorer and a mask of 64 bits, where all zeros mean "default".
    let default = [0_u64; 4];
    for signal in 1..=64 {
        // SAFETY: as for `in_child`; SIGKILL and SIGSTOP are answered with an error that does not matter.
        unsafe {
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null::<u64>(), size_of::<u64>());
        }
    }
}

/// Closes everything above standard error. The descriptor table is the child's own copy.
unsafe fn close_the_rest() {
    // SAFETY: as for `in_child`.
    unsafe {
        if libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) < 0 {
            // Older than Linux 5.9: one by one, as far as a table usually reaches.
            let mut limit: libc::rlimit = mem::zeroed();
            libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
            for fd in 3..limit.rlim_cur.min(65_536) as c_int {
                libc::close(fd);
            }
        }
    }
}

/// Tries the candidates as `execvp` does: go on past files that are not there, remember one that may not be run.
unsafe fn exec(order: &mut Order) {
    // SAFETY: as for `in_child`; all tables end with a null pointer, and `sh_argv` holds at least two entries.
    unsafe {
        let mut refused = false;
        let mut candidate = order.candidates;
        while !(*candidate).is_null() {
            libc::execve(*candidate, order.argv, order.envp);
            if *libc::__errno_location() == libc::ENOEXEC {
                *order.sh_argv.add(1) = *candidate;
                libc::execve(c"/bin/sh".as_ptr(), order.sh_argv, order.envp);
                return;
            }
            match *libc::__errno_location() {
                libc::EACCES => refused = true,
                libc::ENOENT | libc::ENOTDIR | libc::ENODEV | libc::ESTALE | libc::ETIMEDOUT => {}
                _ => return,
            }
            candidate = candidate.add(1);
        }
        if refused {
            *libc::__errno_location() = libc::EACCES;
        }
    }
}
