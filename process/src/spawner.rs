//! The one thread that starts processes and lives as long as we do.
//!
//! A child asks to be killed when the *thread* that made it ends. Threads of a runtime come and go, so none of them
//! may be that thread. Nothing else runs here, and requests are answered in the order they come.

use std::sync::{OnceLock, mpsc};
use std::thread;

use rustix::process::Pid;

use crate::guard;
use crate::launch::{self, ChildStdio, LaunchError};
use crate::plan::Plan;

struct Job {
    plan: Plan,
    stdio: ChildStdio,
    answer: mpsc::SyncSender<Result<Pid, LaunchError>>,
}

static SPAWNER: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();

/// Starts a process and waits until its program runs, some tenths of a millisecond. `None` when there can be no thread.
pub(crate) fn start(plan: Plan, stdio: ChildStdio) -> Option<Result<Pid, LaunchError>> {
    let jobs = SPAWNER.get_or_init(start_thread).as_ref()?;
    let (answer, result) = mpsc::sync_channel(1);
    jobs.send(Job { plan, stdio, answer }).ok()?;
    result.recv().ok()
}

fn start_thread() -> Option<mpsc::Sender<Job>> {
    let (sender, jobs) = mpsc::channel();
    thread::Builder::new().name("spawner".into()).stack_size(128 * 1024).spawn(move || serve(&jobs)).ok()?;
    Some(sender)
}

fn serve(jobs: &mpsc::Receiver<Job>) {
    launch::block_signals();
    guard::start();
    let mut stack = launch::Stack::new();
    while let Ok(mut job) = jobs.recv() {
        let result = launch::launch(&mut job.plan, &job.stdio, &mut stack);
        if let Ok(pid) = &result {
            guard::add(*pid);
        }
        // The asker waits for this and cannot be gone.
        let _ = job.answer.send(result);
    }
}
