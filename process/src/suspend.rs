//! Stops this program as Ctrl-Z does, for front ends that read that key themselves.
#![allow(unsafe_code)]

/// Stops the process group with `SIGTSTP` and returns when it goes on. A handler of ours for that signal is put aside meanwhile,
/// so that the shell sees the stop it knows.
pub fn stop_group() {
    // SAFETY: both structures are plain data that live on this stack, the signal number is valid, and the handler that was
    // found is put back as it was; `kill` takes plain values.
    unsafe {
        let mut usual: libc::sigaction = std::mem::zeroed();
        usual.sa_sigaction = libc::SIG_DFL;
        let mut found: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGTSTP, &raw const usual, &raw mut found) != 0 {
            return;
        }
        libc::kill(0, libc::SIGTSTP);
        libc::sigaction(libc::SIGTSTP, &raw const found, std::ptr::null_mut());
    }
}
