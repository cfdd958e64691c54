//! Watches a child for its end, and keeps its number from being reused until nobody needs it.
//!
//! The leader of a group is left as a zombie until its [`Child`](crate::Child) is dropped: as long as it is, its number names
//! this group and no other, so a late kill cannot hit a stranger.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{oneshot, watch};

use crate::{guard, poll};

/// How long [`Child::wait`](crate::Child::wait) gives processes the child left behind to finish printing.
pub const OUTPUT_GRACE: Duration = Duration::from_millis(200);

/// How a process ended: exactly one of the two is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// What it returned.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

impl ExitStatus {
    /// Whether it returned zero.
    pub fn success(self) -> bool {
        self.code == Some(0)
    }

    /// One number as shells give it: the code, or 128 and the signal.
    pub fn shell_code(self) -> i32 {
        self.code.unwrap_or_else(|| 128 + self.signal.unwrap_or(0))
    }

    pub(crate) const KILLED: Self = Self { code: None, signal: Some(Signal::KILL.as_raw()) };
}

impl From<WaitIdStatus> for ExitStatus {
    fn from(status: WaitIdStatus) -> Self {
        match status.exit_status() {
            Some(code) => Self { code: Some(code), signal: None },
            None => Self { code: None, signal: status.terminating_signal() },
        }
    }
}

/// Where a child is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    /// Ended; its output may still be on the way.
    Exited(ExitStatus),
    /// Ended, and its output is read.
    Done(ExitStatus),
}

impl Phase {
    pub(crate) fn exit(self) -> Option<ExitStatus> {
        match self {
            Self::Running => None,
            Self::Exited(status) | Self::Done(status) => Some(status),
        }
    }
}

/// The child's process group, from its start until the leader is taken off the process table.
pub(crate) struct Group {
    pub(crate) leader: Pid,
    state: Mutex<GroupState>,
}

#[derive(Default)]
struct GroupState {
    exited: bool,
    released: bool,
    reaped: bool,
}

impl Group {
    pub(crate) fn new(leader: Pid) -> Self {
        Self { leader, state: Mutex::default() }
    }

    /// Signals every process of the group; one that has none left is no error.
    pub(crate) fn signal(&self, signal: Signal) {
        if !self.lock().reaped {
            let _ = rustix::process::kill_process_group(self.leader, signal);
        }
    }

    /// Kills the group and lets the leader go as soon as it has ended.
    pub(crate) fn release(&self) {
        self.signal(Signal::KILL);
        let mut state = self.lock();
        state.released = true;
        self.reap_if_due(&mut state);
    }

    fn note_exit(&self) {
        let mut state = self.lock();
        state.exited = true;
        self.reap_if_due(&mut state);
    }

    fn reap_if_due(&self, state: &mut GroupState) {
        if state.exited && state.released && !state.reaped {
            guard::remove(self.leader);
            let _ = rustix::process::waitid(WaitId::Pid(self.leader), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            state.reaped = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, GroupState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the child to its end and publishes it. `drained` resolves when the output has been read to its end.
pub(crate) async fn supervise(group: Arc<Group>, drained: oneshot::Receiver<()>, phase: watch::Sender<Phase>) {
    let status = exit_of(&group).await;
    group.note_exit();
    phase.send_replace(Phase::Exited(status));
    let _ = tokio::time::timeout(OUTPUT_GRACE, drained).await;
    phase.send_replace(Phase::Done(status));
}

async fn exit_of(group: &Group) -> ExitStatus {
    let pidfd = rustix::process::pidfd_open(group.leader, PidfdFlags::empty()).map_err(std::io::Error::from);
    match pidfd.and_then(|fd| poll::watch(fd, Interest::READABLE)) {
        Ok(pidfd) => exit_by_pidfd(&pidfd).await,
        Err(_) => exit_by_thread(group.leader).await,
    }
}

async fn exit_by_pidfd(pidfd: &AsyncFd<OwnedFd>) -> ExitStatus {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    loop {
        let Ok(mut ready) = pidfd.readable().await else { return ExitStatus::KILLED };
        match rustix::process::waitid(WaitId::PidFd(pidfd.get_ref().as_fd()), options) {
            Ok(Some(status)) => return status.into(),
            Ok(None) => ready.clear_ready(),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return ExitStatus::KILLED,
        }
    }
}

/// For kernels without pidfds: a thread that does nothing but wait.
async fn exit_by_thread(leader: Pid) -> ExitStatus {
    let wait = tokio::task::spawn_blocking(move || {
        loop {
            match rustix::process::waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Ok(Some(status)) => return status.into(),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return ExitStatus::KILLED,
            }
        }
    });
    wait.await.unwrap_or(ExitStatus::KILLED)
}
