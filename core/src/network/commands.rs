//! Which command a connection comes from.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_protocol::CallId;
use codex_protocol::policy::ApprovalPolicy;
use tokio::time::Instant;

use crate::approval::denials::DenialLog;
use crate::turn::control::TurnControl;

/// Commands that are remembered. Of an older one that still runs the attempts are told without its name, and nobody is
/// asked.
const KEPT: usize = 256;

/// What is known of a command.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) call_id: CallId,
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) approval: ApprovalPolicy,
    pub(crate) control: Arc<TurnControl>,
    pub(crate) denials: Arc<DenialLog>,
    /// How long a person has been asked about its hosts.
    pub(crate) asked: AskedTime,
}

/// Time in which a person was thinking, and the command waited. Questions may overlap.
#[derive(Debug, Default)]
pub(crate) struct AskedTime(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    open: usize,
    since: Option<Instant>,
    before: Duration,
}

impl AskedTime {
    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A question is open until the answer is dropped.
    pub(super) fn open(&self) -> OpenQuestion<'_> {
        let mut asked = self.lock();
        asked.open += 1;
        asked.since.get_or_insert_with(Instant::now);
        OpenQuestion(self)
    }

    fn so_far(&self) -> Duration {
        let asked = self.lock();
        asked.before + asked.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// See [`AskedTime::open`].
pub(super) struct OpenQuestion<'a>(&'a AskedTime);

impl Drop for OpenQuestion<'_> {
    fn drop(&mut self) {
        let mut asked = self.0.lock();
        asked.open -= 1;
        if asked.open == 0
            && let Some(since) = asked.since.take()
        {
            asked.before += since.elapsed();
        }
    }
}

/// The commands of a thread that got a network by name, by the name that the proxy knows them under.
#[derive(Debug, Default)]
pub(super) struct Commands(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    commands: VecDeque<(Arc<str>, Arc<Command>)>,
}

impl Commands {
    /// Remembers a command; the answer is its name for the proxy.
    pub(super) fn add(&self, command: Command) -> Arc<str> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        // Call ids come from the model and may repeat.
        let name: Arc<str> = kept.count.to_string().into();
        if kept.commands.len() == KEPT {
            kept.commands.pop_front();
        }
        kept.commands.push_back((Arc::clone(&name), Arc::new(command)));
        name
    }

    /// How long a person has been asked about hosts of the latest command of this call.
    pub(super) fn asked(&self, call: &CallId) -> Duration {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.commands.iter().rev().find(|(_, command)| command.call_id == *call);
        found.map_or(Duration::ZERO, |(_, command)| command.asked.so_far())
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Command>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.commands.iter().rev().find(|(own, _)| **own == *name).map(|(_, command)| Arc::clone(command))
    }
}
