//! Whether a process that is coming up does anything: one that sleeps waits for something that is not this machine's work.
//!
//! Read from `/proc`; where that says nothing, a process counts as busy. Not here: how long anybody waits for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often one looks.
const LOOK: Duration = Duration::from_millis(10);
/// Looks in a row that find everything asleep. A server that has just answered sleeps until the next line reaches it, which takes
/// less than one of them.
const LOOKS: u32 = 8;
/// Most processes of a server that are looked at; one with more is busy.
const MOST_PROCESSES: usize = 64;

/// The process of a server that is being started; 0 while there is none.
#[derive(Debug, Default)]
pub(crate) struct Starting(AtomicU32);

impl Starting {
    pub(crate) fn is(&self, process: u32) {
        self.0.store(process, Ordering::Relaxed);
    }

    /// Waits until the process has slept for a while, with all that it started. Never ends for a server without a process.
    pub(crate) async fn falls_asleep(&self) {
        let mut slept = 0;
        while slept < LOOKS {
            tokio::time::sleep(LOOK).await;
            let process = self.0.load(Ordering::Relaxed);
            slept = if process != 0 && is_asleep(process) { slept + 1 } else { 0 };
        }
    }
}

/// Whether every thread of a process and of its descendants sleeps.
fn is_asleep(process: u32) -> bool {
    let mut left = vec![process.to_string()];
    let mut seen = 0;
    while let Some(process) = left.pop() {
        seen += 1;
        let Ok(threads) = std::fs::read_dir(PathBuf::from("/proc").join(&process).join("task")) else { return false };
        for thread in threads.flatten() {
            let (Some(false), Ok(children)) = (is_running(&thread.path()), std::fs::read_to_string(thread.path().join("children"))) else {
                return false;
            };
            left.extend(children.split_whitespace().map(str::to_owned));
        }
        if seen + left.len() > MOST_PROCESSES {
            return false;
        }
    }
    true
}

/// Whether a thread runs, would like to, or waits for a disk.
fn is_running(thread: &Path) -> Option<bool> {
    let stat = std::fs::read_to_string(thread.join("stat")).ok()?;
    // The name in front may have parentheses of its own.
    let state = stat.rsplit_once(") ")?.1.chars().next()?;
    Some(!matches!(state, 'S' | 'I' | 'Z'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use std::process::{Command, Stdio};

    use super::*;

    fn shell(script: &str) -> std::process::Child {
        Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Ends only when the process has slept: without that the test hangs.
    #[tokio::test]
    async fn a_process_that_waits_is_asleep_with_what_it_started() {
        for script in ["read line", "sleep 600 & read line; kill $!"] {
            let mut child = shell(script);
            let starting = Starting::default();
            starting.is(child.id());
            starting.falls_asleep().await;
            drop(child.stdin.take());
            child.wait().unwrap();
        }
    }

    #[test]
    fn a_process_whose_child_works_is_busy() {
        let mut child = shell("sh -c 'while :; do :; done' & read line; kill $!");
        // Until the child of the child works, and from then on always.
        while is_asleep(child.id()) {}
        for _ in 0..100 {
            assert!(!is_asleep(child.id()));
        }
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[test]
    fn a_process_that_is_gone_is_not_asleep() {
        let mut child = shell("exit 0");
        let process = child.id();
        child.wait().unwrap();
        assert!(!is_asleep(process));
    }
}
